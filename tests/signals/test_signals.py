"""What is told: a fall on the engine where it is, an outage as an outage, and nothing where nothing changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from geo_tracker.i18n import languages, read_strings, translate
from geo_tracker.queries.served import Served
from geo_tracker.signals import moves, versions
from geo_tracker.signals import new_names as names
from geo_tracker.signals.evidence_links import links
from geo_tracker.signals.findings import Finding
from geo_tracker.signals.history import History
from geo_tracker.signals.kinds import KINDS, find_all
from geo_tracker.signals.life import refresh
from geo_tracker.signals.text import plain, sentence
from geo_tracker.storage.models import Brand, DailyCell, Signal
from geo_tracker.workspaces.entries import signal_kinds
from tests.support.daily_rows import Cell, database
from tests.support.made_days import day, made_days, silent
from tests.support.places import ROOT

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


def found(cells: Iterable[Cell]) -> dict[tuple[str, str], Finding]:
    """All findings of a market made of the cells, by kind and engine."""
    with Session(market(cells)) as session:
        return {(each.kind, each.engine): each for each in find_all(History(session, "demo"))}


def market(cells: Iterable[Cell]) -> sa.Engine:
    return database(cells, prompts=10)


def test_a_fall_on_one_engine_is_told_there_and_not_over_all() -> None:
    told = found(made_days(14, lambda number, engine: 0.2 if engine == "kimi" and number >= 7 else 0.7))
    assert set(told) >= {("visibility", "kimi"), ("recommendation", "kimi"), ("citation", "kimi")}
    assert not any(kind == "visibility" and engine != "kimi" for kind, engine in told)
    fall = told["visibility", "kimi"]
    assert (fall.brand, fall.surface, fall.days, fall.days_before) == (
        *("云纱", "api"),
        (day(7), day(13)),
        (day(0), day(6)),
    )
    assert fall.value is not None and fall.low is not None and fall.high is not None
    assert fall.low < fall.value < fall.high < 0 and fall.n == 7 * 8 * 4 and fall.coverage == 1.0
    assert (fall.before or 0) > 0.6 and (fall.after or 1) < 0.3


def test_a_fall_on_every_engine_is_told_on_each_and_once() -> None:
    told = found(made_days(14, lambda number, engine: 0.2 if number >= 7 else 0.7))
    visibility = {engine for kind, engine in told if kind == "visibility"}
    assert visibility == {"doubao", "kimi"}


def test_what_only_all_engines_together_show_is_told_over_all() -> None:
    engines = tuple(f"engine{n}" for n in range(6))
    told = found(made_days(14, lambda number, engine: 0.42 if number >= 7 else 0.5, engines=engines, seed=5))
    assert {engine for kind, engine in told if kind == "visibility"} == {""}


def test_a_quiet_market_tells_nothing() -> None:
    assert found(made_days(56, answers=1)) == {}


def test_without_a_window_before_nothing_is_compared() -> None:
    assert found(made_days(13, lambda number, engine: 0.1 if number >= 7 else 0.9)) == {}
    assert found([]) == {}


def test_weak_evidence_is_told_when_the_day_before_showed_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """With q between .01 and .05 the windows that ended the day before decide."""
    sure = list(made_days(15, lambda number, engine: 0.2 if number >= 8 else 0.7))
    monkeypatch.setattr(moves, "SURE", -1.0)  # nothing is sure by itself
    assert ("visibility", "kimi") in found(sure)
    late = list(made_days(14, lambda number, engine: 0.2 if number >= 7 else 0.7))
    assert ("visibility", "kimi") not in found(late), "the day before has no window before it"


@pytest.mark.parametrize(
    ("value", "verdict", "told"),
    [(-0.2, "real", True), (-0.2, "within noise", False), (0.2, "real", False)],
)
def test_weak_evidence_needs_the_same_direction_and_a_real_change_the_day_before(
    monkeypatch: pytest.MonkeyPatch, value: float, verdict: str, told: bool
) -> None:
    """A fall with q = .03, beside what the windows that ended the day before are made to show."""
    with Session(market(made_days(15, lambda number, engine: 0.3 if number >= 8 else 0.7))) as session:
        history = History(session, "demo")
        (pair,) = history.pairs()
        fall = next(row for row in moves.judged(history, pair) if row.change.real)
        weak = replace(fall, change=replace(fall.change, q=0.03))
        before = replace(fall, change=replace(fall.change, value=value, verdict=verdict))
        monkeypatch.setattr(moves, "judged", lambda _, of: [weak] if of == pair else [before])
        assert moves.sure_movements(history) == ([(pair, weak)] if told else [])


def test_of_the_metrics_of_a_kind_the_surest_is_told() -> None:
    """The own brand is named a little less often, and its share of voice is less than half."""
    cells = [
        replace(cell, mentioned=(cell.mentioned[0], 4 if cell.day >= day(7) else 1, 0))
        for cell in made_days(14, lambda number, engine: 0.5 if number >= 7 else 0.8)
    ]
    with Session(market(cells)) as session:
        history = History(session, "demo")
        told = {(each.kind, each.engine): each for each in find_all(history)}["visibility", "kimi"]
        chances = {
            row.metric: row.change.q
            for _, row in moves.sure_movements(history)
            if row.group.get("engine") == "kimi" and row.metric in ("mention_rate", "share_of_voice")
        }
    assert len(set(chances.values())) == 2
    assert told.q == min(q for q in chances.values() if q is not None)
    assert told.metric == "share_of_voice"


def test_the_only_engine_s_fall_is_told_over_all() -> None:
    told = found(made_days(14, lambda number, engine: 0.2 if number >= 7 else 0.7, engines=("kimi",)))
    assert {engine for kind, engine in told if kind == "visibility"} == {""}


def test_an_own_brand_that_is_no_longer_tracked_tells_nothing() -> None:
    with Session(market(made_days(14, lambda number, engine: 0.2 if number >= 7 else 0.7))) as session:
        own = session.exec(select(Brand).where(Brand.name == "云纱")).one()
        own.archived_at = datetime(2026, 3, 15, 12, tzinfo=UTC)
        session.add(own)
        session.commit()
        assert [each.kind for each in find_all(History(session, "demo")) if each.brand == "云纱"] == []


def test_an_outage_is_told_as_itself_and_not_as_a_fall() -> None:
    answered = [cell for cell in made_days(15) if cell.engine != "kimi" or cell.day < day(14)]
    told = found([*answered, *silent(14, "kimi")])
    assert set(told) == {("outage", "kimi")}
    outage = told["outage", "kimi"]
    assert (outage.before, outage.after, outage.n) == (1.0, 0.0, 32) and outage.days == (day(14), day(14))


def test_an_outage_of_two_weeks_is_still_one() -> None:
    answered = [cell for cell in made_days(35) if cell.engine != "kimi" or cell.day < day(21)]
    told = found([*answered, *(cell for at in range(21, 35) for cell in silent(at, "kimi"))])
    assert set(told) == {("outage", "kimi")}


def test_an_outage_longer_than_four_weeks_goes_on_and_says_since_when() -> None:
    answered = [cell for cell in made_days(56) if cell.engine != "kimi" or cell.day < day(10)]
    cells = [*answered, *(cell for at in range(10, 56) for cell in silent(at, "kimi"))]
    told = found(cells)
    assert set(told) == {("outage", "kimi")}
    assert told["outage", "kimi"].before == 1.0 and told["outage", "kimi"].days_before == (day(-18), day(9))
    engine = market(cells)
    (first,) = refresh(engine, "demo", NOW, until=day(12))
    assert [refresh(engine, "demo", NOW, until=day(at)) for at in (20, 41, 55)] == [[], [], []], "told once"
    with Session(engine) as session:
        row = session.exec(select(Signal)).one()
    assert (row.id, row.status, row.last_seen) == (first.id, "new", day(55))
    assert "The last one came on Mar 11, 2026" in sentence(row, translate("en"))
    assert "最后一条有效回答出现在2026年3月11日" in sentence(row, translate("zh"))


def test_an_engine_that_never_answered_has_no_outage() -> None:
    kimi = (cell for at in range(14) for cell in silent(at, "kimi"))
    assert found([*made_days(14, engines=("doubao",)), *kimi]) == {}


def test_fewer_answers_are_told_where_chance_does_not_explain_them() -> None:
    told = found(
        replace(cell, planned=4, answers=1, mentioned=(0, 0, 0))
        if cell.engine == "kimi" and cell.day == day(13)
        else cell
        for cell in made_days(14)
    )
    assert {key for key in told if key[0] in ("coverage", "outage")} == {("coverage", "kimi")}
    assert told["coverage", "kimi"].about == {"planned": 32, "answers": 8}


@pytest.mark.parametrize(
    ("usual", "answers", "told"),
    [
        ((4, 4), (4, 1), True),
        ((4, 4), (4, 2), False),  # half of what is usual still carries the numbers
        ((4, 3), (1, 0.25), False),  # 2 of 8 answers where 3 of 4 are usual: p = .006, no rarity in a year
    ],
)
def test_a_collapse_is_under_half_and_rarer_than_one_in_a_thousand(
    usual: tuple[int, int], answers: tuple[int, float], told: bool
) -> None:
    def answered(cell: Cell) -> Cell:
        if cell.engine != "kimi":
            return cell
        planned, given = answers if cell.day == day(13) else usual
        number = given if given >= 1 else int(cell.prompt in (2, 3))
        return replace(cell, planned=planned, answers=int(number), mentioned=(0, 0, 0))

    assert (("coverage", "kimi") in found(map(answered, made_days(14)))) is told


@pytest.mark.parametrize(("last", "told"), [(13, True), (12, False)])
def test_an_engine_that_nobody_asked_for_a_week_has_no_outage(last: int, told: bool) -> None:
    answered = [cell for cell in made_days(20) if cell.engine != "kimi" or cell.day < day(last)]
    assert (("outage", "kimi") in found([*answered, *silent(last, "kimi")])) is told


def test_another_model_is_told_as_itself_and_what_it_moves_is_not_a_fall() -> None:
    engine = market(made_days(14, lambda number, engine: 0.1 if engine == "kimi" and number >= 8 else 0.7))
    with Session(engine) as session:
        for cell in session.exec(select(DailyCell)).all():
            cell.models = "k2" if cell.engine == "kimi" and cell.day >= day(8) else "k1"
            session.add(cell)
        session.commit()
        told = {(each.kind, each.engine) for each in find_all(History(session, "demo"))}
    assert not any(kind in ("visibility", "recommendation", "citation") for kind, _ in told)


def test_a_model_is_news_for_a_week_and_follows_the_one_that_served_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def served(model: str, first: int, last: int) -> Served:
        return Served("kimi", "api", model, day(first), day(last), 9)

    monkeypatch.setattr(
        versions, "read_models", lambda *_: [served("k1", 0, 4), served("k2", 2, 12), served("k3", 8, 13)]
    )
    with Session(market(made_days(14))) as session:
        (told,) = versions.new_models(History(session, "demo"))
        assert (told.what, told.about["earlier"]) == ("k3", "k2")
        monkeypatch.setattr(versions, "read_models", lambda *_: [served("k1", 0, 5), served("k2", 6, 13)])
        assert list(versions.new_models(History(session, "demo"))) == [], "eight days ago"


def test_other_rules_are_told_as_themselves() -> None:
    cells = made_days(14, lambda number, engine: 0.1 if number >= 7 else 0.7)
    told = found(replace(cell, rules="8" if cell.day >= day(7) else "7") for cell in cells)
    assert set(told) == {("rules", "")}
    assert told["rules", ""].what == "8" and told["rules", ""].about["earlier"] == "7"


def test_a_rival_that_overtakes_is_told_with_both_rates() -> None:
    cells = list(made_days(14, lambda number, engine: 0.3 if number >= 7 else 0.7, rival=0.5))
    told = found(cells)
    passed = told["overtaken", ""]
    assert (passed.brand, passed.what) == ("云纱", "Aurora Care")
    assert passed.about["own_before"] > (passed.before or 1) and passed.about["own_after"] < (
        passed.after or 0
    )
    ahead = found(made_days(14, lambda number, engine: 0.3 if number >= 7 else 0.6, rival=0.9))
    assert ("overtaken", "") not in ahead, "it was ahead before"


@pytest.mark.parametrize("lang", languages())
def test_every_kind_has_its_words(lang: str) -> None:
    strings, t = read_strings(lang), translate(lang)
    assert set(signal_kinds()) == set(KINDS)
    for kind in KINDS.values():
        assert f"signal.says.{kind.says or kind.name}" in strings and t(f"signal.kind.{kind.name}")


ANSWERS = {
    "outage": "status=failed&status=refused&status=empty&status=cut",
    "coverage": "status=failed&status=refused&status=empty&status=cut",
    "paused": "status=failed&status=refused&status=empty&status=cut",
    "stopped": "days=2026-03-15",
    "budget": "days=2026-03-15",
    "model": "engine=kimi",
    "rules": "days=2026-03-15",
    "poisoning": "cited=7",
    "overtaken": "named=it",
    "source_gained": "domain=it",
    "source_lost": "domain=it&",
    "new_name": "text=it",
    **dict.fromkeys(("recommendation", "citation", "rank", "sentiment", "shelf", "price"), "named=Aurora"),
    "visibility": "named=Aurora&naming=no",
}
"""What the address of the answers behind each kind asks for."""


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_leads_to_a_page_of_the_dashboard_and_to_its_answers(name: str) -> None:
    pages = {path.stem for path in (ROOT / "dashboard" / "app_pages").glob("*.py")}
    metric = {"outage": "coverage", "coverage": "coverage", "rank": "mean_rank"}.get(name, "mention_rate")
    days = {
        "start": day(7),
        "end": day(13),
        "before_start": day(0),
        "before_end": day(6),
        "last_seen": day(13),
    }
    about: dict[str, Any] = {
        "kind": name,
        "metric": metric,
        "what": "it",
        "about": {"page": 7},
        "value": -0.2,
    }
    row = Signal(workspace_id=1, subject="x", fingerprint="x", engine="kimi", brand="Aurora", **about, **days)
    found = {kind: urlsplit(address) for kind, address in links(row, "demo", "zh").items()}
    assert found["view"].path == KINDS[name].page in pages and found["answers"].path == "answers"
    for address in found.values():
        assert "lang=zh&workspace=demo&period=custom" in address.query
    assert ANSWERS[name] in f"{found['answers'].query}&"
    lost = "days=2026-03-02&days=2026-03-08" if name == "source_lost" else "days=2026-03-09&days=2026-03-15"
    assert lost in found["answers"].query


def test_a_sentence_carries_window_sample_interval_and_coverage() -> None:
    engine = market(made_days(14, lambda number, engine: 0.2 if engine == "kimi" and number >= 7 else 0.7))
    row = next(row for row in refresh(engine, "demo", NOW) if row.kind == "visibility")
    english, chinese = (sentence(row, translate(lang)) for lang in ("en", "zh"))
    for said in (english, chinese):
        assert "Kimi" in said and "云纱" in said and f"{row.n}" in said and "100.0%" in said
        assert f"{abs(row.value or 0) * 100:.1f}" in said and f"{abs(row.low or 0) * 100:.1f}" in said
    assert "fell from" in english and "a real change" in english and "Mar 9, 2026 to Mar 15, 2026" in english
    assert "降至" in chinese and not english.startswith("Sandbox")
    row.sandbox = True
    assert sentence(row, translate("en")).startswith("Sandbox: ")


def test_a_place_gets_better_when_its_number_falls() -> None:
    row = Signal(
        **{"workspace_id": 1, "subject": "x", "fingerprint": "x", "kind": "rank", "metric": "mean_rank"},
        **{"brand": "云纱", "surface": "api", "before": 3.0, "after": 2.0, "value": -1.0, "verdict": "real"},
        **{"start": day(7), "end": day(13), "last_seen": day(13)},
    )
    assert "improved from 3.00 to 2.00" in sentence(row, translate("en"))


def test_foreign_words_stay_on_a_line_of_limited_length() -> None:
    assert plain("a\n\nb\t c") == "a b c" and len(plain("x" * 1000)) == 160


def test_a_signal_of_an_unknown_kind_is_said_to_be_one() -> None:
    made: dict[str, Any] = {"workspace_id": 1, "subject": "x", "fingerprint": "x", "kind": "moon phase"}
    row = Signal(**made, start=day(0), end=day(0), last_seen=day(0))
    assert "moon phase" in sentence(row, translate("en"))


def test_the_chance_of_a_new_name_needs_answers() -> None:
    assert names._chance(1, 50, 50) == 0.5 and names._chance(10, 50, 50) < 0.001
    assert names._chance(2, 300, 100) == 0.0625, "a short window seldom takes both by chance"
