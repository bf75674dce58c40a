"""A message of Claude's app, made of blocks, as its export and its stream have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from geo_tracker.captures.assistants._dialogue import together
from geo_tracker.engines._json import Json, integer, record, records, said, string, strings
from geo_tracker.engines._markers import merged
from geo_tracker.engines._sources import source
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation

SEARCH = "web_search"
READ = frozenset({"text", "tool_use", "tool_result", "thinking", "redacted_thinking", "token_budget", "flag"})
SHOWN_TOOLS = frozenset({"artifacts"})
"""Tools whose input the reader sees beside the answer."""
STOPPED = frozenset({"max_tokens", "user_canceled", "stopped"})


def blocks_answer(message: Json) -> ParsedAnswer:
    """Text blocks in a row are one paragraph's pieces; a tool between two parts paragraphs."""
    blocks = records(message.get("content") or [])
    pieces = [_in_line(run) for run in _runs(blocks)] or [ParsedAnswer(string(message.get("text")))]
    whole = together(pieces)
    calls = [block for block in blocks if block.get("type") == "tool_use" and block.get("name") == SEARCH]
    found = [row for block in blocks if block.get("type") == "tool_result" for row in _results(block)]
    unknown = tuple(
        block
        for block in blocks
        if string(block.get("type")) not in READ or string(block.get("name")) in SHOWN_TOOLS
    )
    return ParsedAnswer(
        text=whole.text,
        citations=merged([*whole.citations, *found]),
        queries=tuple(q for call in calls for q in strings([record(call.get("input")).get("query")])),
        search="yes" if calls or found else "no" if blocks else "unknown",
        model=said(message.get("model")),
        finish_reason=said(message.get("stop_reason")),
        cut=string(message.get("stop_reason")) in STOPPED,
        unknown_blocks=unknown,
    )


def _runs(blocks: Sequence[Json]) -> list[list[Json]]:
    """The text blocks, those in a row together."""
    runs: list[list[Json]] = []
    before = ""
    for block in blocks:
        kind = string(block.get("type"))
        if kind == "text" and before == "text":
            runs[-1].append(block)
        elif kind == "text":
            runs.append([block])
        before = kind
    return runs


def _in_line(blocks: Sequence[Json]) -> ParsedAnswer:
    """Text blocks as one text, with the places that their citations support."""
    text = ""
    cited: list[ParsedCitation] = []
    for block in blocks:
        words = string(block.get("text"))
        cited += [_cited(each, len(text), len(words)) for each in records(block.get("citations") or [])]
        text += words
    return ParsedAnswer(text, citations=tuple(row for row in cited if row.url))


def _cited(citation: Json, at: int, length: int) -> ParsedCitation:
    details = record(citation.get("details"))
    start, end = integer(citation.get("start_index")), integer(citation.get("end_index"))
    inside = start is not None and end is not None and 0 <= start < end <= length
    row = source({**citation, **details})
    spans = ((at + (start or 0), at + (end or 0)),) if inside else ()
    return ParsedCitation(row.url, "cited", title=row.title, site=row.site, spans=spans)


def _results(block: Json) -> Iterator[ParsedCitation]:
    for part in records(block.get("content") or []):
        if said(part.get("url")):
            yield source(
                {"site": record(part.get("metadata")).get("site_domain"), **part, "content": part.get("text")}
            )
