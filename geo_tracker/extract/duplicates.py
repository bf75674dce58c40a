"""Nearly the same text on many pages: one soft article sown over many sites to be cited."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rensa import RMinHash, RMinHashLSH  # type: ignore[import-untyped]

PERMUTATIONS = 128
"""Of the MinHash; the estimate of a similarity is within about 0.09 of the true one."""
_BANDS = 32
_SEED = 1
_SHINGLE = 5
MIN_SHINGLES = 30
"""Of a text that is compared at all: short texts are alike by chance."""
_TOKEN = re.compile(r"[\u3040-\u9fff\uac00-\ud7af]|[^\W_]+")


@dataclass(frozen=True, slots=True)
class CitedPage:
    """A page as far as a campaign shows in it."""

    id: int
    domain: str
    text: str
    first_cited: date


@dataclass(frozen=True, slots=True)
class Campaign:
    """Pages that nearly repeat each other and came up together."""

    pages: tuple[int, ...]
    domains: tuple[str, ...]
    first: date
    last: date
    similarity: float
    """Lowest estimated similarity of a page to the group's first, 0 to 1."""


def near_duplicates(texts: Sequence[str], similarity: float = 0.6) -> list[tuple[int, ...]]:
    """Groups of two or more texts, by index, each at least so similar to another of its group.

    Similarity is the Jaccard index of 5-shingles over words and Han characters, estimated by MinHash.
    """
    index = RMinHashLSH(similarity, PERMUTATIONS, _BANDS)
    signatures: dict[int, RMinHash] = {}
    group = list(range(len(texts)))
    for at, text in enumerate(texts):
        signature = _signature(text)
        if signature is None:
            continue
        for other in index.query(signature):
            if signature.jaccard(signatures[other]) >= similarity:
                _join(group, at, other)
        signatures[at] = signature
        index.insert(at, signature)
    groups: dict[int, list[int]] = defaultdict(list)
    for at in range(len(texts)):
        groups[_root(group, at)].append(at)
    return [tuple(members) for members in groups.values() if len(members) > 1]


def campaigns(
    pages: Sequence[CitedPage], *, similarity: float = 0.6, domains: int = 3, days: int = 14
) -> list[Campaign]:
    """Near-duplicates on at least so many domains that were first cited within so many days: possible poisoning.

    Copies that came up one by one over months are syndication, copies on one domain a template: neither is flagged.
    """
    found = []
    for members in near_duplicates([page.text for page in pages], similarity):
        group = sorted((pages[at] for at in members), key=lambda page: (page.first_cited, page.id))
        burst = _densest(group, days)
        if len({page.domain for page in burst}) >= domains:
            found.append(_campaign(burst))
    return sorted(found, key=lambda campaign: (-len(campaign.domains), campaign.first))


def _densest(pages: Sequence[CitedPage], days: int) -> Sequence[CitedPage]:
    """The stretch of so many days in which most domains came up."""
    windows = [
        [page for page in pages if 0 <= (page.first_cited - first.first_cited).days <= days]
        for first in pages
    ]
    return max(windows, key=lambda window: len({page.domain for page in window}))


def _campaign(pages: Sequence[CitedPage]) -> Campaign:
    signatures = [
        signature for signature in (_signature(page.text) for page in pages) if signature is not None
    ]
    return Campaign(
        pages=tuple(page.id for page in pages),
        domains=tuple(sorted({page.domain for page in pages})),
        first=pages[0].first_cited,
        last=pages[-1].first_cited,
        similarity=round(min(signatures[0].jaccard(other) for other in signatures), 3),
    )


def _signature(text: str) -> RMinHash | None:
    """None for a text too short to be compared."""
    tokens = _TOKEN.findall(unicodedata.normalize("NFKC", text).lower())
    shingles = {" ".join(tokens[at : at + _SHINGLE]) for at in range(len(tokens) - _SHINGLE + 1)}
    if len(shingles) < MIN_SHINGLES:
        return None
    signature = RMinHash(PERMUTATIONS, _SEED)
    signature.update(sorted(shingles))
    return signature


def _root(group: list[int], at: int) -> int:
    while group[at] != at:
        group[at] = group[group[at]]
        at = group[at]
    return at


def _join(group: list[int], one: int, other: int) -> None:
    group[_root(group, one)] = _root(group, other)
