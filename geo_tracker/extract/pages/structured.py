"""What a page says of itself for machines: JSON-LD, microdata and meta tags (OpenGraph and its kin)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from geo_tracker.extract.pages.markup import elements, line, parsed, texts

MAX_ITEMS = 500
MAX_META = 2000
MAX_DEPTH = 12
"""Of nested items; deeper ones are not a description but an attack or a dump."""

Item = dict[str, Any]
"""Properties of one thing; `@type` holds its schema.org types without prefix, nested things are items again."""

_VALUE_ATTRIBUTES = ("content", "datetime", "href", "src", "data", "value")


@dataclass(frozen=True, slots=True)
class StructuredData:
    """Items in page order, outer before inner, JSON-LD before microdata; meta values by name."""

    items: tuple[Item, ...]
    meta: dict[str, str]
    """The first non-empty value of each name or property, in lower case with `.` written `:`, as `dc:title`."""

    def of_type(self, *types: str) -> Iterator[Item]:
        """Items of one of these types, in the order of the types."""
        for wanted in types:
            yield from (item for item in self.items if wanted in item["@type"])

    def first(self, *names: str) -> str | None:
        """The first meta value under one of these names."""
        return next((self.meta[name] for name in names if name in self.meta), None)


def read_structured(root: HtmlElement) -> StructuredData:
    """All that the page declares; broken JSON-LD blocks are skipped as browsers skip them."""
    items: list[Item] = []
    for block in elements(root, "script"):
        if block.get("type", "").lstrip().lower().startswith("application/ld+json"):
            items.extend(_typed(_loads(block.text or ""), MAX_DEPTH))
    for scope in root.xpath("//*[@itemscope and not(@itemprop)]"):
        if len(items) < MAX_ITEMS:
            items.extend(_typed(_microdata(scope, MAX_DEPTH), MAX_DEPTH))
    return StructuredData(tuple(items[:MAX_ITEMS]), _meta(root))


def text_of(value: Any) -> str | None:
    """A property's plain text: its name where it is a thing, the first of several."""
    if isinstance(value, list):
        return next((text for text in map(text_of, value[:50]) if text), None)
    if isinstance(value, dict):
        return text_of(value.get("name") or value.get("@value") or value.get("text"))
    if isinstance(value, bool) or value is None:
        return None
    text = re.sub(r"\s+", " ", _unescaped(str(value))).strip()
    return text or None


def things(value: Any) -> list[Item]:
    """A property's nested things."""
    values = value if isinstance(value, list) else [value]
    return [thing for thing in values if isinstance(thing, dict)]


def _unescaped(text: str) -> str:
    # JSON-LD is often escaped as if it were HTML, with tags left in.
    return "".join(texts(parsed(text))) if re.search(r"&#?\w+;|<\w", text) else text


def _loads(text: str) -> Any:
    text = re.sub(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$", "", text.strip())
    for attempt in (text, re.sub(r",\s*([}\]])", r"\1", text.rstrip("; \n"))):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _typed(value: Any, depth: int) -> Iterator[Item]:
    """Every thing with a type in a JSON value, outer before inner."""
    if depth == 0:
        return
    if isinstance(value, dict):
        types = types_of(value)
        if types:
            yield {**value, "@type": types}
        for inner in value.values():
            yield from _typed(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value[:MAX_ITEMS]:
            yield from _typed(inner, depth - 1)


def types_of(item: Item) -> tuple[str, ...]:
    """A thing's schema.org types, without their prefix."""
    declared = item.get("@type")
    names: Sequence[Any] = declared if isinstance(declared, list | tuple) else [declared]
    return tuple(re.split(r"[/#:]", name)[-1] for name in names if isinstance(name, str) and name)


def _microdata(scope: HtmlElement, depth: int) -> Item:
    item: Item = {"@type": scope.get("itemtype", "").split()}
    for prop in _properties(scope):
        value = _microdata(prop, depth - 1) if "itemscope" in prop.attrib and depth > 1 else _value(prop)
        for name in prop.get("itemprop", "").split():
            known = item.get(name)
            item[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
    return item


def _properties(scope: HtmlElement) -> Iterator[HtmlElement]:
    """Elements with `itemprop` that belong to this scope and not to one inside it."""
    waiting = list(reversed(scope))
    found = 0
    while waiting and found < MAX_ITEMS:
        element = waiting.pop()
        if "itemprop" in element.attrib:
            found += 1
            yield element
        if "itemscope" not in element.attrib:
            waiting.extend(reversed(element))


def _value(element: HtmlElement) -> str:
    stated = (element.get(name) for name in _VALUE_ATTRIBUTES if name in element.attrib)
    value = next(stated, None)
    return line(element) if value is None else value.strip()


def _meta(root: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in islice(elements(root, "meta"), MAX_META):
        value = " ".join(element.get("content", "").split())
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            for name in element.get(attribute, "").lower().replace(".", ":").split():
                if value:
                    found.setdefault(name, value)
    return found
