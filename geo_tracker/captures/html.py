"""Saved web pages of assistants whose markup is stable, share pages included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from geo_tracker.captures._lines import encoding_of
from geo_tracker.captures._turns import captured
from geo_tracker.captures.assistants import assistants
from geo_tracker.captures.assistants._page import MAX_PAGE, parsed
from geo_tracker.captures.base import BadRow, Capture, Read
from geo_tracker.engines.base import EngineError

_START = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)",
    re.IGNORECASE | re.DOTALL,
)


UNKNOWN = "page: no answer in the markup of a known assistant"


class SavedPage(Capture):
    """One page; the assistant is told by its markup, never by the file's name."""

    name = "html"
    label = "saved page"

    def recognises(self, head: bytes) -> bool:
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            head = head.decode("utf-16", "replace").encode()
        return _START.match(head) is not None

    def read(self, file: BinaryIO) -> Iterator[Read]:
        encoding = encoding_of(file)
        text = file.read(MAX_PAGE + 1).decode(encoding, "replace")
        try:
            soup = parsed(text)
        except EngineError as error:
            yield BadRow(1, f"page: {error}")
            return
        shown = next((assistant for assistant in assistants() if assistant.shows(soup)), None)
        if shown is None:
            names = ", ".join(assistant.name for assistant in assistants())
            yield BadRow(1, f"{UNKNOWN} ({names})")
            return
        answers = list(captured(shown.name, shown.page_turns(soup), 1))
        yield from answers or [BadRow(1, f"{shown.name}: no answer on the page")]
