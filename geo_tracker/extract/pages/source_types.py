"""What kind of source a page is: whose it is, who writes there and what for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple, get_args

from geo_tracker.errors import UsageError
from geo_tracker.extract.commerce.platforms import Platforms
from geo_tracker.extract.data import toml
from geo_tracker.extract.records import PageContent
from geo_tracker.extract.urls import owned_by, split

SourceType = Literal[
    "owned",
    "competitor",
    "editorial",
    "review",
    "ugc",
    "video",
    "ecommerce",
    "reference",
    "institutional",
    "corporate",
    "social",
]
SOURCE_TYPES: tuple[SourceType, ...] = get_args(SourceType)
"""`review` earns on recommendations or collects them, `ugc` is written by users: forums, questions, open blogs."""


class Source(NamedTuple):
    """A source's type and what told it: `override`, `brand`, `domain`, `address`, `page` or `shop`."""

    type: SourceType
    reason: str


def source_type(
    url: str,
    page: PageContent | None = None,
    *,
    owned: Sequence[str] = (),
    competitors: Sequence[str] = (),
    overrides: Mapping[str, str] | None = None,
    platforms: Platforms | None = None,
) -> Source | None:
    """The type of the source at an address; None where nothing tells: unknown stays unknown.

    First that applies: the user's `overrides` (domain -> type), brands' own domains, the known domains, what the
    address says, what the page declares of itself. Raises `UsageError` for an override that is no type.
    """
    parts = split(url)
    if parts is None:
        return None
    place = f"{parts.host}{parts.path}"
    chosen = _listed(place, _checked(overrides or {}))
    if chosen:
        return Source(chosen, "override")
    if owned_by(url, owned):
        return Source("owned", "brand")
    if owned_by(url, competitors):
        return Source("competitor", "brand")
    known = _listed(place, _domains())
    if known:
        return Source(known, "domain")
    told = _by_address(place)
    if told:
        return Source(told, "address")
    if platforms and platforms.read(url):
        return Source("ecommerce", "shop")
    declared = _by_page(page) if page else None
    return Source(declared, "page") if declared else None


def _checked(overrides: Mapping[str, str]) -> dict[str, SourceType]:
    wrong = sorted(set(overrides.values()) - set(SOURCE_TYPES))
    if wrong:
        raise UsageError(f"source type {wrong[0]!r} is none of {', '.join(SOURCE_TYPES)}")
    return {name.lower(): kind for name, value in overrides.items() for kind in SOURCE_TYPES if kind == value}


def _listed(place: str, types: Mapping[str, SourceType]) -> SourceType | None:
    """The type of the longest listed `host` or `host/path` that covers a place."""
    host, _slash, path = place.partition("/")
    labels, steps = host.split("."), path.split("/")[:3]
    for label in range(len(labels)):
        name = ".".join(labels[label:])
        for step in range(len(steps), -1, -1):
            found = types.get("/".join([name, *steps[:step]]).rstrip("/"))
            if found:
                return found
    return None


@cache
def _domains() -> dict[str, SourceType]:
    return {name: kind for kind in SOURCE_TYPES for name in toml("any/source_types")["domains"].get(kind, ())}


@cache
def _rules() -> tuple[tuple[SourceType, re.Pattern[str]], ...]:
    return tuple((rule["type"], re.compile(rule["match"])) for rule in toml("any/source_types")["rule"])


def _by_address(place: str) -> SourceType | None:
    return next((kind for kind, pattern in _rules() if pattern.match(place)), None)


@cache
def _affiliate() -> re.Pattern[str]:
    return re.compile("|".join(toml("any/source_types")["affiliate"]["words"]), re.IGNORECASE)


def _by_page(page: PageContent) -> SourceType | None:
    evidence: Mapping[SourceType, Sequence[str]] = toml("any/source_types")["evidence"]
    kinds = [kind for kind, types in evidence.items() if set(types) & set(page.types)]
    if "ecommerce" not in kinds and _affiliate().search(page.text):
        return "review"
    # A news page may hold a video, and a shop's page reviews: what is listed first is what the page is for.
    return "editorial" if "editorial" in kinds else next(iter(kinds), None)
