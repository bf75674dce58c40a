"""Sentences are never more certain than their numbers, and a section without data says why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from geo_tracker.errors import UsageError
from geo_tracker.i18n import languages, translate
from geo_tracker.metrics.records import Change, Estimate, Selection
from geo_tracker.metrics.standings import Standing, standings, tally
from geo_tracker.queries.concerns import State, mark_statement
from geo_tracker.queries.quotes import read_opinions
from geo_tracker.queries.shelf import Price
from geo_tracker.reports import statements
from geo_tracker.reports.build import build_report
from geo_tracker.reports.charts import LIGHT
from geo_tracker.reports.model import Chart, Measure, Paragraph, Quotes, Report, Table
from geo_tracker.reports.renderers import FORMATS, render
from geo_tracker.reports.sections import Material, build_section
from geo_tracker.reports.template import SECTIONS, Template, default_text, read_template
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, workspace_named, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Brand, Prompt, Run, Score
from geo_tracker.words.certainty import certainty
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import WorkspaceFile
from tests.reports.conftest import Built, chosen

VERDICTS = {
    "real": "real",
    "real across your prompts": "real",
    "suggestive": "suggestive",
    "within noise": "noise",
    "thin": "thin",
    "thin sample": "thin",
    "not comparable": "incomparable",
    "no data": "unknown",
    "not computed": "unknown",
    "whatever comes next": "unknown",
}
SURE = {"en": ("rose", "fell", "a real change"), "zh": ("升至", "降至", "属于真实变化")}


def estimate(value: float | None, low: float | None, high: float | None, **more: Any) -> Estimate:
    values = {"numerator": 1.0, "denominator": 2.0, "prompts": 9, "coverage": 1.0, "verdict": "ok", "n": 100}
    return Estimate(value=value, low=low, high=high, **{**values, **more})


@pytest.fixture(scope="module")
def material(built: Built) -> Material:
    return Material(built["crm"][1], Template(), translate("en"), LIGHT)


@pytest.mark.parametrize(("verdict", "degree"), VERDICTS.items())
def test_every_verdict_has_its_degree(verdict: str, degree: str) -> None:
    assert certainty(verdict) == degree


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("difference", [0.11, -0.11])
def test_only_a_real_change_is_told_as_one(
    material: Material, code: str, verdict: str, difference: float
) -> None:
    before, after = estimate(0.41, 0.3, 0.5), estimate(0.41 + difference, 0.4, 0.6)
    moved: Any = Change(difference, 0.01, 0.2, 0.01, 0.02, 9, before, after, verdict)  # type: ignore[arg-type]
    text = statements.moved(replace(material, t=translate(code)), "mention_rate", moved)
    told = [word for word in SURE[code] if word in text]
    assert len(told) == (2 if certainty(verdict) == "real" else 0)
    if told:
        assert ("41.0%" in text and "11.0" in text) and (told[0] == SURE[code][difference < 0])


def test_a_thin_value_is_no_rank(material: Material) -> None:
    thin = estimate(0.5, 0.1, 0.9, verdict="thin sample", n=3, prompts=2)

    class Thin:
        facts, focus = material.figures.facts, material.figures.focus

        def estimate(self, metric: str, brand: str | None) -> Estimate:
            return thin

    text = statements.status(replace(material, figures=Thin()))  # type: ignore[arg-type]
    assert "too thin" in text and "number" not in text and "3 answers" in text


def test_a_place_is_not_certain_while_intervals_overlap(material: Material) -> None:
    brands = [brand.name for brand in material.figures.facts.brands]
    rates = dict(zip(brands, (estimate(0.5, 0.4, 0.6), *[estimate(0.2, 0.1, 0.3)] * 9), strict=False))

    class Apart:
        facts, focus = material.figures.facts, material.figures.focus

        def estimate(self, metric: str, brand: str) -> Estimate:
            return rates[brand]

    of: Any = Apart()
    assert "is number 1 of 5" in statements.status(replace(material, figures=of))
    rates[brands[2]] = estimate(0.45, 0.35, 0.55)
    assert "not certain" in statements.status(replace(material, figures=of))


def test_the_first_sentence_has_the_numbers(built: Built) -> None:
    for slug, (report, figures) in built.items():
        own = figures.estimate("mention_rate", figures.focus.name)
        first = report.sections[0].blocks[0]
        assert isinstance(first, Paragraph) and own.value is not None
        assert (
            f"{own.value:.1%}" in first.text
            and f"{own.n:,}" in first.text
            and figures.focus.name in first.text
        )
        assert report.language == ("en" if slug == "crm" else "zh")


def test_the_chinese_report_has_no_english_and_quotes_no_marks(built: Built) -> None:
    report = built["masks"][0]
    named = re.compile(r"[A-Za-z][A-Za-z.]{3,}")
    known = {"Yunsha", "CHUYU", "Doubao", "Kimi", "Asia", "Shanghai", "Moonshot", "doubao", "kimi"}
    for text in texts_of(report):
        bare = re.sub(r"\S+\.example\S*|https?://\S+|\S*-2026-10", "", text)
        assert not [word for word in named.findall(bare) if word not in known], text
    quoted = [
        quote.text for s in report.sections for b in s.blocks if isinstance(b, Quotes) for quote in b.items
    ]
    assert quoted and not [text for text in quoted if re.search(r"\*\*|\[\d+\]|^#|\||<", text)]


def texts_of(report: Report) -> Iterator[str]:
    """All words of a report."""
    for section in report.sections:
        yield section.title
        for block in section.blocks:
            match block:
                case Paragraph():
                    yield block.text
                case Table():
                    yield from (block.title, block.note, *(column.title for column in block.columns))
                    yield from (cell for row in block.rows for cell in row if isinstance(cell, str))
                case Chart():
                    yield from (block.title, block.alt, *block.categories)
                case Quotes():
                    yield from (quote.source for quote in block.items)


def test_standings_are_of_the_strongest_rival(built: Built) -> None:
    figures = built["crm"][1]
    rows = standings(figures.facts, figures.tables["prompts"], figures.focus.name)
    assert len(rows) == 6 and {row.topic for row in rows} == {"small teams", "integrations"}
    for row in rows:
        rates = {
            each.brand: each.estimate.value
            for each in figures.tables["prompts"]
            if each.metric == "mention_rate" and each.group["prompt"] == row.prompt
        }
        own, best = rates.pop(figures.focus.name), max(rates.values(), key=lambda rate: rate or 0)
        assert row.own.value == own and row.best is not None and row.best.value == best
        assert row.place == ("ahead" if own > best else "behind" if own else "absent") or own == best
    assert sum(sum(counts.values()) for counts in tally(rows, "topic").values()) == 6


def test_a_lead_is_clear_only_where_intervals_lie_apart() -> None:
    own = estimate(0.8, 0.7, 0.9)
    near, far = estimate(0.5, 0.4, 0.71), estimate(0.5, 0.4, 0.6)
    assert not Standing("p", "", "", own, "r", near, "ahead").clear
    assert Standing("p", "", "", own, "r", far, "ahead").clear
    assert Standing("p", "", "", far, "r", own, "behind").clear
    assert not Standing("p", "", "", own, "r", replace(far, high=None), "ahead").clear


# ---------------------------------------------------------------------- workspaces with little in them


def workspace(tmp_path: Path, brands: int = 3, prompts: int = 1) -> sa.Engine:
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    migrate(engine)
    described = {
        "workspace": {"slug": "w", "name": "W", "locale": "en"},
        "brands": [{"name": f"Brand {n}", "role": "own" if n == 0 else "competitor"} for n in range(brands)],
        "prompts": [{"text": f"Question {n}?", "language": "en"} for n in range(prompts)],
    }
    with writing(engine) as session:
        apply(session, WorkspaceFile.model_validate(described), datetime(2026, 1, 1, tzinfo=UTC))
    return engine


def answered(engine: sa.Engine, status: AnswerStatus, count: int = 1) -> None:
    with Session(engine) as session:
        mine = workspace_named(session, "w")
        session.add(Run(id=1, workspace_id=mine.id, label="x"))
        session.flush()
        prompt = session.exec(select(Prompt)).first()
        assert prompt is not None
        text = "Brand 0 is good." if status is AnswerStatus.CAPTURED else None
        for n in range(count):
            session.add(
                Answer(
                    workspace_id=mine.id, run_id=1, prompt_id=prompt.id, engine="openai", key=str(n),
                    status=status, text=text, day=date(2026, 11, 3),
                )
            )  # fmt: skip
        session.commit()
    with Session(engine) as session:
        named = workspace_named(session, "w")
    score(engine, Archive("memory://few"), named)


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("kind", ["none", "one", "failed"])
def test_with_little_or_nothing_every_format_says_why(tmp_path: Path, kind: str, code: str) -> None:
    engine = workspace(tmp_path)
    if kind != "none":
        answered(
            engine, AnswerStatus.CAPTURED if kind == "one" else AnswerStatus.FAILED, 1 if kind == "one" else 4
        )
    with Session(engine) as session:
        filters = Selection("w", date(2026, 11, 1), date(2026, 11, 30))
        report, _ = build_report(session, filters, Template(language=code))
    first = report.sections[0].blocks[0]
    said = {
        "none": ("nothing was asked", "没有提问"),
        "one": ("too thin", "样本过少"),
        "failed": ("4 failed", "失败 4 条"),
    }[kind]
    assert isinstance(first, Paragraph) and said[code == "zh"] in first.text
    assert all(section.blocks for section in report.sections)
    assert all(chart.form != "line" for chart in report.charts()), "a day is no line"
    assert bool(list(report.charts())) == (kind == "one"), "a picture of nothing is left out"
    spoken = [
        block.text for section in report.sections for block in section.blocks if isinstance(block, Paragraph)
    ]
    assert translate(code)("doc.no_trend") in spoken
    assert all(block.rows or block.title for _, block in report.tables())
    assert not [column for _, block in report.tables() for column in block.columns if column.kind == "change"]
    for format in FORMATS:
        assert render(report, format)
    engine.dispose()


def test_prices_name_merchant_and_platform(material: Material) -> None:
    known: dict[str, Any] = {
        "shown": 9.0,
        "shown_low": 9.0,
        "shown_high": 9.0,
        "reference": 10.0,
        "spread": -0.1,
        "n": 3,
    }
    day = date(2026, 11, 3)
    sold = Price(
        brand="Aurora CRM", own=True, product="Suite", platform="mart", merchant="Aurora Store", currency="USD",
        shop=None, shop_spread=None, first=day, last=day, **known,
    )  # fmt: skip
    prices = [sold, replace(sold, merchant=""), replace(sold, merchant="", platform="")]
    figures = material.figures
    shelf = replace(figures.shelf, empty=False, prices=prices, labels={"mart": "The Mart"})
    section = build_section("shelf", replace(material, figures=replace(figures, shelf=shelf)))
    tables = [each for each in section.blocks if isinstance(each, Table)]
    (shops,) = ([row[1] for row in each.rows] for each in tables if each.title == material.t("shelf.prices"))
    assert shops == ["Aurora Store · The Mart", "The Mart", "merchant not stated"]


def test_what_says_nearly_the_same_is_quoted_once(own_market: sa.Engine) -> None:
    texts = (
        "Aurora CRM is great: setup takes a day and support answers fast.",
        "Aurora CRM Suite is great: setup takes a day and support answers fast!",
        "Aurora CRM has the best reports.",
    )
    with Session(own_market) as session:
        brand = session.exec(select(Brand).where(Brand.name == "Aurora CRM")).one()
        praised = select(Score).where(Score.brand_id == brand.id, Score.polarity == "positive")
        scores = [each for each in session.exec(praised).all() if each.evidence_start is not None]
        for at, each in enumerate(scores):
            answer = session.get_one(Answer, each.answer_id)
            answer.text, each.evidence_start, each.evidence_end = texts[at % 3], 0, 10
            session.add_all((answer, each))
        session.flush()
        found = {each.text for each in read_opinions(session, Selection("crm"), "Aurora CRM", "positive", 6)}
    assert len(scores) > 6 and len(found) == 2 and texts[2] in found


@pytest.mark.parametrize(("state", "said"), [("seen", False), ("untrue", True)])
def test_a_quote_tells_what_was_decided_on_it(own_market: sa.Engine, state: State, said: bool) -> None:
    window, now = chosen("crm"), datetime(2026, 11, 24, tzinfo=UTC)
    with Session(own_market) as session:
        brand = session.exec(select(Brand).where(Brand.name == "Aurora CRM")).one()
        [each] = read_opinions(session, window, brand.name, "positive", 1)
        mark_statement(session, "crm", each.answer, brand.id, state, who="", now=now)
        session.flush()
        report, _ = build_report(session, window, Template(sections=["perception"]))
    (quotes,) = (block for block in report.sections[0].blocks if isinstance(block, Quotes))
    assert each.text in [quote.text for quote in quotes.items]
    assert [quote.text for quote in quotes.items if quote.source.endswith("· Not true")] == [each.text] * said


# ---------------------------------------------------------------------- the template


def test_the_default_template_is_what_the_program_takes(tmp_path: Path) -> None:
    path = tmp_path / "report.yaml"
    path.write_text(default_text(), "utf-8")
    template, branding = read_template(path)
    assert template == Template() and branding == read_template(None)[1]
    assert tuple(template.sections) == SECTIONS


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sections: [summary, sumary]", "1: sections: no section sumary: there are summary"),
        ("paper: a4\nbrandin: {}", "2: brandin: no such field"),
        ("branding:\n  colour: red", "2: branding.colour: 'red' is not a colour"),
        ("sections: [shelf, shelf]", "stands there twice"),
        ("language: fr", "no language 'fr'"),
        ("rows: {quotes: 99}", "rows.quotes"),
        ("- a", "a report template is a mapping"),
        ("branding: {font: 'x\"; y'}", "not the name of a font family"),
        ("branding: {client: {logo: no.png}}", "no.png: no such file"),
        ("a: [", "not YAML"),
    ],
)
def test_a_mistake_in_the_template_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "report.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=re.escape(says)):
        read_template(path)


def test_a_logo_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"<svg/>")
    (tmp_path / "report.yaml").write_text("branding: {client: {logo: logo.png}}", "utf-8")
    with pytest.raises(UsageError, match="a logo is a png"):
        read_template(tmp_path / "report.yaml")


def test_sections_come_as_the_template_orders_them(market: sa.Engine, built: Built) -> None:
    template = Template(sections=["shelf", "summary"], address="you", language="zh")
    with Session(market) as session:
        report, _ = build_report(session, built["crm"][1].facts.filters, template)
    assert [section.name for section in report.sections] == ["shelf", "summary"]
    assert any("贵品牌 Aurora CRM" in text for text in texts_of(report))


def test_measures_of_the_report_are_those_of_the_figures(built: Built) -> None:
    for report, figures in built.values():
        table = next(table for section, table in report.tables() if section.name == "scorecard")
        for _, cell, _ in table.rows:
            assert isinstance(cell, Measure)
            assert cell.estimate == figures.estimate(cell.metric, figures.focus.name)
