"""Perplexity's web app: threads and streams of entries made of blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from geo_tracker.captures._document import written
from geo_tracker.captures._times import known_time
from geo_tracker.captures.assistants._failures import until_failure, wordless
from geo_tracker.captures.assistants._reading import bears_text, document, frames, question, shelf
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._endings import ended
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, loads, malformed, record, records, said, string, strings
from geo_tracker.engines._markers import BRACKETS, WEB, either, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines._stream import Event, cut_off, is_done, is_stream
from geo_tracker.engines.base import EngineError, ParsedAnswer, ReportedError

STEPS = frozenset({"pro_search_steps", "plan"})
SILENT = frozenset(
    {
        "web_results",
        "sources_answer_mode",
        "media_items",
        "image_answer_mode",
        "answer_tabs",
        "answer_modes",
        "",
    }
)


ENTRY = frozenset(
    {"backend_uuid", "uuid", "blocks", "query_str", "status", "display_model", "related_queries"}
)
"""Keys of a frame that is part of an entry."""


class PerplexityApp(Assistant):
    """`[n]` counts the web results from 1; results that no mark names were only found."""

    name = "perplexity"
    hosts = ("perplexity.ai",)
    answer_paths = re.compile(r"^/rest/(sse/perplexity_ask|thread/[^/]+)$")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        if not is_stream(exchange.body):
            yield from thread_turns(document(exchange.body))
            return
        found, _ = frames(exchange.body)
        yield from until_failure(
            found, lambda frame: _failure(frame.record), lambda found: _turns(found, exchange.request)
        )


def _failure(frame: Json) -> ReportedError | None:
    """What a frame reports: an error, or an entry that failed without a word of an answer."""
    empty = not (frame.get("blocks") or said(frame.get("text")))
    failed = empty and string(frame.get("status")).lower() in ("failed", "error")
    return reported(frame, {}) or (wordless(frame.get("error_code")) if failed else None)


def _turns(found: Sequence[Event], request: bytes) -> Iterator[Turn]:
    """The one turn of a stream."""
    entry, unused = _streamed(found)
    for turn in entry_turns(entry) if entry.get("blocks") or entry.get("text") else ():
        answer = replace(turn.answer, unknown_blocks=(*turn.answer.unknown_blocks, *unused))
        answer = ended(answer, whole=_is_final(entry, found))
        yield replace(turn, prompt=turn.prompt or question(request), answer=answer, raw=None)
        return
    raise cut_off() if not _is_final(entry, found) else malformed("an entry without an answer")


def thread_turns(thread: Json) -> Iterator[Turn]:
    """The turns of a thread; raises `EngineError` for an object that is none."""
    entries = thread.get("entries")
    if not isinstance(entries, list):
        raise _failure(thread) or malformed("no entries of a Perplexity thread")
    for entry in records(entries):
        yield from entry_turns(entry)


def entry_turns(entry: Json) -> Iterator[Turn]:
    """The one turn of an entry; raises `EngineError` for an object that is none."""
    if not records(entry.get("blocks") or []) and not said(entry.get("text")):
        raise reported(entry, {}) or malformed("an entry without an answer")
    times = ("entry_updated_datetime", "updated_datetime", "entry_created_datetime", "created_datetime")
    yield Turn(
        string(entry.get("query_str")).strip(),
        _answer(entry),
        id=said(entry.get("uuid"), entry.get("backend_uuid")),
        at=next(filter(None, (known_time(entry.get(key)) for key in times if entry.get(key))), None),
        raw=written(entry),
    )


def _is_final(entry: Json, found: Sequence[Event]) -> bool:
    """Whether the stream says that the entry is complete, by a flag, its status or an end event."""
    flags = entry.get("final_sse_message") is True or entry.get("final") is True
    closed = is_done(found) or any(event.name == "end_of_stream" for event in found)
    return flags or string(entry.get("status")).upper() == "COMPLETED" or closed


def _streamed(found: Sequence[Event]) -> tuple[Json, list[Json]]:
    """The entry that the frames of a stream add up to, and frames with text that are no part of one.

    Newer blocks replace those of the same use.
    """
    entry: Json = {}
    blocks: dict[str, Json] = {}
    unused: list[Json] = []
    for event in found:
        frame = event.record
        if not ENTRY & set(frame):
            unused += [{"event": event.name, **frame}] if bears_text(frame) else []
            continue
        for block in records(frame.get("blocks") or []):
            use = string(block.get("intended_usage"))
            blocks[use] = _newer(blocks.get(use, {}), block)
        entry.update({key: value for key, value in frame.items() if value not in (None, "", [])})
    return ({**entry, "blocks": list(blocks.values())} if entry else {}), unused


def _newer(old: Json, new: Json) -> Json:
    """The newer block; pieces of text that come at an offset continue the older ones."""
    part, known = record(new.get("markdown_block")), record(old.get("markdown_block"))
    if not part or said(part.get("answer")):
        return new
    chunks, start = list(strings_kept(part.get("chunks"))), part.get("chunk_starting_offset")
    kept = list(strings_kept(known.get("chunks")))
    place = start if isinstance(start, int) and 0 <= start <= len(kept) else len(kept)
    return {**new, "markdown_block": {**known, **part, "chunks": [*kept[:place], *chunks]}}


def strings_kept(value: Any) -> Iterator[str]:
    """The strings of a list, blank ones too: they are pieces of a text."""
    return (item for item in value if isinstance(item, str)) if isinstance(value, list) else iter(())


def _answer(entry: Json) -> ParsedAnswer:
    blocks = records(entry.get("blocks") or [])
    text = _text(blocks)
    rows = [
        row
        for block in blocks
        for row in records(record(block.get("web_result_block")).get("web_results") or [])
    ]
    steps = _steps(entry)
    final = _final(steps)
    if not text:
        text = string(final.get("answer"))
    if not rows:
        rows = records(final.get("web_results") or [])
    unknown = tuple(block for block in blocks if not _is_known(block))
    queries = tuple(dict.fromkeys([*_queries([*blocks, *steps])]))
    return ParsedAnswer(
        text=text,
        citations=resolved(text, numbered([_row(row) for row in rows]), either(WEB, BRACKETS)),
        queries=queries,
        search="yes" if rows or queries else "unknown",
        offers=shelf(unknown),
        follow_ups=tuple(strings(entry.get("related_queries"))),
        model=said(entry.get("display_model"), entry.get("user_selected_model")),
        finish_reason=said(entry.get("status")),
        unknown_blocks=unknown,
    )


def _is_known(block: Json) -> bool:
    use = string(block.get("intended_usage"))
    return use in STEPS or use in SILENT or use.startswith("ask_text") or "markdown_block" in block


def _text(blocks: Sequence[Json]) -> str:
    """The answer's text: the block of all of it, else its numbered pieces."""
    texts = {
        string(block.get("intended_usage")): _markdown(block)
        for block in blocks
        if block.get("markdown_block")
    }
    return texts.get("ask_text") or "".join(text for use, text in texts.items() if use.startswith("ask_text"))


def _markdown(block: Json) -> str:
    part = record(block.get("markdown_block"))
    return string(part.get("answer")) or "".join(strings_kept(part.get("chunks")))


def _row(row: Json) -> Json:
    site = said(row.get("domain"), record(row.get("meta_data")).get("citation_domain_name"))
    return {**row, "site_name": site, "date": row.get("timestamp")}


def _steps(entry: Json) -> list[Json]:
    """The steps that `text` holds as JSON in a string, where it is not the text itself."""
    try:
        return records(loads(string(entry.get("text"))))
    except EngineError:
        return []


def _final(steps: Sequence[Json]) -> Json:
    for step in steps:
        if step.get("step_type") == "FINAL":
            content = record(step.get("content"))
            try:
                return record(loads(string(content.get("answer"))))
            except EngineError:
                return content
    return steps[0] if steps and "answer" in steps[0] else {}


def _queries(value: Any, depth: int = 0) -> Iterator[str]:
    """Every search query in steps: objects of a list `queries`, or strings."""
    if depth > 10:
        return
    if isinstance(value, list):
        for item in value:
            yield from _queries(item, depth + 1)
    elif isinstance(value, dict):
        listed = value.get("queries")
        for query in listed if isinstance(listed, list) else []:
            yield from strings([query if isinstance(query, str) else record(query).get("query")])
        for key, item in value.items():
            if key != "queries":
                yield from _queries(item, depth + 1)
