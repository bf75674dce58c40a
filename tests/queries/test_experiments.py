"""Experiments from rows to the effect: fixed beforehand, measured over days, pages as well as brands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from geo_tracker.errors import UsageError
from geo_tracker.queries.experiments import Planned, add_experiment, read_experiments
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Citation, Page, Prompt, Run
from geo_tracker.workspaces.events import EventDraft
from tests.support.daily_rows import Cell, database

START = date(2026, 3, 16)
BEFORE = datetime(2026, 3, 10, 12, tzinfo=UTC)
DONE = datetime(2026, 4, 20, 12, tzinfo=UTC)
PAGE = "https://yunsha.example/care"
MOVES = [f"prompt {n}" for n in (2, 3, 4)]


def cells(jump: int = 2) -> list[Cell]:
    random = np.random.default_rng(8)
    found = []
    for day in range(-40, 14):
        for prompt in range(2, 8):
            more = jump if prompt < 5 and day >= 0 else 0
            named = min(int(random.binomial(6, 0.4)) + more, 8)
            found.append(Cell(prompt, 8, (named, 1, 0), "doubao", "web", START + timedelta(days=day)))
    return found


@pytest.fixture
def filled() -> sa.Engine:
    engine = database(cells())
    with Session(
        engine
    ) as session:  # the 54 days on which one page is cited: by all treated prompts from the start on
        run = Run(workspace_id=1, label="import")
        page = Page(url=PAGE, domain="yunsha.example", status="fetched")
        session.add_all([run, page])
        session.flush()
        prompts = {prompt.text: prompt.id for prompt in session.exec(select(Prompt)).all()}
        for day in range(14):
            for text in MOVES:
                answer = Answer(
                    workspace_id=1,
                    run_id=run.id,
                    prompt_id=prompts[text],
                    engine="doubao",
                    surface="web",
                    key=f"{text}{day}",
                    status=AnswerStatus.CAPTURED,
                    day=START + timedelta(days=day),
                )
                session.add(answer)
                session.flush()
                for position in range(2):  # twice in one answer is one answer
                    session.add(
                        Citation(
                            answer_id=answer.id, page_id=page.id, position=position, url=PAGE, role="cited"
                        )
                    )
        session.commit()
    return engine


def fix(engine: sa.Engine, planned: Planned, now: datetime = BEFORE, **more: object) -> None:
    draft = EventDraft("Care page", START, "page", moves=MOVES, controls=["rest"], **more)  # type: ignore[arg-type]
    with writing(engine) as session:
        add_experiment(session, workspace_named(session, "demo"), draft, planned, now)


def test_fixed_before_and_measured_after(filled: sa.Engine) -> None:
    fix(filled, Planned(14, 14, "mention_rate", ""))
    with reading(filled) as session:
        (planned,) = read_experiments(session, "demo", BEFORE)
        (running,) = read_experiments(session, "demo", datetime(2026, 3, 20, 12, tzinfo=UTC))
        (done,) = read_experiments(session, "demo", DONE)
    assert (planned.status, planned.effect.value, planned.placebos) == ("planned", None, ())
    assert planned.detectable is not None and planned.detectable.days == 28
    assert 0.02 < planned.detectable.points < 0.3
    assert running.status == "running"
    assert running.effect.treated.answers == 3 * (14 + 5) * 8
    assert done.status == "done"
    assert done.effect.value == pytest.approx(0.25, abs=0.08)
    assert done.effect.low is not None and done.effect.low > 0.1
    assert (done.effect.treated.prompts, done.effect.control.prompts) == (3, 3)  # prompt 1 names a brand
    assert len(done.placebos) > 3
    assert done.exceeded == 0
    assert done.detectable == planned.detectable
    assert done.record()["placebos_as_large"] == 0


def test_answers_that_cite_a_page(filled: sa.Engine) -> None:
    fix(filled, Planned(7, 14, "pages", ""), pages=["https://YUNSHA.example/care#top"])
    with reading(filled) as session:
        (done,) = read_experiments(session, "demo", DONE, "Care page")
    assert (done.metric, done.pages) == ("pages", (PAGE,))
    assert done.effect.value == pytest.approx(1 / 8)
    assert done.effect.treated.before == 0


@pytest.mark.parametrize(
    ("planned", "now", "says"),
    [
        (
            Planned(14, 14, "mention_rate", ""),
            datetime(2026, 3, 15, 17, tzinfo=UTC),
            "fixed before it starts",
        ),
        (Planned(14, 1, "mention_rate", ""), BEFORE, "--before and --after are days"),
        (Planned(14, 14, "coverage", ""), BEFORE, "'coverage' is none of mention_rate"),
        (Planned(14, 14, "pages", ""), BEFORE, "needs the addresses"),
        (Planned(14, 14, "mention_rate", "Nobody"), BEFORE, "no brand Nobody"),
    ],
)
def test_what_cannot_be_an_experiment(filled: sa.Engine, planned: Planned, now: datetime, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        fix(filled, planned, now)
    with reading(filled) as session:
        assert read_experiments(session, "demo", DONE) == []
