"""Texts analysed in one process and in two give the same rows; a process that dies leaves nothing half-written."""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel, func, select

from geo_tracker.errors import GeoTrackerError
from geo_tracker.score.answers import score
from geo_tracker.score.processes import Processes
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import (
    Citation,
    DailyBrand,
    DailyCell,
    Discovery,
    Mention,
    Offer,
    Score,
    Workspace,
)
from geo_tracker.workspaces.brands import forget_scores
from tests.score.test_answers import TEXT, answer, store, workspace

__all__ = ["workspace"]
ROWS: tuple[type[SQLModel], ...] = (Mention, Discovery, Score, Offer, Citation, DailyCell, DailyBrand)


def rows(engine: sa.Engine) -> dict[str, list[str]]:
    with reading(engine) as session:
        return {
            str(table.__tablename__): sorted(
                str(each.model_dump(exclude={"id"})) for each in session.exec(select(table)).all()
            )
            for table in ROWS
        }


def test_two_processes_write_the_same_rows_as_one(engine: sa.Engine, workspace: Workspace) -> None:
    for at in range(60):  # several chunks
        text = f"{TEXT}\n{at}. [云纱](https://item.jd.com/{1000 + at}.html) 很好。"
        store(engine, answer(text, "https://yunsha.example/a", f"https://news.example/{at}"), str(at))
    assert score(engine, Archive("memory://"), workspace, processes=1).answers == 60
    alone = rows(engine)
    with writing(engine) as session:
        forget_scores(session, workspace_named(session, "w"))
    assert score(engine, Archive("memory://"), workspace, processes=2).answers == 60
    assert rows(engine) == alone
    assert len(alone["offer"]) == 60


def made(value: int) -> int:
    return value


def added(state: int, job: int) -> int:
    return state + job


def killed(state: int, job: int) -> int:
    os._exit(9)


def refused(state: int, job: int) -> int:
    raise ValueError(job)


@pytest.mark.parametrize("count", [1, 2])
def test_results_come_in_the_order_of_the_jobs(count: int) -> None:
    with Processes(count, made, 10) as pool:
        assert pool.run(added, range(70)).results() == list(range(10, 80))


def test_a_process_that_dies_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(GeoTrackerError, match="run again"), Processes(2, made, 1) as pool:
        pool.run(killed, [1]).results()


@pytest.mark.parametrize("count", [1, 2])
def test_what_a_job_raises_is_raised(count: int) -> None:
    with pytest.raises(ValueError, match="7"), Processes(count, made, 1) as pool:
        pool.run(refused, [7]).results()


def test_nothing_is_written_of_a_batch_whose_texts_broke(
    engine: sa.Engine, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(engine, answer(TEXT), "1")
    monkeypatch.setattr("geo_tracker.score.answers.Texts.answer", killed_here)
    with pytest.raises(GeoTrackerError, match="run again"):
        score(engine, Archive("memory://"), workspace)
    with reading(engine) as session:
        assert session.exec(select(func.count()).select_from(Score)).one() == 0
    monkeypatch.undo()
    assert score(engine, Archive("memory://"), workspace).answers == 1


def killed_here(state: object, job: object) -> None:
    raise GeoTrackerError("run again")


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_the_main_program_is_not_run_again_in_the_processes(
    method: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Within the dashboard `__main__` is a page, which nothing but Streamlit can run."""
    page = ModuleType("__main__")
    page.__file__ = str(tmp_path / "page.py")
    (tmp_path / "page.py").write_text("raise SystemExit(3)", "utf-8")
    monkeypatch.setitem(sys.modules, "__main__", page)
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: [method])
    with Processes(2, made, 10) as pool:
        assert pool.run(added, [1]).results() == [11]
    assert sys.modules["__main__"] is page
