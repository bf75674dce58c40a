"""ChatGPT conversations: the data export (zip or conversations.json) and the app's own JSON."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, cast

from geo_tracker.captures._document import DocumentError, outline, records
from geo_tracker.captures._turns import captured
from geo_tracker.captures.assistants.chatgpt import conversation_turns
from geo_tracker.captures.base import BadRow, Capture, Read
from geo_tracker.engines._json import record

MEMBER = re.compile(r"(?:^|/)conversations(?:-\d+)?\.json$")
UNPACKING = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
MAX_RATIO = 200
"""Unpacked bytes per packed byte; chats pack to about a tenth."""
MAX_UNPACKED = 4_000_000_000


class ChatGptExport(Capture):
    """Each conversation by itself: the question, the answer to it, the sources; nothing of the account."""

    name = "chatgpt"
    label = "ChatGPT data export, conversation JSON"

    def recognises(self, head: bytes) -> bool:
        if head.startswith(b"PK\x03\x04"):
            return True
        return bool({"mapping", "[].mapping", "linear_conversation"} & outline(head))

    def read(self, file: BinaryIO) -> Iterator[Read]:
        start = file.read(4)
        file.seek(0)
        if start != b"PK\x03\x04":
            yield from _conversations(file)
            return
        try:
            yield from _zipped(file)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            OSError,
            ValueError,
        ) as error:
            yield BadRow(1, f"zip: cannot be unpacked: {error}")


def _zipped(file: BinaryIO) -> Iterator[Read]:
    with zipfile.ZipFile(file) as archive:
        members = [info for info in archive.infolist() if MEMBER.search(info.filename)]
        if not members:
            yield BadRow(1, "zip: no conversations.json: a ChatGPT data export has one")
        for info in members:
            if info.file_size > min(MAX_UNPACKED, MAX_RATIO * max(info.compress_size, 1)):
                yield BadRow(
                    1, f"zip: {info.filename} unpacks to {info.file_size:,} bytes: not a chat, not read"
                )
                continue
            with archive.open(info) as member:
                yield from _conversations(cast(BinaryIO, member))


def _conversations(file: IO[bytes]) -> Iterator[Read]:
    number = 0
    try:
        for number, conversation in enumerate(records(cast(BinaryIO, file)), 1):
            yield from _conversation(conversation, number)
    except DocumentError as error:
        yield BadRow(number + 1, f"conversation: {error}")


def _conversation(conversation: Any, number: int) -> Iterator[Read]:
    if conversation is None:
        yield BadRow(number, "conversation: too large")
    else:
        yield from captured("chatgpt", conversation_turns(record(conversation)), number)
