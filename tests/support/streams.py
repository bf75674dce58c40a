"""Recordings of web apps, written by hand: frames, streams, and a HAR file around them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import strategies as st

from geo_tracker.captures.base import BadRow, CapturedAnswer
from tests.support.captures import read

Json = dict[str, Any]

ASKED = "哪款面膜好?"
SAID = "露岚面膜很温和"
PAGE = "https://pages.example/"
PIECES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1), min_size=1
)


def written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def stream(*frames: Any) -> str:
    """Frames as server-sent events; a pair is an event's name and its data."""
    lines = []
    for frame in frames:
        name, data = frame if isinstance(frame, tuple) else (None, frame)
        lines.append((f"event: {name}\n" if name else "") + f"data: {written(data)}\n\n")
    return "".join(lines)


def framed(*objects: Json) -> str:
    """Kimi's frames as a recorder keeps them that damages their lengths."""
    return "".join("\0\0\0\0?" + written(each) for each in objects)


def har(*entries: tuple[str, Any, Any]) -> bytes:
    """A HAR file with (address, request, response) entries."""
    listed = [
        {
            "startedDateTime": "2026-11-20T08:00:00Z",
            "request": {"method": "POST", "url": url, "postData": {"text": written(request)}},
            "response": {"status": 200, "content": {"text": written(response)}},
        }
        for url, request, response in entries
    ]
    return json.dumps({"log": {"creator": {"name": "t"}, "entries": listed}}).encode()


def recording(*entries: tuple[str, Any, Any]) -> list[CapturedAnswer | BadRow]:
    """The answers and bad rows of a HAR file with these entries."""
    return [each for each in read(har(*entries)) if isinstance(each, (CapturedAnswer, BadRow))]


def told(found: Iterable[CapturedAnswer | BadRow]) -> list[tuple[str, str, bool]]:
    """Question, text and whether it is cut of each answer."""
    return [
        (each.prompt, each.answer.text, each.answer.cut) for each in found if isinstance(each, CapturedAnswer)
    ]


def marked(frames: Sequence[Any], extra: Any, at: int) -> list[Any]:
    """The frames with one more at a place."""
    return [*frames[:at], extra, *frames[at:]]


def answered(url: str, response: Any, request: Any = None) -> CapturedAnswer:
    """The one answer of a recording with one entry."""
    [found] = recording((url, {"prompt": ASKED} if request is None else request, response))
    assert isinstance(found, CapturedAnswer), found
    return found


def saved(body: str) -> CapturedAnswer:
    """The one answer on a saved page."""
    [found] = read(f"<!DOCTYPE html><html><body>{body}</body></html>".encode())
    assert isinstance(found, CapturedAnswer), found
    return found


def cited(found: CapturedAnswer) -> list[tuple[str, str, list[str]]]:
    text = found.answer.text
    return [(c.role, c.url, [text[slice(*span)] for span in c.spans]) for c in found.answer.citations]
