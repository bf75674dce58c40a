"""Nearly the same text on many pages: one soft article sown over many sites to be cited."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rensa import RMinHash, RMinHashLSH  # type: ignore[import-untyped]

PERMUTATIONS = 128
"""Of the MinHash; the estimate of a similarity is within about 0.09 of the true one."""
_BANDS = 32
_SEED = 1
_SHINGLE = 5
_INDEXED = 10
"""Pages of a group that others are compared with."""
MIN_SHINGLES = 30
"""Of a text that is compared at all: short texts are alike by chance."""
MAX_CHARS = 10_000
MAX_TOKENS = 1_500
"""Of a text that are compared: a copy is one from its beginning."""
_TOKEN = re.compile(r"[\u3040-\u9fff\uac00-\ud7af]|[^\W_]+")


@dataclass(frozen=True, slots=True)
class CitedPage:
    """A page as far as a campaign shows in it."""

    id: int
    domain: str
    signature: RMinHash | None
    """Of its text, see `signature`."""
    came_up: date
    """When it was published, or first cited where that is earlier or all that is known."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """Pages that nearly repeat each other and came up together."""

    pages: tuple[int, ...]
    domains: tuple[str, ...]
    first: date
    last: date
    similarity: float
    """Lowest estimated similarity of a page to the group's first, 0 to 1."""


def near_duplicates(signatures: Sequence[RMinHash | None], similarity: float = 0.6) -> list[tuple[int, ...]]:
    """Groups of two or more texts, by index, each at least so similar to one of the first in its group.

    Similarity is the Jaccard index of 5-shingles over words and Han characters, estimated by MinHash.
    """
    index = RMinHashLSH(similarity, PERMUTATIONS, _BANDS)
    group = list(range(len(signatures)))
    indexed: Counter[int] = Counter()
    for at, own in enumerate(signatures):
        if own is None:
            continue
        for other in index.query(own):
            if own.jaccard(signatures[other]) >= similarity:
                _join(group, at, other)
        # More of a group need not be found: thousands of pages of one template would all be compared.
        if indexed[_root(group, at)] < _INDEXED:
            index.insert(at, own)
            indexed[_root(group, at)] += 1
    groups: dict[int, list[int]] = defaultdict(list)
    for at in range(len(signatures)):
        groups[_root(group, at)].append(at)
    return [tuple(members) for members in groups.values() if len(members) > 1]


def campaigns(
    pages: Sequence[CitedPage], *, similarity: float = 0.6, domains: int = 3, days: int = 14
) -> list[Campaign]:
    """Near-duplicates on at least so many domains that came up within so many days: possible poisoning.

    Copies that came up one by one over months are syndication, copies on one domain a template: neither is flagged.
    """
    found = []
    for members in near_duplicates([page.signature for page in pages], similarity):
        group = sorted((pages[at] for at in members), key=lambda page: (page.came_up, page.id))
        burst = _densest(group, days)
        if len({page.domain for page in burst}) >= domains:
            found.append(_campaign(burst))
    return sorted(found, key=lambda campaign: (-len(campaign.domains), campaign.first))


def _densest(pages: Sequence[CitedPage], days: int) -> Sequence[CitedPage]:
    """The stretch of so many days in which most domains came up; the pages are in the order of their days."""
    counts: Counter[str] = Counter()
    first, widest = 0, (0, 0, 0)
    for last, page in enumerate(pages):
        counts[page.domain] += 1
        while (page.came_up - pages[first].came_up).days > days:
            counts[pages[first].domain] -= 1
            first += 1
        widest = max(widest, (len(+counts), last - first, last))
    _domains, length, last = widest
    return pages[last - length : last + 1]


def _campaign(pages: Sequence[CitedPage]) -> Campaign:
    return Campaign(
        pages=tuple(page.id for page in pages),
        domains=tuple(sorted({page.domain for page in pages})),
        first=pages[0].came_up,
        last=pages[-1].came_up,
        similarity=likeness([page.signature for page in pages]),
    )


def likeness(signatures: Sequence[RMinHash | None]) -> float:
    """Lowest estimated similarity of a text to the first, 0 to 1; one too short to be compared is like nothing."""
    first = signatures[0]
    if first is None or None in signatures:
        return 0.0
    return round(float(min(first.jaccard(other) for other in signatures)), 3)


def signature(text: str) -> RMinHash | None:
    """The MinHash of a text's beginning; None for a text too short to be compared."""
    tokens = _TOKEN.findall(unicodedata.normalize("NFKC", text[:MAX_CHARS]).lower())[:MAX_TOKENS]
    shingles = set(map(" ".join, zip(*(tokens[at:] for at in range(_SHINGLE)), strict=False)))
    if len(shingles) < MIN_SHINGLES:
        return None
    found = RMinHash(PERMUTATIONS, _SEED)
    found.update(list(shingles))
    return found


def _root(group: list[int], at: int) -> int:
    while group[at] != at:
        group[at] = group[group[at]]
        at = group[at]
    return at


def _join(group: list[int], one: int, other: int) -> None:
    group[_root(group, one)] = _root(group, other)
