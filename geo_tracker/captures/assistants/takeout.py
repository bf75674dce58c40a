"""Gemini in Google Takeout as its page MyActivity.html, which Takeout makes unless JSON is chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from bs4 import BeautifulSoup
from bs4.element import Tag

from geo_tracker.captures._times import known_time
from geo_tracker.captures.assistants._activity import OURS, turn_of, verb_of
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn

RECORDS = ".outer-cell"
CONTENT = ".content-cell.mdl-typography--body-1:not(.mdl-typography--text-right)"
WRITTEN = "%b %d, %Y, %I:%M:%S %p %Z"


class GeminiActivityPage(Assistant):
    """A record is a title, a time and the answer, parted by line breaks.

    Of the app itself no traffic is read, as its stream is nested arrays without names, but what a companion saw on
    the page.
    """

    name = "gemini"
    hosts = ("gemini.google.com",)
    answer_paths = re.compile(r"(?!)")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        return iter(())

    def shows(self, soup: BeautifulSoup) -> bool:
        return any(_is_ours(record) for record in soup.select(RECORDS))

    def page_turns(self, soup: BeautifulSoup) -> Iterator[Turn]:
        cells = [
            cell for each in soup.select(RECORDS) if _is_ours(each) and (cell := each.select_one(CONTENT))
        ]
        parts = [found for cell in cells if (found := _parts(cell))[2]]
        verb = verb_of(title for title, _, _ in parts)
        for title, at, html in parts:
            yield from turn_of(title, [html], at, verb)


def _is_ours(record: Tag) -> bool:
    header = record.select_one(".header-cell")
    return header is not None and OURS.search(header.get_text()) is not None


def _parts(cell: Tag) -> tuple[str, datetime | None, str]:
    """Title, time and the answer's HTML; a title may have several lines, the time is a line by itself."""
    lines = re.split(r"<br\s*/?>", cell.decode_contents())
    words = [BeautifulSoup(line, "lxml").get_text().strip() for line in lines]
    place = next((place for place, line in enumerate(words[1:], 1) if _time(line) is not None), 1)
    answer = "<br>".join(lines[place + 1 :])
    return "\n".join(words[:place]), _time(words[place]) if len(words) > place else None, answer.strip()


def _time(line: str) -> datetime | None:
    """A time as English accounts write it, in UTC; others as far as they are known."""
    try:
        return datetime.strptime(line.replace("\u202f", " "), WRITTEN).replace(tzinfo=UTC)
    except ValueError:
        return known_time(line)
