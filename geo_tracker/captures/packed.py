"""Files of any other format in a zip or gzip, such as the apps' data exports and compressed recordings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from geo_tracker.captures import recognise
from geo_tracker.captures._unpacking import is_packed, members
from geo_tracker.captures.base import BadRow, Capture, Note, Read
from geo_tracker.captures.html import UNKNOWN

HEAD = 65_536
DATA = re.compile(r"(?<!/\._)\.(json|jsonl|har|csv|zip|gz)$", re.IGNORECASE)
PAGES = re.compile(r"\.html?$", re.IGNORECASE)


class Packed(Capture):
    """Each member in the format that recognises it; accounts, projects and attachments are in none and stay unread."""

    name = "packed"
    label = "zip or gzip of a file in any other format"

    def recognises(self, head: bytes) -> bool:
        return is_packed(head)

    def read(self, file: BinaryIO) -> Iterator[Read]:
        found = False
        for each in members(file, DATA, _member):
            found = found or not isinstance(each, Note)
            yield each
        if not found:  # exports repeat their data as pages, and add pages of their own
            file.seek(0)
            pages = [each for each in members(file, PAGES, _member) if not _is_other_page(each)]
            yield from pages or [
                BadRow(1, "packed: nothing in it is in a format that is known by its content")
            ]


def _is_other_page(found: Read) -> bool:
    return isinstance(found, BadRow) and found.reason.startswith(UNKNOWN)


def _member(file: BinaryIO) -> Iterator[Read]:
    capture = recognise(file.read(HEAD))
    file.seek(0)
    if isinstance(capture, Packed):
        yield Note(
            f"packed: {getattr(file, 'name', 'a member')} is packed itself and not read: import it alone"
        )
    elif capture is not None:
        yield from capture.read(file)
