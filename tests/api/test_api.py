"""The read API as programs meet it: a real server on loopback, its numbers those of `metrics`."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Request

from geo_tracker.api.reads import reads
from geo_tracker.api.server import create_app
from geo_tracker.metrics.changes import change
from geo_tracker.metrics.measures import measure, table
from geo_tracker.metrics.records import Selection, previous
from geo_tracker.queries.answers import AnswerFilters, read_answer, read_answers
from geo_tracker.queries.experiments import Planned, add_experiment, read_experiments
from geo_tracker.queries.facts import read_facts
from geo_tracker.queries.gap import read_gap
from geo_tracker.queries.sources import read_sources
from geo_tracker.storage.database import open_engine, reading, workspace_named, writing
from geo_tracker.storage.models import FrozenReport, Signal
from geo_tracker.storage.tokens import revoke_token
from geo_tracker.workspaces.events import EventDraft, add_event, prompts_of
from tests.support.api import NOW, Market, caller, serving, token
from tests.support.dashboard_data import LAST

CRM, OTHERS = "/workspaces/crm", ("云纱", "敏感肌", "masks")
PATHS = [f"{CRM}/{each.path}".rstrip("/").replace("{id}", "1") for each in reads()]


@pytest.fixture
def crm(url: str, filled: Market) -> Iterator[httpx.Client]:
    with caller(url, filled.crm) as client:
        yield client


def got(client: httpx.Client, path: str, **options: Any) -> dict[str, Any]:
    answer = client.get(f"{CRM}{path}", params=options)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_metrics_are_those_of_the_command(crm: httpx.Client, filled: Market) -> None:
    found = got(crm, "/metrics", by=["engine", "topic"], metric=["mention_rate", "coverage"], limit=1_000)
    with reading(filled.engine) as session:
        facts = read_facts(session, Selection("crm"), ("engine", "topic"))
        wanted = table(facts, ("engine", "topic"), ("mention_rate", "coverage"))
    assert found["metrics"] == json.loads(json.dumps(wanted))
    assert found["total"] == len(wanted) > 20
    assert found["next_offset"] is None


def test_engines_weigh_the_same_where_that_is_asked_for(crm: httpx.Client, filled: Market) -> None:
    options = {"metric": ["mention_rate", "coverage"], "brand": "Aurora CRM", "weights": "engines"}
    found = got(crm, "/metrics", **options)
    with reading(filled.engine) as session:
        facts = read_facts(session, Selection("crm", weights="engines"))
        wanted = table(facts, (), ("mention_rate", "coverage"), ("Aurora CRM",))
    assert found["metrics"] == json.loads(json.dumps(wanted))
    assert [row["weights"] for row in found["metrics"]] == ["engines", "answers"], "coverage counts answers"
    start = str(LAST - timedelta(days=5))
    (moved,) = got(crm, "/changes", **{**options, "metric": "mention_rate", "from": start})["changes"]
    assert moved["after"]["weights"] == moved["before"]["weights"] == "engines"
    assert crm.get(f"{CRM}/metrics", params={"weights": "repeats"}).status_code in (400, 422)


@pytest.mark.parametrize("by", [[], ["week"], ["day", "engine"]])
def test_a_selection_narrows_the_numbers(crm: httpx.Client, filled: Market, by: list[str]) -> None:
    start = LAST - timedelta(days=6)
    options = {"from": str(start), "engine": "openai", "surface": "api", "branded": "true"}
    found = got(crm, "/metrics", by=by, metric="mention_rate", brand="Basalt", **options)
    selection = Selection("crm", start, branded=True).only(engine=["openai"], surface=["api"])
    with reading(filled.engine) as session:
        facts = read_facts(session, selection, by)
        assert found["metrics"] == json.loads(json.dumps(table(facts, by, ("mention_rate",), ("Basalt",))))
    assert found["about"]["surfaces"] == ["api"]
    assert found["about"]["sandbox"] is True
    assert found["about"]["answers"]["planned"] == int(facts.cells["planned"].sum())


def test_pages_put_together_are_the_whole(crm: httpx.Client) -> None:
    whole = got(crm, "/metrics", by="engine", limit=1_000)["metrics"]
    parts, offset = [], 0
    while offset is not None:
        page = got(crm, "/metrics", by="engine", limit=37, offset=offset)
        parts += page["metrics"]
        offset = page["next_offset"]
    assert parts == whole


def test_changes_are_those_of_the_product(crm: httpx.Client, filled: Market) -> None:
    start = LAST - timedelta(days=5)
    found = got(crm, "/changes", metric="mention_rate", brand="Aurora CRM", **{"from": str(start)})
    first, last = previous(start, LAST)
    with reading(filled.engine) as session:
        before = read_facts(session, Selection("crm", first, last))
        after = read_facts(session, Selection("crm", start, LAST))
    moved = change(before, after, "mention_rate", "Aurora CRM")
    (row,) = found["changes"]
    assert (row["value"], row["low"], row["high"], row["q"]) == (moved.value, moved.low, moved.high, moved.q)
    assert (row["before"]["n"], row["after"]["n"]) == (moved.before.n, moved.after.n)
    assert row["verdict"] == moved.verdict
    assert (found["before"]["last"], found["about"]["first"]) == (str(last), str(start))


def test_changes_put_the_real_ones_first_and_can_be_narrowed(crm: httpx.Client) -> None:
    start = str(LAST - timedelta(days=5))
    every = got(crm, "/changes", limit=1_000, **{"from": start})["changes"]
    verdicts = [row["verdict"] for row in every]
    assert verdicts == sorted(verdicts, key=lambda each: (each != "real", each != "within noise"))
    noise = got(crm, "/changes", verdict="within noise", limit=1_000, **{"from": start})["changes"]
    assert [row["metric"] for row in noise] == [
        row["metric"] for row in every if row["verdict"] == "within noise"
    ]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"from": "2026-11-20", "before_to": "2026-11-20"}, "has to end before 2026-11-20"),
        ({"from": "2027-01-01"}, "after the last day"),
        ({"by": "day"}, "cannot be grouped by"),
        ({"by": "prompt"}, "need a metric"),
    ],
)
def test_changes_say_which_windows_make_no_sense(
    crm: httpx.Client, options: dict[str, str], reason: str
) -> None:
    answer = crm.get(f"{CRM}/changes", params=options)
    assert answer.status_code == 400
    assert reason in answer.json()["error"]


def test_sources_come_with_the_share_of_answers_that_cite_them(crm: httpx.Client, filled: Market) -> None:
    found = got(crm, "/sources", limit=3)
    with reading(filled.engine) as session:
        wanted = read_sources(session, Selection("crm"), "domain", limit=None)
        facts = read_facts(session, Selection("crm"))
    assert found["total"] == len(wanted)
    valid = measure(facts, "coverage").numerator
    for row, source in zip(found["sources"], wanted, strict=False):
        assert (row["source"], row["citations"]) == (source.source, source.citations)
        assert (row["rate"]["numerator"], row["rate"]["denominator"]) == (source.answers, valid)
        assert row["rate"]["low"] <= row["rate"]["value"] <= row["rate"]["high"]
    assert sum(row["citations"] for row in found["types"]) == sum(row.citations for row in wanted)


def test_the_gap_is_the_one_of_the_command(crm: httpx.Client, filled: Market) -> None:
    found = got(crm, "/gap", level="page")
    with reading(filled.engine) as session:
        wanted = read_gap(session, Selection("crm"), "page")
    assert [row["source"] for row in found["gaps"]] == [row.source for row in wanted.sources]
    assert found["unread"] == wanted.unread
    assert all(row["rate"]["numerator"] >= row["answers"] for row in found["gaps"])


def test_prompts_carry_the_own_brands_numbers(crm: httpx.Client, filled: Market) -> None:
    found = got(crm, "/prompts")
    with reading(filled.engine) as session:
        by = table(read_facts(session, Selection("crm")), ("prompt",), ("mention_rate",), ("Aurora CRM",))
    assert {row["prompt"]: row["values"][0]["value"] for row in found["prompts"]} == {
        row["group"]["prompt"]: row["value"] for row in by
    }
    assert all(row["coverage"] == row["values"][0]["coverage"] for row in found["prompts"])


def test_answers_page_and_one_has_its_evidence(crm: httpx.Client, filled: Market) -> None:
    found = got(crm, "/answers", brand="Basalt", limit=5, offset=5)
    with reading(filled.engine) as session:
        wanted = list(read_answers(session, Selection("crm"), AnswerFilters("Basalt"), offset=5, limit=5))
        detail = read_answer(session, "crm", wanted[0].id)
    assert [row["id"] for row in found["answers"]] == [row.id for row in wanted]
    one = got(crm, f"/answers/{wanted[0].id}")
    assert one["answer"]["text"] == detail.row.text
    for mention in one["mentions"]:
        assert one["answer"]["text"][mention["start"] : mention["end"]] == mention["text"]
    assert [source["url"] for source in one["sources"]] == [source.url for source in detail.sources]
    assert one["searches"] == list(detail.queries)
    assert one["bodies"][0]["sha256"] == detail.bodies[0]["sha256"]


def test_failed_answers_are_listed_when_asked_for(crm: httpx.Client) -> None:
    failed = got(crm, "/answers", status=["failed", "refused", "empty"])
    counts = got(crm, "")["counts"]
    assert failed["total"] <= counts["failed"] + counts["refused"] + counts["empty"]
    assert {row["status"] for row in failed["answers"]} <= {"failed", "refused", "empty"}
    assert failed["total"] > 0


def test_the_shelf_and_the_workspace_are_whole(crm: httpx.Client) -> None:
    shelf = got(crm, "/shelf", by=["platform", "engine"])
    assert {row["metric"] for row in shelf["metrics"]} >= {"trigger_rate", "shelf_share"}
    whole = got(crm, "")
    assert whole["brands"][0]["name"] == "Aurora CRM"
    assert whole["dimensions"]["engine"] == ["openai", "perplexity"]
    assert {each["name"] for each in whole["metrics"]} >= {"mention_rate", "coverage"}


@pytest.mark.parametrize("path", ["/workspaces", *PATHS])
def test_every_path_asks_for_the_workspaces_own_token(url: str, filled: Market, path: str) -> None:
    other = path.replace("crm", "masks")
    with caller(url, filled.crm) as crm, caller(url) as nobody, caller(url, "geo_wrong") as wrong:
        assert crm.get(path).status_code == 200
        for client in (nobody, wrong):
            refused = client.get(path)
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert nobody.get(path, headers={"Authorization": filled.crm}).status_code == 401
        assert nobody.get(path, headers={"Authorization": f"Basic {filled.crm}"}).status_code == 401
        assert nobody.get(path, params={"token": filled.crm}).status_code == 401
        if other != path:
            unknown = crm.get(path.replace("crm", "nowhere"))
            foreign = crm.get(other)
            assert (foreign.status_code, unknown.status_code) == (403, 403)
            assert foreign.json() == unknown.json()  # it does not say which workspaces there are


@pytest.mark.parametrize("path", ["/workspaces", *PATHS])
def test_nothing_of_the_other_workspace_is_told(crm: httpx.Client, path: str) -> None:
    told = crm.get(path, params={} if path.endswith(("crm", "/1", "workspaces")) else {"limit": 100}).text
    assert not [name for name in OTHERS if name in told]


def test_an_answer_of_another_workspace_is_not_found(url: str, filled: Market, crm: httpx.Client) -> None:
    with caller(url, filled.masks) as masks:
        theirs = masks.get("/workspaces/masks/answers").json()["answers"][0]["id"]
    answer = crm.get(f"{CRM}/answers/{theirs}")
    assert (answer.status_code, "no answer" in answer.json()["error"]) == (404, True)


def test_a_revoked_token_is_refused_at_once(url: str, filled: Market) -> None:
    made = token(filled.engine, "crm", "short-lived")
    with caller(url, made) as client:
        assert client.get(f"{CRM}/metrics").status_code == 200
        with writing(filled.engine) as session:
            revoke_token(session, workspace_named(session, "crm"), "short-lived", NOW)
        assert client.get(f"{CRM}/metrics").status_code == 401


def test_what_is_unchanged_is_not_sent_again(crm: httpx.Client) -> None:
    first = crm.get(f"{CRM}/metrics", params={"metric": "coverage"})
    tag = first.headers["etag"]
    again = crm.get(
        f"{CRM}/metrics", params={"metric": "coverage"}, headers={"If-None-Match": f'"x", W/{tag}'}
    )
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = crm.get(f"{CRM}/metrics", params={"metric": "top1_rate"}, headers={"If-None-Match": tag})
    assert (other.status_code, other.headers["etag"] == tag) == (200, False)
    assert first.headers["cache-control"].startswith("private")


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/metrics?engin=openai", 422, "engin: "),
        ("/metrics?engine=opneai", 400, "no answer has opneai; there are openai, perplexity"),
        ("/metrics?metric=mentions", 400, "no metric 'mentions'"),
        ("/metrics?by=colour", 400, "cannot group by colour"),
        ("/metrics?brand=Nobody", 400, "no brand Nobody"),
        ("/metrics?from=2026-11-24&to=2026-11-23", 400, "is after"),
        ("/metrics?from=yesterday", 422, "from: "),
        ("/metrics?limit=1001", 422, "limit: "),
        ("/answers?text=%00", 422, "text: "),
        ("/answers/0", 422, "id: "),
        ("/answers/999999", 404, "no answer 999999"),
        ("/nowhere", 404, ""),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(
    crm: httpx.Client, path: str, status: int, reason: str
) -> None:
    answer = crm.get(f"{CRM}{path}")
    assert answer.status_code == status
    assert reason in answer.text


def test_it_only_reads(crm: httpx.Client) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert crm.request(method, f"{CRM}/answers").status_code == 405


def test_who_asks_too_often_is_told_how_long_to_wait(filled: Market) -> None:
    app = create_app(filled.engine, per_minute=3)
    with serving(app) as url, caller(url, filled.crm) as crm, caller(url, filled.masks) as masks:
        codes = [crm.get("/workspaces").status_code for _ in range(5)]
        assert codes == [200, 200, 200, 429, 429]
        assert 1 <= int(crm.get("/workspaces").headers["retry-after"]) <= 20
        assert masks.get("/workspaces").status_code == 200
        with caller(url, "geo_guess") as guess:
            assert [guess.get("/workspaces").status_code for _ in range(4)] == [401, 401, 401, 429]


def test_the_log_and_the_counts_hold_no_secrets(
    url: str, filled: Market, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "geo_tracker.api"), caller(url, filled.crm) as crm:
        crm.get(f"{CRM}/answers", params={"text": "a private thought"})
        crm.get("/workspaces/masks/metrics")
        counted = httpx.get(f"{url}/metrics", trust_env=False)
    written = [json.loads(record.message) for record in caplog.records]
    assert [(line["status"], line["token"], line["workspace"]) for line in written[:2]] == [
        (200, "test", "crm"),
        (403, "test", "crm"),
    ]
    assert written[0]["path"] == "/v1/workspaces/crm/answers"
    for text in (caplog.text, counted.text):
        assert filled.crm not in text
        assert "private" not in text
    assert 'geo_tracker_requests_total{method="GET",route="/v1/workspaces/{slug}/answers",status="200"}' in (
        counted.text
    )
    assert "crm" not in counted.text


def test_health_says_whether_the_database_answers(url: str, tmp_path: Any) -> None:
    assert httpx.get(f"{url}/healthz", trust_env=False).json() == {"status": "ok"}
    nowhere = tmp_path / "folder"
    engine = open_engine(f"sqlite:///{nowhere / 'geo.db'}")
    nowhere.rmdir()
    with serving(create_app(engine)) as broken:
        answer = httpx.get(f"{broken}/healthz", trust_env=False)
    assert (answer.status_code, answer.json()) == (503, {"status": "no database"})


def test_more_routes_stand_behind_the_same_gate(filled: Market) -> None:
    router = APIRouter()

    @router.post("/v1/greeting")
    def greeting(request: Request) -> str:
        return str(request.state.holder.workspace)

    with serving(create_app(filled.engine, more=[router])) as url, caller(url, filled.masks) as masks:
        assert masks.post("/greeting").json() == "masks"
        with caller(url) as nobody:
            assert nobody.post("/greeting").status_code == 401


def test_frozen_months_keep_what_the_client_was_told(filled: Market, crm: httpx.Client) -> None:
    figure = {"metric": "mention_rate", "brand": "Basalt", "value": 0.25, "low": 0.1, "high": 0.4, "n": 40}
    file = {"format": "pdf", "name": "crm-2026-10.pdf", "sha256": "ab", "bytes": 3}
    with writing(filled.engine) as session:
        for slug, month in (("crm", "2026-09"), ("crm", "2026-10"), ("masks", "2026-08")):
            own = {"workspace_id": workspace_named(session, slug).id, "month": month, "language": "en"}
            session.add(FrozenReport(**own, report="x", figures=[figure], files=[file], frozen_at=NOW))
    found = got(crm, "/reports", limit=1, offset=1)
    assert found["total"] == 2
    (month,) = found["reports"]
    assert (month["month"], month["figures"], month["files"]) == ("2026-09", [figure], [file])


def test_events_come_with_what_they_should_move_and_experiments_with_their_effect(
    filled: Market, crm: httpx.Client
) -> None:
    early = datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC) - timedelta(days=9)
    with writing(filled.engine) as session:
        workspace = workspace_named(session, "crm")
        moved, *_ = [each.text for each in prompts_of(session, workspace) if not each.branded]
        pages = ["https://auroracrm.example/new"]
        add_event(session, workspace, EventDraft("改版", LAST, "relaunch", "a note", [moved], (), pages), NOW)
        fixed = EventDraft("Trial", LAST - timedelta(days=5), "page", moves=[moved], controls=["rest"])
        add_experiment(session, workspace, fixed, Planned(4, 4, "mention_rate", ""), early)
        wanted = read_experiments(session, "crm", datetime.now(UTC), "Trial")[0].record()
        add_event(session, workspace_named(session, "masks"), EventDraft("theirs", LAST), NOW)
    found = got(crm, "/events", limit=50)  # not asked before: answers are kept for a minute
    assert [(row["name"], row["kind"], row["moves"]) for row in found["events"]] == [
        ("Trial", "page", [moved]),
        ("改版", "relaunch", [moved]),
    ]
    trial, event = found["events"]
    assert (event["day"], event["note"], event["pages"], event["experiment"]) == (
        str(LAST),
        "a note",
        pages,
        None,
    )
    assert trial["experiment"] == json.loads(json.dumps(wanted, default=str)) and trial["controls"]
    assert got(crm, "/events", limit=1, offset=1)["events"] == [event] and found["total"] == 2


def test_signals_are_told_with_both_sentences_and_their_evidence(filled: Market, crm: httpx.Client) -> None:
    with writing(filled.engine) as session:
        for slug, engine, status in (("crm", "kimi", "new"), ("crm", "", "seen"), ("masks", "doubao", "new")):
            name = {"subject": engine, "fingerprint": engine or "all", "kind": "visibility", "engine": engine}
            numbers: dict[str, Any] = {
                "metric": "mention_rate",
                "value": -0.2,
                "before": 0.6,
                "after": 0.4,
                "n": 80,
            }
            days = {"start": LAST - timedelta(days=6), "end": LAST, "last_seen": LAST, "first_told": NOW}
            own = {"workspace_id": workspace_named(session, slug).id, "brand": "Basalt", "surface": "api"}
            session.add(Signal(**own, **name, **numbers, **days, verdict="real", status=status))
    (told,) = got(crm, "/signals", status="new")["signals"]
    assert (told["fingerprint"], told["value"], told["n"]) == ("kimi", -0.2, 80)
    assert "fell from 60.0% to 40.0%" in told["text_en"] and "降至 40.0%" in told["text_zh"]
    assert told["evidence"]["view"].startswith("overview?workspace=crm&period=custom")
    assert got(crm, "/signals", limit=50)["total"] == 2
    assert got(crm, "/signals", since="2199-01-01")["signals"] == []
