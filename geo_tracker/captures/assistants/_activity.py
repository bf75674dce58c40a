"""Records of Google's My Activity: the prompt behind a word in the account's language, the answer as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from geo_tracker.captures.assistants._page import Visible, parsed
from geo_tracker.captures.assistants.base import Turn
from geo_tracker.engines._json import malformed
from geo_tracker.engines._markers import merged
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation

OURS = re.compile(r"gemini|bard", re.IGNORECASE)
"""Names of the product in a record."""
VERB = re.compile(r"(?:Prompted(?: with:)?|Asked(?: Gemini:| Bard:)?|Said|Branched|Answered)\s+")
"""The words before the prompt in a title of an English account."""
LABEL = re.compile(r"[^:：]{1,40}[:：]\s*")
ATTACHED = re.compile(r"\s*Attached \d+ files?\.?\s*$")
FEWEST = 3
"""Titles that show which words an account of another language has before each prompt."""


def verb_of(titles: Iterable[str]) -> re.Pattern[str]:
    """The words before each prompt: English ones, or those up to a colon that all titles begin with."""
    different = set(titles)
    found = {match[0] for title in different if (match := LABEL.match(title))}
    if len(different) < FEWEST or len(found) != 1 or any(VERB.match(title) for title in different):
        return VERB
    return re.compile(re.escape(found.pop()))


def turn_of(
    title: str, pieces: Sequence[str], at: datetime | None, verb: re.Pattern[str], told: str
) -> Iterator[Turn]:
    """The one turn of a record; raises `EngineError` where the prompt's beginning, or the time in `told`, is not known.

    Without its time an answer would count for the day of its import.
    """
    start = verb.match(title)
    if start is None:
        raise malformed(
            f"the prompt's beginning in {title[:40]!r} is not known: the account's own words before its prompts are "
            f"learned from {FEWEST} different titles with a colon"
        )
    if at is None:
        raise malformed(
            f"{told[:60]!r} is no time that is known: export My Activity as JSON, whose times are the same everywhere"
        )
    asked = ATTACHED.sub("", title[start.end() :]).strip()
    yield Turn(asked, _answer(pieces), at=at)


def _answer(pieces: Sequence[str]) -> ParsedAnswer:
    body: Any = parsed(f"<html><body>{''.join(pieces)}</body></html>").body
    shown = Visible(body)
    length = len(shown.text)
    links = [
        ParsedCitation(url, spans=((start, min(end, length)),))
        for url, (start, end) in shown.links
        if start < length
    ]
    return ParsedAnswer(shown.text, citations=merged(links))
