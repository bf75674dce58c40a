"""The life of a signal: told once, seen again, marked with a reason, over when it no longer shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from geo_tracker.errors import UsageError
from geo_tracker.signals.findings import Finding
from geo_tracker.signals.history import History
from geo_tracker.signals.life import OURSELVES, mark, tell
from geo_tracker.signals.listing import most_pressing, read_events, read_signals
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Signal, SignalStatus, Workspace
from tests.support.made_days import day

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
FALL = Finding(
    *((day(7), day(13)), "visibility", "云纱", "kimi", "api", "mention_rate"),
    **{"before": 0.7, "after": 0.4, "value": -0.3, "low": -0.4, "high": -0.2, "q": 0.001, "n": 200},
    verdict="real",
)
OUTAGE = Finding((day(13), day(13)), "outage", engine="kimi", surface="api", metric="coverage", value=-1.0)


@pytest.fixture
def engine(engine: sa.Engine) -> sa.Engine:
    """A workspace without answers, on each kind of database."""
    with Session(engine) as session:
        session.add(Workspace(id=1, slug="demo", name="Demo", timezone="Asia/Shanghai"))
        session.commit()
    return engine


def keep(engine: sa.Engine, found: Iterable[Finding], last: date) -> list[str]:
    """What is new when this was found up to a day."""
    with reading(engine) as session:
        history = History(session, "demo")
    history.last = last
    return [f"{row.kind} {row.engine}".strip() for row in tell(engine, history, found, NOW)]


def stored(engine: sa.Engine) -> list[Signal]:
    with reading(engine) as session:
        return list(session.exec(select(Signal).order_by(Signal.id)).all())  # type: ignore[arg-type]


def test_the_same_fall_is_told_once_whatever_window_shows_it(engine: sa.Engine) -> None:
    assert keep(engine, [FALL], day(13)) == ["visibility kimi"]
    later = replace(FALL, days=(day(8), day(14)), metric="share_of_voice", value=-0.2)
    assert keep(engine, [later], day(14)) == [] and keep(engine, [later], day(14)) == []
    (row,) = stored(engine)
    assert (row.last_seen, row.end, row.after, row.metric) == (day(14), day(13), 0.4, "mention_rate")


def test_the_same_data_give_the_same_fingerprint(engine: sa.Engine) -> None:
    keep(engine, [FALL], day(13))
    first = stored(engine)[0].fingerprint
    with writing(engine) as session:
        for row in session.exec(select(Signal)).all():
            session.delete(row)
    keep(engine, [FALL], day(13))
    assert stored(engine)[0].fingerprint == first


def test_a_rise_or_another_engine_is_another_signal(engine: sa.Engine) -> None:
    keep(engine, [FALL], day(13))
    rise = replace(FALL, value=0.3, low=0.2, high=0.4)
    assert keep(engine, [rise, replace(FALL, engine="doubao")], day(14)) == [
        "visibility kimi",
        "visibility doubao",
    ]


def test_what_an_engine_told_is_no_news_over_all_engines(engine: sa.Engine) -> None:
    keep(engine, [FALL], day(13))
    assert keep(engine, [replace(FALL, engine="")], day(15)) == []
    assert keep(engine, [replace(FALL, engine="", value=0.2)], day(15)) == ["visibility"]


def test_a_fall_out_of_sight_for_four_weeks_is_over_and_a_new_one_is_news(engine: sa.Engine) -> None:
    keep(engine, [FALL], day(13))
    keep(engine, [], day(41))
    assert stored(engine)[0].status == SignalStatus.NEW
    keep(engine, [], day(42))
    assert stored(engine)[0].status == SignalStatus.RESOLVED
    assert keep(engine, [FALL], day(43)) == ["visibility kimi"]
    assert len({row.fingerprint for row in stored(engine)}) == 2


def test_an_outage_is_over_when_the_engine_answers_again(engine: sa.Engine) -> None:
    keep(engine, [OUTAGE], day(13))
    keep(engine, [], day(14))
    (row,) = stored(engine)
    assert row.status == SignalStatus.RESOLVED
    with reading(engine) as session:
        steps = [(step.who, step.status) for step in read_events(session, row.id)]
    assert steps == [(OURSELVES, "new"), (OURSELVES, "resolved")]
    assert keep(engine, [OUTAGE], day(15)) == ["outage kimi"]


def test_an_outage_of_days_is_told_once_also_where_somebody_resolved_it(engine: sa.Engine) -> None:
    keep(engine, [OUTAGE], day(13))
    assert keep(engine, [OUTAGE], day(14)) == []
    with writing(engine) as session:
        mark(session, "demo", stored(engine)[0].fingerprint, "resolved", "mei", "", NOW)
    assert keep(engine, [OUTAGE], day(17)) == []
    (row,) = stored(engine)
    assert (row.status, row.last_seen) == (SignalStatus.RESOLVED, day(17))


def test_what_people_marked_stays_so_while_it_goes_on(engine: sa.Engine) -> None:
    keep(engine, [FALL], day(13))
    with writing(engine) as session:
        mark(
            session,
            "demo",
            stored(engine)[0].fingerprint[:6],
            "expected",
            "mei",
            " relaunch \n on Monday",
            NOW,
        )
    assert keep(engine, [FALL], day(14)) == []
    (row,) = stored(engine)
    assert (row.status, row.reason) == ("expected", "relaunch on Monday")
    with reading(engine) as session:
        assert [(step.who, step.reason) for step in read_events(session, row.id)][-1] == (
            "mei",
            "relaunch on Monday",
        )
        assert most_pressing(read_signals(session, "demo"), 3) == []


@pytest.mark.parametrize(
    ("name", "status", "reason", "says"),
    [
        ("f" * 30, "seen", "", "no signal"),
        ("", "seen", "", "no signal"),
        ("%", "seen", "", "no signal"),
        ("*", "moved", "", "marked seen, expected, resolved"),
        ("*", "new", "", "marked seen, expected, resolved"),
        ("*", "expected", "  ", "needs a reason"),
        ("*", "seen", "x" * 501, "at most 500"),
    ],
)
def test_a_mark_that_makes_no_sense_is_refused(
    engine: sa.Engine, name: str, status: str, reason: str, says: str
) -> None:
    keep(engine, [FALL, replace(FALL, engine="doubao")], day(13))
    wanted = stored(engine)[0].fingerprint if name == "*" else name
    with pytest.raises(UsageError, match=says), writing(engine) as session:
        mark(session, "demo", wanted, status, "mei", reason, NOW)
    assert {row.status for row in stored(engine)} == {"new"}


def test_a_workspace_s_signals_are_not_another_s(engine: sa.Engine) -> None:
    keep(engine, [FALL], day(13))
    with Session(engine) as session:
        session.add(Workspace(id=2, slug="other", name="Other"))
        session.commit()
    with pytest.raises(UsageError, match="no signal"), writing(engine) as session:
        mark(session, "other", stored(engine)[0].fingerprint, "seen", "mei", "", NOW)
    with reading(engine) as session:
        assert read_signals(session, "other") == []


def test_since_and_status_choose_and_the_day_is_the_workspace_s(engine: sa.Engine) -> None:
    keep(engine, [FALL], day(13))
    with writing(engine) as session:
        row = session.exec(select(Signal)).one()
        row.first_told = datetime(2026, 3, 31, 17, tzinfo=UTC)  # 1 April in Shanghai
    with reading(engine) as session:
        assert len(read_signals(session, "demo", since=date(2026, 4, 1))) == 1
        assert read_signals(session, "demo", since=date(2026, 4, 2)) == []
        assert read_signals(session, "demo", statuses=["seen"]) == []


def test_bad_news_and_what_is_new_presses_most(engine: sa.Engine) -> None:
    rise = replace(FALL, value=0.3, engine="openai", q=0.0001)
    surer = replace(FALL, engine="doubao", q=0.0001)
    keep(engine, [rise, FALL, surer, OUTAGE], day(13))
    with reading(engine) as session:
        rows = read_signals(session, "demo")
        assert [row.engine for row in most_pressing(rows, 3)] == ["kimi", "doubao", "kimi"]
        rows[0].status = SignalStatus.SEEN
        assert most_pressing(rows, 9)[-1] is rows[0]
