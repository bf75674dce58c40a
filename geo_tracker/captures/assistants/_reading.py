"""What the readers of web apps share: lenient streams, questions in requests, texts, cards in unknown blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from geo_tracker.captures._times import known_time
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import (
    MAX_BYTES,
    Json,
    decoded,
    loads,
    malformed,
    record,
    records,
    said,
    string,
)
from geo_tracker.engines._offers import card
from geo_tracker.engines._stream import DONE, Event, _frames
from geo_tracker.engines.base import EngineError, ErrorKind, ParsedOffer

_ASKED = (
    "prompt",
    "displayPrompt",
    "query",
    "query_str",
    "question",
    "messages",
    "message",
    "input",
    "params",
    "text",
)
_TEXT = (
    "text",
    "content",
    "parts",
    "blocks",
    "content_block",
    "text_block",
    "query",
    "prompt",
    "value",
    "data",
)
_USER = re.compile(r"user|human", re.IGNORECASE)
_PRICE = re.compile(r"price", re.IGNORECASE)
MAX_CARDS = 200
"""Cards of one answer; more are not a shelf."""


def frames(body: bytes) -> tuple[list[Event], bool]:
    """The frames of a stream, lines that are no JSON as text; a last one that is cut off is left out and told by False.

    Raises `EngineError` for the failure that an app reports instead of a stream.
    """
    if len(body) > MAX_BYTES:
        raise malformed(f"{len(body)} bytes are more than an answer ({MAX_BYTES})")
    refuse_page(body)
    listed = list(_frames(_text(body)))
    if not listed and body.lstrip().startswith(b"{") and (error := reported(document(body), {})):
        raise error
    found = [Event(name, json_value(line)) for name, data in listed for line in _lines(data)]
    last = found[-1].data if found else None
    if isinstance(last, str) and last.startswith(("{", "[")) and last != DONE:
        return found[:-1], False
    return found, True


def alone(body: bytes) -> Json:
    """The object that a body is in place of a stream; an empty one for any other body."""
    return record(json_value(body.decode("utf-8", "replace")))


def refuse_page(body: bytes) -> None:
    """Raises `EngineError` for a web page in place of an answer."""
    if body.lstrip()[:1] == b"<":
        raise malformed("a web page instead of an answer: the app may have asked to log in")


def _text(body: bytes) -> str:
    try:
        return decoded(body)
    except EngineError as error:
        if error.kind is not ErrorKind.TRANSIENT:
            raise
        return body.decode("utf-8", "ignore")  # cut off inside its last character


def _lines(data: str) -> list[str]:
    """The data of a frame, by line where it is several values and labels run together."""
    lines = data.split("\n")
    return (
        [data]
        if len(lines) == 1 or json_value(data) is not data
        else [line for line in lines if line.strip()]
    )


def json_value(data: str) -> Any:
    """The value of JSON text; the text itself where it is none."""
    try:
        return loads(data)
    except EngineError:
        return data


def document(body: bytes) -> Json:
    """The object of a JSON body; raises `EngineError` for anything else."""
    refuse_page(body)
    value = loads(decoded(body))
    if not isinstance(value, dict):
        raise malformed(f"a JSON object was expected, not {type(value).__name__}")
    return value


def request_body(request: bytes) -> Json:
    """A request's JSON body, also after the length of a frame, or its form; empty if it is neither."""
    start = request.find(b"{")
    if start < 0:
        return dict(parse_qsl(request.decode("utf-8", "replace")))
    try:
        return record(loads(request[max(start, 0) :].decode("utf-8", "replace")))
    except EngineError:
        return {}


def request_value(request: bytes, *keys: str) -> str | None:
    """The first of the values under keys that a request names, such as the id of its conversation."""
    body = request_body(request)
    return _id_at({**record(body.get("client_meta")), **body}, *keys)


def question(request: bytes) -> str:
    """The question in a request's JSON body, empty if none is found; length-prefixed frames are looked into."""
    body = request_body(request)
    for key in _ASKED:
        value = body.get(key)
        if key == "messages":
            asked = [message for message in records(value) if is_user(message)]
            value = (asked or records(value))[-1:]
        if text := plain_text(value).strip():
            return text
    return ""


def is_user(message: Json) -> bool:
    """Whether a message is a question, by whichever name the app says so."""
    author = (
        message.get("role")
        or record(message.get("author")).get("role")
        or message.get("user_type")
        or message.get("speaker")
        or message.get("sender")
    )
    return author == 1 or _USER.search(string(author)) is not None


def plain_text(value: Any, depth: int = 0) -> str:
    """The text in a message's content, however deep and in whatever wrapping it stands."""
    if depth > 12:
        return ""
    if isinstance(value, str):
        inner = json_value(value) if value.lstrip().startswith(("{", "[{")) else value
        return value if isinstance(inner, str) else plain_text(inner, depth + 1) or value
    if isinstance(value, list):
        return "\n".join(filter(None, (plain_text(item, depth + 1) for item in value)))
    parts = record(value)
    found = (plain_text(parts[key], depth + 1) for key in _TEXT if key in parts)
    return next((text for text in found if text), "")


def bears_text(value: Any, depth: int = 0) -> bool:
    """Whether words that a reader may have seen stand in a value: text by itself, or under a name of text."""
    if isinstance(value, dict) and depth < 8:
        named = (value[key] for key in _TEXT if isinstance(value.get(key), str))
        return any(words.strip() for words in named) or any(
            bears_text(item, depth + 1) for item in value.values() if isinstance(item, (dict, list))
        )
    if isinstance(value, list) and depth < 8:
        return any(bears_text(item, depth + 1) for item in value)
    return isinstance(value, str) and bool(value.strip())


def message_id(message: Json) -> str | None:
    return _id_at(message, "id", "message_id", "messageId", "uuid")


def parent_id(message: Json) -> str | None:
    """The message that this one follows."""
    return _id_at(message, "parent_id", "parentId", "parentMessageId", "parent_message_uuid", "parent")


def _id_at(message: Json, *keys: str) -> str | None:
    value = next((message[key] for key in keys if message.get(key)), None)
    return str(value) if isinstance(value, (str, int)) else None


def time_of(*messages: Json) -> Any:
    """The first time that messages give."""
    keys = ("create_time", "createTime", "created_at", "createdAt", "inserted_at", "updated_at", "timestamp")
    times = (known_time(message[key]) for message in messages for key in keys if message.get(key))
    return next((time for time in times if time is not None), None)


def shelf(blocks: Iterable[Any]) -> tuple[ParsedOffer, ...]:
    """The product cards anywhere in blocks of unknown kinds: objects with a price beside an address or a title."""
    found: list[ParsedOffer] = []
    for block in blocks:
        _collect(block, found, 0)
    return tuple(found[:MAX_CARDS])


def _collect(value: Any, found: list[ParsedOffer], depth: int) -> None:
    if depth > 12 or len(found) >= MAX_CARDS:
        return
    if isinstance(value, list):
        for item in value:
            _collect(item, found, depth + 1)
    elif isinstance(value, dict):
        offer = card(value) if any(_PRICE.search(key) for key in value) else None
        if offer and (offer.url or offer.title):
            found.append(offer)
            return
        for item in value.values():
            _collect(_opened(item), found, depth + 1)


def _opened(value: Any) -> Any:
    """JSON that stands in a string, as cards often do."""
    return json_value(value) if isinstance(value, str) and value[:1] in ("{", "[") else value


def failure(data: Json, *keys: str) -> str | None:
    """The words of an error object under keys, None if there is none."""
    found = next((data[key] for key in keys if data.get(key) not in (None, "", 0, {})), None)
    return None if found is None else said(plain_text(found)) or str(found)[:200]
