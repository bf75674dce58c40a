"""The blocks that a stream of Doubao's web app adds up to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from geo_tracker.captures.assistants._failures import wordless
from geo_tracker.captures.assistants._reading import plain_text
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, loads, record, records, string
from geo_tracker.engines._paragraphs import paragraphs
from geo_tracker.engines._stream import Event
from geo_tracker.engines.base import EngineError, ErrorKind, ReportedError

TEXT, SEARCH, THINKING, IMAGES, ATTACHMENTS = 10000, 10025, 10040, 2074, 10052
FAILED = ("STREAM_ERROR", "gateway-error")
KINDS = {"text_block": TEXT, "search_query_result_block": SEARCH, "thinking_block": THINKING}
"""Type of a block that does not say it, by what it holds."""
FINISH, CONTENT = 3, 102
"""What a patch without blocks may change: the message's end, its text. 50: attributes, 111: words read aloud."""
RATE_LIMITED = 710022004
QUIET = frozenset({"SSE_ACK", "SSE_HEARTBEAT", "STREAM_FINISH", "FULL_MSG_NOTIFY", "STREAM_MSG_NOTIFY"})
_MARKS = re.compile(r"\[(?:citation:)?\d{1,3}\]|[\s*#`>\-]")
_THOUGHT = re.compile(r"think|reason|cot", re.IGNORECASE)


def json_in(text: Any) -> Any:
    """The value of JSON that stands in a string; None for any other text."""
    try:
        return loads(text) if isinstance(text, str) else None
    except EngineError:
        return None


def inner(block: Json) -> Json:
    """What a block holds, also where that is JSON in a string."""
    content = block.get("content")
    return record(json_in(content) if isinstance(content, str) else content) or block


def kind(block: Json) -> int | None:
    value = block.get("block_type")
    if isinstance(value, int):
        return value
    return next((kind for key, kind in KINDS.items() if key in inner(block)), None)


def blocks_of(content: Any) -> list[Json]:
    """The blocks of a message's content: a list, an object with one, either as JSON in a string, or plain text."""
    value = json_in(content) if isinstance(content, str) else content
    listed = value if isinstance(value, list) else record(value).get("content_block")
    if isinstance(listed, list):
        return records(listed)
    words = plain_text(content)
    return [text_block(words)] if words else []


def text_block(text: str) -> Json:
    return {"block_type": TEXT, "content": {"text_block": {"text": text}}}


def shown_text(blocks: Sequence[Json]) -> str:
    """What the reader sees of blocks as the answer: text that is under no thought, a paragraph a block."""
    thoughts = {block_id(block) for block in blocks if kind(block) == THINKING} - {""}
    return paragraphs(
        string(record(inner(block).get("text_block")).get("text"))
        for block in blocks
        if kind(block) == TEXT and string(block.get("parent_id")) not in thoughts
    )


def block_id(block: Json) -> str:
    return string(block.get("block_id")) or string(block.get("id"))


class Reply:
    """An answer as its frames build it: blocks, deltas to the block that is open, and what the end says of it."""

    def __init__(self) -> None:
        self._blocks: dict[Any, Json] = {}
        self._open: Json | None = None
        self.briefs: list[str] = []
        self.unused: list[Json] = []
        self.ended = False

    @property
    def blocks(self) -> list[Json]:
        """The blocks; where their text had lost its beginning, the text that the stream's end repeats."""
        blocks = list(self._blocks.values())
        brief, text = paragraphs(self.briefs), _folded(shown_text(blocks))
        lost = not any(_folded(each) in text for each in self.briefs) and _folded(brief).endswith(text)
        return [*(each for each in blocks if kind(each) != TEXT), text_block(brief)] if lost else blocks

    @property
    def unread(self) -> list[Json]:
        """Frames with text that found no place, and ends that tell of another text than the one that was built."""
        text = _folded(shown_text(self.blocks))
        other = [brief for brief in self.briefs if _folded(brief.rstrip("….")) not in text]
        return [*self.unused, *({"event": "SSE_REPLY_END", "brief": brief} for brief in other)]

    def take(self, frame: Event) -> None:
        """Take in one frame."""
        name, data = frame.name, frame.record
        message = record(data.get("message")) or data
        if name == "FULL_MSG_NOTIFY" and message.get("user_type") == 2:
            self._whole(blocks_of(message.get("content_block") or message.get("content")))
        elif name == "STREAM_MSG_NOTIFY":
            self._add(blocks_of(data.get("content")))
        elif name == "STREAM_CHUNK":
            for patch in records(data.get("patch_op") or []):
                self._patch(patch)
        elif name == "CHUNK_DELTA":
            self._grow(string(data.get("text")))
        elif name == "SSE_REPLY_END":
            self.ended = True
            self._brief(data)
        elif name not in QUIET and plain_text(data).strip():
            self.unused.append({"event": name, **data})

    def _whole(self, blocks: Sequence[Json]) -> None:
        for block in blocks:
            self._blocks.pop(block_id(block), None)
        self._add(blocks)

    def _add(self, blocks: Sequence[Json]) -> None:
        for block in blocks:
            key = block_id(block) or (kind(block), len(self._blocks))
            if key in self._blocks:
                _extend(self._blocks[key], block)
            else:
                self._blocks[key] = block
            self._open = None if block.get("is_finish") is True else self._blocks[key]

    def _grow(self, text: str) -> None:
        """A delta continues the text or thought that is open; after anything else it opens a text."""
        if not text:
            return
        if self._open is None or kind(self._open) not in (TEXT, THINKING):
            self._add([text_block(text)])
        else:
            grow(self._open, text)

    def _patch(self, patch: Json) -> None:
        target, value = patch.get("patch_object"), record(patch.get("patch_value"))
        if "content_block" in value:
            self._add(blocks_of(value))
        elif target == CONTENT:
            if not _THOUGHT.search(" ".join(_names(value))):
                self._grow(plain_text(value.get("content")))
        elif target == FINISH:
            self._brief(value)
        elif plain_text(value).strip():
            self.unused.append(patch)

    def _brief(self, data: Json) -> None:
        brief = string(record(data.get("msg_finish_attr")).get("brief"))
        if brief.strip() and brief not in self.briefs:
            self.briefs.append(brief)


def _names(value: Any, depth: int = 0) -> Iterator[str]:
    """The keys of a patch and what it says of its own kind."""
    opened = json_in(value) if isinstance(value, str) else value
    if isinstance(opened, dict) and depth < 6:
        for key, item in opened.items():
            yield key
            if key in ("type", "name", "block_name") and isinstance(item, str):
                yield item
            yield from _names(item, depth + 1)


def _folded(text: str) -> str:
    return _MARKS.sub("", text)


def grow(block: Json, text: str) -> None:
    """Continue the text of a block."""
    holder = inner(block)
    if holder is not block:
        block["content"] = holder  # it was JSON in a string
    known = record(holder.get("text_block"))
    holder["text_block"] = {**known, "text": string(known.get("text")) + text}


def _extend(block: Json, more: Json) -> None:
    """A block that comes again continues its text and brings its newest other content."""
    old, new = inner(block), inner(more)
    if old is not block:
        block["content"] = old
    for key, value in new.items():
        if key == "text_block":
            grow(block, string(record(value).get("text")))
        elif old is not block or key not in ("block_type", "block_id", "parent_id", "id"):
            old[key] = value


def failure(frame: Event) -> ReportedError | None:
    """The failure that a frame reports; that of 2024 has it as JSON in a string."""
    data = frame.record
    if data.get("event_type") == 2005:
        data = record(json_in(data.get("event_data")))
    elif frame.name not in FAILED and data.get("error_code", data.get("code")) in (None, 0, "0"):
        return None
    if data.get("error_code") in (RATE_LIMITED, str(RATE_LIMITED)):
        return ReportedError(ErrorKind.RATE_LIMIT, f"{data.get('error_msg')} ({RATE_LIMITED})")
    return reported(data, {}) or wordless(data.get("error_code"))


def follow_ups(frames: Sequence[Event]) -> Iterator[str]:
    """The questions that the app suggests next."""
    for frame in frames:
        for patch in records(frame.record.get("patch_op") or []):
            listed = record(record(patch.get("patch_value")).get("ext")).get("sp_v2")
            for item in records(json_in(listed) or []):
                yield from filter(None, [string(item.get("content")) or string(item.get("text"))])
