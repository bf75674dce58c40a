"""Addresses and pages that only lead elsewhere: engines' redirects, short links, refreshes and jump scripts."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from urllib.parse import urljoin

from w3lib.html import get_meta_refresh

from geo_tracker.extract.commerce.platforms import Platforms
from geo_tracker.extract.data import toml
from geo_tracker.extract.urls import domain, split, unwrapped

SCANNED = 65_536
"""Characters of a page that are searched for a jump; those pages are short."""
_STRING = r"""["'](https?:(?:\\?/){2}[^"'<>\s]+)["']"""
_SCRIPTED = re.compile(
    r"(?:location(?:\.href)?\s*=|location\.(?:replace|assign)\(|\b(?:url|hrl|smzdmhref|target)\s*=)\s*"
    + _STRING
)
_PIECE = re.compile(r"""\burl\s*\+=\s*["']([^"']*)["']""")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))")
_PACKED = re.compile(
    r"\}\('((?:[^'\\]|\\.){1,20000})',(\d{1,2}),\d{1,5},'((?:[^'\\]|\\.){1,20000})'\.split\('\|'\)"
)


def is_jump(url: str) -> bool:
    """Whether an address is known to do nothing but lead to another."""
    parts = split(url)
    if parts is None:
        return False
    if _hosts().match(parts.host + (parts.path or "/")) or unwrapped(url) != url:
        return True
    link = _shops().read(url) if domain(url) in _short_domains() else None
    return link is not None and link.kind == "short"


def onward(source: str, url: str, longest: float) -> str | None:
    """Where a page sends its reader: a refresh within `longest` seconds, or a jump host's script; else None.

    `source` is the page's markup. The address is absolute; it may be of any scheme.
    """
    source, jump = source[:SCANNED], is_jump(url)
    # What a jump page keeps for readers without scripts says the same as its script, and is easier to read.
    delay, target = get_meta_refresh(
        source, url, "utf-8", ignore_tags=("script",) if jump else ("script", "noscript")
    )
    if target and delay is not None and delay <= longest:
        return target
    return _scripted(source, url) if jump else None


def _scripted(source: str, url: str) -> str | None:
    for script in (source, _unpacked(source)):
        found = _SCRIPTED.search(script)
        if found:
            return urljoin(url, _unescaped(found.group(1)))
    pieces = "".join(_PIECE.findall(source)).replace("@", "")
    return pieces if pieces.startswith(("http://", "https://")) else None


def _unescaped(text: str) -> str:
    """A JavaScript string's characters; some sites escape it for HTML as well."""

    def character(escape: re.Match[str]) -> str:
        code = escape.group(1) or escape.group(2)
        return chr(int(code, 16)) if code else escape.group(3)

    return unescape(_ESCAPE.sub(character, text))


def _unpacked(source: str) -> str:
    """The program in a script that was packed with the common packer, "" where none was."""
    found = _PACKED.search(source)
    if found is None or not 2 <= int(found.group(2)) <= 62:
        return ""
    base, words = int(found.group(2)), found.group(3).split("|")

    def word(token: re.Match[str]) -> str:
        number = _number(token.group(), base)
        return words[number] if number < len(words) and words[number] else token.group()

    return _unescaped(re.sub(r"\b[0-9a-zA-Z]{1,4}\b", word, found.group(1)))


def _number(token: str, base: int) -> int:
    value = 0
    for digit in token:
        place = int(digit, 36) if digit.isdigit() or digit.islower() else ord(digit) - 29
        value = value * base + place
    return value


@cache
def _hosts() -> re.Pattern[str]:
    return re.compile("|".join(toml("any/addresses")["jumps"]), re.IGNORECASE)


@cache
def _short_domains() -> frozenset[str | None]:
    """Where short links of shops can be: nearly every page of a crawl is asked about, and is elsewhere."""
    shops = (
        shop
        for shop in toml("any/platforms")["platform"]
        if any(link.get("kind") == "short" for link in shop["link"])
    )
    return frozenset(domain(f"https://{host}/") for shop in shops for host in shop["hosts"])


@cache
def _shops() -> Platforms:
    return Platforms()
