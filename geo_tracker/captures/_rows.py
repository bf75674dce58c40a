"""One row of a generic file, JSONL or CSV, as a captured answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, get_args

from geo_tracker.captures._times import read_time
from geo_tracker.captures.base import CapturedAnswer, Note
from geo_tracker.engines._json import Json, integer, loads, number, said
from geo_tracker.engines._marks import readable
from geo_tracker.engines.base import (
    EngineError,
    ParsedAnswer,
    ParsedCitation,
    ParsedOffer,
    Placement,
    Role,
    Span,
)

REQUIRED = ("prompt", "engine", "text")
OPTIONAL = (
    "surface",
    "language",
    "country",
    "asked_at",
    "model",
    "run",
    "repeat",
    "id",
    "topic",
    "citations",
    "offers",
    "raw",
)
COLUMNS = frozenset(REQUIRED + OPTIONAL)
MAX_LABEL = 200
"""Characters of engine, surface, model, run, id and topic."""
MAX_PROMPT = 20_000
MAX_REPEAT = 100_000
MAX_LIST = 5_000
"""Citations or offers of one row."""

_BETWEEN_URLS = re.compile(r"[,;，；]?\s+|[,;，；](?=https?://)")
"""A comma inside a URL is its own."""


class RowError(ValueError):
    """A value that cannot be read; the message begins with the column's name."""

    def __init__(self, column: str, reason: object) -> None:
        super().__init__(f"{column}: {reason}")


def read_row(row: Mapping[str, Any], line: int) -> CapturedAnswer:
    """The answer that a row holds; raises `RowError` that names the column.

    Values are those of JSON; the cells of a CSV file are strings, its lists JSON in the cell.
    """
    text = _text(row)
    return CapturedAnswer(
        prompt=_required(row, "prompt", MAX_PROMPT),
        engine=_required(row, "engine"),
        answer=readable(
            ParsedAnswer(
                text=text,
                citations=tuple(_citations(row, len(text))),
                offers=tuple(_offers(row)),
                model=_label(row, "model"),
            )
        ),
        line=line,
        surface=_label(row, "surface") or "unknown",
        language=_language(row),
        country=_country(row),
        asked_at=_asked_at(row),
        run=_label(row, "run"),
        repeat=_repeat(row),
        id=_label(row, "id"),
        topic=_label(row, "topic"),
        raw=_raw(row),
    )


class Columns:
    """The columns met in a file, for one note about those that are not read."""

    def __init__(self) -> None:
        self._unknown: dict[str, None] = {}

    def meet(self, names: Iterable[str]) -> None:
        """Remember the names that no column has, up to a hundred."""
        for name in names:
            if name not in COLUMNS and len(self._unknown) < 100:
                self._unknown[name[:60]] = None

    def note(self) -> Iterable[Note]:
        """One note that names the unknown columns; none where all are known."""
        if self._unknown:
            yield Note(f"columns not read: {', '.join(self._unknown)}")


def _text(row: Mapping[str, Any]) -> str:
    text = row.get("text")
    if not isinstance(text, str):
        raise RowError("text", "missing" if text is None else "not a string")
    return text


def _required(row: Mapping[str, Any], column: str, longest: int = MAX_LABEL) -> str:
    value = _label(row, column, longest)
    if value is None:
        raise RowError(column, "missing")
    return value


def _label(row: Mapping[str, Any], column: str, longest: int = MAX_LABEL) -> str | None:
    value = row.get(column)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise RowError(column, "not a string")
    text = str(value).strip()
    if len(text) > longest:
        raise RowError(column, f"longer than {longest:,} characters")
    return text or None


def _language(row: Mapping[str, Any]) -> str | None:
    """The primary tag in lower case: `zh` of `zh-CN`."""
    value = _label(row, "language")
    primary = value.replace("_", "-").split("-")[0].lower() if value else None
    if primary and not (primary.isascii() and primary.isalpha() and 2 <= len(primary) <= 3):
        raise RowError("language", f"{value!r} is not a language tag such as zh")
    return primary


def _country(row: Mapping[str, Any]) -> str | None:
    value = _label(row, "country")
    if value and not (len(value) == 2 and value.isascii() and value.isalpha()):
        raise RowError("country", f"{value!r} is not a two-letter code such as CN")
    return value.upper() if value else None


def _asked_at(row: Mapping[str, Any]) -> datetime | None:
    try:
        return read_time(row.get("asked_at"))
    except ValueError as error:
        raise RowError("asked_at", error) from None


def _repeat(row: Mapping[str, Any]) -> int:
    value = row.get("repeat")
    if value is None or value == "":
        return 1
    repeat = integer(value)
    if repeat is None or not 1 <= repeat <= MAX_REPEAT:
        raise RowError("repeat", f"{str(value)[:40]!r} is not a whole number from 1 to {MAX_REPEAT:,}")
    return repeat


def _raw(row: Mapping[str, Any]) -> bytes | None:
    value = row.get("raw")
    if value is None or value == "":
        return None
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).encode(
        "utf-8", "replace"
    )


def _items(row: Mapping[str, Any], column: str) -> list[Any]:
    value = row.get(column)
    if value is None or value == "":
        return []
    if isinstance(value, str):
        value = _cell(value, column)
    if not isinstance(value, list):
        raise RowError(column, "not a list")
    if len(value) > MAX_LIST:
        raise RowError(column, f"more than {MAX_LIST:,} entries")
    return value


def _cell(value: str, column: str) -> Any:
    if value.lstrip().startswith(("http://", "https://")):
        return [url for url in _BETWEEN_URLS.split(value.strip()) if url]
    try:
        return loads(value)
    except EngineError as error:
        raise RowError(column, f"not a JSON list: {error}") from None


def _citations(row: Mapping[str, Any], length: int) -> Iterable[ParsedCitation]:
    items = [{"url": item} if isinstance(item, str) else item for item in _items(row, "citations")]
    base = _base(items)
    for at, item in enumerate(items):
        if not isinstance(item, dict):
            raise RowError(f"citations[{at}]", "neither a URL nor an object")
        yield _citation(item, at, base, length)


def _base(items: Iterable[Any]) -> int:
    """Markers count from 0 if any citation of the answer has the number 0."""
    return 0 if any(isinstance(item, dict) and _ordinal(item) == 0 for item in items) else 1


def _ordinal(item: Json) -> int | None:
    return integer(item.get("ordinal", item.get("index")))


def _citation(item: Json, at: int, base: int, length: int) -> ParsedCitation:
    if "url" not in item and "link" not in item:
        raise RowError(f"citations[{at}]", "no url")
    role: Any = item.get("role") or ("retrieved" if item.get("cited") is False else "cited")
    return ParsedCitation(
        # an empty one keeps its place, so that the others' numbers stay true
        url=said(item.get("url"), item.get("link")) or "",
        role=_choice(role, Role, f"citations[{at}].role"),
        ordinal=_ordinal(item),
        base=base,  # type: ignore[arg-type]
        title=said(item.get("title")),
        site=said(item.get("site")),
        published=said(item.get("published")),
        snippet=said(item.get("snippet")),
        spans=tuple(_spans(item.get("spans"), length)),
    )


def _spans(value: Any, length: int) -> Iterable[Span]:
    """Spans that stand within the text; one that does not is dropped, its source stays."""
    for span in value if isinstance(value, list) else ():
        if isinstance(span, list) and len(span) == 2 and all(type(end) is int for end in span):
            start, end = span
            if 0 <= start < end <= length:
                yield start, end


def _offers(row: Mapping[str, Any]) -> Iterable[ParsedOffer]:
    for at, item in enumerate(_items(row, "offers")):
        if not isinstance(item, dict):
            raise RowError(f"offers[{at}]", "not an object")
        yield ParsedOffer(
            placement=_choice(item.get("placement") or "card", Placement, f"offers[{at}].placement"),
            url=said(item.get("url"), item.get("link")),
            title=said(item.get("title")),
            price_raw=_price(item),
            currency=said(item.get("currency")),
            merchant=said(item.get("merchant")),
            image=said(item.get("image")),
            rating=number(item.get("rating")),
            raw=item,
        )


def _choice(value: Any, choices: Any, column: str) -> Any:
    if value not in get_args(choices):
        raise RowError(column, f"{str(value)[:40]!r} is none of {', '.join(get_args(choices))}")
    return value


def _price(item: Json) -> str | None:
    values = (item.get("price_raw"), item.get("price"))
    return said(*(str(value) if number(value) is not None else value for value in values))
