"""Claude's data export: conversations.json, a list of conversations with messages made of blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from geo_tracker.captures._conversations import bare, conversations
from geo_tracker.captures._document import outline
from geo_tracker.captures.assistants._dialogue import dialogue, one_by_one, together
from geo_tracker.captures.assistants._reading import plain_text
from geo_tracker.captures.assistants.base import Turn
from geo_tracker.captures.base import Capture, Read
from geo_tracker.engines._json import Json, integer, malformed, record, records, said, string, strings
from geo_tracker.engines._markers import merged
from geo_tracker.engines._sources import source
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation

SEARCH = "web_search"
READ = frozenset({"text", "tool_use", "tool_result", "thinking", "redacted_thinking", "token_budget", "flag"})
SHOWN_TOOLS = frozenset({"artifacts"})
"""Tools whose input the reader sees beside the answer."""
STOPPED = frozenset({"max_tokens", "user_canceled", "stopped"})


class ClaudeExport(Capture):
    """Blocks come before `text`, which repeats them; account, projects and attachments are not read."""

    name = "claude"
    label = "Claude data export"

    def recognises(self, head: bytes) -> bool:
        return bool({"chat_messages", "[].chat_messages"} & outline(head))

    def read(self, file: BinaryIO) -> Iterator[Read]:
        yield from conversations(file, (), lambda _: "claude", _turns)


def _turns(conversation: Json) -> Iterator[Turn]:
    messages = conversation.get("chat_messages")
    if not isinstance(messages, list):
        raise malformed("no conversation of Claude")
    yield from dialogue(
        [_with_question(bare(message)) for message in records(messages)],
        one_by_one(_answer),
        thread=said(conversation.get("uuid")),
        current=said(conversation.get("current_leaf_message_uuid")),
    )


def _with_question(message: Json) -> Json:
    """A question's own words, without what was attached to it."""
    if message.get("sender") != "human":
        return message
    blocks = [block for block in records(message.get("content") or []) if block.get("type") == "text"]
    return {**message, "text": plain_text(blocks) or string(message.get("text"))}


def _answer(message: Json) -> ParsedAnswer:
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
