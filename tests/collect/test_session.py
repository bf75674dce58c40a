"""What is asked by hand: planned once, filed once, skipped with a reason, and counted."""

from __future__ import annotations

import json
import logging
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from sqlmodel import col, select, update

from geo_tracker.captures._request import KEPT_KEYS, KEPT_OPTIONS
from geo_tracker.captures.assistants import apps
from geo_tracker.captures.companion import Seen
from geo_tracker.collect.again import MOST
from geo_tracker.collect.imports import import_file
from geo_tracker.collect.intake import take_capture
from geo_tracker.collect.rebuild import rebuild_all
from geo_tracker.collect.session import (
    TOLD,
    Due,
    next_due,
    plan_by_hand,
    read_session,
    retry,
    skip,
)
from geo_tracker.engines.base import ErrorKind
from geo_tracker.errors import UsageError
from geo_tracker.i18n import languages, translate
from geo_tracker.metrics.measures import measurements
from geo_tracker.queries.facts import Selection, read_choices, read_facts
from geo_tracker.queries.status import read_status
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new, reading, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Body, Prompt, Workspace
from spiders.asking import askable
from tests.support.apps import APPS, ASKED
from tests.support.captured import NOW, PROMPTS, asking_by_hand, capture, line
from tests.support.places import ROOT


@pytest.fixture
def workspace(engine: sa.Engine) -> Workspace:
    made = asking_by_hand(engine)
    with writing(engine) as session:
        assert plan_by_hand(session, made, NOW) == 8
    return made


def due(engine: sa.Engine, workspace: Workspace) -> list[Due]:
    with reading(engine) as session:
        return read_session(session, workspace, NOW)


def statuses(engine: sa.Engine, workspace: Workspace) -> dict[tuple[str, str, int], str]:
    return {(row.engine, row.prompt, row.repeat): row.status for row in due(engine, workspace)}


def stopped(text: str = "云纱面膜不错。", **more: Any) -> dict[str, Any]:
    """A capture of an answer that the person stopped."""
    cut = capture(text=text, **more)
    cut["response"]["frames"] = [cut["response"]["frames"][0].split("event: SSE_REPLY_END")[0]]
    return cut


def captured_answers(engine: sa.Engine) -> list[Answer]:
    with reading(engine) as session:
        return list(session.exec(select(Answer).where(Answer.status == AnswerStatus.CAPTURED)).all())


def test_a_pass_is_planned_once_and_no_crawler_takes_it(engine: sa.Engine, workspace: Workspace) -> None:
    with writing(engine) as session:
        assert plan_by_hand(session, workspace, NOW) == 0
        assert not session.exec(select(Answer).where(*askable(workspace, sandbox=False))).all()
        assert plan_by_hand(session, workspace, NOW + timedelta(days=1)) == 8
    rows = due(engine, workspace)
    assert {(row.engine, row.surface, row.prompt, row.repeat) for row in rows} == {
        (app, "web", prompt, repeat) for app in ("doubao", "kimi") for prompt in PROMPTS for repeat in (1, 2)
    }


def test_a_capture_is_filed_under_its_row_once_whichever_way_it_comes(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path
) -> None:
    first = line(capture())
    assert take_capture(engine, archive, workspace, first).outcome == "new"
    assert take_capture(engine, archive, workspace, first).outcome == "known"
    file = tmp_path / "saved.geo.jsonl"
    other = line(capture(text="云纱第二次。", at="2026-11-26T10:00:00Z"))
    file.write_bytes(first + b"\n" + other + b"\n")
    done = import_file(engine, archive, workspace, file)
    assert (done.format, done.new, done.known) == ("companion", 1, 1)
    found = statuses(engine, workspace)
    assert [found["doubao", ASKED, repeat] for repeat in (1, 2)] == ["captured", "captured"]
    assert Counter(found.values()) == {"captured": 2, "planned": 6}
    with writing(engine) as session:
        assert plan_by_hand(session, workspace, NOW) == 0, "a filled row is not planned again"
        assert len(session.exec(select(Answer)).all()) == 8, "filed, not added"
        raw = session.exec(select(Body.sha256).where(Body.step == 1)).all()
    assert sorted(archive.get(sha) for sha in raw) == sorted((first, other))
    score(engine, archive, workspace)
    with reading(engine) as session:
        assert read_status(session, "masks").coverage == 2 / 8


@pytest.mark.parametrize(
    "more",
    [{"prompt": "an own question"}, {"at": "2026-11-26T05:00:00Z"}, {"app": "yuanbao"}],
    ids=["another prompt", "before the pass", "another app"],
)
def test_what_was_not_asked_for_is_kept_beside_the_session(
    engine: sa.Engine, archive: Archive, workspace: Workspace, more: dict[str, Any]
) -> None:
    assert take_capture(engine, archive, workspace, line(capture(**more))).outcome == "new"
    assert set(statuses(engine, workspace).values()) == {"planned"}
    with reading(engine) as session:
        assert len(session.exec(select(Answer)).all()) == 9


def test_a_box_that_breaks_lines_does_not_break_the_filing(
    engine: sa.Engine, archive: Archive, workspace: Workspace
) -> None:
    take_capture(engine, archive, workspace, line(capture(prompt=f"  {ASKED}\n")))
    assert statuses(engine, workspace)["doubao", ASKED, 1] == "captured"


def test_a_skipped_row_counts_in_coverage_and_can_be_asked_again(
    engine: sa.Engine, archive: Archive, workspace: Workspace
) -> None:
    refused, login = (row.row for row in due(engine, workspace)[:2])
    with writing(engine) as session:
        skip(session, workspace, refused, "refused", NOW)
        skip(session, workspace, login, "login", NOW)
        for reason, row in (("refused", refused), ("tired", login)):
            with pytest.raises(UsageError):
                skip(session, workspace, row, reason, NOW)
    with reading(engine) as session:
        status = read_status(session, "masks")
    assert (status.refused, status.failed, status.planned, status.coverage) == (1, 1, 6, 0.0)
    with writing(engine) as session:
        retry(session, workspace, login)
        with pytest.raises(UsageError):
            retry(session, workspace, login)
    rows = {row.row: row for row in due(engine, workspace)}
    assert rows[login].open and rows[login].reason is None
    assert (rows[refused].status, rows[refused].reason) == ("refused", "refused")


def test_a_cut_answer_is_asked_again_and_stays_as_evidence(
    engine: sa.Engine, archive: Archive, workspace: Workspace
) -> None:
    take_capture(engine, archive, workspace, line(stopped()))
    [row] = [row for row in due(engine, workspace) if not row.open]
    assert row.status == "cut"
    with writing(engine) as session:
        retry(session, workspace, row.row)
    take_capture(engine, archive, workspace, line(capture(at="2026-11-26T11:00:00Z")))
    assert [each.status for each in due(engine, workspace) if each.row == row.row] == ["captured"]
    with reading(engine) as session:
        bodies = session.exec(select(Body.superseded).where(Body.answer_id == row.row)).all()
    assert sorted(bodies) == [False, False, True, True]


def test_an_unread_capture_fills_its_row_and_is_read_by_score_all(
    engine: sa.Engine, archive: Archive, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geo_tracker.captures.assistants.doubao import DoubaoApp

    with monkeypatch.context() as before:
        before.setattr(DoubaoApp, "turns", lambda self, exchange: iter(()))
        assert take_capture(engine, archive, workspace, line(capture())).outcome == "unread"
    [row] = [row for row in due(engine, workspace) if not row.open]
    assert (row.status, row.reason) == ("failed", "unread")
    assert rebuild_all(engine, archive, workspace) == []
    [row] = [row for row in due(engine, workspace) if not row.open]
    assert (row.status, row.reason) == ("captured", None)
    again = [take_capture(engine, archive, workspace, line(capture())).outcome for _ in range(2)]
    assert again == ["updated", "known"], "its record is written anew, its row stays"
    with reading(engine) as session:
        assert session.exec(select(Answer.text).where(col(Answer.text).is_not(None))).all() == [
            "云纱面膜不错。"
        ]


def test_what_an_app_reports_is_noted_and_the_row_stays_open(
    engine: sa.Engine, archive: Archive, workspace: Workspace
) -> None:
    limited = 'event: STREAM_ERROR\ndata: {"error_code": 710022004, "error_msg": "rate limited"}\n\n'
    seen = line(capture(response={"content_type": "text/event-stream", "frames": [limited]}))
    taken = take_capture(engine, archive, workspace, seen)
    assert taken.outcome == "failed" and "rate limited" in (taken.reason or "")
    with reading(engine) as session:
        [answer] = session.exec(select(Answer).where(col(Answer.error).is_not(None))).all()
    assert (answer.status, answer.attempts, answer.engine) == ("planned", 1, "doubao")
    assert any(archive.get(sha) == seen for sha in archive.stored())


BUSY = 'event: hint\ndata: {"type": "error", "content": "服务器繁忙"}\n\n'


@pytest.mark.parametrize("way", ["intake", "file"])
def test_a_failure_that_may_pass_leaves_its_row_open_and_names_its_class(
    engine: sa.Engine, archive: Archive, tmp_path: Path, way: str
) -> None:
    workspace = asking_by_hand(engine, apps=["deepseek"], repeats=1)
    with writing(engine) as session:
        plan_by_hand(session, workspace, NOW)
    seen = line(capture("deepseek", response={"content_type": "text/event-stream", "frames": [BUSY]}))
    if way == "intake":
        assert take_capture(engine, archive, workspace, seen).outcome == "failed"
    else:
        file = tmp_path / "saved.geo.jsonl"
        file.write_bytes(seen)
        assert import_file(engine, archive, workspace, file, dry_run=True).failed == 1
        assert list(archive.stored()) == [], "a dry run keeps nothing"
        assert import_file(engine, archive, workspace, file).failed == 1
    rows = {row.prompt: row for row in due(engine, workspace)}
    assert (rows[ASKED].open, rows[ASKED].reason, rows[PROMPTS[1]].reason) == (True, "unavailable", None)
    assert [archive.get(sha) for sha in archive.stored()] == [seen]
    assert take_capture(engine, archive, workspace, line(capture("deepseek"))).outcome == "new"
    rows = {row.prompt: row for row in due(engine, workspace)}
    assert (rows[ASKED].status, rows[ASKED].reason) == ("captured", None)


@pytest.mark.parametrize("kind", [*ErrorKind, "unread", "echo", "of a later version"])
def test_every_failure_has_a_reason_with_words_in_both_languages(
    engine: sa.Engine, workspace: Workspace, kind: str
) -> None:
    with writing(engine) as session:
        session.exec(update(Answer).where(col(Answer.id) == 1).values(error_kind=kind))
    [reason] = {row.reason for row in due(engine, workspace) if row.row == 1}
    assert reason in TOLD
    for language in languages():
        assert translate(language)(f"session.reason_{reason}")


def test_two_unread_captures_of_one_moment_are_two(
    engine: sa.Engine, archive: Archive, workspace: Workspace
) -> None:
    seen = [
        line(capture(response={"content_type": "", "frames": [f'data: {{"new": {n}}}\n\n']})) for n in (1, 2)
    ]
    outcomes = [take_capture(engine, archive, workspace, each).outcome for each in (*seen, *seen)]
    assert outcomes == ["unread", "unread", "known", "known"]
    shot = {**json.loads(seen[0]), "screenshot": "data:image/jpeg;base64,/9j/4AAQ"}
    assert take_capture(engine, archive, workspace, line(shot)).outcome == "known", (
        "its picture makes it no other"
    )
    found = statuses(engine, workspace)
    assert [found["doubao", ASKED, repeat] for repeat in (1, 2)] == ["failed", "failed"]


@pytest.mark.parametrize("typed", ["哪款 面膜好?", "哪款面膜好？", f"  {ASKED}\n", "BEST crm？"])
def test_a_prompt_is_the_planned_one_however_it_was_typed(
    engine: sa.Engine, archive: Archive, workspace: Workspace, typed: str
) -> None:
    planned = "Best CRM?" if "crm" in typed.casefold() else ASKED
    with writing(engine) as session:
        extra = {
            "workspace_id": workspace.id,
            "text": "Best CRM?",
            "language": "",
            "country": "",
            "declared": True,
        }
        insert_new(session, Prompt, [extra])
        prompts = {each.text for each in session.exec(select(Prompt)).all()}
    early = line(capture(prompt=typed, at="2026-11-25T09:00:00Z"))  # before the pass: kept beside it
    assert take_capture(engine, archive, workspace, early).outcome == "new"
    with reading(engine) as session:
        assert {each.text for each in session.exec(select(Prompt)).all()} == prompts | (
            {typed} if typed == "哪款 面膜好?" else set()
        )
        mine = select(Prompt.text).join(Answer).where(Answer.status == AnswerStatus.CAPTURED)
        assert session.exec(mine).one() == (typed if typed == "哪款 面膜好?" else planned)


def test_a_capture_of_a_wrong_clock_is_taken_with_a_warning(
    engine: sa.Engine, archive: Archive, workspace: Workspace
) -> None:
    late = take_capture(engine, archive, workspace, line(capture(at="2099-01-01T00:00:00Z")))
    assert (late.outcome, late.warning) == ("new", "future")
    assert take_capture(engine, archive, workspace, line(capture())).warning is None


PLANTED = ("token", "authorization", "device_id", "x-csrf", "cookie", "user_id")
SECRET = "planted-secret"
SHOWN = "<p>云纱面膜不错。</p>"
PAGES = {
    "gemini": "https://gemini.google.com/_/BardChatUi/data/StreamGenerate",
    "google-ai-mode": "https://www.google.com/async/folwr",
    "google-ai-overview": "https://www.google.com/async/folsrch",
}
"""Apps whose page alone is read, with a request that their stream is said to come by."""


def captured_of(app: str) -> dict[str, Any]:
    seen = capture(app)
    if app in PAGES:
        page = "{0}//{2}/app".format(*PAGES[app].split("/"))
        seen |= {"app": app, "url": page, "html": SHOWN, "request": {**seen["request"], "url": PAGES[app]}}
    return seen


def with_secrets(seen: dict[str, Any], way: str) -> dict[str, Any]:
    """A capture whose request and addresses hold more than is kept."""
    asked = {**json.loads(seen["request"]["body"]), "params": {"token": SECRET, "text": "x"}}
    asked |= dict.fromkeys(PLANTED, SECRET)
    form = {**dict.fromkeys(PLANTED, SECRET), "prompt": ASKED, "params": json.dumps({"token": SECRET})}
    body = json.dumps(asked) if way == "json" else urlencode(form)
    request = {"url": f"{seen['request']['url']}?token={SECRET}&q=1", "body": body}
    return {**seen, "request": request, "url": f"{seen['url']}?auth={SECRET}#{SECRET}"}


def test_the_apps_whose_secrets_are_planted_are_all_of_the_companions() -> None:
    assert {captured_of(app)["app"] for app in (*APPS, *PAGES)} >= set(apps())


@pytest.mark.parametrize("way", ["json", "form"])
def test_what_a_request_holds_besides_prompt_and_switches_is_not_stored(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    way: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    seen = [with_secrets(captured_of(app), way) for app in (*APPS, *PAGES)]
    for minute, each in enumerate(seen, 10):
        each["at"] = f"2026-11-26T09:{minute}:00Z"
        taken = take_capture(engine, archive, workspace, line(each))
        assert taken.outcome in ("new", "unread") and taken.engine in apps()
        failed = {"content_type": "", "status": 500, "frames": []}
        failure = line({**each, "at": f"2026-11-26T10:{minute}:00Z", "response": failed})
        assert take_capture(engine, archive, workspace, failure).outcome == "failed"
    kept = written(engine)
    file = tmp_path / "saved.geo.jsonl"
    file.write_bytes(b"\n".join(line({**each, "at": each["at"].replace("T09", "T11")}) for each in seen))
    assert import_file(engine, archive, workspace, file).failed == 0
    score(engine, archive, workspace, processes=1)
    bodies = [archive.get(sha).decode() for sha in archive.stored()]
    assert len(bodies) >= 3 * len(seen) and any(ASKED in body for body in bodies)
    assert [text for text in kept if ASKED in text], "the walk sees what is stored"
    assert [text for text in (*kept, *written(engine), *bodies, caplog.text) if SECRET in text] == []


@pytest.mark.parametrize("app", [*APPS, *PAGES])
def test_what_the_companion_cleaned_is_the_same_capture_still(app: str) -> None:
    plain = line(captured_of(app))
    assert Seen.of(plain).line == plain


def written(engine: sa.Engine) -> list[str]:
    """Every value of every column of every table, as text."""
    tables = sa.MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        rows = [row for table in tables.sorted_tables for row in connection.execute(table.select())]
    return [
        value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        for row in rows
        for value in row
    ]


def test_the_fields_that_are_kept_are_those_of_the_companion() -> None:
    script = (ROOT / "companion" / "data.js").read_text("utf-8")
    data = json.loads(script[script.index("{") : script.rindex("}") + 1])
    assert (set(data["request_keys"]), set(data["address_keys"])) == (KEPT_KEYS, KEPT_OPTIONS)


def test_apps_take_turns(engine: sa.Engine, archive: Archive, workspace: Workspace) -> None:
    order = []
    for minute in range(4):
        with reading(engine) as session:
            row = next_due(session, workspace, read_session(session, workspace, NOW))
        assert row
        order.append(row.engine)
        with writing(engine) as session:
            skip(session, workspace, row.row, "limit", NOW + timedelta(minutes=minute))
    assert order == ["doubao", "kimi", "doubao", "kimi"]


def test_a_picture_that_comes_later_is_kept_beside_its_answer_once(
    engine: sa.Engine, archive: Archive, workspace: Workspace
) -> None:
    take_capture(engine, archive, workspace, line(capture()))
    shot = line(capture(screenshot="data:image/jpeg;base64,/9j/4AAQ"))
    assert [take_capture(engine, archive, workspace, shot).outcome for _ in range(2)] == ["known", "known"]
    with reading(engine) as session:
        kept = session.exec(select(Body).where(col(Body.superseded).is_(True))).all()
        assert len(session.exec(select(Answer)).all()) == 8
    assert [(body.step, archive.get(body.sha256)) for body in kept] == [(2, shot)]
    assert rebuild_all(engine, archive, workspace) == []
    assert statuses(engine, workspace)["doubao", ASKED, 1] == "captured"


TALK = "https://www.doubao.com/chat/38421906537"


def test_an_answer_that_is_made_again_stays_one(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path
) -> None:
    first = line(capture(url=TALK))
    again = line(capture(text="云纱和雪肌都不错。", url=TALK, at="2026-11-26T09:40:00Z"))
    assert take_capture(engine, archive, workspace, first).outcome == "new"
    assert take_capture(engine, archive, workspace, again).outcome == "updated"
    assert take_capture(engine, archive, workspace, first).outcome == "known", "the older one comes late"
    broken = line(stopped("云纱不", url=TALK, at="2026-11-26T09:50:00Z"))
    assert take_capture(engine, archive, workspace, broken).outcome == "known", "the whole one stays"
    assert Counter(statuses(engine, workspace).values()) == {"captured": 1, "planned": 7}
    with reading(engine) as session:
        bodies = session.exec(select(Body.sha256, Body.superseded).where(Body.step == 1)).all()
    assert [(each.text, each.asked_at and each.asked_at.minute) for each in captured_answers(engine)] == [
        ("云纱和雪肌都不错。", 40)
    ]
    assert {archive.get(sha): gone for sha, gone in bodies} == {first: True, again: False}
    file = tmp_path / "saved.geo.jsonl"
    other = line(capture(text="雪肌不错。", url=f"{TALK}8", at="2026-11-26T10:00:00Z"))
    last = line(capture(text="云纱最好。", url=f"{TALK}8", at="2026-11-26T10:05:00Z"))
    file.write_bytes(b"\n".join((first, again, other, last)))
    done = import_file(engine, archive, workspace, file)
    assert (done.new, done.updated, done.known) == (1, 1, 2), "another conversation is another repeat"
    assert {answer.text for answer in captured_answers(engine)} == {"云纱和雪肌都不错。", "云纱最好。"}


def test_a_replaced_answer_stays_replaced_on_a_busy_day(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path
) -> None:
    first = line(capture(url=TALK))
    again = line(capture(text="云纱和雪肌都不错。", url=TALK, at="2026-11-26T09:40:00Z"))
    others = [
        line(capture(prompt=f"第 {n} 个问题?", url=f"{TALK}{n}", at=f"2026-11-26T10:{n:02}:00Z"))
        for n in range(MOST + 1)
    ]
    file = tmp_path / "saved.geo.jsonl"
    file.write_bytes(b"\n".join((first, again, *others)))
    assert import_file(engine, archive, workspace, file).updated == 1
    done = import_file(engine, archive, workspace, file)
    assert (done.new, done.updated, done.known) == (0, 0, MOST + 3)


def test_a_conversation_of_an_earlier_pass_fills_the_row_that_waits(
    engine: sa.Engine, archive: Archive, workspace: Workspace
) -> None:
    take_capture(engine, archive, workspace, line(capture(url=TALK)))
    with writing(engine) as session:
        assert plan_by_hand(session, workspace, NOW + timedelta(hours=22)) == 8
    late = line(capture(text="云纱第二天。", url=TALK, at="2026-11-27T07:00:00Z"))
    assert take_capture(engine, archive, workspace, late).outcome == "new"
    assert len(captured_answers(engine)) == 2


def test_the_switches_of_the_page_are_a_dimension(
    engine: sa.Engine, archive: Archive, workspace: Workspace
) -> None:
    on = {"search": True, "think": True}
    for minute, mode in enumerate((on, {"search": False, "think": None}, {"search": None, "think": None})):
        seen = capture(
            text=f"云纱{minute}。", at=f"2026-11-26T09:0{minute}:00Z", mode={"model": None, **mode}
        )
        take_capture(engine, archive, workspace, line(seen))
    score(engine, archive, workspace, processes=1)
    with reading(engine) as session:
        assert read_choices(session, "masks").values["mode"] == ("plain", "search+think", "unknown")
        facts = read_facts(session, Selection("masks", branded=True), ("mode",))
        only = read_facts(session, Selection("masks", branded=True).only(mode=("search+think",)))
        views = (
            session.connection().exec_driver_sql("SELECT mode, COUNT(*) FROM v_answers GROUP BY mode").all()
        )
        unknown = read_facts(session, Selection("masks", branded=True).only(mode=("unknown",)))
    assert facts.modes == ("", "plain", "search+think")
    rates = {row.group["mode"]: row.estimate for row in measurements(facts, ("mode",), ("mention_rate",))}
    assert {mode: (of.n, of.coverage) for mode, of in rates.items()} == {
        "plain": (1, 1.0),
        "search+think": (1, 1.0),
        "": (1, 1.0),
        "unasked": (0, 0.0),
    }
    assert [facts.cells["answers"].sum() for facts in (only, unknown)] == [1, 1]
    told = {row.record()["group"]["mode"] for row in measurements(facts, ("mode",), ("mention_rate",))}
    assert told == {"plain", "search+think", "unknown", "unasked"}
    assert unknown.cells["planned"].sum() == 1, "rows that wait to be asked are of no mode yet"
    assert dict(map(tuple, views)) == {"": 1, "unasked": 6, "plain": 1, "search+think": 1}
