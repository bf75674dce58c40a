"""DeepSeek's data export: conversations.json, a list of trees of messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from geo_tracker.captures._conversations import bare, conversations
from geo_tracker.captures._document import outline
from geo_tracker.captures.assistants._dialogue import dialogue, one_by_one
from geo_tracker.captures.assistants.base import Turn
from geo_tracker.captures.assistants.deepseek import answer_of, with_question
from geo_tracker.captures.base import Capture, Read
from geo_tracker.engines._json import Json, malformed, record, records, said, string


class DeepSeekExport(Capture):
    """Like ChatGPT's export a list with mappings, but with `inserted_at` where that has `create_time`."""

    name = "deepseek"
    label = "DeepSeek data export"

    def recognises(self, head: bytes) -> bool:
        shown = outline(head)
        return any({f"{at}mapping", f"{at}inserted_at"} <= shown for at in ("", "[]."))

    def read(self, file: BinaryIO) -> Iterator[Read]:
        yield from conversations(file, (), lambda _: "deepseek", _turns)


def _turns(conversation: Json) -> Iterator[Turn]:
    mapping = record(conversation.get("mapping"))
    nodes = (record(record(node).get("message")) for node in mapping.values())
    if not mapping or not any("inserted_at" in each for each in (conversation, *nodes)):
        raise malformed("no conversation of DeepSeek")
    roles: dict[str, str] = {}
    messages = [
        _message(key, record(node), roles) for key, node in mapping.items() if record(node).get("message")
    ]
    yield from dialogue(messages, one_by_one(answer_of), thread=said(conversation.get("id")))


def _message(key: str, node: Json, roles: dict[str, str]) -> Json:
    """A node's message with its place in the tree; one that does not say its role answers the one before it."""
    message = bare(record(node.get("message")))
    parent = said(node.get("parent")) or ""
    kinds = {string(part.get("type")) for part in records(message.get("fragments") or [])}
    told = "user" if "REQUEST" in kinds else "assistant" if kinds else said(message.get("role"))
    role = told or ("assistant" if roles.get(parent) == "user" else "user")
    roles[key] = role.lower()
    return with_question({**message, "role": role, "id": key, "parent_id": parent})
