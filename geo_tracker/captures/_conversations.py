"""Files that are lists of conversations: each by itself, bounded, bad ones named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from geo_tracker.captures._document import TOO_LARGE, DocumentError, Path, records
from geo_tracker.captures._turns import captured
from geo_tracker.captures.assistants.base import Turn
from geo_tracker.captures.base import BadRow, Read
from geo_tracker.engines._json import Json, record


def conversations(
    file: BinaryIO, path: Path, engine_of: Callable[[Json], str], turns_of: Callable[[Json], Iterator[Turn]]
) -> Iterator[Read]:
    """The answers of the conversations under a path of keys."""
    number = 0
    try:
        for number, conversation in enumerate(records(file, path), 1):
            if conversation is TOO_LARGE:
                yield BadRow(number, "conversation: too large")
            else:
                value = record(conversation)
                yield from captured(engine_of(value), turns_of(value), number)
    except DocumentError as error:
        yield BadRow(number + 1, f"conversation: {error}")


ATTACHED = frozenset(
    {"attachments", "files", "files_v2", "file_attachments", "image_attachments", "fileAttachments"}
)
"""What users gave the assistant beside their words; it is never stored."""


def bare(message: Json) -> Json:
    """A message without what was attached to it."""
    return {key: value for key, value in message.items() if key not in ATTACHED}
