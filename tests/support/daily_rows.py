"""A small database of daily rows, and the same rows as `Facts`, for tests of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from geo_tracker.metrics.records import Facts, Selection, TrackedBrand
from geo_tracker.metrics.sums import ROLLUP_VERSION, SUMS, Table, sums_of
from geo_tracker.storage.database import insert_adding, insert_new
from geo_tracker.storage.models import Brand, DailyBrand, DailyCell, Prompt, Stratum, Workspace

DAY = date(2026, 3, 2)
BRANDS = ("云纱", "Aurora Care", "Basalt")


@dataclass(frozen=True)
class Cell:
    """Answers to one prompt on one engine on one day; per brand: answers that mention it, mentions of it."""

    prompt: int
    answers: int
    mentioned: tuple[int, ...] = (0, 0, 0)
    engine: str = "doubao"
    surface: str = "api"
    day: date = DAY
    planned: int | None = None
    sandbox: bool = False
    version: int = ROLLUP_VERSION
    rules: str = "7"
    mode: str = ""


def sums(cell: Cell, brand: int) -> dict[str, Any]:
    """The sums of a cell and one brand; the first ranks first and is praised, the others blamed; all are cited."""
    hits, total = cell.mentioned[brand], sum(cell.mentioned)
    return {
        **dict.fromkeys(SUMS, 0),
        "planned": cell.answers if cell.planned is None else cell.planned,
        "answers": cell.answers,
        "mentioned": hits,
        "mentions": 2 * hits,
        "mentions_all": 2 * total,
        "mentioned_all": total,
        "prominence": 0.5 * hits,
        "prominence_all": 0.5 * total,
        "rank_sum": hits * (brand + 1),
        "reciprocal_rank": hits / (brand + 1),
        "top1": hits if brand == 0 else 0,
        "top3": hits,
        "recommended": hits if brand == 0 else 0,
        "positive" if brand == 0 else "negative": hits,
        "opinions": hits,
        "balance": hits if brand == 0 else -hits,
        "cited": hits,
        "citations_owned": hits,
        "citations_all": 4 * cell.answers,
        "answers_with_citations": cell.answers,
        "weight_owned": 0.25 * hits,
        "weight_all": cell.answers,
        "answers_weighted": cell.answers,
        "shelf_answers": cell.answers if cell.surface != "api" else 0,
        "triggered": min(cell.answers, total) // 2 if cell.surface != "api" else 0,
        "triggered_pages": min(cell.answers, total) if cell.surface != "api" else 0,
        "answers_naming": min(cell.answers, total),
        "answers_with_offers": min(cell.answers, total),
        "offers": 3 * hits,
        "offers_all": 4 * total,
        "offers_official": hits,
        "offers_first": min(hits, cell.answers) if brand == 0 else 0,
        "shown": hits,
        "clickable": hits,
        "buyable": hits if brand == 0 else 0,
        "offers_priced": 2 * hits,
        "answers_priced": hits,
        "price_spread": 0.25 * hits,
        "retrieved": hits,
        "sourced": hits,
    }


def keys(cell: Cell) -> dict[str, Any]:
    names = ("day", "engine", "surface", "mode")
    return {"prompt_id": cell.prompt, **{name: getattr(cell, name) for name in names}}


def of_table(cell: Cell, brand: int, table: Table) -> dict[str, Any]:
    found = sums(cell, brand)
    return {each.name: found[each.name] for each in sums_of(table)}


def facts(cells: Iterable[Cell], rules: tuple[str, ...] = ("1",)) -> Facts:
    """Facts over the cells, by day, without a database."""
    given = list(cells)
    shared = [
        {
            **keys(cell),
            **of_table(cell, 0, "cell"),
            "version": cell.version,
            "sandbox": cell.sandbox,
            "first": cell.day,
            "last": cell.day,
        }
        for cell in given
    ]
    own = [
        {**keys(cell), **of_table(cell, brand, "brand"), "brand": name}
        for cell in given
        for brand, name in enumerate(BRANDS)
        if cell.mentioned[brand]
    ]
    brands = tuple(TrackedBrand(name, own=index == 0) for index, name in enumerate(BRANDS))
    frames = (_frame(shared, "cell", "version", "sandbox", "first", "last"), _frame(own, "brand", "brand"))
    return Facts(Selection("demo"), "Demo", "zh-CN", "Asia/Shanghai", brands, *frames, rules)


def _frame(rows: list[dict[str, Any]], table: Table, *more: str) -> pd.DataFrame:
    columns = [*keys(Cell(0, 0)), *(each.name for each in sums_of(table)), *more]
    frame = pd.DataFrame(rows, columns=columns)
    texts = {"prompt": [f"prompt {number}" for number in frame["prompt_id"]]}
    texts["topic"] = ["masks" if number % 2 else "creams" for number in frame["prompt_id"]]
    described = frame.assign(**texts, persona="", stage="", language="zh", country="CN", era=0)
    days = {name: "datetime64[s]" for name in ("day", "first", "last") if name in described}
    more_types = {"brand": "object"} if table == "brand" else {"sandbox": "bool"}
    sums_types = {each.name: "float64" for each in sums_of(table)}
    return described.astype({**days, **more_types, **sums_types, "prompt_id": "int64"})


def database(cells: Iterable[Cell], **workspace: Any) -> sa.Engine:
    """An in-memory database with the cells as daily rows."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    fill(engine, cells, **workspace)
    return engine


def fill(engine: sa.Engine, cells: Iterable[Cell], prompts: int = 8, **workspace: Any) -> None:
    """A workspace `demo` with the cells as daily rows; prompt 1 names a brand."""
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        described = {
            "slug": "demo",
            "name": "Demo",
            "locale": "zh-CN",
            "timezone": "Asia/Shanghai",
            **workspace,
        }
        session.add(Workspace(id=1, **described))
        session.flush()
        session.add_all(_tracked(prompts))
        session.flush()
        made = list(cells)
        insert_new(session, DailyCell, [row for cell in made for row in _cell_rows(cell)])
        insert_new(session, DailyBrand, [row for cell in made for row in _brand_rows(cell)])
        strata = [{**row, "workspace_id": 1} for cell in made for row in _strata(cell)]
        insert_adding(session, Stratum, strata, ("planned", "answers"))
        session.commit()


def _cell_rows(cell: Cell) -> Iterator[dict[str, Any]]:
    made = {"version": cell.version, "sandbox": cell.sandbox, "rules": cell.rules}
    yield {"workspace_id": 1, **keys(cell), **made, **of_table(cell, 0, "cell")}


def _brand_rows(cell: Cell) -> Iterator[dict[str, Any]]:
    for brand, hits in enumerate(cell.mentioned):
        if hits:
            yield {"workspace_id": 1, **keys(cell), **of_table(cell, brand, "brand"), "brand_id": brand + 1}


def _strata(cell: Cell) -> Iterator[dict[str, Any]]:
    of = sums(cell, 0)
    yield {name: value for name, value in keys(cell).items() if name != "day"} | {
        name: of[name] for name in ("planned", "answers")
    }


def _tracked(prompts: int) -> Iterator[SQLModel]:
    for index, name in enumerate(BRANDS):
        domains = [f"brand{index}.example"]
        yield Brand(id=index + 1, workspace_id=1, name=name, own=index == 0, domains=domains, position=index)
    for number in range(1, prompts + 1):
        topic, stage = ("masks", "decision") if number % 2 else ("creams", "awareness")
        yield Prompt(
            id=number,
            workspace_id=1,
            text=f"prompt {number}",
            language="zh" if number < 6 else "en",
            topic=topic,
            stage=stage,
            persona="student" if number == 2 else "",
            country="CN" if number < 4 else "",
            tags=["mask", 'it\'s "new"'] if number == 3 else ["masks"] if number == 4 else [],
            branded=number == 1,
            archived_at=datetime(2026, 3, 5, tzinfo=UTC) if number == 8 else None,
        )


__all__ = ["BRANDS", "DAY", "Cell", "database", "facts", "fill"]
