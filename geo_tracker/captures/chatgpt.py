"""ChatGPT conversations: the data export (zip or conversations.json) and the app's own JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from geo_tracker.captures._document import TOO_LARGE, DocumentError, outline, records
from geo_tracker.captures._turns import captured
from geo_tracker.captures._unpacking import is_packed, members
from geo_tracker.captures.assistants.chatgpt import conversation_turns
from geo_tracker.captures.base import BadRow, Capture, Read
from geo_tracker.engines._json import record

MEMBER = re.compile(r"(?:^|/)conversations(?:-\d+)?\.json$")


class ChatGptExport(Capture):
    """Each conversation by itself: the question, the answer to it, the sources; nothing of the account."""

    name = "chatgpt"
    label = "ChatGPT data export, conversation JSON"

    def recognises(self, head: bytes) -> bool:
        shown = outline(head)
        others = {"inserted_at", "[].inserted_at"}  # DeepSeek's export is made of mappings too
        return bool({"mapping", "[].mapping", "linear_conversation"} & shown) and not others & shown

    def read(self, file: BinaryIO) -> Iterator[Read]:
        start = file.read(4)
        file.seek(0)
        yield from members(file, MEMBER, _conversations) if is_packed(start) else _conversations(file)


def _conversations(file: BinaryIO) -> Iterator[Read]:
    number = 0
    try:
        for number, conversation in enumerate(records(file), 1):
            yield from _conversation(conversation, number)
    except DocumentError as error:
        yield BadRow(number + 1, f"conversation: {error}")


def _conversation(conversation: Any, number: int) -> Iterator[Read]:
    if conversation is TOO_LARGE:
        yield BadRow(number, "conversation: too large")
    else:
        yield from captured("chatgpt", conversation_turns(record(conversation)), number)
