"""Sites that keep title, author, date and text where no general reader finds them; the rules are data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

from lxml.html import HtmlElement

from geo_tracker.extract.data import toml
from geo_tracker.extract.pages.dates import iso_day
from geo_tracker.extract.pages.markup import block_text, line, parsed, select
from geo_tracker.extract.urls import owned_by, split

FIELDS = ("title", "author", "site")
MAX_VALUES = 200


@dataclass(frozen=True, slots=True)
class LayoutReading:
    """What a site's own layout gives; None where it gives nothing."""

    title: str | None = None
    author: str | None = None
    site: str | None = None
    published: str | None = None
    text: str | None = None


def read_layout(root: HtmlElement, source: str, url: str) -> LayoutReading:
    """Read a page by the rules for its site; empty where there are none."""
    layout = next((rules for rules in toml("any/layouts")["layout"] if _fits(rules, source, url)), None)
    if layout is None:
        return LayoutReading()
    page = _Page(root, source, layout.get("state", ()))
    rendered = next(filter(None, map(iso_day, page.values(layout.get("rendered", ())))), None)
    dates = (iso_day(value, rendered=rendered) for value in page.values(layout["published"]))
    return LayoutReading(
        **{field: next(page.values(layout.get(field, ())), None) for field in FIELDS},
        published=next(filter(None, dates), None),
        text=page.text(layout["text"], every=layout.get("every", False)),
    )


def _fits(rules: dict[str, Any], source: str, url: str) -> bool:
    if split(url) is None:
        return "marks" in rules and _compiled(rules["marks"]).search(source) is not None
    return owned_by(url, rules["hosts"])


class _Page:
    """A page's markup, source and state, asked by the rules' sources."""

    def __init__(self, root: HtmlElement, source: str, state: Sequence[str]) -> None:
        self._root = root
        self._source = source
        self._state = next(filter(None, (_state(source, start) for start in state)), None)

    def values(self, sources: Sequence[str]) -> Iterator[str]:
        """Single-line values of all sources, in order."""
        for source in sources:
            for found in self._found(source):
                value = " ".join(_plain(found).split()) if isinstance(found, str) else line(found)
                if value:
                    yield value

    def text(self, sources: Sequence[str], *, every: bool) -> str | None:
        """The text of the first source that has any."""
        for source in sources:
            blocks = [
                _plain(found) if isinstance(found, str) else block_text(found)
                for found in self._found(source)
            ]
            blocks = [block for block in dict.fromkeys(blocks) if block]
            if blocks:
                return "\n\n".join(blocks if every else blocks[:1])
        return None

    def _found(self, source: str) -> Iterator[HtmlElement | str]:
        kind, _colon, rule = source.partition(":")
        if kind == "css":
            selector, _at, attribute = rule.partition(" @")
            elements = select(self._root, selector)[:MAX_VALUES]
            yield from (element.get(attribute, "") for element in elements) if attribute else elements
        elif kind == "json":
            yield from (
                str(value) for value in _walk(self._state, rule.split(".")) if isinstance(value, str | int)
            )
        else:
            match = _compiled(rule).search(self._source)
            yield from [match[1]] if match else []


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL)


def _state(source: str, start: str) -> Any:
    """The JSON value that stands in the source after an expression; None where it cannot be read."""
    match = _compiled(start).search(source)
    if match is None:
        return None
    text = source[match.end() :]
    if text.lstrip().startswith("%7B"):
        text = unquote(text.partition("<")[0])
    # State is written as JavaScript, where a missing value is `undefined`.
    text = re.sub(r"(?<=[:,\[])\s*undefined(?=\s*[,}\]])", "null", text.lstrip())
    decoder = json.JSONDecoder(strict=False)
    try:
        value = decoder.raw_decode(text)[0]
        return decoder.decode(value) if isinstance(value, str) else value  # an argument of JSON.parse
    except (ValueError, RecursionError):
        return None


def _walk(value: Any, path: Sequence[str]) -> list[Any]:
    """All values at a path, `*` for every key or element."""
    found = [value]
    for step in path:
        found = [each for item in found for each in _step(item, step)][:MAX_VALUES]
    return found


def _step(value: Any, step: str) -> Sequence[Any]:
    if step == "*" and isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return ()
    return list(value.values()) if step == "*" else [value.get(step)]


def _plain(text: str) -> str:
    """A value that may be written in HTML, as plain text."""
    return block_text(parsed(text)) if re.search(r"<\w|&\w+;|&#", text) else text.strip()
