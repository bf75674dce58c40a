"""Gemini's part of Google Takeout: MyActivity.json, one record a prompt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from geo_tracker.captures._document import TOO_LARGE, DocumentError, outline, records
from geo_tracker.captures._times import known_time
from geo_tracker.captures._turns import captured
from geo_tracker.captures.assistants._activity import OURS, turn_of, verb_of
from geo_tracker.captures.assistants.base import Turn
from geo_tracker.captures.base import BadRow, Capture, Note, Read
from geo_tracker.engines._json import Json, record, string
from geo_tracker.engines._json import records as objects

SAMPLE = 200
"""Records that are looked at to learn the words before each prompt."""


class GeminiTakeout(Capture):
    """The answer is HTML with links; no mark in it names a source."""

    name = "gemini"
    label = "Gemini in Google Takeout (My Activity)"

    def recognises(self, head: bytes) -> bool:
        shown = outline(head)
        return {"[].header", "[].title", "[].time"} <= shown and "[].products" in shown

    def read(self, file: BinaryIO) -> Iterator[Read]:
        verb = _verb(file)
        number = silent = 0
        try:
            for number, value in enumerate(records(file), 1):
                item = record(value)
                if value is TOO_LARGE:
                    yield BadRow(number, "record: too large")
                elif _is_ours(item) and _answers(item):
                    yield from captured("gemini", _turn(item, verb), number)
                else:
                    silent += _is_ours(item)
        except DocumentError as error:
            yield BadRow(number + 1, f"record: {error}")
        if silent:
            yield Note(f"{silent} records have no answer: Takeout keeps none for some prompts")


def _is_ours(item: Json) -> bool:
    products = item.get("products")
    return OURS.search(f"{item.get('header')} {products if isinstance(products, list) else ''}") is not None


def _answers(item: Json) -> list[str]:
    """The answer's HTML, in one piece or several."""
    items = objects(item.get("safeHtmlItem") or [])
    return [
        html for each in items if (html := string(each.get("html")) or string(each.get("htmlValue"))).strip()
    ]


def _turn(item: Json, verb: re.Pattern[str]) -> Iterator[Turn]:
    told = item.get("time")
    return turn_of(string(item.get("title")), _answers(item), known_time(told), verb, string(told))


def _verb(file: BinaryIO) -> re.Pattern[str]:
    """The words before each prompt, learned from the file's first records."""
    titles: list[str] = []
    try:
        for value in islice(records(file), SAMPLE):
            if _is_ours(record(value)) and _answers(record(value)):
                titles.append(string(record(value).get("title")))
    except DocumentError:  # told by the reading itself, which stops at the same place
        pass
    file.seek(0)
    return verb_of(titles)
