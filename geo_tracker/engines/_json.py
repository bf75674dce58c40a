"""Reading hostile JSON: bounded, free of what storage cannot hold, with typed access that never raises."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any

from geo_tracker.engines.base import EngineError, ErrorKind

Json = dict[str, Any]

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64

_CUT = re.compile(r"\s*(?:t|tr|tru|f|fa|fal|fals|n|nu|nul|-|\.|[eE][+-]?|\\?u?[0-9a-fA-F]{0,4})?")
"""What may be left where the text stops: the beginning of a literal, a number or an escape."""
_UNSOUND = re.compile("[\0\ud800-\udfff]")


def load(body: bytes) -> Any:
    """The JSON value of a body; raises `EngineError`: TRANSIENT if it was cut off, MALFORMED otherwise."""
    return loads(decoded(body))


def decoded(body: bytes) -> str:
    """The text of a body in UTF-8; errors as for `load`."""
    if len(body) > MAX_BYTES:
        raise malformed(f"{len(body)} bytes are more than an answer ({MAX_BYTES})")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise EngineError(ErrorKind.TRANSIENT, "the body ends in the middle of a character") from None
        raise malformed(f"byte {error.start} is not UTF-8") from None


def loads(text: str) -> Any:
    """As `load`, for text."""
    try:
        return _sound(json.loads(text), 0)
    except json.JSONDecodeError as error:
        # a string that never closes is reported at its start, anything else cut off near the end of the text
        if "Unterminated" in error.msg or _CUT.fullmatch(text, error.pos):
            raise EngineError(ErrorKind.TRANSIENT, "the body is empty or cut off") from None
        raise malformed(f"not JSON: {error.msg} at character {error.pos}") from None
    except (RecursionError, ValueError):
        raise malformed("JSON nested too deep or with a number too long") from None


def malformed(message: str) -> EngineError:
    return EngineError(ErrorKind.MALFORMED, message)


def object_at(value: Any, *path: str) -> Json:
    """The object at the end of a path of keys, or an empty one."""
    for key in path:
        value = record(value).get(key)
    return record(value)


def _sound(value: Any, depth: int) -> Any:
    """A copy without what a database refuses: lone surrogates, NUL, numbers that are not finite."""
    if depth > MAX_DEPTH:
        raise malformed(f"JSON nested deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        return (
            value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
            if _UNSOUND.search(value)
            else value
        )
    if isinstance(value, list):
        return [_sound(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_sound(key, depth): _sound(item, depth + 1) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def record(value: Any) -> Json:
    """The object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def records(value: Any) -> list[Json]:
    """The objects of a list; a lone object is a list of one."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def string(value: Any) -> str:
    """The string, or an empty one for anything else."""
    return value if isinstance(value, str) else ""


def strings(value: Any) -> tuple[str, ...]:
    """The strings of a list that are not blank."""
    items: Iterable[Any] = value if isinstance(value, list) else ()
    return tuple(item for item in items if isinstance(item, str) and item.strip())


def said(*values: Any) -> str | None:
    """The first value that is a string and not blank."""
    return next((value for value in values if isinstance(value, str) and value.strip()), None)


def integer(value: Any) -> int | None:
    """A whole number, also where it is written as a string of up to 18 digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    written = string(value)
    return int(written) if written.isascii() and written.isdigit() and len(written) <= 18 else None


def number(value: Any) -> float | None:
    """A number as float, None for anything else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300:
        return float(value)
    return None
