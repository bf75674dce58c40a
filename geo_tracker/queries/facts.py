"""The one analytic read: daily sums of a selection, ready for `geo_tracker.metrics`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, get_args
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.metrics.definitions import Metric, metric
from geo_tracker.metrics.dimensions import CHOSEN, TIMES
from geo_tracker.metrics.measures import STATUSES
from geo_tracker.metrics.records import Facts, Selection, TrackedBrand
from geo_tracker.metrics.sums import Table, sums_of
from geo_tracker.queries.choices import Choices, read_choices, read_workspaces
from geo_tracker.queries.selection import selected
from geo_tracker.queries.times import Range, Split, read_split, time_of
from geo_tracker.storage.database import once, workspace_named
from geo_tracker.storage.models import BY_TIME, Brand, DailyBrand, DailyCell, Prompt, Workspace

__all__ = [
    "Choices",
    "Facts",
    "Selection",
    "read_choices",
    "read_facts",
    "read_table",
    "read_workspaces",
]

ROWS = 20_000
PROMPT_COLUMNS = (*(each.column for each in CHOSEN if each.of == "prompt" and not each.several), "branded")


def read_facts(
    session: Session, filters: Selection, by: Sequence[str] = (), metrics: Iterable[str | Metric] = ()
) -> Facts:
    """Daily sums of the selected answers, with their workspace, brands and rules versions.

    The database adds them up by prompt, engine, surface and mode; where `by` has one of `TIMES`, by that and by engine
    only if `by` names it, too, or engines weigh the same. `metrics` are those to be measured; all sums are read without
    them. Without a time in `by` the same comes by day as well, which intervals and changes need.
    """
    workspace = workspace_named(session, filters.workspace)
    ends = _ends(session, workspace)
    keys = tuple(name for name in by if name in (*TIMES, "engine"))
    keys = keys if {*keys}.intersection(TIMES) else ("engine",)
    if filters.weights == "engines" and "engine" not in keys:
        keys = (*keys, "engine")
    shared, own = (_wanted(table, metrics) for table in get_args(Table))
    cells = read_cells(session, workspace, filters, keys, shared, ends)
    facts = Facts(
        filters=filters,
        name=workspace.name,
        locale=workspace.locale,
        timezone=workspace.timezone,
        brands=_brands(session, workspace, ends, cells),
        cells=cells,
        own_sums=pd.DataFrame(),
        rules=_rules(session, workspace, filters),
        models=_models(session, workspace, filters),
    )
    if {*keys}.intersection(TIMES):
        return replace(facts, own_sums=_read_own(session, facts, keys, own, ends))
    times = (facts.step, "engine")
    of_days = read_cells(session, workspace, filters, times, shared, ends)
    own_of_days = _read_own(session, facts, times, own, ends)
    cells, brands = (frame.rename(columns={facts.step: "day"}) for frame in (of_days, own_of_days))
    days = replace(facts, cells=cells, own_sums=brands)
    return replace(facts, own_sums=_over_days(brands, own), by_day=days)


def by_engine(session: Session, facts: Facts) -> Facts:
    """These facts with the answers of their cells by engine, where a time in their groups has pooled engines."""
    if "engine" in facts.cells:
        return facts
    workspace = workspace_named(session, facts.filters.workspace)
    return replace(facts, cells=read_cells(session, workspace, facts.filters, ("engine",), ("answers",)))


def _over_days(own: pd.DataFrame, sums: Sequence[str]) -> pd.DataFrame:
    """Own sums by day added up: a second read of every brand's rows would take as long as the first."""
    keys = ["prompt_id", "surface", "mode", "engine", "brand"]
    added = own.groupby(keys, as_index=False)[list(sums)].sum(min_count=1)
    described = own.drop(columns=["day", *sums, *keys[1:]]).drop_duplicates("prompt_id")
    total: pd.DataFrame = added.merge(described, on="prompt_id")
    return total


def _wanted(table: Table, metrics: Iterable[str | Metric]) -> tuple[str, ...]:
    """The sums of a table that metrics need, or all."""
    known = [each.name for each in sums_of(table)]
    asked = [metric(each) if isinstance(each, str) else each for each in metrics]
    needed = {*STATUSES, *(name for each in asked for name in each.columns)} if asked else {*known}
    return tuple(name for name in known if name in needed)


def read_cells(
    session: Session,
    workspace: Workspace,
    filters: Selection,
    keys: Sequence[str],
    sums: Sequence[str],
    ends: Sequence[date] = (),
) -> pd.DataFrame:
    """What all brands share, by prompt, surface, mode and `keys`: `Facts.cells`; `ends` are the ends of its eras."""
    grouping = _grouping(session, DailyCell, keys, ends)
    found = [
        func.min(DailyCell.version).label("version"),
        func.max(sa.cast(col(DailyCell.sandbox), sa.Integer)).label("sandbox"),
        func.min(DailyCell.day).label("first"),
        func.max(DailyCell.day).label("last"),
    ]
    chosen = sa.select(*grouping, *found, *_added(DailyCell, sums)).join(Prompt)
    chosen = chosen.where(*selected(DailyCell, workspace, filters))
    cells = _read_sums(session, chosen.group_by(*(key.element for key in grouping)), sums)
    types = {**dates(("first", "last", *keys)), "sandbox": "bool", "version": "int64", "era": "int64"}
    return with_prompts(session, workspace, cells).astype({**types, **dict.fromkeys(sums, "float64")})


def _read_own(
    session: Session, facts: Facts, keys: Sequence[str], sums: Sequence[str], ends: Sequence[date]
) -> pd.DataFrame:
    """What brands have of their own, while they were tracked: `Facts.own_sums`.

    Weeks and months of which all days are selected are read as they were added up, the days around them by day.
    """
    workspace = workspace_named(session, facts.filters.workspace)
    read = partial(_own_rows, session, workspace, facts.filters, keys, sums, ends)
    time = _only_time(keys)
    found = Split((), ()) if time == "day" else read_split(session, workspace, facts, time, ends)
    parts = [read(DailyBrand, *_between(days)) for days in found.ranges]
    if found.whole:
        parts.append(read(BY_TIME[time], col(BY_TIME[time].day).in_(found.whole)))
    own = pd.concat(parts, ignore_index=True) if parts else read(DailyBrand)
    named = pd.DataFrame(
        [(brand.id, brand.name) for brand in _every_brand(session, workspace)], columns=["brand_id", "brand"]
    )
    described = with_prompts(session, workspace, own).merge(named, on="brand_id").drop(columns="brand_id")
    return described.astype({**dates(keys), **dict.fromkeys(sums, "float64")})


def _only_time(keys: Sequence[str]) -> str:
    """The week or month by which sums are asked for, where it is the only time among the keys; else the day."""
    times = [name for name in keys if name in TIMES]
    return times[0] if len(times) == 1 else "day"


def _between(days: Range) -> Iterator[Any]:
    first, last = days
    yield col(DailyBrand.day) >= first
    yield col(DailyBrand.day) <= last


def _own_rows(
    session: Session,
    workspace: Workspace,
    filters: Selection,
    keys: Sequence[str],
    sums: Sequence[str],
    ends: Sequence[date],
    table: Any,
    *days: Any,
) -> pd.DataFrame:
    """The rows of a table of `BY_TIME`, of these days only."""
    grouping = [*_grouping(session, table, keys), col(table.brand_id).label("brand_id")]
    # By their own time and engine the rows are what they add up to: sorting them to find that out takes longer than
    # reading them.
    single = BY_TIME[_only_time(keys)] is table and "engine" in keys and {*TIMES}.intersection(keys)
    found = [getattr(table, name) for name in sums] if single else _added(table, sums)
    chosen = sa.select(*grouping, *found).join(Prompt)
    chosen = chosen.where(
        *selected(table, workspace, filters), *days, *_tracked(session, workspace, ends, table)
    )
    grouped = chosen if single else chosen.group_by(*(key.element for key in grouping))
    return _read_sums(session, grouped, sums)


def _tracked(session: Session, workspace: Workspace, ends: Sequence[date], table: Any) -> Iterator[Any]:
    """Days before a brand was archived, whatever an earlier roll-up left behind."""
    if ends:
        until = {brand.id: end for brand, end in _archived(session, workspace)}
        yield sa.or_(
            col(table.brand_id).not_in(until),
            *(sa.and_(col(table.brand_id) == id_, col(table.day) < end) for id_, end in until.items()),
        )


def _grouping(
    session: Session, table: Any, keys: Sequence[str], ends: Sequence[date] | None = None
) -> list[sa.Label[Any]]:
    columns: dict[str, Any] = {name: getattr(table, name) for name in ("prompt_id", "surface", "mode")}
    columns |= {
        name: time_of(session, table.day, name) if name in TIMES else col(table.engine) for name in keys
    }
    if ends is not None:
        passed: list[Any] = [sa.case((col(table.day) >= end, 1), else_=0) for end in ends]
        columns["era"] = sum(passed, sa.literal(0))
    return [column.label(name) for name, column in columns.items()]


def _added(table: Any, sums: Sequence[str]) -> list[Any]:
    return [func.sum(getattr(table, name)).label(name) for name in sums]


def dates(names: Sequence[str]) -> dict[str, str]:
    """Column types of those of `TIMES` among the names."""
    return {name: "datetime64[s]" for name in names if name != "engine"}


def with_prompts(session: Session, workspace: Workspace, sums: pd.DataFrame) -> pd.DataFrame:
    """Sums with what describes their prompts; the join is pandas', on ids, for speed."""
    prompts = once(session, ("prompts", workspace.id), lambda: _prompts(session, workspace))
    return sums.merge(prompts, on="prompt_id")


def _prompts(session: Session, workspace: Workspace) -> pd.DataFrame:
    described: list[Any] = [col(Prompt.id).label("prompt_id"), col(Prompt.text).label("prompt")]
    described += [getattr(Prompt, name) for name in PROMPT_COLUMNS]
    return read_table(session, sa.select(*described).where(col(Prompt.workspace_id) == workspace.id))


def read_table(session: Session, statement: Any) -> pd.DataFrame:
    """The rows of a statement under its column names, also where there are none."""
    result = session.connection().execute(statement)
    names = list(result.keys())
    # rows as Python objects take five times the room of a frame: never all of them at once
    parts = [pd.DataFrame(map(tuple, rows), columns=names) for rows in result.partitions(ROWS)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names, dtype="object")


def _read_sums(session: Session, statement: Any, sums: Sequence[str]) -> pd.DataFrame:
    """As `read_table` of a statement that ends with sums: by the column, as 70,000 rows of 30 sums are slow one by one.

    Dates come as the driver gives them: SQLite's are texts.
    """
    result = session.connection().execute(statement)
    names = list(result.keys())
    at = len(names) - len(sums)
    keys: list[list[Any]] = [[] for _ in names[:at]]
    added = [np.empty((0, len(sums)))]
    # rows as Python objects take five times the room of a frame: never all of them at once
    while result.cursor and (rows := result.cursor.fetchmany(ROWS)):
        for index, column in enumerate(keys):
            column += [row[index] for row in rows]
        added.append(np.array([row[at:] for row in rows], float).reshape(len(rows), len(sums)))
    described = pd.DataFrame(dict(zip(names, keys, strict=False)), dtype=None if len(added) > 1 else "object")
    return described.join(pd.DataFrame(np.concatenate(added), columns=[*sums]))


def _archived(session: Session, workspace: Workspace) -> list[tuple[Brand, date]]:
    """Brands that are no longer tracked, with the first day on which they were not."""
    zone = ZoneInfo(workspace.timezone)
    return [
        (brand, brand.archived_at.astimezone(zone).date())
        for brand in _every_brand(session, workspace)
        if brand.archived_at
    ]


def _every_brand(session: Session, workspace: Workspace) -> Sequence[Brand]:
    """Own first, then as the workspace lists them; archived ones, too."""
    mine = select(Brand).where(Brand.workspace_id == workspace.id)
    ordered = mine.order_by(col(Brand.own).desc(), col(Brand.position), col(Brand.id))
    return once(session, ("brands", workspace.id), lambda: session.exec(ordered).all())


def _ends(session: Session, workspace: Workspace) -> tuple[date, ...]:
    """The days on which brands were archived: each ends an era."""
    return tuple(sorted({end for _, end in _archived(session, workspace)}))


def _brands(
    session: Session, workspace: Workspace, ends: Sequence[date], cells: pd.DataFrame
) -> tuple[TrackedBrand, ...]:
    rows = _every_brand(session, workspace)
    eras = {brand.id: ends.index(end) + 1 for brand, end in _archived(session, workspace)}
    first = cells["era"].min() if len(cells) else len(ends)
    known = workspace.scored_brand
    new = {row.id for row in rows if known is not None and row.id > known}
    turns = {number: at for at, number in enumerate(sorted(row.id for row in rows if not row.own))}
    brands = [
        TrackedBrand(
            row.name,
            row.own,
            row.id in eras,
            0 if row.id in new else eras.get(row.id),
            turns.get(row.id, 0),
        )
        for row in rows
    ]
    shown = [brand for brand in brands if not brand.archived or first < (brand.eras or 0)]
    return tuple(sorted(shown, key=lambda brand: brand.archived))


def _rules(session: Session, workspace: Workspace, filters: Selection) -> tuple[str, ...]:
    chosen = sa.select(col(DailyCell.rules)).join(Prompt).where(*selected(DailyCell, workspace, filters))

    def read() -> tuple[str, ...]:
        found = session.connection().execute(chosen.distinct()).scalars()
        return tuple(sorted({version for versions in found for version in versions.split()}))

    return once(session, ("rules", filters), read)


def _models(session: Session, workspace: Workspace, filters: Selection) -> dict[str, tuple[str, ...]]:
    return once(session, ("models", filters), lambda: _read_models(session, workspace, filters))


def _read_models(session: Session, workspace: Workspace, filters: Selection) -> dict[str, tuple[str, ...]]:
    columns = sa.select(col(DailyCell.engine), col(DailyCell.models)).join(Prompt)
    chosen = columns.where(*selected(DailyCell, workspace, filters), col(DailyCell.models) != "")
    found: dict[str, set[str]] = {}
    for engine, models in session.connection().execute(chosen.distinct()):
        found.setdefault(engine, set()).update(models.split("\n"))
    return {engine: tuple(sorted(models)) for engine, models in found.items()}
