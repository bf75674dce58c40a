"""Captured answers as they will be stored: the part of an import that needs no database and runs on all cores."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from geo_tracker.captures.base import BadRow, CapturedAnswer
from geo_tracker.captures.canonical import dump, key, load
from geo_tracker.engines.base import ErrorKind, ParsedAnswer
from geo_tracker.errors import GeoTrackerError
from geo_tracker.storage.answers import AnswerColumns, answer_columns
from geo_tracker.storage.models import AnswerStatus
from geo_tracker.workspaces.file import MAX_PROMPT

ECHO = "echo"
"""`error_kind` of an answer whose text is its prompt: the capture failed."""


class Stored(NamedTuple):
    """One answer to store, as the archive will give it back."""

    asked: CapturedAnswer
    """How it was asked; the answer itself stands in `columns`."""
    key: str
    body: bytes
    columns: AnswerColumns
    failed: str | None
    """Why the capture holds no whole answer, None if it does."""


def stored(state: None, captured: CapturedAnswer) -> Stored | BadRow:
    """What is stored of an answer, without its raw body; a bad row where it cannot be."""
    try:
        if len(captured.prompt.encode("utf-8", "replace")) > MAX_PROMPT:
            raise GeoTrackerError(
                f"prompt: longer than {MAX_PROMPT:,} bytes: ask it shorter or import its beginning"
            )
        body = dump(captured)
        kept = load(body)
    except GeoTrackerError as error:
        return BadRow(captured.line, str(error))
    bare = replace(kept, answer=ParsedAnswer(""))
    return Stored(bare, key(captured), body, captured_columns(kept), failed_capture(kept))


def captured_columns(captured: CapturedAnswer) -> AnswerColumns:
    """A captured answer as rows; one that repeats its prompt failed."""
    columns = answer_columns(captured.answer)
    if failed_capture(captured) == ECHO:
        failed = {
            "status": AnswerStatus.FAILED,
            "error_kind": ECHO,
            "error": "the text repeats the prompt: the capture failed",
        }
        columns = columns._replace(own={**columns.own, **failed})
    return columns


def failed_capture(captured: CapturedAnswer) -> str | None:
    """Why a capture holds no whole answer, None if it does."""
    text = " ".join(captured.answer.text.split())
    if not text:
        return ErrorKind.EMPTY
    if text == " ".join(captured.prompt.split()):
        return ECHO
    return ErrorKind.CUT if captured.answer.cut else None


def nothing() -> None:
    """The state of processes that need none."""
