"""`geo-tracker event`, `experiment`, `plan`, and `--weights`, as their users meet them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from geo_tracker.cli.changes import app as changes_app
from geo_tracker.cli.event import app as event_app
from geo_tracker.cli.experiment import app as experiment_app
from geo_tracker.cli.export import app as export_app
from geo_tracker.cli.metrics import app as metrics_app
from geo_tracker.cli.plan import app as plan_app
from geo_tracker.cli.report import app as report_app
from geo_tracker.storage.database import migrate, open_engine
from tests.support.daily_rows import Cell, fill
from tests.support.made_days import PROMPTS

WORKSPACE = ("-w", "demo")


def today() -> date:
    """As the workspace has it."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def days_ago(number: int) -> date:
    return today() - timedelta(days=number)


def cells() -> Iterator[Cell]:
    """Thirty days up to yesterday; Doubao is asked three times as often, and names the brand less."""
    for number in range(1, 31):
        for prompt in PROMPTS:
            for engine, answers in (("doubao", 3), ("kimi", 1)):
                hits = (number + prompt) % (2 if engine == "doubao" else 3)
                yield Cell(prompt, answers, (min(hits, answers), 0, 0), engine, day=days_ago(number))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("events")
    engine = open_engine(f"sqlite:///{folder / 'geo.db'}")
    migrate(engine)
    fill(engine, cells(), prompts=10)
    engine.dispose()
    return folder


@pytest.fixture(autouse=True)
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_HOME", str(home))


def run(app: Any, *arguments: str) -> Any:
    done = CliRunner().invoke(app, [*arguments])
    assert done.exit_code == 0, (done.output, done.exception)
    return done


def rows(app: Any, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(app, *arguments, "--json").stdout.splitlines()]


def refused(app: Any, *arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments])
    assert done.exit_code != 0
    return str(done.exception)


def test_an_event_is_marked_listed_and_forgotten() -> None:
    (made,) = rows(
        event_app, "add", "官网改版", *WORKSPACE, "--kind", "relaunch", "--page", "HTTPS://A.example/x#y"
    )
    assert (made["name"], made["day"], made["experiment"]) == ("官网改版", str(today()), False)
    assert made["pages"] == ["https://a.example/x"]
    rows(
        event_app,
        "add",
        "PR",
        *WORKSPACE,
        "--on",
        str(days_ago(9)),
        "--moves",
        "topic=masks",
        "--control",
        "rest",
    )
    listed = rows(event_app, "list", *WORKSPACE)
    assert [row["name"] for row in listed] == ["PR", "官网改版"], "the earliest first"
    assert listed[0]["moves"] + listed[0]["controls"] == 9, "the prompt that names a brand is no control"
    assert "官网改版" in run(event_app, "list", *WORKSPACE).stdout
    assert "'PR' is gone" in run(event_app, "remove", "PR", *WORKSPACE).stderr
    run(event_app, "remove", "官网改版", *WORKSPACE)
    assert rows(event_app, "list", *WORKSPACE) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["add", "", *WORKSPACE], "needs a name"),
        (["add", "x", "-w", "nowhere"], "no workspace 'nowhere'"),
        (["add", "x", *WORKSPACE, "--on", "monday"], "--on: 'monday' is not a day"),
        (["add", "x", *WORKSPACE, "--kind", "party"], "--kind: no kind 'party'"),
        (["add", "x", *WORKSPACE, "--page", "a page"], "is not an address"),
        (["add", "x", *WORKSPACE, "--moves", "没有人问过"], "no prompt '没有人问过'"),
        (["remove", "x", *WORKSPACE], "has no event 'x'; there are none"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused(arguments: list[str], says: str) -> None:
    assert says in refused(event_app, *arguments)
    assert rows(event_app, "list", *WORKSPACE) == []


def test_an_experiment_is_fixed_with_what_it_can_find_and_shown() -> None:
    start, topic = str(today() + timedelta(days=1)), ("--moves", "topic=masks")
    done = run(
        experiment_app,
        "add",
        "Care page",
        *WORKSPACE,
        "--start",
        start,
        *topic,
        "--before",
        "14",
        "--after",
        "14",
        "--json",
    )
    fixed = json.loads(done.stdout)
    assert (fixed["status"], fixed["metric"], fixed["brand"], fixed["effect"]) == (
        "planned",
        "mention_rate",
        "云纱",
        None,
    )
    assert (
        f"finds a true effect of {fixed['detectable']['points'] * 100:.1f} points in 80% of such"
        in done.stderr
    )
    assert fixed["moves"] and fixed["controls"] and not {*fixed["moves"]} & {*fixed["controls"]}
    (shown,) = rows(experiment_app, "show", "Care page", *WORKSPACE)
    assert shown == fixed
    assert "Care page" in run(experiment_app, "show", *WORKSPACE).stdout
    assert "has an event 'Care page'" in refused(
        experiment_app, "add", "Care page", *WORKSPACE, "--start", start, *topic
    )
    run(event_app, "remove", "Care page", *WORKSPACE)
    assert rows(experiment_app, "show", *WORKSPACE) == []


TOMORROW = str(today() + timedelta(days=1))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--start", str(today()), "--moves", "topic=masks"], "fixed before it starts"),
        (["--start", "soon", "--moves", "topic=masks"], "--start: 'soon' is not a day"),
        (["--start", "", "--moves", "topic=masks"], "--start: give the first day"),
        (["--start", TOMORROW], "needs prompts that it should move"),
        (
            ["--start", TOMORROW, "--moves", "topic=masks", "--metric", "beauty"],
            "--metric: 'beauty' is none of",
        ),
        (
            ["--start", TOMORROW, "--moves", "topic=masks", "--metric", "pages"],
            "needs the addresses of pages",
        ),
        (["--start", TOMORROW, "--moves", "topic=masks", "--after", "1"], "--before and --after are days"),
        (["--start", TOMORROW, "--moves", "topic=masks", "--brand", "Nobody"], "no brand Nobody"),
        (
            ["--start", TOMORROW, "--moves", "topic=masks", "--control", "topic=masks"],
            "both moved and a control",
        ),
    ],
)
def test_an_experiment_that_cannot_be_measured_is_refused(arguments: list[str], says: str) -> None:
    assert says in refused(experiment_app, "add", "x", *WORKSPACE, *arguments)
    assert rows(event_app, "list", *WORKSPACE) == []


def test_a_plan_has_ways_that_tell_the_change_and_says_what_it_rests_on() -> None:
    done = run(plan_app, *WORKSPACE, "--detect", "10pp", "--json")
    ways = [json.loads(line) for line in done.stdout.splitlines()]
    assert ways and {"prompts", "repeats", "days"} <= set(ways[0])
    assert "of each of two windows" in done.stderr and "云纱" in done.stderr
    smaller = rows(plan_app, *WORKSPACE, "--detect", "1pp")
    assert min(way["days"] for way in smaller) > min(way["days"] for way in ways)
    assert rows(plan_app, *WORKSPACE) == [], "no panel asks anything in the coming month"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--detect", "much"], "much"),
        (["--detect", "0"], "0"),
        (["--detect", "5pp", "--power", "1"], "--power: a share from"),
        (["--detect", "5pp", "--metric", "mean_rank"], "mean_rank"),
        (["--detect", "5pp", "--brand", "Nobody"], "Nobody"),
        (["--detect", "5pp", "--engine", "nobody"], "--engine"),
    ],
)
def test_a_plan_of_nonsense_is_refused(arguments: list[str], says: str) -> None:
    assert says in refused(plan_app, *WORKSPACE, *arguments)


def own_rate(found: list[dict[str, Any]]) -> dict[str, Any]:
    return next(row for row in found if row["metric"] == "mention_rate" and row["brand"] == "云纱")


def test_engines_weigh_the_same_where_that_is_asked_for(tmp_path: Path) -> None:
    asked = list(cells())
    rates = {
        name: sum(cell.mentioned[0] for cell in asked if cell.engine == name)
        / sum(cell.answers for cell in asked if cell.engine == name)
        for name in ("doubao", "kimi")
    }
    plain_told, equal_told = (
        run(metrics_app, *WORKSPACE, "--weights", name, "--json") for name in ("answers", "engines")
    )
    plain, equal = (
        own_rate([json.loads(line) for line in told.stdout.splitlines()]) for told in (plain_told, equal_told)
    )
    assert plain["value"] == pytest.approx(0.75 * rates["doubao"] + 0.25 * rates["kimi"])
    assert equal["value"] == pytest.approx(sum(rates.values()) / 2)
    assert (plain["weights"], equal["weights"], equal["n"]) == ("answers", "engines", plain["n"])
    assert "Engines weigh by their answers: 豆包 Doubao 75%" in plain_told.stderr
    assert "All 2 engines weigh the same" in equal_told.stderr
    for by in ("day", "week", "month"):
        told = run(metrics_app, *WORKSPACE, "--by", by, "--json")
        assert told.exit_code == 0 and "Engines weigh by their answers: 豆包 Doubao 75%" in told.stderr

    since = ("--from", str(days_ago(14)))
    moved = own_rate(rows(changes_app, *WORKSPACE, *since, "--weights", "engines"))
    assert moved["after"]["weights"] == "engines"
    assert moved["value"] == pytest.approx(moved["after"]["value"] - moved["before"]["value"])

    run(
        export_app,
        *WORKSPACE,
        "--weights",
        "engines",
        "--format",
        "jsonl",
        "--table",
        "metrics",
        "--out",
        str(tmp_path),
    )
    kept = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text("utf-8").splitlines()]
    (whole,) = [
        row for row in kept if not row["by"] and (row["brand"], row["metric"]) == ("云纱", "mention_rate")
    ]
    assert (whole["value"], whole["weights"]) == (pytest.approx(equal["value"]), "engines")
    assert json.loads((tmp_path / "datapackage.json").read_text("utf-8"))["selection"]["weights"] == "engines"

    for app in (metrics_app, changes_app, export_app, report_app):
        assert "--weights: 'repeats' is none of answers, engines" in refused(
            app, *WORKSPACE, "--weights", "repeats"
        )


def test_both_intervals_are_carried_and_scope_puts_the_other_first() -> None:
    panel, market = (
        own_rate(rows(metrics_app, *WORKSPACE, "--scope", name)) for name in ("prompts", "questions")
    )
    assert (panel["scope"], market["scope"]) == ("prompts", "questions")
    wide = (panel["market_low"], panel["market_high"])
    assert (market["low"], market["high"]) == wide == (market["market_low"], market["market_high"])
    assert (panel["low"], panel["high"]) != wide and panel["value"] == market["value"]
    assert "--scope: 'world' is none of prompts, questions" in refused(
        metrics_app, *WORKSPACE, "--scope", "world"
    )


def test_changes_come_by_engine_in_a_family_of_their_own() -> None:
    found = rows(changes_app, *WORKSPACE, "--from", str(days_ago(14)), "--by", "engine")
    own = [row for row in found if row["metric"] == "mention_rate" and row["brand"] == "云纱"]
    assert [row["group"] for row in own] == [{"engine": "doubao"}, {"engine": "kimi"}]
    assert {row["family"] for row in own} == {"headline by engine"}


def test_a_frozen_month_has_no_weights() -> None:
    month = f"{days_ago(1):%Y-%m}"
    frozen = ("make", *WORKSPACE, "--month", month, "--freeze", "--weights", "engines", "--format", "html")
    assert "leave filters and weights out" in refused(report_app, *frozen)
