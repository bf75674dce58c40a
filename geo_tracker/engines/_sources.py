"""A source row of any vendor: the same facts under a dozen spellings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geo_tracker.engines._dates import published
from geo_tracker.engines._json import Json, integer, records, said
from geo_tracker.engines.base import ParsedCitation, Role

_URL = ("url", "link", "uri", "href")
_TITLE = ("title", "name")
_SITE = (
    "site_name",
    "siteName",
    "sitename",
    "site",
    "website",
    "web_site_name",
    "media",
    "source_name",
    "domain",
)
_DATE = (
    *("publish_time", "publish_date", "publish_time_second", "publishTime", "published_at", "published_date"),
    *("published_time", "datePublished", "date", "dateLastCrawled", "last_updated", "page_age"),
)
_SNIPPET = ("summary", "summary_ai", "snippet", "description", "content", "text", "abstract", "quote")


def source(row: Json, role: Role = "retrieved", ordinal: int | None = None) -> ParsedCitation:
    """The row as a citation; a row without an address keeps its place in the numbering."""
    return ParsedCitation(
        _first(row, _URL) or "",
        role,
        ordinal=ordinal,
        title=_first(row, _TITLE),
        site=_first(row, _SITE),
        published=published(*(row.get(key) for key in _DATE)),
        snippet=_first(row, _SNIPPET),
    )


def numbered(rows: Any, *ordinal_keys: str) -> list[ParsedCitation]:
    """`retrieved` sources counted from 1 as listed, or by the first of the keys that holds a number.

    Rows without an address and repeated rows are kept: the engine's markers count them.
    """
    listed = records(rows) if isinstance(rows, list) else []
    return [source(row, ordinal=_ordinal(row, ordinal_keys, place)) for place, row in enumerate(listed, 1)]


def unnumbered(rows: Any, role: Role = "retrieved") -> list[ParsedCitation]:
    """Sources of a list that no marker counts; rows without an address say nothing."""
    listed = records(rows) if isinstance(rows, list) else []
    return [row for row in (source(row, role) for row in listed) if row.url]


def _ordinal(row: Json, keys: Iterable[str], place: int) -> int:
    numbers = (integer(row.get(key)) for key in keys)
    return next((number for number in numbers if number is not None), place)


def _first(row: Json, keys: Iterable[str]) -> str | None:
    return said(*(row.get(key) for key in keys))
