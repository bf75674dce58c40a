"""Kimi's web app: length-prefixed JSON frames, its message lists and its 2024 event stream."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from geo_tracker.captures.assistants._patch import joined
from geo_tracker.captures.assistants._reading import dialogue, document, events, plain_text, question, shelf
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import (
    MAX_BYTES,
    Json,
    integer,
    loads,
    malformed,
    record,
    records,
    said,
    string,
    strings,
)
from geo_tracker.engines._markers import FOOTNOTE, merged, resolved
from geo_tracker.engines._sources import numbered, source, unnumbered
from geo_tracker.engines._stream import cut_off, is_stream
from geo_tracker.engines.base import EngineError, ParsedAnswer, ParsedCitation

PLAIN = frozenset(
    {
        "id",
        "parentId",
        "messageId",
        "createTime",
        "updateTime",
        "status",
        "index",
        "text",
        "search",
        "tool",
        "think",
    }
    | {"thinking", "reasoning", "stage", "exception", "zone", "scenario", "flags"}
)
"""Keys of a block that are read, or known to hold nothing of the answer; any other names a kind of block."""
MAX_ANCHORS = 200


class KimiApp(Assistant):
    """`usedSearchChunks` is what the answer cites, by `refIndex`; pages and other chunks were only found."""

    name = "kimi"
    hosts = ("kimi.com", "kimi.moonshot.cn", "kimi.ai")
    answer_paths = re.compile(r"ChatService/(Chat|ListMessages|GetChat)$|/completion/stream$")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        if is_stream(exchange.body):
            yield Turn(question(exchange.request), _old_answer(exchange.body))
        elif (whole := _messages(exchange.body)) is not None:
            yield from dialogue(_ordered(whole), _answer)
        else:
            asked, message = _streamed(frames(exchange.body))
            yield Turn(question(exchange.request) or asked, _answer(message), id=said(message.get("id")))


def frames(body: bytes) -> list[Json]:
    """The objects of a stream of frames `[flag u8][length u32][JSON]`.

    Recorders that keep bodies as text damage the lengths; objects are then found by their own ends. Raises
    `EngineError` if the last one is cut off or none is there.
    """
    if len(body) > MAX_BYTES:
        raise malformed(f"{len(body)} bytes are more than an answer ({MAX_BYTES})")
    found = [record(loads(part.decode("utf-8", "replace"))) for part in _parts(body) or _objects(body)]
    if not found:
        raise malformed("no frames of a Kimi chat")
    return found


def _parts(body: bytes) -> list[bytes]:
    """The frames by their lengths, empty if the lengths do not fit the body."""
    parts = []
    at = 0
    while at < len(body):
        end = at + 5 + int.from_bytes(body[at + 1 : at + 5], "big")
        if body[at] > 3 or end > len(body) or len(body) < at + 5:
            return []
        parts.append(body[at + 5 : end])
        at = end
    return [part for part in parts if part.strip()]


def _objects(body: bytes) -> Iterator[bytes]:
    """The objects between damaged lengths, whose bytes may look like the beginning of an object."""
    text = body.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            if "{" not in text[at + 1 : at + 6]:
                raise cut_off() from None
            end = at + 1
        else:
            yield text[at:end].encode()
        at = text.find("{", end)


def _messages(body: bytes) -> list[Json] | None:
    """The messages of a list, None if the body is a stream of frames."""
    if not body.lstrip().startswith(b"{"):
        return None
    try:
        value = document(body)
    except EngineError:
        return None
    found = value.get("messages") or record(value.get("chat")).get("messages")
    return records(found) if isinstance(found, list) else None


def _ordered(messages: Sequence[Json]) -> list[Json]:
    return sorted(messages, key=lambda message: string(message.get("createTime")))


def _streamed(found: Sequence[Json]) -> tuple[str, Json]:
    """The question if the stream repeats it, and the assistant's message that the operations add up to."""
    asked, message, blocks = "", dict[str, Any](), dict[str, Json]()
    for frame in found:
        if frame.get("error"):
            raise reported(frame, {}) or malformed("an error without words")
        part = record(frame.get("message"))
        if string(part.get("role")).lower().endswith("user"):
            asked = asked or plain_text(part).strip()
            continue
        _merge_message(message, part)
        if block := record(frame.get("block")):
            key = string(block.get("id")) or (next(reversed(blocks)) if blocks else "")
            _merge(blocks.setdefault(key, {}), block, append=frame.get("op") == "append")
    whole = [block for block in records(message.get("blocks") or []) if block.get("id") not in tuple(blocks)]
    message["blocks"] = [*whole, *blocks.values()]
    return asked, message


def _merge_message(message: Json, part: Json) -> None:
    refs = {**record(message.get("refs")), **record(part.get("refs"))}
    message.update(part)
    message["refs"] = refs


def _merge(old: Json, new: Json, *, append: bool) -> None:
    for key, value in new.items():
        known = old.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value, append=append)
        else:
            old[key] = joined(known, value) if append and key != "id" else value


def _answer(message: Json) -> ParsedAnswer:
    blocks = records(message.get("blocks") or [])
    text = "".join(string(record(block.get("text")).get("content")) for block in blocks)
    searches = [record(block.get("search")) for block in blocks if block.get("search")]
    refs = record(message.get("refs"))
    used = _chunks(refs.get("usedSearchChunks"), text)
    pages = [page for search in searches for page in unnumbered(search.get("webPages"))]
    other = [chunk for chunk in _chunks(refs.get("searchChunks"), "") if not chunk.spans]
    unknown = tuple(block for block in blocks if set(block) - PLAIN)
    tools = [
        content for block in blocks for content in records(record(block.get("tool")).get("contents") or [])
    ]
    return ParsedAnswer(
        text=text,
        citations=merged([*_anchored(used, message, text), *pages, *other]),
        queries=tuple(query for search in searches for query in strings(search.get("keywords"))),
        search="yes" if searches or used or other else "unknown",
        offers=shelf([*unknown, *(content for content in tools if content.get("goods"))]),
        model=said(message.get("model")),
        unknown_blocks=unknown,
    )


def _chunks(chunks: Any, text: str) -> list[ParsedCitation]:
    """Chunks as sources under their printed numbers; with a text they are what it cites."""
    rows = [
        {**record(chunk.get("base")), "refIndex": chunk.get("refIndex")} for chunk in records(chunks or [])
    ]
    found = numbered(rows, "refIndex")
    if not text:
        return found
    cited = [source({**row}, "cited", ordinal=integer(row.get("refIndex"))) for row in rows]
    return list(resolved(text, cited, FOOTNOTE))


def _anchored(used: Sequence[ParsedCitation], message: Json, text: str) -> Iterator[ParsedCitation]:
    """The cited sources, also where the message says itself which words lean on them."""
    yield from used
    for reference in records(message.get("references") or [])[:MAX_ANCHORS]:
        words = string(reference.get("matchedText"))
        at = text.find(words) if words else -1
        for item in records(reference.get("items") or []):
            search = record(item.get("search"))
            row = source(record(search.get("base")), "cited", ordinal=integer(search.get("refIndex")))
            if row.url and at >= 0:
                yield ParsedCitation(
                    row.url,
                    "cited",
                    row.ordinal,
                    title=row.title,
                    site=row.site,
                    spans=((at, at + len(words)),),
                )


def _old_answer(body: bytes) -> ParsedAnswer:
    """The 2024 stream: `cmpl` brings text, `search_plus` the pages found, `all_done` ends it."""
    found = [{"event": event.name, **event.record} for event in events(body)]
    for frame in found:
        if frame.get("event") == "error":
            raise reported(frame, {}) or malformed("an error without words")
    if not any(frame.get("event") == "all_done" for frame in found):
        raise cut_off()
    text = "".join(string(frame.get("text")) for frame in found if frame.get("event") == "cmpl")
    results = [record(frame.get("msg")) for frame in found if frame.get("event") == "search_plus"]
    rows = [row for row in results if row.get("type") == "get_res"]
    return ParsedAnswer(
        text, citations=resolved(text, numbered(rows), FOOTNOTE), search="yes" if results else "unknown"
    )
