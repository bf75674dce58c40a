"""Claude's data export: conversations.json, a list of conversations with messages made of blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from geo_tracker.captures._conversations import bare, conversations
from geo_tracker.captures._document import outline
from geo_tracker.captures.assistants._claude import blocks_answer
from geo_tracker.captures.assistants._dialogue import dialogue, one_by_one
from geo_tracker.captures.assistants._reading import plain_text
from geo_tracker.captures.assistants.base import Turn
from geo_tracker.captures.base import Capture, Read
from geo_tracker.engines._json import Json, malformed, records, said, string


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
        one_by_one(blocks_answer),
        thread=said(conversation.get("uuid")),
        current=said(conversation.get("current_leaf_message_uuid")),
    )


def _with_question(message: Json) -> Json:
    """A question's own words, without what was attached to it."""
    if message.get("sender") != "human":
        return message
    blocks = [block for block in records(message.get("content") or []) if block.get("type") == "text"]
    return {**message, "text": plain_text(blocks) or string(message.get("text"))}
