"""A captured answer as bytes and back: what the archive keeps of it, and what makes it the same answer."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from geo_tracker.captures.base import CapturedAnswer
from geo_tracker.captures.engine_names import engine_name
from geo_tracker.engines._endings import ended
from geo_tracker.engines._marks import readable
from geo_tracker.errors import GeoTrackerError

MAX_DEPTH = 64
MAX_WHOLE = 2**31 - 1
"""Largest whole number that every database's integer holds."""
IDENTITY = ("prompt", "engine", "surface", "language", "country", "asked_at", "run", "repeat", "id")
"""With text and model what makes an answer without a name that answer; sources and cards follow from it."""
FORMAT = "geo-tracker/captured-answer/1"
UNKEPT = frozenset({"raw", "line", "message"})
"""What an archived record leaves out: its own body stands beside it, and a name is no part of what was said."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_adapter = TypeAdapter(CapturedAnswer)


def dump(captured: CapturedAnswer) -> bytes:
    """Canonical JSON of a captured answer, the same for equal readings.

    What no database holds is replaced: NUL and halves of surrogate pairs by U+FFFD, so that offsets stay true, and
    numbers that are not finite or too large by null.
    """
    document = {name: value for name, value in _plain(captured, 0).items() if name not in UNKEPT}
    return orjson.dumps({"format": FORMAT, **document}, option=orjson.OPT_SORT_KEYS)


def load(body: bytes) -> CapturedAnswer:
    """The captured answer of `dump`'s bytes; raises `GeoTrackerError` for any others.

    Records of before 2026-11-26 hold private marks, and do not say whether an answer is cut: its reason to stop does.
    """
    try:
        document = orjson.loads(body)
        if document.pop("format", None) != FORMAT:
            raise ValueError("of another format")
        captured = _adapter.validate_python({"line": 0, **document})
        return replace(captured, answer=ended(readable(captured.answer)))
    except (ValueError, ValidationError, AttributeError, TypeError) as error:
        raise GeoTrackerError(
            f"the archived body is no captured answer: {str(error).splitlines()[0]}"
        ) from None


def key(captured: CapturedAnswer) -> str:
    """What makes this answer that answer, whatever file or format it came from: its app's name for it, or its text."""
    if captured.message is None:
        return text_key(captured)
    return f"import:named:{_digest([captured.engine, captured.message])}"


def text_key(captured: CapturedAnswer) -> str:
    """The key of an answer that has no name: the same question, text and circumstances.

    `chatgpt`, `ChatGPT` and `chatgpt ` are one engine, and a space at an end makes no other answer.
    """
    return _text_key(normalised(captured), captured.answer.text.strip())


def spelled_key(captured: CapturedAnswer) -> str:
    """The text key with names and spaces as they were written: until 2026-11-26 answers were stored under it."""
    return _text_key(captured, captured.answer.text)


def _text_key(captured: CapturedAnswer, text: str) -> str:
    parts = {name: getattr(captured, name) for name in IDENTITY}
    return "import:" + _digest(parts | {"text": text, "model": captured.answer.model})


def normalised(captured: CapturedAnswer) -> CapturedAnswer:
    """The same with its engine under our name and no spaces around what identifies it; texts stay as they are."""
    said = {name: getattr(captured, name) for name in IDENTITY}
    bare: dict[str, Any] = {name: value.strip() for name, value in said.items() if isinstance(value, str)}
    model = captured.answer.model and captured.answer.model.strip()
    answer = replace(captured.answer, model=model or None)
    return replace(captured, **bare | {"engine": engine_name(captured.engine), "answer": answer})


def _digest(parts: Any) -> str:
    return hashlib.sha256(orjson.dumps(_plain(parts, 0), option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plain(value: Any, depth: int) -> Any:
    """A copy in JSON's types that any database takes; nesting beyond `MAX_DEPTH` is cut."""
    if depth > MAX_DEPTH:
        return None
    # What most values are comes first: an answer is some hundred of them, and is copied for its key and its body.
    if isinstance(value, str):
        return _storable(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= MAX_WHOLE else None
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    names = _fields(value.__class__)
    if names is not None:
        return {name: _plain(getattr(value, name), depth + 1) for name in names}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {_storable(str(name)): _plain(item, depth + 1) for name, item in value.items()}
    return None


@cache
def _fields(kind: type) -> tuple[str, ...] | None:
    """The names of a dataclass's fields, None of what is none."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None


def _storable(text: str) -> str:
    return text if text.isascii() and "\0" not in text else _UNSTORABLE.sub("\ufffd", text)
