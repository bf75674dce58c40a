"""What the spiders hand to the pipeline: the end of one row's turn, and how such ends are written together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, Self, TypeVar

from sqlmodel import Session, col, select

from geo_tracker.engines.base import EngineError, ParsedAnswer
from geo_tracker.storage.answers import postpone, save_answers, save_failure, supersede
from geo_tracker.storage.models import Answer, Workspace
from geo_tracker.storage.pages import Visit, save_visits
from geo_tracker.storage.spending import add_costs


class Item(Protocol):
    """The end of a row's turn."""

    @property
    def row_id(self) -> int: ...

    @property
    def told(self) -> dict[str, object]:
        """What the log says of it."""
        ...

    @classmethod
    def save(cls, session: Session, items: list[Self]) -> None: ...


AnyItem = TypeVar("AnyItem", bound=Item)


def _planned(session: Session, items: Iterable[AnyItem]) -> Iterator[tuple[Answer, AnyItem]]:
    """The items with their rows, but for rows that another process has ended since (a lease ran out)."""
    by_row = {item.row_id: item for item in items}
    open_rows = (col(Answer.id).in_(by_row), col(Answer.status) == "planned")
    for row in session.exec(select(Answer).where(*open_rows)).all():
        yield row, by_row[row.id]


@dataclass(frozen=True, slots=True)
class Captured:
    """An engine answered."""

    row_id: int
    parsed: ParsedAnswer = field(repr=False)
    at: datetime

    @property
    def told(self) -> dict[str, object]:
        return {"outcome": "answered", "cost": self.parsed.cost, "currency": self.parsed.currency}

    @classmethod
    def save(cls, session: Session, items: list[Self]) -> None:
        pairs = [(answer, item.parsed) for answer, item in _planned(session, items)]
        at = max(item.at for item in items)
        if pairs:
            first = pairs[0][0]
            workspace = session.get_one(Workspace, first.workspace_id)
            costs = [(answer.engine, parsed.currency, parsed.cost) for answer, parsed in pairs]
            add_costs(session, workspace, costs, at, sandbox=first.sandbox)
        save_answers(session, pairs, at)


@dataclass(frozen=True, slots=True)
class Failed:
    """There will be no answer."""

    row_id: int
    error: EngineError
    at: datetime

    @property
    def told(self) -> dict[str, object]:
        return {"outcome": "failed", "kind": self.error.kind, "error": str(self.error)[:300]}

    @classmethod
    def save(cls, session: Session, items: list[Self]) -> None:
        for answer, item in _planned(session, items):
            save_failure(session, answer, item.error, item.at)


@dataclass(frozen=True, slots=True)
class Postponed:
    """The row is to be asked again, from `step` on: at `until`, or in the next run if that is None."""

    row_id: int
    step: int
    error: EngineError
    until: datetime | None

    @property
    def told(self) -> dict[str, object]:
        told = {"kind": self.error.kind, "error": str(self.error)[:300], "until": self.until}
        return {"outcome": "postponed", **told}

    @classmethod
    def save(cls, session: Session, items: list[Self]) -> None:
        for item in items:
            supersede(session, item.row_id, item.step)
        for answer, item in _planned(session, items):
            postpone(session, answer, item.error, item.until)


@dataclass(frozen=True, slots=True)
class Crawled:
    """A reference page was asked for; whatever came of it is in `visit`."""

    visit: Visit

    @property
    def row_id(self) -> int:
        return self.visit.row_id

    @property
    def told(self) -> dict[str, object]:
        of = self.visit.columns
        return {
            "outcome": of.get("status", "known"),
            "http_status": of.get("http_status"),
            "error": of.get("error"),
        }

    @classmethod
    def save(cls, session: Session, items: list[Self]) -> None:
        save_visits(session, [item.visit for item in items])
