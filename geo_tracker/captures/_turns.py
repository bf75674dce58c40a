"""Turns of web apps as captured answers."""

from __future__ import annotations

from collections.abc import Iterator

from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.captures.base import BadRow, CapturedAnswer, Read
from geo_tracker.engines._endings import ended
from geo_tracker.engines._marks import readable
from geo_tracker.engines.base import EngineError

NO_QUESTION = "the question is not in the file: import this answer as JSONL with its prompt"


def captured(name: str, turns: Iterator[Turn], line: int, exchange: Exchange | None = None) -> Iterator[Read]:
    """Each turn as an answer of the assistant `name`; a failure that the recording reports ends them as a bad row."""
    try:
        for turn in turns:
            yield (
                _answer(name, turn, line, exchange) if turn.prompt else BadRow(line, f"{name}: {NO_QUESTION}")
            )
    except EngineError as error:
        yield BadRow(line, str(error) if str(error).startswith(f"{name}: ") else f"{name}: {error}")


def _answer(name: str, turn: Turn, line: int, exchange: Exchange | None) -> CapturedAnswer:
    return CapturedAnswer(
        prompt=turn.prompt,
        engine=name,
        answer=ended(readable(turn.answer)),
        line=line,
        surface="web",
        asked_at=turn.at or (exchange.at if exchange else None),
        id=turn.id,
        raw=turn.raw or (exchange.body if exchange else None),
    )


def assistant_for(url: str, known: tuple[Assistant, ...]) -> Assistant | None:
    """The assistant whose answers the response to a request holds."""
    return next((assistant for assistant in known if assistant.recorded(url)), None)
