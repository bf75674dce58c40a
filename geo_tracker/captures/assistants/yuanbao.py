"""Yuanbao's web app: a stream of typed messages with labels between them, conversations, pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from geo_tracker.captures.assistants._dialogue import dialogue, together
from geo_tracker.captures.assistants._failures import until_failure, wordless
from geo_tracker.captures.assistants._page import page_dialogue, scripts_with
from geo_tracker.captures.assistants._reading import (
    alone,
    document,
    frames,
    question,
    request_value,
    shelf,
)
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._chat import united
from geo_tracker.engines._endings import ended
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, integer, malformed, record, records, said, string
from geo_tracker.engines._markers import CITATION, resolved
from geo_tracker.engines._paragraphs import paragraphs
from geo_tracker.engines._sources import numbered
from geo_tracker.engines._stream import Event, is_done
from geo_tracker.engines.base import ParsedAnswer, ReportedError

TEXT, SEARCH, DEEP = "text", "searchGuid", "deepSearch"
SILENT = frozenset(
    {TEXT, SEARCH, DEEP, "think", "step", "progress", "replace", "image", "meta", "status", "tips"}
)
"""Message types that are read, or known to hold nothing of the answer."""
NUMBER = re.compile(r"\[MSGINDEX: ?(\d{1,9})\]")
"""The line that tells an answer's number within its conversation; the history's `id` is the conversation and it."""
DETAIL = "/api/user/agent/conversation/v1/detail"


class YuanbaoApp(Assistant):
    """`text` messages are increments; `[citation:n]` counts the documents of the searches from 1."""

    name = "yuanbao"
    hosts = ("yuanbao.tencent.com",)
    answer_paths = re.compile(rf"^/api/chat/[^/]+$|^{DETAIL}$")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        path = urlsplit(exchange.url).path
        if path == DETAIL:
            thread = request_value(exchange.request, "conversationId")
            yield from _conversation(document(exchange.body), thread)
            return
        found, whole = frames(exchange.body)
        if not found and (failure := _failure(Event("", alone(exchange.body)))):
            raise failure
        yield from until_failure(found, _failure, lambda found: [_turn(found, whole, exchange)])

    def shows(self, soup: BeautifulSoup) -> bool:
        return bool(soup.select_one(".agent-chat__speech-card__text")) or bool(_shared(soup))

    def page_turns(self, soup: BeautifulSoup) -> Iterator[Turn]:
        for shared in _shared(soup):
            yield from _conversation(shared, None)
            return
        yield from page_dialogue(
            soup,
            messages=".agent-chat__list__item, .agent-chat__bubble",
            answer=".agent-chat__speech-card__text",
            sources=".agent-dialogue-references__list li .hyc-common-markdown__ref_card[data-url]",
            markers=CITATION,
            hidden="[class*='deepsearch-cot']",
            question=".hyc-content-text",
        )


def _failure(frame: Event) -> ReportedError | None:
    message = frame.record
    if message.get("type") == "error" or ("type" not in message and "error" in message):
        return reported(message, {}) or wordless(message.get("code"), said(message.get("msg")))
    return None


def _turn(found: Sequence[Event], whole: bool, exchange: Exchange) -> Turn:
    messages = [frame.record for frame in found if frame.record]
    answer = ended(_answer(messages, flowing=True), whole=whole and is_done(found))
    thread = urlsplit(exchange.url).path.rpartition("/")[2]
    id_, asked = _names(found, thread)
    return Turn(question(exchange.request), answer, id_, thread=thread, question_id=asked)


def _names(found: Sequence[Event], thread: str) -> tuple[str | None, str | None]:
    """The answer and its question by the names that the history has for them, which a stream tells at its end."""
    meta = next((frame.record for frame in found if frame.record.get("type") == "meta"), {})
    labels = (NUMBER.fullmatch(frame.data) for frame in found if isinstance(frame.data, str))
    number = next((match[1] for match in labels if match), None)
    return said(meta.get("messageId"), number and f"{thread}_{number}"), said(meta.get("replyId"))


def _shared(soup: BeautifulSoup) -> list[Json]:
    """The conversation in a share page's own data."""
    found = [record(value.get("chat")) or value for value in scripts_with(soup, "fullChatShareData")]
    return [chat for chat in found if isinstance(chat.get("convs"), list)][:1]


def _conversation(body: Json, thread: str | None) -> Iterator[Turn]:
    data = record(body.get("data")) or body
    convs = data.get("convs") or data.get("conversations")
    if not isinstance(convs, list):
        raise reported(body, {}) or malformed("no messages of a Yuanbao conversation")
    ordered = sorted(records(convs), key=lambda conv: integer(conv.get("index")) or 0)
    named = said(thread, *(string(conv.get("id")).rpartition("_")[0] for conv in ordered))
    yield from dialogue([_message(conv) for conv in ordered], _answered, thread=named)


def _message(conv: Json) -> Json:
    """A question with its text where the dialogue looks for it; an answer as it is."""
    if string(conv.get("speaker")).lower() not in ("human", "user"):
        return conv
    texts = [string(item.get("msg")) for speech in _speeches(conv) for item in _items(speech)]
    return {
        **conv,
        "text": "\n".join(filter(None, texts)) or said(conv.get("displayPrompt"), conv.get("speech")),
    }


def _answered(convs: Sequence[Json]) -> ParsedAnswer:
    return together([_spoken(conv) for conv in convs])


def _spoken(conv: Json) -> ParsedAnswer:
    """What an answer's last speech says; the ones before it were made again, and are kept as unknown."""
    speeches = [speech for speech in _speeches(conv) if _items(speech)]
    if not speeches:
        return ParsedAnswer(string(conv.get("speech")))
    *before, last = speeches
    answer = _answer(_items(last), flowing=False)
    return replace(
        answer, model=said(last.get("chatModelId")), unknown_blocks=(*answer.unknown_blocks, *before)
    )


def _speeches(conv: Json) -> list[Json]:
    return records(conv.get("speechesV2") or [])


def _items(speech: Json) -> list[Json]:
    return records(speech.get("content") or [])


def _answer(messages: Sequence[Json], *, flowing: bool) -> ParsedAnswer:
    """The answer that typed messages make: increments where they are `flowing`, else paragraphs."""
    inner = [
        part for message in messages for part in records(message.get("contents") or []) if _is_deep(message)
    ]
    texts = [_words(message) for message in messages if message.get("type") == TEXT]
    text = "".join(texts) if flowing else paragraphs(texts)
    searches = [part for part in (*messages, *inner) if part.get("docs")]
    # the list comes again as it grows
    docs = records(reduce(united, (search.get("docs") for search in searches), []))
    unknown = tuple(part for part in (*messages, *inner) if string(part.get("type")) not in SILENT)
    return ParsedAnswer(
        text=text,
        citations=resolved(text, numbered(docs, "index"), CITATION),
        search="yes" if docs else "unknown",
        offers=shelf(unknown),
        unknown_blocks=unknown,
    )


def _words(message: Json) -> str:
    values = (message.get(key) for key in ("msg", "text", "content"))
    return next((value for value in values if isinstance(value, str)), "")


def _is_deep(message: Json) -> bool:
    return message.get("type") == DEEP
