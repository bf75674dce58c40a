"""When a worker finds work: the cron in the workspace's own time, rows that were left, and rest after failures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.collect.schedule import LONGEST, has_work, pause_after
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Panel, Prompt, Run, Workspace

SIX = datetime(2026, 3, 29, 4, 0, tzinfo=UTC)
"""6:00 in Berlin on the day on which its clocks go forward."""


@pytest.fixture
def tracked(engine: sa.Engine) -> sa.Engine:
    with writing(engine) as session:
        session.add(Workspace(id=1, slug="w", name="W", timezone="Europe/Berlin"))
        session.flush()
        session.add(Panel(id=1, workspace_id=1, name="daily", engines=["kimi"], cron="0 6 * * *"))
        session.add(Prompt(id=1, workspace_id=1, text="?", declared=True))
    return engine


def wanted(engine: sa.Engine, now: datetime, jitter: timedelta = timedelta(0)) -> bool:
    with reading(engine) as session:
        return has_work(session, workspace_named(session, "w"), now, jitter)


def test_a_panel_is_due_at_its_own_hour_until_its_pass_is_planned(tracked: sa.Engine) -> None:
    with writing(tracked) as session:
        session.add(Run(id=1, workspace_id=1, panel_id=1, due_at=SIX - timedelta(hours=23)))
    assert not wanted(tracked, SIX - timedelta(minutes=1))
    assert wanted(tracked, SIX)
    with writing(tracked) as session:
        session.add(Run(id=2, workspace_id=1, panel_id=1, due_at=SIX))
    assert not wanted(tracked, SIX)
    assert wanted(tracked, SIX + timedelta(days=1))


def test_an_archived_panel_is_never_due(tracked: sa.Engine) -> None:
    with writing(tracked) as session:
        session.get_one(Panel, 1).archived_at = SIX
    assert not wanted(tracked, SIX)


def test_jitter_delays_the_same_panel_by_the_same_part(tracked: sa.Engine) -> None:
    starts = [
        second
        for second in range(0, 1201, 20)
        if wanted(tracked, SIX + timedelta(seconds=second), timedelta(minutes=20))
    ]
    assert starts == list(range(starts[0], 1201, 20))
    assert 0 < starts[0] < 1200


@pytest.mark.parametrize(
    ("row", "open_"),
    [
        ({}, True),
        ({"claimed_until": SIX + timedelta(minutes=1)}, False),
        ({"claimed_until": SIX - timedelta(minutes=1)}, True),
        ({"retry_at": SIX + timedelta(minutes=1)}, False),
        ({"retry_at": SIX}, True),
        ({"status": AnswerStatus.FAILED}, False),
    ],
)
def test_rows_that_were_left_are_work_when_they_can_be_asked(
    tracked: sa.Engine, row: dict[str, object], open_: bool
) -> None:
    with writing(tracked) as session:
        session.add(Run(id=1, workspace_id=1, panel_id=1, due_at=SIX))
        session.flush()
        ids = {"workspace_id": 1, "run_id": 1, "prompt_id": 1}
        session.add(Answer(**ids, engine="kimi", key="1", day=SIX.date(), **row))
    assert wanted(tracked, SIX) is open_


@given(st.integers(0, 10_000))
def test_rest_grows_and_ends(failures: int) -> None:
    assert pause_after(failures) <= pause_after(failures + 1) <= LONGEST
    assert bool(pause_after(failures)) is (failures > 0)
