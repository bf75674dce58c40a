"""Streams that report a failure: what came before it is kept, and the failure is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from geo_tracker.captures.assistants.base import Turn
from geo_tracker.engines.base import EngineError, ErrorKind, ReportedError

Frame = TypeVar("Frame")


def wordless(code: object = None, words: str | None = None) -> ReportedError:
    """The failure of an app that says little more than that there is one."""
    told = words or "the app reports an error"
    return ReportedError(ErrorKind.TRANSIENT, told if code in (None, "") else f"{told} ({str(code)[:40]})")


def until_failure(
    found: Sequence[Frame],
    failure_of: Callable[[Frame], ReportedError | None],
    turns_of: Callable[[Sequence[Frame]], Iterable[Turn]],
) -> Iterator[Turn]:
    """The turns of a stream; where a frame reports a failure, those of the frames before it, cut, then the failure."""
    for at, frame in enumerate(found):
        if failure := failure_of(frame):
            yield from _cut(found[:at], turns_of)
            raise failure
    yield from turns_of(found)


def _cut(found: Sequence[Frame], turns_of: Callable[[Sequence[Frame]], Iterable[Turn]]) -> Iterator[Turn]:
    try:
        turns = list(turns_of(found)) if found else []
    except EngineError:  # too little came: the failure that the app reports says more
        return
    for turn in turns:
        if turn.answer.text.strip():
            yield replace(turn, answer=replace(turn.answer, cut=True))
