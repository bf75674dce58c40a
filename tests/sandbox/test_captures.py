"""What the sandbox captures of its apps: read back by the real formats, and imported as invented."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import select

from geo_tracker.captures import recognise
from geo_tracker.captures.base import CapturedAnswer
from geo_tracker.collect.imports import import_file
from geo_tracker.sandbox.answering import AnswerEngine
from geo_tracker.sandbox.capturing import App, apps_of
from geo_tracker.sandbox.web import Web
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Answer, Citation, Page, Run
from geo_tracker.workspaces.apply import apply
from tests.support.sandbox_files import workspace as declared

START = date(2026, 10, 27)
ENGINE = AnswerEngine(Web(START), seed=1)
PROMPTS = [prompt.text for prompt in declared("zh").prompts or ()]
CHINA = timezone(timedelta(hours=8))
TIMES = [datetime(2026, 11, 20 + day, 6, tzinfo=CHINA) for day in range(3)]
APPS = apps_of("zh")


def read(app: App, folder: Path) -> list[CapturedAnswer]:
    path = folder / app.file
    path.write_text(app.capture(ENGINE, PROMPTS, TIMES), "utf-8")
    with path.open("rb") as file:
        capture = recognise(file.read(65_536))
        assert capture is not None
        file.seek(0)
        found = list(capture.read(file))
    answers = [each for each in found if isinstance(each, CapturedAnswer)]
    assert len(answers) == len(found), "nothing is reported as bad"
    return answers


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.file)
def test_every_answer_is_read_back(app: App, tmp_path: Path) -> None:
    answers = read(app, tmp_path)
    assert [(each.prompt, each.asked_at) for each in answers] == [(p, at) for at in TIMES for p in PROMPTS]
    assert {each.surface for each in answers} == {app.surface}
    assert not any(each.answer.cut for each in answers)
    for found in answers:
        assert found.asked_at
        day = found.asked_at.astimezone(CHINA).date()
        given = ENGINE.answer(app.profile, found.prompt, day, 1)
        cited = {source.url for source in found.answer.citations if source.role == "cited"}
        assert cited == {given.sources[index].url for index in given.cited}
        assert all(source.spans for source in found.answer.citations if source.role == "cited")
        assert [offer.title for offer in found.answer.offers] == [card.title for card in given.cards]


def test_one_app_gives_links_and_two_give_cards(tmp_path: Path) -> None:
    found = {app.file: read(app, tmp_path) for app in APPS}
    assert any("](http" in each.answer.text for each in found["doubao-app.jsonl"])
    for name, answers in found.items():
        assert any(each.answer.offers for each in answers) is (name != "doubao-app.jsonl")
        assert any("](http" not in each.answer.text and not each.answer.offers for each in answers)


def test_imported_they_are_sandbox_data_of_a_surface_of_their_own(
    engine: sa.Engine, archive: Archive, tmp_path: Path
) -> None:
    with writing(engine) as session:
        apply(session, declared("zh"), datetime.now(UTC))
        workspace = workspace_named(session, "demo-zh")
    real = tmp_path / "real.jsonl"
    real.write_text('{"prompt": "面膜", "engine": "豆包", "text": "云纱。"}\n', "utf-8")
    import_file(engine, archive, workspace, real)
    for app in APPS:
        path = tmp_path / app.file
        path.write_text(app.capture(ENGINE, PROMPTS, TIMES), "utf-8")
        for new in (len(PROMPTS) * len(TIMES), 0):
            done = import_file(engine, archive, workspace, path, sandbox=True)
            assert (done.new, done.failed, done.errors) == (new, 0, [])
    with reading(engine) as session:
        marked = Counter(session.exec(select(Answer.sandbox, Run.sandbox).join(Run)).all())
        pages = session.exec(select(Page.sandbox).join(Citation).distinct()).all()
        surfaces = Counter(session.exec(select(Answer.engine, Answer.surface).where(Answer.sandbox)).all())
    assert marked == {(True, True): 90, (False, False): 1}
    assert pages == [True]
    assert surfaces == {(app.engine, app.surface): 30 for app in APPS}
