"""Doubao's web app: block streams, its older event stream, chat history, share pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from geo_tracker.captures.assistants._dialogue import dialogue
from geo_tracker.captures.assistants._doubao import (
    ATTACHMENTS,
    IMAGES,
    SEARCH,
    TEXT,
    THINKING,
    Reply,
    blocks_of,
    failure,
    follow_ups,
    inner,
    json_in,
    kind,
    shown_text,
)
from geo_tracker.captures.assistants._failures import until_failure
from geo_tracker.captures.assistants._page import page_dialogue, parsed, scripts_with
from geo_tracker.captures.assistants._reading import (
    document,
    frames,
    plain_text,
    question,
    request_body,
    request_value,
    shelf,
)
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._endings import ended
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, malformed, record, records, said, string
from geo_tracker.engines._markers import BRACKETS, CITATION, REF, either, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines._stream import Event, is_stream
from geo_tracker.engines.base import ParsedAnswer

KNOWN = frozenset({TEXT, SEARCH, THINKING, IMAGES, ATTACHMENTS})
AGAIN = ("is_regen", "resend_for_regen", "regen_query_id")
"""What a request says that has an answer made again."""
MARKERS = either(CITATION, REF, BRACKETS)


class DoubaoApp(Assistant):
    """Blocks of type 10000 are text, 10025 sources; text under a thinking block is no answer."""

    name = "doubao"
    hosts = ("doubao.com",)
    answer_paths = re.compile(r"/chat/completion|/im/chain/single|^/thread/")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        if is_stream(exchange.body):
            found, whole = frames(exchange.body)
            yield from until_failure(found, failure, lambda found: [_turn(found, whole, exchange.request)])
        elif urlsplit(exchange.url).path.startswith("/thread/"):
            yield from self.page_turns(parsed(exchange.body.decode("utf-8", "replace")))
        else:
            yield from _history(document(exchange.body))

    def shows(self, soup: BeautifulSoup) -> bool:
        return bool(soup.select_one("[data-plugin-identifier*='block_type:']") or _snapshots(soup))

    def page_turns(self, soup: BeautifulSoup) -> Iterator[Turn]:
        for snapshot in _snapshots(soup):
            yield from dialogue(_ordered(records(snapshot.get("message_list"))), _answered)
            return
        yield from page_dialogue(
            soup,
            messages="[data-message-id]",
            answer="[data-plugin-identifier='block_type:10000']",
            sources="[data-plugin-identifier*='search_query_result_block'] a[href^=http], "
            "[data-plugin-identifier*='block_type:10025'] a[href^=http]",
            markers=MARKERS,
        )


def _turn(found: Sequence[Event], whole: bool, request: bytes) -> Turn:
    old = any("event_type" in event.record for event in found)
    option = _option(request)
    return Turn(
        question(request) or _asked(found),
        _old_answer(found, whole) if old else _streamed(found, whole),
        id=_message(found),
        thread=_conversation(found) or request_value(request, "conversation_id"),
        question_id=_question_id(found, option),
        continues=record(option.get("recovery_option")).get("is_recovery") is True,
        again=any(option.get(key) for key in AGAIN),
    )


def _history(body: Json) -> Iterator[Turn]:
    chain = record(record(body.get("downlink_body")).get("pull_singe_chain_downlink_body"))
    messages = records(chain.get("messages") or body.get("message_list") or [])
    if not messages:
        raise reported(body, {}) or malformed("no messages of a Doubao chat")
    thread = said(messages[0].get("conversation_id"))
    yield from dialogue(_ordered(messages), _answered, thread=thread)


def _ordered(messages: Sequence[Json]) -> list[Json]:
    """The messages of user and assistant in order; the system's own are no part of the dialogue."""

    def place(message: Json) -> float:
        values = (message.get(key) for key in ("index_in_conv", "create_time"))
        return next(
            (float(v) for v in values if isinstance(v, (int, float, str)) and str(v).isdecimal()), 0.0
        )

    return sorted((each for each in messages if each.get("user_type") in (1, 2, None)), key=place)


def _option(request: bytes) -> Json:
    body = request_body(request)
    return record(body.get("option")) or record(body.get("completion_option"))


def _question_id(found: Sequence[Event], option: Json) -> str | None:
    """The message that is answered: of an answer that is made again the first one's."""
    again = option.get("regen_query_id")
    asked = [row for frame in found for row in records(frame.record.get("query_list") or [])]
    named = next((said(row.get("question_id")) for row in asked), None)
    return said(*again) if isinstance(again, list) and again else named


def _message(found: Sequence[Event]) -> str | None:
    """The answer's last message, by the name that the history has for it."""
    names = [
        said(holder.get("message_id"))
        for frame in found
        if frame.name in ("STREAM_MSG_NOTIFY", "STREAM_CHUNK", "FULL_MSG_NOTIFY")
        for message in (record(frame.record.get("message")), frame.record)
        for holder in (record(message.get("meta")), message)
        if message.get("user_type") != 1
    ]
    return next(filter(None, reversed(names)), None)


def _answered(messages: Sequence[Json]) -> ParsedAnswer:
    """One answer, though search card and text may be messages of their own."""
    return _answer([block for message in _standing(messages) for block in _blocks(message)])


def _standing(messages: Sequence[Json]) -> Sequence[Json]:
    """The messages that are still shown: without those that were withdrawn, and those before one made again."""
    shown = [message for message in messages if message.get("status") in (0, None)] or messages
    remade = [place for place, message in enumerate(shown) if _is_remade(message)]
    return shown[remade[-1] :] if remade else shown


def _is_remade(message: Json) -> bool:
    """Whether a message says of itself, in the words of the request, that it was made again."""
    about = record(json_in(message.get("ext"))) or record(message.get("ext"))
    return any(about.get(key) not in (None, "", "0", "false", "[]", False, 0, []) for key in AGAIN)


def _blocks(message: Json) -> list[Json]:
    listed = message.get("content_block")
    return records(listed) if isinstance(listed, list) else blocks_of(message.get("content"))


def _snapshots(soup: BeautifulSoup) -> list[Json]:
    found = scripts_with(soup, "message_snapshot")
    return [snapshot for snapshot in found if isinstance(snapshot.get("message_list"), list)]


def _streamed(found: Sequence[Event], whole: bool) -> ParsedAnswer:
    reply = Reply()
    for frame in found:
        reply.take(frame)
    answer = _answer(reply.blocks)
    return ended(
        replace(
            answer,
            unknown_blocks=(*answer.unknown_blocks, *reply.unread),
            follow_ups=tuple(dict.fromkeys(follow_ups(found))),
        ),
        whole=whole and reply.ended,
    )


def _conversation(found: Sequence[Event]) -> str | None:
    acknowledged = (record(frame.record.get("ack_client_meta")) for frame in found)
    return next(filter(None, (said(meta.get("conversation_id")) for meta in acknowledged)), None)


def _asked(frames: Sequence[Event]) -> str:
    """The question as the stream repeats it in the notice of the user's message."""
    for frame in frames:
        message = record(frame.record.get("message")) or frame.record
        if frame.name == "FULL_MSG_NOTIFY" and message.get("user_type") == 1:
            return plain_text(message).strip()
    return ""


def _answer(blocks: Sequence[Json]) -> ParsedAnswer:
    text = shown_text(blocks)
    searches = [
        record(inner(block).get("search_query_result_block")) for block in blocks if kind(block) == SEARCH
    ]
    rows = [_row(result) for search in searches for result in records(search.get("results") or [])]
    unknown = tuple(block for block in blocks if kind(block) not in KNOWN)
    return ParsedAnswer(
        text=text,
        citations=resolved(text, numbered(rows, "index"), MARKERS),
        queries=tuple(dict.fromkeys(query for search in searches for query in _queries(search))),
        search="yes" if searches else "unknown",
        offers=shelf(unknown),
        unknown_blocks=unknown,
    )


def _queries(search: Json) -> Iterator[str]:
    listed = search.get("queries")
    for query in listed if isinstance(listed, list) else []:
        words = (
            query if isinstance(query, str) else said(record(query).get("query"), record(query).get("text"))
        )
        yield from filter(None, [words])


def _row(result: Json) -> Json:
    """A text or video card as one row; a video's own address comes first."""
    inner = record(result.get("text_card")) or record(result.get("video_card")) or result
    return {
        **inner,
        "url": said(inner.get("url"), inner.get("video_url")),
        "site_name": said(inner.get("sitename"), inner.get("platform")),
        "index": inner.get("index", result.get("index")),
    }


def _old_answer(found: Sequence[Event], whole: bool) -> ParsedAnswer:
    """The 2024 stream: 2001 brings text, 2003 ends, 2005 fails; each has JSON in a string in a string."""
    text: list[str] = []
    unknown: list[Json] = []
    closed = False
    for frame in found:
        number = frame.record.get("event_type")
        data = record(json_in(string(frame.record.get("event_data"))))
        closed = closed or number == 2003
        message = record(data.get("message"))
        if number == 2001 and message:
            content = record(json_in(string(message.get("content"))))
            text.append(string(content.get("text")))
            if content and "text" not in content:
                unknown.append(content)
    answer = ParsedAnswer("".join(text), offers=shelf(unknown), unknown_blocks=tuple(unknown))
    return ended(answer, whole=whole and closed)
