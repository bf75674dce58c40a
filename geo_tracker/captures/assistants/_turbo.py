"""Data that a page's server put into scripts: plain JSON, and React Router's stream of indexed values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup

from geo_tracker.engines._json import loads
from geo_tracker.engines.base import EngineError

_ENQUEUED = re.compile(r"streamController\.enqueue\((?=\")")
MAX_VALUES = 500_000


def decoded_scripts(soup: BeautifulSoup) -> Iterator[Any]:
    """The values that `__NEXT_DATA__` and `streamController.enqueue(…)` scripts hold."""
    decoder = json.JSONDecoder()
    for script in soup.find_all("script"):
        text = script.string or ""
        if script.get("id") == "__NEXT_DATA__":
            yield from _json(text)
        for match in _ENQUEUED.finditer(text):
            try:
                chunk, _ = decoder.raw_decode(text, match.end())
            except (ValueError, RecursionError):
                continue
            for line in str(chunk).splitlines():
                for flat in _json(line.partition(":")[2] if re.match(r"P\d+:", line) else line):
                    yield hydrated(flat)


def _json(text: str) -> Iterator[Any]:
    try:
        yield loads(text)
    except EngineError:
        return


def hydrated(flat: Any) -> Any:
    """The value of a flat list in which objects and lists hold the indexes of their parts.

    Keys are written `_<index of the name>`; negative indexes are null-like constants. A value that contains itself
    is cut there.
    """
    if not isinstance(flat, list) or not flat:
        return flat
    return _Hydration(flat).value(0, 0)


class _Hydration:
    def __init__(self, flat: list[Any]) -> None:
        self._flat = flat
        self._left = MAX_VALUES
        self._open: set[int] = set()

    def value(self, index: Any, depth: int) -> Any:
        self._left -= 1
        if not isinstance(index, int) or not 0 <= index < len(self._flat) or depth > 60 or self._left < 0:
            return None
        if index in self._open:
            return None
        self._open.add(index)
        try:
            return self._built(self._flat[index], depth + 1)
        finally:
            self._open.discard(index)

    def _built(self, part: Any, depth: int) -> Any:
        if isinstance(part, dict):
            return {str(self._name(key)): self.value(index, depth) for key, index in part.items()}
        if isinstance(part, list):
            if part and isinstance(part[0], str):  # a typed value such as ["D", time]: its content
                return part[1] if len(part) == 2 else None
            return [self.value(index, depth) for index in part]
        return part

    def _name(self, key: str) -> Any:
        index = int(key[1:]) if key[:1] == "_" and key[1:].isdecimal() and len(key) < 9 else None
        return self._flat[index] if index is not None and index < len(self._flat) else key
