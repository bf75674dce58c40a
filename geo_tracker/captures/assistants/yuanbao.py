"""Yuanbao's web app: a stream of typed messages with labels between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce

from bs4 import BeautifulSoup

from geo_tracker.captures.assistants._page import page_dialogue
from geo_tracker.captures.assistants._reading import events, question, shelf
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._chat import united
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, records, string
from geo_tracker.engines._markers import CITATION, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines._stream import Event, cut_off, is_done
from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer

SILENT = frozenset(
    {"text", "think", "searchGuid", "step", "progress", "replace", "image", "meta", "status", "tips"}
)
"""Message types that are read, or known to hold nothing of the answer."""


class YuanbaoApp(Assistant):
    """`text` messages are increments; `[citation:n]` counts the documents of `searchGuid` from 1."""

    name = "yuanbao"
    hosts = ("yuanbao.tencent.com",)
    answer_paths = re.compile(r"^/api/chat/[^/]+$")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        yield Turn(question(exchange.request), _answer(events(exchange.body)))

    def shows(self, soup: BeautifulSoup) -> bool:
        return soup.select_one(".agent-chat__speech-card__text") is not None

    def page_turns(self, soup: BeautifulSoup) -> Iterator[Turn]:
        yield from page_dialogue(
            soup,
            messages=".agent-chat__list__item, .agent-chat__bubble",
            answer=".agent-chat__speech-card__text",
            sources=".agent-dialogue-references__list li .hyc-common-markdown__ref_card[data-url]",
            markers=CITATION,
        )


def _answer(frames: Sequence[Event]) -> ParsedAnswer:
    messages: list[Json] = [frame.record for frame in frames if frame.record]
    for message in messages:
        if message.get("type") == "error" or ("type" not in message and "error" in message):
            raise reported(message, {}) or EngineError(
                ErrorKind.TRANSIENT, string(message.get("msg")) or "error"
            )
    if not is_done(frames):
        raise cut_off()
    text = "".join(string(message.get("msg")) for message in messages if message.get("type") == "text")
    searches = [message for message in messages if message.get("type") == "searchGuid"]
    # the list comes again as it grows
    docs = records(reduce(united, (search.get("docs") for search in searches), []))
    unknown = tuple(message for message in messages if string(message.get("type")) not in SILENT)
    return ParsedAnswer(
        text=text,
        citations=resolved(text, numbered(docs, "index"), CITATION),
        search="yes" if docs else "unknown",
        offers=shelf(unknown),
        unknown_blocks=unknown,
    )
