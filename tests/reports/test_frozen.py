"""A frozen month keeps its numbers whatever is counted anew, and says what would differ today."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import pypdf
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from sqlmodel import Session, select

from geo_tracker.delivery.files import write
from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.reports.frozen import differences, find_frozen, list_frozen
from geo_tracker.reports.making import Asked, file_name, make
from geo_tracker.reports.months import Month
from geo_tracker.reports.template import Template
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import workspace_named, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Brand

NOVEMBER = Month(2026, 11)
DURING, AFTER = datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
ASKED = Asked(
    Selection("crm"), ("html", "csv"), NOVEMBER, Template(sections=["summary", "scorecard", "competitors"])
)


@pytest.fixture
def kept() -> Archive:
    return Archive("memory://kept")


def numbers(html: bytes) -> list[str]:
    page = BeautifulSoup(html, "lxml")
    since = page.select_one("#since")
    if since:
        since.decompose()
    return [each.get_text() for each in page.select(".tile b, td.number")]


def rename(engine: sa.Engine) -> None:
    """A rival gets another name, which no answer uses, and everything is scored again."""
    with writing(engine) as session:
        brand = session.exec(select(Brand).where(Brand.name == "Basalt")).one()
        brand.name, brand.aliases = "Zeolith", []
        session.add(brand)
        session.execute(sa.update(Answer).values(rules=None))
    with Session(engine) as session:
        workspace = workspace_named(session, "crm")
    score(engine, Archive("memory://frozen"), workspace)


def test_a_frozen_month_keeps_its_numbers_after_scoring_again(own_market: sa.Engine, kept: Archive) -> None:
    frozen = make(own_market, kept, replace(ASKED, freeze=True), AFTER)
    assert all(each.frozen and not each.notes for each in frozen)
    again = make(own_market, kept, ASKED, AFTER)
    assert [each.data for each in again] == [each.data for each in frozen]

    rename(own_market)
    html, csv = make(own_market, kept, ASKED, AFTER)
    assert numbers(html.data) == numbers(frozen[0].data)
    assert csv.data == frozen[1].data
    today = make(own_market, kept, replace(ASKED, month=None, formats=("html",), selection=whole()), AFTER)[0]
    assert numbers(today.data) != numbers(frozen[0].data)

    page = BeautifulSoup(html.data, "lxml")
    note, since = page.select_one(".notice"), page.select_one("#since")
    assert note is not None and since is not None and "figures would differ" in note.text
    assert "Changed since:" in since.text and "brands" in since.text
    assert any("figures would differ" in note for note in html.notes)
    rows = since.select("tbody tr")
    with Session(own_market) as session:
        row = find_frozen(session, "crm", NOVEMBER, "en")
        assert row is not None and len(rows) == int(note.text.split("today, ")[1].split(" ")[0])
        assert {each["format"] for each in row.files} == {"html", "csv"}


def whole() -> Selection:
    return Selection("crm", NOVEMBER.first, NOVEMBER.last)


def test_another_format_of_a_frozen_month_has_the_frozen_numbers(
    own_market: sa.Engine, kept: Archive
) -> None:
    make(own_market, kept, replace(ASKED, freeze=True), AFTER)
    rename(own_market)
    (pdf,) = make(own_market, kept, replace(ASKED, formats=("pdf",)), AFTER)
    text = pypdf.PdfReader(io.BytesIO(pdf.data)).pages[1].extract_text()
    (html,) = make(own_market, kept, replace(ASKED, formats=("html",)), AFTER)
    tiles = [tile.text for tile in BeautifulSoup(html.data, "lxml").select(".tile b")]
    assert len(tiles) == 4 and all(value in text for value in tiles)
    with pytest.raises(UsageError, match="was frozen without parquet: it has csv, html"):
        make(own_market, kept, replace(ASKED, formats=("parquet",)), AFTER)


def test_a_month_is_frozen_once_unless_it_was_still_coming_in(own_market: sa.Engine, kept: Archive) -> None:
    asked = replace(ASKED, formats=("html",), freeze=True)
    (early,) = make(own_market, kept, asked, DURING)
    assert "still coming in" in early.notes[0] and b"still coming in" in early.data
    with Session(own_market) as session:
        assert [row.complete for row in list_frozen(session, "crm")] == [False]
    (final,) = make(own_market, kept, asked, AFTER)
    assert not final.notes
    with Session(own_market) as session:
        assert [row.complete for row in list_frozen(session, "crm")] == [True]
    with pytest.raises(UsageError, match="2026-11 is frozen in en since"):
        make(own_market, kept, asked, AFTER)
    (chinese,) = make(own_market, kept, replace(asked, template=Template(language="zh")), AFTER)
    assert chinese.lang == "zh" and chinese.name == "crm-2026-11-zh.html"


def test_a_month_whose_answers_are_missing_says_so(own_market: sa.Engine, kept: Archive) -> None:
    with writing(own_market) as session:
        answer = session.exec(select(Answer).where(Answer.day >= date(2026, 11, 20))).first()
        assert answer is not None
        answer.status = AnswerStatus.PLANNED
        session.add(answer)
    (made,) = make(own_market, kept, replace(ASKED, formats=("html",)), AFTER)
    assert made.notes == ("1 planned answers of November 2026 have not come in yet: figures will change.",)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (replace(ASKED, month=None, freeze=True), "give --month"),
        (replace(ASKED, selection=whole()), "not both"),
        (
            replace(ASKED, freeze=True, selection=Selection("crm").only(engine=["openai"])),
            "leave filters and weights out",
        ),
        (replace(ASKED, month=Month(2027, 1)), "2027-01 has not begun"),
        (replace(ASKED, formats=("doc",)), "no format doc"),
        (replace(ASKED, selection=Selection("no")), "no"),
    ],
)
def test_what_cannot_be_made_is_said(market: sa.Engine, kept: Archive, asked: Asked, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        make(market, kept, asked, AFTER)


def test_differences_are_of_value_bounds_and_n(own_market: sa.Engine, kept: Archive) -> None:
    from geo_tracker.reports.figures import read_figures

    make(own_market, kept, replace(ASKED, freeze=True, formats=("html",)), AFTER)
    with Session(own_market) as session:
        row = find_frozen(session, "crm", NOVEMBER, "en")
        assert row is not None
        figures = read_figures(session, whole(), (date(2026, 10, 1), date(2026, 10, 31)))
        assert differences(row, figures) == []
        changed = [dict(each) for each in row.figures]
        changed[0]["n"] += 1
        changed[1]["low"] = (changed[1]["low"] or 0.0) + 1e-6
        changed[2]["value"] = (changed[2]["value"] or 0.0) + 1e-12  # no figure shows it
        row.figures = [
            *changed,
            {"metric": "gone", "brand": "x", "value": 1.0, "low": None, "high": None, "n": 1},
        ]
        found = differences(row, figures)
        session.rollback()
    assert [(each.metric, each.brand) for each in found] == [
        *((each["metric"], each["brand"]) for each in changed[:2]),
        ("gone", "x"),
    ]


def test_months() -> None:
    assert (Month.of("2024-02").last, str(Month.of("2024-02").before)) == (date(2024, 2, 29), "2024-01")
    assert Month.of("2024-01").before == Month(2023, 12)
    for text in ("2024-13", "2024-1", "24-01", "0000-01", "2024-02-01"):
        with pytest.raises(UsageError, match="is not a month"):
            Month.of(text)


def test_bundles_hold_every_table_and_the_raw_answers(market: sa.Engine, kept: Archive) -> None:
    import orjson
    import pyarrow.parquet as pq

    asked = Asked(Selection("crm", date(2026, 11, 22), date(2026, 11, 23)), ("csv", "parquet", "jsonl"))
    made = {each.format: zipfile.ZipFile(io.BytesIO(each.data)) for each in make(market, kept, asked, AFTER)}
    names = {name: {each.rpartition(".")[0] for each in packed.namelist()} for name, packed in made.items()}
    assert (
        names["csv"]
        == names["parquet"]
        == names["jsonl"]
        > {"metrics", "answers", "citations", "mentions", "offers"}
    )
    lines = [orjson.loads(line) for line in made["jsonl"].read("metrics.jsonl").splitlines()]
    table = pq.read_table(io.BytesIO(made["parquet"].read("metrics.parquet")))
    assert table.num_rows == len(lines) > 50 and str(table.schema.field("value").type) == "double"
    assert [row["value"] for row in table.to_pylist()] == [row["value"] for row in lines]
    answers = pq.read_table(io.BytesIO(made["parquet"].read("answers.parquet")))
    assert str(answers.schema.field("day").type) == "date32[day]" and answers.num_rows == 2 * 6 * 3
    cited = pq.read_table(io.BytesIO(made["parquet"].read("citations.parquet"))).to_pylist()
    assert {row["answer_id"] for row in cited} <= set(answers["answer_id"].to_pylist())


def test_file_names_lead_nowhere_else(tmp_path: object) -> None:
    assert file_name("../../etc/passwd") == "etc-passwd"
    assert file_name("面膜 A/B") == "面膜-A-B"
    assert file_name("..") == "report"


def test_files_are_complete_or_not_there(market: sa.Engine, kept: Archive, tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path)) / "out"
    made = make(market, kept, replace(ASKED, formats=("html",)), AFTER)
    assert [path.read_bytes() for path in write(made, folder)] == [made[0].data]
    assert [path.name for path in folder.iterdir()] == ["crm-2026-11-en.html"]
    with pytest.raises(UsageError, match="cannot be"):
        write(made, folder / made[0].name)
