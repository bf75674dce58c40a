"""Daily rows: the sums that every aggregate on screen is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, delete, func, select

from geo_tracker.metrics.sums import ROLLUP_VERSION, Sum, sums_of
from geo_tracker.score import offers
from geo_tracker.score.longer_sums import lapse
from geo_tracker.storage.database import insert_adding, insert_new
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Citation,
    DailyBrand,
    DailyCell,
    DailyShelf,
    Offer,
    Score,
    Stratum,
    Workspace,
)
from geo_tracker.workspaces.brands import Brands

Cell = tuple[date, int, str, str, str]
"""A day and its `STRATUM`."""
STRATUM = ("prompt_id", "engine", "surface", "mode")
Shelf = tuple[int | None, str, str, str, int]
"""brand, placement, platform, merchant, checkout"""
Totals = dict[str, float]
BATCH = 1000
AT_ONCE = 2000
"""Answers of the days that are rolled up together: a statement costs as much for one day as for many."""
OF_ANSWERS, SHARED, OWN = sums_of("cell", "answer"), sums_of("cell", "score"), sums_of("brand", "score")
SCORED = tuple(
    name for name in Score.model_fields if name not in ("attributes", "evidence_start", "evidence_end")
)


@dataclass(slots=True)
class _Counted:
    """One answer, as `geo_tracker.metrics.sums` reads it."""

    status: str
    surface: str
    citations: int = 0
    weight: float | None = None
    naming: bool = False
    offers: int = 0
    offers_own: int = 0


@dataclass(slots=True)
class _Totals:
    """What all brands of a cell share, and what each has of its own."""

    sandbox: bool = False
    rules: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    shared: Totals = field(default_factory=lambda: dict.fromkeys((s.name for s in sums_of("cell")), 0))
    brands: dict[int, Totals] = field(default_factory=lambda: defaultdict(_nothing))
    shelf: dict[Shelf, Totals] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))


def _nothing() -> Totals:
    return dict.fromkeys((each.name for each in OWN), 0)


def roll_up(session: Session, workspace: Workspace, days: Sequence[date], brands: Brands) -> None:
    """Write the rows of some days anew: few at once (`grouped`), inside a writing transaction that has its turn."""
    cells = _cells(session, workspace, days, brands)
    mine = {"workspace_id": workspace.id}
    _count_strata(session, workspace, days, cells)
    for table in (DailyCell, DailyBrand, DailyShelf):
        of_days = (col(table.workspace_id) == workspace.id, col(table.day).in_(days))
        session.exec(delete(table).where(*of_days))
    lapse(session, workspace, days)
    insert_new(session, DailyCell, [{**mine, **_cell_row(cell, of)} for cell, of in cells.items()])
    insert_new(session, DailyBrand, [{**mine, **row} for row in _brand_rows(cells)])
    insert_new(session, DailyShelf, [{**mine, **row} for row in _shelf_rows(cells)])


def grouped(session: Session, workspace: Workspace, days: Sequence[date]) -> list[list[date]]:
    """The same days in groups of at most `AT_ONCE` answers, or of one day that has more."""
    mine = (col(Answer.workspace_id) == workspace.id, col(Answer.day).in_(days))
    counted = sa.select(col(Answer.day), func.count()).where(*mine).group_by(col(Answer.day))
    answers = {row[0]: row[1] for row in session.connection().execute(counted)}
    groups: list[list[date]] = []
    room = 0
    for day in days:
        room -= answers.get(day, 0)
        if not groups or room < 0:
            groups.append([])
            room = AT_ONCE - answers.get(day, 0)
        groups[-1].append(day)
    return groups


def take_turns(session: Session, workspace: Workspace) -> None:
    """Wait for other transactions that write the sums of a workspace: of two, the second sees what the first did."""
    session.exec(select(Workspace.id).where(Workspace.id == workspace.id).with_for_update()).one()


def outdated(session: Session, workspace: Workspace) -> Sequence[date]:
    """The days that an older version rolled up."""
    old = (col(DailyCell.workspace_id) == workspace.id, col(DailyCell.version) < ROLLUP_VERSION)
    days = sa.select(col(DailyCell.day)).where(*old).distinct().order_by(col(DailyCell.day))
    return session.connection().execute(days).scalars().all()


def _cells(
    session: Session, workspace: Workspace, days: Sequence[date], brands: Brands
) -> dict[Cell, _Totals]:
    """The sums of the cells of some days; a brand counts on the days on which it was tracked."""
    cells: dict[Cell, _Totals] = defaultdict(_Totals)
    where: dict[int, Cell] = {}
    counted: dict[int, _Counted] = {}
    for row in _answers(session, workspace, days):
        where[row.id] = row.day, row.prompt_id, row.engine, row.surface, row.mode
        counted[row.id] = _counted(row)
        of = cells[where[row.id]]
        of.sandbox |= row.sandbox
        of.rules |= {row.rules} - {None}
        of.models |= {row.model} - {None, ""} if row.status == AnswerStatus.CAPTURED else set()
    tracked = {day: {brand.id for brand in brands.on(day)} for day in days}
    for score in _scores(session, workspace, days):
        cell = where[score.answer_id]
        if score.brand_id in tracked[cell[0]]:
            counted[score.answer_id].naming |= score.mentions > 0
            of = cells[cell]
            _add(of.shared, SHARED, score)
            _add(of.brands[score.brand_id], OWN, score)
    captured = [answer for answer, of in counted.items() if of.status == AnswerStatus.CAPTURED]
    for answer, offered in _offers(session, workspace, captured):
        counted[answer].offers = len(offered)
        counted[answer].offers_own = sum(offer.answer_id is not None for offer in offered)
        _add_shelf(cells[where[answer]].shelf, offered)
    for answer, row in counted.items():
        _add(cells[where[answer]].shared, OF_ANSWERS, row)
    return cells


def _add(totals: Totals, sums: Iterable[Sum], row: Any) -> None:
    for each in sums:
        totals[each.name] += each.value(row)


def _answers(session: Session, workspace: Workspace, days: Sequence[date]) -> Sequence[Any]:
    """The answers of some days with the number and the weight of what each cites."""
    mine = (col(Answer.workspace_id) == workspace.id, col(Answer.day).in_(days))
    cited = (
        sa.select(
            col(Citation.answer_id),
            func.count().label("citations"),
            func.sum(Citation.weight).label("weight"),
        )
        .join(Answer, col(Answer.id) == col(Citation.answer_id))
        .where(*mine, col(Citation.role) == "cited")
        .group_by(col(Citation.answer_id))
        .subquery()
    )
    columns = (
        Answer.id,
        Answer.day,
        Answer.prompt_id,
        Answer.engine,
        Answer.surface,
        Answer.mode,
        Answer.status,
        Answer.sandbox,
        Answer.rules,
        Answer.model,
    )
    statement = sa.select(*map(col, columns), cited.c.citations, cited.c.weight)
    joined = statement.outerjoin(cited, cited.c.answer_id == Answer.id).where(*mine)
    return session.connection().execute(joined.order_by(col(Answer.day), col(Answer.id))).all()


def _counted(row: Any) -> _Counted:
    """An answer without its scores and offers; what an invalid one cites does not count."""
    valid = row.status == AnswerStatus.CAPTURED
    return _Counted(row.status, row.surface, *((row.citations or 0, row.weight) if valid else ()))


def _scores(session: Session, workspace: Workspace, days: Sequence[date]) -> Sequence[Any]:
    columns = [col(getattr(Score, name)) for name in SCORED]
    statement = sa.select(*columns).join(Answer, col(Answer.id) == col(Score.answer_id))
    valid = statement.where(*_captured_on(workspace, days))
    return session.connection().execute(valid.order_by(col(Score.answer_id), col(Score.brand_id))).all()


def _captured_on(workspace: Workspace, days: Sequence[date]) -> Iterator[sa.ColumnElement[bool]]:
    yield col(Answer.workspace_id) == workspace.id
    yield col(Answer.day).in_(days)
    yield col(Answer.status) == AnswerStatus.CAPTURED


def _offers(
    session: Session, workspace: Workspace, captured: Sequence[int]
) -> Iterator[tuple[int, Sequence[Offer]]]:
    """The offers of the answers that have any, their own and those on the pages they cite."""
    for at in range(0, len(captured), BATCH):
        cited = _cited_pages(session, captured[at : at + BATCH])
        found = offers.of_answers(session, workspace, cited)
        yield from ((answer, offered) for answer, offered in found.items() if offered)


def _cited_pages(session: Session, answers: Sequence[int]) -> dict[int, list[int]]:
    cited = (col(Citation.answer_id).in_(answers), col(Citation.role) == "cited")
    pages: dict[int, list[int]] = {answer: [] for answer in answers}
    rows = sa.select(col(Citation.answer_id), col(Citation.page_id)).where(*cited)
    for answer, page in session.connection().execute(rows.order_by(col(Citation.position))):
        if page is not None:
            pages[answer].append(page)
    return pages


def _add_shelf(shelf: dict[Shelf, Totals], offered: Sequence[Offer]) -> None:
    """One answer's offers; each counts 1, shared by its platforms."""
    for offer in offered:
        platforms = offers.credits(offer)
        for platform in platforms:
            counts = shelf[offer.brand_id, offer.placement, platform, offer.merchant or "", offer.checkout]
            counts["offers"] += 1 / len(platforms)
            counts["official"] += (offer.store == "official") / len(platforms)
            counts["dead"] += (offer.dead is True) / len(platforms)
            counts["unavailable"] += (offer.available is False) / len(platforms)


def _key(cell: Cell) -> dict[str, Any]:
    return dict(zip(("day", *STRATUM), cell, strict=True))


def _cell_row(cell: Cell, of: _Totals) -> dict[str, Any]:
    made = {"version": ROLLUP_VERSION, "sandbox": of.sandbox, "rules": " ".join(sorted(of.rules))}
    made |= {"models": "\n".join(sorted(of.models))}
    return {**_key(cell), **made, **of.shared}


def _brand_rows(cells: Mapping[Cell, _Totals]) -> Iterator[dict[str, Any]]:
    for cell, of in cells.items():
        for brand, own in of.brands.items():
            if any(own.values()):
                yield {**_key(cell), "brand_id": brand, **own}


def _shelf_rows(cells: Mapping[Cell, _Totals]) -> Iterator[dict[str, Any]]:
    names = ("brand_id", "placement", "platform", "merchant", "checkout")
    for cell, of in cells.items():
        for shelf, counts in of.shelf.items():
            yield {**_key(cell), **dict(zip(names, shelf, strict=True)), **counts}


def _count_strata(
    session: Session, workspace: Workspace, days: Sequence[date], cells: Mapping[Cell, _Totals]
) -> None:
    """Take the stored answers of some days out of the strata, and those that take their place in."""
    gained: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0, 0])
    for (_, *stratum), of in cells.items():
        _gain(gained[(*stratum,)], of.shared["planned"], of.shared["answers"])
    names = (*STRATUM, "planned", "answers")
    columns = [getattr(DailyCell, name) for name in names]
    mine = (col(DailyCell.workspace_id) == workspace.id, col(DailyCell.day).in_(days))
    for *stratum, planned, answers in session.connection().execute(sa.select(*columns).where(*mine)):
        _gain(gained[(*stratum,)], -planned, -answers)
    rows = [
        {"workspace_id": workspace.id, **dict(zip(names, (*stratum, *sums), strict=True))}
        for stratum, sums in gained.items()
    ]
    insert_adding(session, Stratum, rows, ("planned", "answers"))


def _gain(sums: list[float], *more: float) -> None:
    for at, value in enumerate(more):
        sums[at] += value
