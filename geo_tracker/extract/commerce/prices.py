"""Prices as shops and answers write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import price_parser

from geo_tracker.extract.data import toml

_CURRENCIES = toml("any/currencies")
_ISO = {sign: code for code, signs in _CURRENCIES["signs"].items() for sign in (*signs, code.lower())}
_SIGNS = "|".join(sorted(map(re.escape, _ISO), key=len, reverse=True))
_NUMBER = r"\d+(?:[.,']\d+|[ \u00a0]\d{3}(?!\d))*"
_PRICE = re.compile(
    rf"(?:(?<![a-z])(?P<sign>{_SIGNS})\s?(?P<after>{_NUMBER})(?P<ten>\s?万)?"
    rf"|(?P<before>{_NUMBER})(?P<thousand>\s?万)?\s?(?P<unit>{_SIGNS})(?![a-z]))",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"(?:原价|划线价|市场价|吊牌价|专柜价|日常价|~~|was|before|rrp|msrp|list(?: price)?|reg(?:ular)?(?: price)?)"
    r"\s*:?\s*$",
    re.IGNORECASE,
)
_RANGE = re.compile(r"^\s*(?:起\s*)?(?:-|–|—|~|至|到|to)\s*$", re.IGNORECASE)
_LOWER = re.compile(rf"(?<![a-z\d.,'])({_NUMBER})\s*(?:-|–|—|~|至|到|to)\s*$", re.IGNORECASE)
"""The lower end of a range whose upper end alone has a sign: 25-30元. Behind a letter it is a model: X5-99元."""


@dataclass(frozen=True, slots=True)
class Price:
    """An amount of money; a range is its lower end."""

    amount: float
    currency: str | None
    """ISO 4217; None where the text does not tell."""
    original: float | None = None
    """Before the discount, where the text gives it."""


def read_price(text: Any, currency: str | None = None) -> Price | None:
    """The first price in a text or number; None where there is none.

    `currency` (ISO 4217) is the shop's own: it decides what a shared sign means and stands in where none is written.
    """
    written = unicodedata.normalize("NFKC", str(text)).strip()[:300] if text is not None else ""
    found = [
        (match, amount)
        for match in _PRICE.finditer(written)
        if (amount := _amount(written, match)) is not None
    ]
    if len(found) < 2:
        return _single(written, found[0][0] if found else None, currency)
    originals = [amount for match, amount in found if _ORIGINAL.search(written[: match.start()])]
    match, amount = next(((each, cost) for each, cost in found if cost not in originals), found[0])
    # Two prices side by side are the price and what it was, unless they are a range.
    between = written[found[0][0].end() : found[1][0].start()]
    if not originals and re.fullmatch(r"\W*", between) and not _RANGE.match(between):
        originals = [found[1][1]]
    original = originals[0] if originals and originals[0] > amount else None
    return Price(amount, _iso(_sign(match), currency), original)


def _single(written: str, match: re.Match[str] | None, currency: str | None) -> Price | None:
    """One price or none at all: the library knows more spellings than our signs."""
    marked = match and (match["ten"] or match["thousand"] or _lower(written, match))
    if match and (marked or _stands_apart(written, match)):
        amount = _amount(written, match)
        return None if amount is None else Price(amount, _iso(_sign(match), currency))
    parsed = price_parser.Price.fromstring(written, currency_hint=currency)
    if parsed.amount_float is None:
        return None
    return Price(float(parsed.amount_float), _iso(_sign(match) if match else parsed.currency, currency))


def _stands_apart(written: str, match: re.Match[str]) -> bool:
    """Whether words part the marked price from other numbers, so that those are sizes or counts, not its halves."""
    before, after = written[: match.start()], written[match.end() :]
    return bool(re.search(r"\d\D*(?:[^\W\d_]|\|)\D*$", before) or re.match(r"\D*(?:[^\W\d_]|\|)\D*\d", after))


def _sign(match: re.Match[str]) -> str:
    return match["sign"] or match["unit"]


def _lower(written: str, match: re.Match[str]) -> re.Match[str] | None:
    """The lower end of the range that a marked price ends."""
    return _LOWER.search(written, 0, match.start())


def _amount(written: str, match: re.Match[str]) -> float | None:
    """A marked price; of a range the lower end, where it is one."""
    amount = _number(match["after"] or match["before"])
    if amount is None:
        return None
    scale = 10_000 if match["ten"] or match["thousand"] else 1
    lower = _lower(written, match)
    low = _number(lower[1]) if lower else None
    ends = () if low is None else (low * scale, low)
    return next((end for end in ends if end <= amount * scale), amount * scale)


def _number(digits: str) -> float | None:
    amount = price_parser.Price.fromstring(digits).amount_float
    return None if amount is None else float(amount)


def _iso(sign: str | None, currency: str | None) -> str | None:
    if not sign:
        return currency
    sign = sign.strip().lower()
    if currency in _CURRENCIES["shared"].get(sign, ()):
        return currency
    return _ISO.get(sign) or (sign.upper() if re.fullmatch(r"[a-z]{3}", sign) else currency)
