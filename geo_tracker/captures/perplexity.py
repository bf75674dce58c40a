"""Perplexity threads as the app's own JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from geo_tracker.captures._document import TOO_LARGE, DocumentError, outline, records
from geo_tracker.captures._turns import captured
from geo_tracker.captures.assistants.perplexity import entry_turns
from geo_tracker.captures.base import BadRow, Capture, Read
from geo_tracker.engines._json import record


class PerplexityThread(Capture):
    """`/rest/thread/<id>`: an object with entries, one question and answer each."""

    name = "perplexity"
    label = "Perplexity thread JSON"

    def recognises(self, head: bytes) -> bool:
        shown = outline(head)
        return "entries" in shown and any(
            f"entries[].{key}" in shown for key in ("query_str", "blocks", "backend_uuid", "text")
        )

    def read(self, file: BinaryIO) -> Iterator[Read]:
        number = 0
        try:
            for number, entry in enumerate(records(file, ("entries",)), 1):
                if entry is TOO_LARGE:
                    yield BadRow(number, "entry: too large")
                else:
                    yield from captured("perplexity", entry_turns(record(entry)), number)
        except DocumentError as error:
            yield BadRow(number + 1, f"entry: {error}")
