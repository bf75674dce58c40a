"""Gemini in Google Takeout as its page MyActivity.html, which Takeout makes unless JSON is chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from bs4 import BeautifulSoup
from bs4.element import Tag

from geo_tracker.captures._times import known_time
from geo_tracker.captures._written_times import day_first, written_time
from geo_tracker.captures.assistants._activity import OURS, turn_of, verb_of
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn

RECORDS = ".outer-cell"
CONTENT = ".content-cell.mdl-typography--body-1:not(.mdl-typography--text-right)"
Parts = tuple[str, datetime | None, str, str]


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
            _lines(cell)
            for each in soup.select(RECORDS)
            if _is_ours(each) and (cell := each.select_one(CONTENT))
        ]
        days = day_first(line for _, words in cells for line in words)
        parts = [found for lines, words in cells if (found := _parts(lines, words, days))[2]]
        verb = verb_of(title for title, *_ in parts)
        for title, at, html, told in parts:
            yield from turn_of(title, [html], at, verb, told)


def _is_ours(record: Tag) -> bool:
    header = record.select_one(".header-cell")
    return header is not None and OURS.search(header.get_text()) is not None


def _lines(cell: Tag) -> tuple[list[str], list[str]]:
    """The lines of a record as HTML and as words."""
    lines = re.split(r"<br\s*/?>", cell.decode_contents())
    return lines, [BeautifulSoup(line, "lxml").get_text().strip() for line in lines]


def _parts(lines: list[str], words: list[str], days: bool | None) -> Parts:
    """Title, time, the answer's HTML and the line of the time, which stands by itself after a title of any lines."""
    times = [written_time(line, day_first=days) or known_time(line) for line in words]
    place = next((place for place, time in enumerate(times[1:], 1) if time is not None), 1)
    answer = "<br>".join(lines[place + 1 :])
    at, told = (times[place], words[place]) if len(words) > place else (None, "")
    return "\n".join(words[:place]), at, answer.strip(), told
