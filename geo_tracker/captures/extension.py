"""Conversations as browser extensions save them: the platform's name, messages with role and content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import urlsplit

from geo_tracker.captures._conversations import bare, conversations
from geo_tracker.captures._document import Path, outline
from geo_tracker.captures.assistants import assistants
from geo_tracker.captures.assistants._dialogue import dialogue, one_by_one
from geo_tracker.captures.assistants._reading import plain_text
from geo_tracker.captures.assistants.base import Turn
from geo_tracker.captures.base import Capture, Read
from geo_tracker.captures.engine_names import engine_name
from geo_tracker.engines._json import Json, malformed, record, records, said, string
from geo_tracker.engines._markers import BRACKETS, CITATION, DOUBLE, FOOTNOTE, REF, either, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines.base import ParsedAnswer

MARKERS = either(CITATION, FOOTNOTE, DOUBLE, REF, BRACKETS)
PLATFORM = ("platform", "provider", "site", "source")
ADDRESS = ("page_url", "url", "pageUrl", "link")
SOURCES = ("citations", "references", "sources", "search_results", "searchResults")
ASKERS = frozenset({"you", "me", "用户", "我", "你"})
"""How pages and files call the one who asks, beside `user` and `human`."""
SILENT = frozenset({"system", "developer", "tool", "function"})
"""Roles whose messages the reader of a chat does not see."""
THOUGHT = re.compile(r"think|reason|^tool", re.IGNORECASE)
"""Types of parts that are no text of the answer."""
PLACES: tuple[tuple[str, Path], ...] = (("", ()), ("[].", ()), ("conversations[].", ("conversations",)))
"""Where conversations stand in a file: one alone, a list, a list under a key."""


class ExtensionExport(Capture):
    """The assistant is told by the platform's name or the page's address."""

    name = "extension"
    label = "browser extension's export (platform, messages)"

    def recognises(self, head: bytes) -> bool:
        return _place(head) is not None

    def read(self, file: BinaryIO) -> Iterator[Read]:
        place = _place(file.read(65_536))
        file.seek(0)
        yield from conversations(file, place or (), _engine, _turns)


def _place(head: bytes) -> Path | None:
    shown = outline(head)
    about = (*PLATFORM, *ADDRESS, *(f"session.{key}" for key in ADDRESS))
    for start, path in PLACES:
        named = any(f"{start}{key}" in shown for key in about)
        said_by = any(f"{start}messages[].{key}" in shown for key in ("role", "sender", "author"))
        words = any(f"{start}messages[].{key}" in shown for key in ("content", "text"))
        if named and said_by and words:
            return path
    return None


def _engine(conversation: Json) -> str:
    """The assistant by the address of its page, else by the name that the file gives."""
    session = record(conversation.get("session"))
    address = said(*(holder.get(key) for holder in (session, conversation) for key in ADDRESS)) or ""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        host = ""
    for assistant in assistants():
        if any(host == name or host.endswith(f".{name}") for name in assistant.hosts):
            return assistant.name
    return engine_name(said(*(conversation.get(key) for key in PLATFORM)) or host)


def _turns(conversation: Json) -> Iterator[Turn]:
    messages = conversation.get("messages")
    if not isinstance(messages, list) or not _engine(conversation):
        raise malformed("no conversation with a platform and messages")
    start = record(conversation.get("session")).get("start_time")
    model = said(conversation.get("model"))
    listed = [{"timestamp": start, "model": model, **_named(bare(each))} for each in records(messages)]
    yield from dialogue([each for each in listed if each["role"] not in SILENT], one_by_one(_answer))


def _named(message: Json) -> Json:
    """A message with its role under the name that dialogues look for, and without the parts that are thoughts."""
    author = message.get("author")
    written_by = said(message.get("role"), message.get("sender"), record(author).get("role"), author) or ""
    role = "user" if written_by.casefold() in ASKERS else written_by.casefold()
    content = message.get("content")
    if isinstance(content, list):
        content = [part for part in content if not THOUGHT.search(string(record(part).get("type")))]
    return {**message, "role": role, "content": content}


def _answer(message: Json) -> ParsedAnswer:
    text = plain_text(message)
    rows = [row for key in SOURCES for row in records(message.get(key) or [])]
    citations = resolved(text, numbered(rows, "index", "ordinal", "cite_index"), MARKERS)
    return ParsedAnswer(
        text, citations=citations, search="yes" if rows else "unknown", model=said(message.get("model"))
    )
