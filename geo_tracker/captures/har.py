"""HAR: what a browser's network panel saved; only the responses that hold answers are read."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from geo_tracker.captures._document import TOO_LARGE, DocumentError, outline, records
from geo_tracker.captures._times import known_time
from geo_tracker.captures._turns import Found, Newest, assistant_for, met
from geo_tracker.captures.assistants import assistants
from geo_tracker.captures.assistants.base import Exchange
from geo_tracker.captures.base import BadRow, Capture, Note, Read
from geo_tracker.engines._errors import by_status
from geo_tracker.engines._json import MAX_BYTES, integer, record, string

ENTRIES = ("log", "entries")


class Har(Capture):
    """Entries one at a time, whatever the file's size; cookies, headers and all other traffic are not kept."""

    name = "har"
    label = "HAR (browser recording)"

    def recognises(self, head: bytes) -> bool:
        shown = outline(head)
        return bool({"log.entries", "log.creator"} & shown)

    def read(self, file: BinaryIO) -> Iterator[Read]:
        number = found = 0
        newest = Newest()
        try:
            for number, entry in enumerate(records(file, ENTRIES), 1):
                for each in _entry(entry, number):
                    found += 1
                    yield from [each] if isinstance(each, BadRow) else newest.take(each)
        except DocumentError as error:
            yield BadRow(number + 1, f"entry: {error}")
        yield from newest.rest()
        if not found:
            known = ", ".join(sorted({host for assistant in assistants() for host in assistant.hosts}))
            yield Note(f"no answer of an assistant in {number} entries; known are those of {known}")


def _entry(entry: Any, number: int) -> Iterator[Found | BadRow]:
    if entry is TOO_LARGE:
        yield BadRow(number, "entry: too large")
        return
    request, response = record(record(entry).get("request")), record(record(entry).get("response"))
    assistant = assistant_for(string(request.get("url")), assistants())
    if assistant is None or request.get("method") == "OPTIONS":
        return
    status = integer(response.get("status", 200)) or 0  # some recorders leave it out
    if not 200 <= status < 300:
        yield BadRow(number, f"{assistant.name}: HTTP {status} ({by_status(status)})")
        return
    try:
        exchange = Exchange(
            url=string(request.get("url")),
            request=string(record(request.get("postData")).get("text")).encode("utf-8", "replace"),
            body=_body(record(response.get("content"))),
            at=known_time(record(entry).get("startedDateTime")),
        )
    except ValueError:
        yield BadRow(number, f"{assistant.name}: the response is not base64, or its gzip is damaged")
        return
    if not exchange.body.strip():
        yield BadRow(number, f"{assistant.name}: the recording has no response: save it 'with content'")
        return
    yield from met(assistant.name, assistant.turns(exchange), number, exchange, assistant)


def _body(content: dict[str, Any]) -> bytes:
    text = string(content.get("text"))
    if content.get("encoding") == "base64":
        try:
            return unpacked(base64.b64decode(text, validate=False))
        except (binascii.Error, zlib.error) as error:
            raise ValueError(str(error)) from None
    return mended(text).encode("utf-8", "replace")


def unpacked(body: bytes) -> bytes:
    """The body without the gzip that some proxies record it in, up to more than an answer has."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    return zlib.decompressobj(wbits=31).decompress(body, MAX_BYTES + 1)


def mended(text: str) -> str:
    """UTF-8 that was read as Windows-1252 or Latin-1, put right; only where nothing is lost by it."""
    if text.isascii():
        return text
    for encoding in ("latin-1", "cp1252"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text
