"""Kimi's web app: length-prefixed JSON frames, message lists, share and saved pages, its 2024 event stream."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from bs4 import BeautifulSoup

from geo_tracker.captures.assistants._dialogue import dialogue
from geo_tracker.captures.assistants._failures import until_failure, wordless
from geo_tracker.captures.assistants._kimi import received
from geo_tracker.captures.assistants._page import objects_under, page_dialogue
from geo_tracker.captures.assistants._patch import joined
from geo_tracker.captures.assistants._reading import (
    bears_text,
    document,
    is_user,
    json_value,
    parent_id,
    plain_text,
    question,
    request_value,
    shelf,
)
from geo_tracker.captures.assistants._reading import frames as stream_frames
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._endings import ended
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import (
    Json,
    integer,
    record,
    records,
    said,
    string,
    strings,
)
from geo_tracker.engines._markers import FOOTNOTE, merged, resolved
from geo_tracker.engines._paragraphs import paragraphs
from geo_tracker.engines._sources import numbered, source, unnumbered
from geo_tracker.engines._stream import is_stream
from geo_tracker.engines.base import EngineError, ParsedAnswer, ParsedCitation, ReportedError

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
    | {
        "thinking",
        "reasoning",
        "stage",
        "multiStage",
        "multi_stage",
        "exception",
        "zone",
        "scenario",
        "flags",
    }
    | {"message_id", "create_time", "$typeName"}
)
"""Keys of a block that are read, or known to hold nothing of the answer; any other names a kind of block."""
MAX_ANCHORS = 200


DONE = frozenset({"MESSAGE_STATUS_COMPLETED", "MESSAGE_STATUS_UNSPECIFIED", "completed", ""})
"""States of a message that is not being written any more; one that was stopped is cut."""
ROLES = {1: "system", 2: "user", 3: "assistant"}
OLD_EVENTS = frozenset(
    {
        "cmpl",
        "search_plus",
        "all_done",
        "req",
        "resp",
        "rename",
        "loading",
        "k1",
        "done",
        "zone_set",
        "ping",
        "debug",
    }
)
"""Events of the 2024 stream that are read, or known to hold nothing of the answer; `k1` are thoughts."""
_LITERALS = re.compile(r'BigInt\("?(-?\d+)"?\)|\bundefined\b(?=\s*[,}\]])')


class KimiApp(Assistant):
    """`usedSearchChunks` is what the answer cites, by `refIndex`; pages and other chunks were only found."""

    name = "kimi"
    hosts = ("kimi.com", "kimi.moonshot.cn", "kimi.ai")
    answer_paths = re.compile(r"ChatService/(Chat|ListMessages|GetChat|GetChatShare)$|/completion/stream$")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        thread = request_value(exchange.request, "chat_id", "chatId")
        if is_stream(exchange.body):
            events, whole_body = stream_frames(exchange.body)
            yield from until_failure(
                [{"event": event.name, **event.record} for event in events],
                _failure,
                lambda found: [
                    Turn(question(exchange.request), _old_answer(found, whole_body), thread=thread)
                ],
            )
        elif (whole := _messages(exchange.body)) is not None:
            yield from _dialogue(whole, thread)
        else:
            found, whole_body = received(exchange.body)
            yield from until_failure(
                found,
                _failure,
                lambda found: [_turn(found, whole_body, exchange.request)],
            )

    def shows(self, soup: BeautifulSoup) -> bool:
        return bool(soup.select_one(".segment-assistant, .chat-content-item-assistant")) or bool(
            _shared(soup)
        )

    def page_turns(self, soup: BeautifulSoup) -> Iterator[Turn]:
        if shared := _shared(soup):
            yield from _dialogue(shared, None)
            return
        yield from page_dialogue(
            soup,
            messages=".chat-content-item, .segment",
            answer=".segment-assistant .segment-content-box, .segment-assistant .markdown",
            markers=FOOTNOTE,
            sources="[class*=ref-item] a[href^=http], [class*=search-result] a[href^=http]",
            hidden=".thinking-container, [class*=toolcall], .segment-assistant-actions, .table-actions",
            question=".user-content",
        )


def _failure(frame: Json) -> ReportedError | None:
    """What a frame reports: an error of its own, or nothing but one, as bodies in place of a stream do."""
    if frame.get("error") or frame.get("event") == "error":
        return reported(frame, {}) or wordless()
    return reported({"error": frame} if said(frame.get("error_type")) else frame, {})


def _turn(found: Sequence[Json], whole: bool, request: bytes) -> Turn:
    asked, message = _streamed(found)
    return Turn(
        question(request) or asked,
        ended(_answer(message), whole=whole and _has_ended(message, found)),
        id=said(message.get("id")),
        thread=request_value(request, "chat_id", "chatId"),
        question_id=parent_id(message),
    )


def _shared(soup: BeautifulSoup) -> list[Json]:
    """The messages in a share page's own data, written as JavaScript with its own spelling of large numbers."""
    for script in soup.find_all("script"):
        text = script.string or ""
        if "HYDRATION_INIT_STATE" in text and "ChatShare" in text:
            plain = _LITERALS.sub(lambda match: match[1] or "null", text)
            found = [record(value) for value in objects_under(plain, "data")]
            listed = [value["messages"] for value in found if isinstance(value.get("messages"), list)]
            return records(listed[0]) if listed else []
    return []


def _dialogue(messages: Sequence[Json], thread: str | None) -> Iterator[Turn]:
    named = [_named(message) for message in _ordered(messages)]
    yield from dialogue([each for each in named if each["role"] != "system"], _answered, thread=thread)


def _named(message: Json) -> Json:
    """A message with its role in words and its blocks by name, as streams and lists have them."""
    role = message.get("role")
    words = ROLES.get(role, "") if isinstance(role, int) else string(role).lower().removeprefix("role_")
    blocks = [_named_block(block) for block in records(message.get("blocks") or [])]
    return {**message, "role": words, "blocks": blocks}


def _named_block(block: Json) -> Json:
    content = record(block.get("content"))
    rest = {key: value for key, value in block.items() if key not in ("content", "$typeName")}
    return {**rest, content["case"]: content.get("value")} if said(content.get("case")) else block


def _answered(messages: Sequence[Json]) -> ParsedAnswer:
    """One answer, though an agent's steps may be messages of their own."""
    merged_refs: Json = {}
    for message in messages:
        for key, value in record(message.get("refs")).items():
            merged_refs[key] = joined(merged_refs.get(key), value)
    blocks = [block for message in messages for block in records(message.get("blocks") or [])]
    answer = _answer({**messages[-1], "refs": merged_refs, "blocks": blocks})
    return replace(answer, cut=string(messages[-1].get("status")) not in DONE)


def _has_ended(message: Json, found: Sequence[Json]) -> bool:
    """By the message's own state, else by the frame that ends a stream: an empty object, or `done`."""
    status = string(message.get("status"))
    if status in DONE and status:
        return True
    return not found[-1] or any("done" in frame for frame in found)


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
        part = record(frame.get("message"))
        if is_user(part):
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
    text = paragraphs(string(record(block.get("text")).get("content")) for block in blocks)
    searches = [record(block.get("search")) for block in blocks if block.get("search")]
    tools = [record(block.get("tool")) for block in blocks if block.get("tool")]
    results = [part for tool in tools for part in records(tool.get("contents") or [])]
    refs = record(message.get("refs"))
    used = _chunks(refs.get("usedSearchChunks"), text)
    pages = [page for search in searches for page in unnumbered(search.get("webPages"))]
    other = [chunk for chunk in _chunks(refs.get("searchChunks"), "") if not chunk.spans]
    found = unnumbered([_base(part) for part in results if part.get("searchResult")])
    queries = [*(q for search in searches for q in strings(search.get("keywords"))), *_asked_for(tools)]
    unknown = tuple(block for block in blocks if set(block) - PLAIN)
    return ParsedAnswer(
        text=text,
        citations=merged(
            [*_anchored(used, message, text), *pages, *_further(found, [*used, *pages, *other]), *other]
        ),
        queries=tuple(dict.fromkeys(queries)),
        search="yes" if searches or used or other or found else "unknown",
        offers=shelf([*unknown, *(part for part in results if part.get("goods"))]),
        model=said(message.get("model")),
        unknown_blocks=unknown,
    )


def _base(part: Json) -> Json:
    result = record(part.get("searchResult"))
    return record(result.get("base")) or result


def _further(found: Sequence[ParsedCitation], listed: Sequence[ParsedCitation]) -> Iterator[ParsedCitation]:
    """Results of tools that no other list has: the lists repeat them under their numbers."""
    known = {row.url for row in listed}
    yield from (row for row in found if row.url not in known)


def _asked_for(tools: Sequence[Json]) -> Iterator[str]:
    """The searches that tools were called for; their arguments are JSON in a string."""
    for tool in tools:
        if "search" in string(tool.get("name")).lower():
            arguments = tool.get("args") or tool.get("arguments")
            opened = record(json_value(arguments) if isinstance(arguments, str) else arguments)
            for key in ("queries", "keywords", "query", "q"):
                value = opened.get(key)
                yield from strings(value if isinstance(value, list) else [value])


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
    """The cited sources, also where the message says itself which words rest on them."""
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


def _old_answer(found: Sequence[Json], whole: bool) -> ParsedAnswer:
    """The 2024 stream: `cmpl` brings text, `search_plus` the pages found, `all_done` ends it."""
    closed = any(frame.get("event") == "all_done" for frame in found)
    text = "".join(string(frame.get("text")) for frame in found if frame.get("event") == "cmpl")
    results = [record(frame.get("msg")) for frame in found if frame.get("event") == "search_plus"]
    rows = [row for row in results if row.get("type") == "get_res"]
    citations = resolved(text, numbered(rows), FOOTNOTE)
    unknown = tuple(
        each for each in found if string(each.get("event")) not in OLD_EVENTS and bears_text(each)
    )
    answer = ParsedAnswer(
        text, citations=citations, search="yes" if results else "unknown", unknown_blocks=unknown
    )
    return ended(answer, whole=whole and closed)
