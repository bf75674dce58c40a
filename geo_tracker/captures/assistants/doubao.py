"""Doubao's web app: block streams, its older event stream, chat history, share pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bs4 import BeautifulSoup

from geo_tracker.captures.assistants._page import page_dialogue, parsed, scripts_with
from geo_tracker.captures.assistants._reading import dialogue, document, events, plain_text, question, shelf
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, loads, malformed, record, records, said, string, strings
from geo_tracker.engines._markers import BRACKETS, CITATION, REF, either, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines._stream import Event, cut_off, is_stream
from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer

TEXT, SEARCH, THINKING, IMAGES, ATTACHMENTS = 10000, 10025, 10040, 2074, 10052
KNOWN = frozenset({TEXT, SEARCH, THINKING, IMAGES, ATTACHMENTS})
MARKERS = either(CITATION, REF, BRACKETS)
RATE_LIMITED = 710022004


class DoubaoApp(Assistant):
    """Blocks of type 10000 are text, 10025 sources; text under a thinking block is no answer."""

    name = "doubao"
    hosts = ("doubao.com",)
    answer_paths = re.compile(r"/chat/completion|/im/chain/single|^/thread/")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        if is_stream(exchange.body):
            frames = events(exchange.body)
            old = any("event_type" in event.record for event in frames)
            answer = _old_answer(frames) if old else _answer(_streamed(frames))
            yield Turn(question(exchange.request) or _asked(frames), answer)
        elif exchange.body.lstrip().startswith(b"<"):
            yield from self.page_turns(parsed(exchange.body.decode("utf-8", "replace")))
        else:
            yield from _history(document(exchange.body))

    def shows(self, soup: BeautifulSoup) -> bool:
        return bool(soup.select_one("[data-plugin-identifier*='block_type:']") or _snapshots(soup))

    def page_turns(self, soup: BeautifulSoup) -> Iterator[Turn]:
        for snapshot in _snapshots(soup):
            yield from dialogue(_ordered(records(snapshot.get("message_list"))), _message)
            return
        yield from page_dialogue(
            soup,
            messages="[data-message-id]",
            answer="[data-plugin-identifier='block_type:10000']",
            sources="[data-plugin-identifier*='search_query_result_block'] a[href^=http], "
            "[data-plugin-identifier*='block_type:10025'] a[href^=http]",
            markers=MARKERS,
        )


def _history(body: Json) -> Iterator[Turn]:
    chain = record(record(body.get("downlink_body")).get("pull_singe_chain_downlink_body"))
    messages = records(chain.get("messages") or body.get("message_list") or [])
    if not messages:
        raise malformed("no messages of a Doubao chat")
    yield from dialogue(_ordered(messages), _message)


def _ordered(messages: Sequence[Json]) -> list[Json]:
    def place(message: Json) -> float:
        values = (message.get(key) for key in ("index_in_conv", "create_time"))
        return next(
            (float(v) for v in values if isinstance(v, (int, float, str)) and str(v).isdecimal()), 0.0
        )

    return sorted(messages, key=place)


def _message(message: Json) -> ParsedAnswer:
    blocks = message.get("content_block")
    if not isinstance(blocks, list):
        content = message.get("content")
        inner = _json(content) if isinstance(content, str) else content
        blocks = inner if isinstance(inner, list) else records(record(inner).get("content_block") or [])
        if not blocks:
            return ParsedAnswer(plain_text(content))
    return _answer(records(blocks))


def _json(text: str) -> Any:
    try:
        return loads(text)
    except EngineError:
        return None


def _snapshots(soup: BeautifulSoup) -> list[Json]:
    found = scripts_with(soup, "message_snapshot")
    return [snapshot for snapshot in found if isinstance(snapshot.get("message_list"), list)]


def _streamed(frames: Sequence[Event]) -> list[Json]:
    """The blocks that a stream of notices, chunks and text deltas adds up to."""
    blocks: dict[Any, Json] = {}
    current: Json = {}
    ended = False
    for frame in frames:
        kind, data = frame.name, frame.record
        if kind == "STREAM_ERROR" or "error_code" in data:
            raise _failure(data)
        if kind == "CHUNK_DELTA":
            _grow(current, string(data.get("text")))
        ended = ended or kind == "SSE_REPLY_END"
        for block in _blocks_in(kind, data):
            key = string(block.get("block_id")) or string(block.get("id")) or (_type(block), len(blocks))
            if key in blocks:
                _extend(blocks[key], block)
            else:
                blocks[key] = block
            current = blocks[key]
    if not ended:
        raise cut_off()
    return list(blocks.values())


def _failure(data: Json) -> EngineError:
    if data.get("error_code") in (RATE_LIMITED, str(RATE_LIMITED)):
        return EngineError(ErrorKind.RATE_LIMIT, f"{data.get('error_msg')} ({RATE_LIMITED})")
    return reported(data, {}) or EngineError(ErrorKind.TRANSIENT, "the app reports an error")


def _blocks_in(kind: str, data: Json) -> list[Json]:
    if kind == "STREAM_MSG_NOTIFY":
        return records(record(data.get("content")).get("content_block") or [])
    if kind == "STREAM_CHUNK":
        values = [record(op.get("patch_value")) for op in records(data.get("patch_op") or [])]
        return [block for value in values for block in records(value.get("content_block") or [])]
    return []


def _inner(block: Json) -> Json:
    content = block.get("content")
    inner = _json(content) if isinstance(content, str) else content
    return record(inner) or block


def _grow(block: Json, text: str) -> None:
    holder = _inner(block)
    known = record(holder.get("text_block"))
    holder["text_block"] = {**known, "text": string(known.get("text")) + text}


def _extend(block: Json, more: Json) -> None:
    """A block that comes again continues its text and brings its newest other content."""
    inner, new = _inner(block), _inner(more)
    for key, value in new.items():
        if key == "text_block":
            _grow(block, string(record(value).get("text")))
        elif inner is not block or key not in ("block_type", "block_id", "parent_id", "id"):
            inner[key] = value


def _asked(frames: Sequence[Event]) -> str:
    """The question as the stream repeats it in the notice of the user's message."""
    for frame in frames:
        message = record(frame.record.get("message")) or frame.record
        if frame.name == "FULL_MSG_NOTIFY" and message.get("user_type") == 1:
            return plain_text(message).strip()
    return ""


def _answer(blocks: Sequence[Json]) -> ParsedAnswer:
    thoughts = {
        string(block.get("block_id") or block.get("id")) for block in blocks if _type(block) == THINKING
    }
    shown = [
        block
        for block in blocks
        if _type(block) == TEXT and string(block.get("parent_id")) not in thoughts - {""}
    ]
    text = "".join(string(record(_inner(block).get("text_block")).get("text")) for block in shown)
    searches = [
        record(_inner(block).get("search_query_result_block")) for block in blocks if _type(block) == SEARCH
    ]
    rows = [_row(result) for search in searches for result in records(search.get("results") or [])]
    unknown = tuple(block for block in blocks if _type(block) not in KNOWN)
    return ParsedAnswer(
        text=text,
        citations=resolved(text, numbered(rows, "index"), MARKERS),
        queries=tuple(query for search in searches for query in strings(search.get("queries"))),
        search="yes" if searches else "unknown",
        offers=shelf(unknown),
        unknown_blocks=unknown,
    )


def _type(block: Json) -> int | None:
    value = block.get("block_type")
    return value if isinstance(value, int) else None


def _row(result: Json) -> Json:
    """A text or video card as one row; a video's own address comes first."""
    inner = record(result.get("text_card")) or record(result.get("video_card")) or result
    return {
        **inner,
        "url": said(inner.get("url"), inner.get("video_url")),
        "site_name": said(inner.get("sitename"), inner.get("platform")),
        "index": inner.get("index", result.get("index")),
    }


def _old_answer(frames: Sequence[Event]) -> ParsedAnswer:
    """The 2024 stream: 2001 brings text, 2003 ends, 2005 fails; each has JSON in a string in a string."""
    text: list[str] = []
    unknown: list[Json] = []
    ended = False
    for frame in frames:
        kind = frame.record.get("event_type")
        data = record(_json(string(frame.record.get("event_data"))))
        if kind == 2005:
            raise reported(data, {}) or EngineError(ErrorKind.TRANSIENT, "the app reports an error")
        ended = ended or kind == 2003
        message = record(data.get("message"))
        if kind == 2001 and message:
            content = record(_json(string(message.get("content"))))
            text.append(string(content.get("text")))
            if content and "text" not in content:
                unknown.append(content)
    if not ended:
        raise cut_off()
    return ParsedAnswer("".join(text), offers=shelf(unknown), unknown_blocks=tuple(unknown))
