"""Gemini's part of Google Takeout: MyActivity.json, one record a prompt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

from geo_tracker.captures._document import DocumentError, outline, records
from geo_tracker.captures._times import known_time
from geo_tracker.captures._turns import captured
from geo_tracker.captures.assistants._page import Visible, parsed
from geo_tracker.captures.assistants.base import Turn
from geo_tracker.captures.base import BadRow, Capture, Note, Read
from geo_tracker.engines._json import Json, malformed, record, string
from geo_tracker.engines._json import records as objects
from geo_tracker.engines._markers import merged
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation

PRODUCTS = re.compile(r"gemini|bard", re.IGNORECASE)
VERB = re.compile(r"(?:Prompted(?: with:)?|Asked(?: Gemini:| Bard:)?|Said|Branched|Answered)\s+")
"""The words before the prompt in a title of an English account."""
LABEL = re.compile(r"[^:：]{1,40}[:：]\s*")
ATTACHED = re.compile(r"\s*Attached \d+ files?\.?\s*$")
SAMPLE = 200
FEWEST = 3
"""Titles that show which words an account of another language has before each prompt."""


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
                if value is None:
                    yield BadRow(number, "record: too large")
                elif _is_ours(item) and _answers(item):
                    yield from captured("gemini", _turns(item, verb), number)
                else:
                    silent += _is_ours(item)
        except DocumentError as error:
            yield BadRow(number + 1, f"record: {error}")
        if silent:
            yield Note(f"{silent} records have no answer: Takeout keeps none for some prompts")


def _is_ours(item: Json) -> bool:
    products = item.get("products")
    return (
        PRODUCTS.search(f"{item.get('header')} {products if isinstance(products, list) else ''}") is not None
    )


def _answers(item: Json) -> list[str]:
    """The answer's HTML, in one piece or several."""
    items = objects(item.get("safeHtmlItem") or [])
    return [
        html for each in items if (html := string(each.get("html")) or string(each.get("htmlValue"))).strip()
    ]


def _verb(file: BinaryIO) -> re.Pattern[str]:
    """The words before each prompt: English ones, or those up to a colon that all titles of the file begin with."""
    titles: set[str] = set()
    try:
        for value in islice(records(file), SAMPLE):
            if _is_ours(record(value)) and _answers(record(value)):
                titles.add(string(record(value).get("title")))
    except DocumentError:  # told by the reading itself, which stops at the same place
        pass
    file.seek(0)
    found = {match[0] for title in titles if (match := LABEL.match(title))}
    if len(titles) < FEWEST or len(found) != 1 or any(VERB.match(title) for title in titles):
        return VERB
    return re.compile(re.escape(found.pop()))


def _turns(item: Json, verb: re.Pattern[str]) -> Iterator[Turn]:
    title = string(item.get("title"))
    start = verb.match(title)
    if start is None:
        raise malformed(
            f"where the prompt begins in {title[:40]!r} is not known: {FEWEST} prompts of the account show it"
        )
    asked = ATTACHED.sub("", title[start.end() :]).strip()
    yield Turn(asked, _answer(_answers(item)), at=known_time(item.get("time")))


def _answer(pieces: list[str]) -> ParsedAnswer:
    body: Any = parsed(f"<html><body>{''.join(pieces)}</body></html>").body
    shown = Visible(body)
    length = len(shown.text)
    links = [
        ParsedCitation(url, spans=((start, min(end, length)),))
        for url, (start, end) in shown.links
        if start < length
    ]
    return ParsedAnswer(shown.text, citations=merged(links))
