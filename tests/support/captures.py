"""The fixtures of capture formats: what each file holds, in a form that can be compared and read."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from geo_tracker.captures import recognise
from geo_tracker.captures.base import BadRow, CapturedAnswer, Read
from tests.support.places import DATA as ALL_DATA

DATA = ALL_DATA / "captures"
FILES = sorted(path for path in DATA.glob("*/*") if path.name != "expected.json")


def read(data: bytes) -> list[Read]:
    """The records of a file in the format that recognises it."""
    capture = recognise(data[:65536])
    assert capture is not None, "no format recognises the file"
    return list(capture.read(io.BytesIO(data)))


def described(path: Path) -> list[Any]:
    """What a fixture holds, by line: answers as objects, bad rows and notes as their words."""
    found = sorted(read(path.read_bytes()), key=lambda each: getattr(each, "line", 10**9))
    return [_described(each) for each in found]


def _described(found: Read) -> Any:
    if not isinstance(found, CapturedAnswer):
        return f"{found.line}: {found.reason}" if isinstance(found, BadRow) else found.text
    answer = found.answer
    about = {
        "line": found.line,
        "engine": found.engine,
        "surface": found.surface,
        "prompt": found.prompt,
        "text": answer.text,
        "citations": [
            [c.role, c.ordinal, c.url, c.title, [answer.text[start:end] for start, end in c.spans]]
            for c in answer.citations
        ],
        "queries": answer.queries,
        "offers": [[o.title, o.price_raw, o.merchant, o.url] for o in answer.offers],
        "search": answer.search,
        "unknown_blocks": len(answer.unknown_blocks),
        "asked_at": found.asked_at.isoformat() if found.asked_at else None,
        "id": found.id,
        "model": answer.model,
        "cut": answer.cut,
        "follow_ups": answer.follow_ups,
        "country": found.country,
        "language": found.language,
    }
    return {key: _listed(value) for key, value in about.items() if value not in (None, (), [], 0)}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else value
