"""Result files of services that record assistants' pages: each record is read by the service's own adapter."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from geo_tracker.captures._document import TOO_LARGE, DocumentError, records, written
from geo_tracker.captures._turns import NO_QUESTION
from geo_tracker.captures.base import BadRow, Capture, CapturedAnswer, Read
from geo_tracker.engines import engine_named
from geo_tracker.engines._json import Json, malformed
from geo_tracker.engines._json import record as object_of
from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer


@dataclass(frozen=True, slots=True)
class Result:
    """One answer in a record: the body as its adapter takes it, and what the record says of the asking."""

    engine: str | None
    """Name of the adapter; None if the record does not tell."""
    body: Json
    prompt: str | None
    at: datetime | None = None
    id: str | None = None
    country: str | None = None
    language: str | None = None


class VendorResults(Capture):
    """A JSON object, a list of them or one a line."""

    @abstractmethod
    def results(self, record: Json) -> Iterator[Result]:
        """The answers in a record; raises `EngineError` for one that is in no known format."""

    def read(self, file: BinaryIO) -> Iterator[Read]:
        number = 0
        try:
            for number, record in enumerate(records(file), 1):
                yield from self._answers(record, number)
        except DocumentError as error:
            yield BadRow(number + 1, f"record: {error}")

    def _answers(self, record: object, number: int) -> Iterator[Read]:
        if record is TOO_LARGE:
            yield BadRow(number, "record: too large")
            return
        try:
            met: Counter[str | None] = Counter()
            for result in self.results(object_of(record)):
                yield self._answer(result, number, met[result.id])
                met[result.id] += 1
        except EngineError as error:
            yield BadRow(number, f"{self.name}: {error}")

    def _answer(self, result: Result, number: int, place: int) -> Read:
        """The answer of a result; `place` counts those of one job."""
        if result.engine is None:
            return BadRow(number, f"{self.name}: the record does not say which assistant answered")
        if not result.prompt:
            return BadRow(number, f"{result.engine}: {NO_QUESTION}")
        adapter, body = engine_named(result.engine), written(result.body)
        try:
            answer = adapter.parse(body)
        except EngineError as error:
            if error.kind is not ErrorKind.EMPTY:
                return BadRow(number, str(error))
            answer = ParsedAnswer("", finish_reason=str(error)[:200])
        return CapturedAnswer(
            prompt=result.prompt,
            engine=result.engine,
            answer=answer,
            line=number,
            surface=adapter.surface,
            language=result.language,
            country=result.country,
            asked_at=result.at,
            id=result.id,
            raw=body,
            message=f"{result.id}/{place}/{result.at.isoformat()}" if result.id and result.at else None,
        )


def unknown(service: str) -> EngineError:
    return malformed(f"no result of {service}")
