"""Exports opened again: every row of the database, every type as told, nothing that runs, nothing of others."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from sqlmodel import Session

from geo_tracker.errors import GeoTrackerError, UsageError
from geo_tracker.exports import export as exports
from geo_tracker.exports import table as tables
from geo_tracker.exports.export import PACKAGE, TABLES, export
from geo_tracker.exports.formats import formats, xlsx
from geo_tracker.exports.guards import FORMULA, guarded
from geo_tracker.metrics.measures import table
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.facts import read_facts
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, writing
from geo_tracker.storage.models import (
    Answer,
    Body,
    Brand,
    Citation,
    Event,
    Mention,
    Offer,
    Page,
    Prompt,
    StatementMark,
)
from tests.support.dashboard_data import fill
from tests.support.places import ROOT

REMOVED = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
OTHERS = ("云纱", "敏感肌", "masks", "yunsha")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """Two workspaces, the newest answer of the first hostile; both sell on a page that both cite."""
    made = open_engine(f"sqlite:///{tmp_path_factory.mktemp('export') / 'geo.db'}")
    migrate(made)
    fill(made, Archive("memory://"), days=3)
    with writing(made) as session:
        _sell(session)
    yield made
    made.dispose()


def _sell(session: Session) -> None:
    """A page that an answer of each workspace cites, with a product that each workspace sees in its own way."""
    page = Page(
        url="https://shop.example/", domain="shop.example", title="-2+3 of a shop", removed_at=REMOVED
    )
    session.add(page)
    session.flush()
    for workspace in (1, 2):
        answer = session.exec(sa.select(Answer).where(Answer.workspace_id == workspace)).scalars().first()
        assert answer is not None
        session.add(Body(answer_id=answer.id, step=0, sha256="0" * 64, status=200, removed_at=REMOVED))
        session.add(
            Citation(answer_id=answer.id, page_id=page.id, position=9, url=page.url, domain=page.domain)
        )
        own = {
            "workspace_id": workspace,
            "position": 0,
            "placement": "card",
            "price": 12.5,
            "currency": "USD",
        }
        title = "云纱面膜" if workspace == 2 else "=cmd|'/c calc'!A0"
        session.add(Offer(**own, page_id=page.id, title=title, promo=["-20%", "new"]))
        session.add(Offer(**own, answer_id=answer.id, title=title))
        brand = session.exec(sa.select(Brand).where(Brand.workspace_id == workspace)).scalars().first()
        assert brand is not None
        said = "云纱面膜的谣言" if workspace == 2 else "=1+1 is not true"
        mark = {"evidence": said, "state": "untrue", "who": "ann@crm.example" if workspace == 1 else "masks"}
        session.add(StatementMark(workspace_id=workspace, answer_id=answer.id, brand_id=brand.id, **mark))


@pytest.fixture(scope="module")
def folders(engine: sa.Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("exports")
    with reading(engine) as session:
        for name in formats():
            export(session, Selection("crm", branded=True), format=name, out=home / name)
    return {name: home / name for name in formats()}


def described(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / PACKAGE).read_text("utf-8"))
    return found


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """A table of any format as its description says it is read."""
    resource = next(each for each in described(folder)["resources"] if each["name"] == name)
    fields = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    found = READERS[resource["format"]](folder / resource["path"], resource)
    assert all(list(row) == list(fields) for row in found)
    return [{key: _cast(fields[key], value) for key, value in row.items()} for row in found]


def _csv(path: Path, resource: dict[str, Any]) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]


def _jsonl(path: Path, resource: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def _parquet(path: Path, resource: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return found


def _xlsx(path: Path, resource: dict[str, Any]) -> list[dict[str, Any]]:
    book = openpyxl.load_workbook(path, read_only=True)
    found = []
    for sheet in resource["sheets"]:
        head, *rest = book[sheet].iter_rows(values_only=True)
        found += [dict(zip(head, row, strict=True)) for row in rest]
    return found


READERS = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet, "xlsx": _xlsx}


def _cast(kind: str, value: Any) -> Any:
    """A value as its type; fails where it is none of that type."""
    if value is None:
        return None
    if isinstance(value, str):
        plain = value.removeprefix("'") if value[1:].startswith(FORMULA) else value
        readers: dict[str, Any] = {
            "integer": int,
            "number": float,
            "boolean": {"true": True, "false": False}.__getitem__,
            "date": date.fromisoformat,
            "datetime": lambda text: datetime.fromisoformat(text.replace("Z", "+00:00")),
            "array": json.loads,
            "any": json.loads,
        }
        return _cast(kind, readers[kind](plain)) if kind in readers else plain
    if kind == "number":
        return float(f"{value:.12g}")
    if kind == "date":
        return value.date() if isinstance(value, datetime) else value
    if kind == "datetime":
        return value.replace(tzinfo=None)
    wanted = {"integer": int, "boolean": bool, "string": str, "array": list, "any": (list, dict)}[kind]
    assert isinstance(value, wanted), (kind, value)
    return value


def test_every_format_says_the_same(folders: dict[str, Path]) -> None:
    for name in TABLES:
        wanted = rows(folders["jsonl"], name)
        for kind in ("csv", "parquet", "xlsx"):
            assert rows(folders[kind], name) == wanted, (kind, name)


def test_nothing_is_left_out(folders: dict[str, Path], engine: sa.Engine) -> None:
    mine = sa.select(Answer.id).where(Answer.workspace_id == 1)
    of_answers = {"answers": Answer.id, "mentions": Mention.answer_id, "citations": Citation.answer_id}
    with reading(engine) as session:
        for name, column in of_answers.items():
            ids = session.connection().execute(sa.select(column).where(column.in_(mine))).scalars()
            assert sorted(row["answer_id"] for row in rows(folders["jsonl"], name)) == sorted(ids)
        texts = session.connection().execute(sa.select(Prompt.text).where(Prompt.workspace_id == 1)).scalars()
        assert {row["prompt"] for row in rows(folders["jsonl"], "prompts")} == set(texts)
        names = session.connection().execute(sa.select(Brand.name).where(Brand.workspace_id == 1)).scalars()
        assert {row["brand"] for row in rows(folders["jsonl"], "brands")} == set(names)
    assert len(rows(folders["jsonl"], "offers")) == len(rows(folders["jsonl"], "page_offers")) == 1
    (mark,) = rows(folders["jsonl"], "marks")
    assert (mark["decision"], mark["decided_by"]) == ("untrue", "ann@crm.example")


def test_mentions_stand_where_they_say(folders: dict[str, Path]) -> None:
    texts = {row["answer_id"]: row["text"] for row in rows(folders["jsonl"], "answers")}
    found = rows(folders["jsonl"], "mentions")
    assert all(texts[row["answer_id"]][row["start"] : row["end"]] == row["mention"] for row in found)


def test_metrics_are_those_of_the_command(folders: dict[str, Path], engine: sa.Engine) -> None:
    with reading(engine) as session:
        facts = read_facts(session, Selection("crm", branded=True))
    whole = [row for row in rows(folders["jsonl"], "metrics") if row["by"] is None]
    assert [(r["brand"], r["metric"], r["value"], r["n"], r["low"], r["surfaces"]) for r in whole] == [
        (
            r["brand"],
            r["metric"],
            *(_cast("number", r[each]) for each in ("value", "n", "low")),
            r["surfaces"],
        )
        for r in table(facts)
    ]
    by_engine = [row for row in rows(folders["jsonl"], "metrics") if row["by"] == "engine,surface"]
    assert {(row["engine"], row["surface"]) for row in by_engine} == {
        *(("openai", "api"), ("openai", "web"), ("perplexity", "api"))
    }


@pytest.mark.parametrize("kind", sorted(READERS))
def test_what_is_kept_no_longer_is_told(folders: dict[str, Path], kind: str) -> None:
    gone = [row for row in rows(folders[kind], "answers") if row["evidence_removed_at"]]
    assert [row["evidence_removed_at"] for row in gone] == [REMOVED.replace(tzinfo=None)]
    pages = {row["page_url"]: row["page_removed_at"] for row in rows(folders[kind], "citations")}
    assert pages["https://shop.example/"] == REMOVED.replace(tzinfo=None)
    assert set(pages.values()) == {None, REMOVED.replace(tzinfo=None)}


def test_events_and_experiments_are_written(engine: sa.Engine, tmp_path: Path) -> None:
    window = {"before": 7, "after": 7, "metric": "mention_rate", "brand": "Aurora CRM", "detectable": None}
    page = "https://a.example/x"
    with Session(engine) as session:  # never committed: the other tests read the same database
        mine = {
            "name": "=relaunch",
            "day": date(2026, 11, 20),
            "kind": "relaunch",
            "pages": [page],
            "moves": [1],
        }
        session.add(Event(workspace_id=1, **mine))
        session.add(Event(workspace_id=1, name="trial", day=date(2026, 11, 1), window=window, controls=[2]))
        session.add(Event(workspace_id=2, name="云纱", day=date(2026, 11, 1)))
        session.flush()
        export(session, Selection("crm"), format="csv", out=tmp_path, tables=["events"])
    trial, relaunch = rows(tmp_path, "events")
    assert (trial["event"], trial["experiment"], trial["controls"]) == ("trial", window, [2])
    assert (relaunch["event"], relaunch["event_day"], relaunch["event_kind"]) == (
        "=relaunch",
        date(2026, 11, 20),
        "relaunch",
    )
    assert (relaunch["event_pages"], relaunch["moves"], relaunch["experiment"]) == ([page], [1], None)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "xlsx"])
def test_nothing_of_another_workspace_is_in_it(folders: dict[str, Path], kind: str) -> None:
    for name in TABLES:
        told = str(rows(folders[kind], name))
        assert not [other for other in OTHERS if other in told], name
    assert not [other for other in OTHERS if other in (folders[kind] / PACKAGE).read_text("utf-8")]


def test_no_cell_runs(folders: dict[str, Path]) -> None:
    hostile = 0
    for path in folders["csv"].glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                assert not [cell for cell in row if cell.startswith(FORMULA) and not _is_number(cell)]
                hostile += sum(cell.startswith("'") for cell in row)
    book = openpyxl.load_workbook(folders["xlsx"] / xlsx.FILE)
    quoted = 0
    for sheet in book:
        for row in sheet.iter_rows():
            assert not [cell for cell in row if cell.data_type == "f" or cell.hyperlink]
            quoted += sum(bool(cell.quotePrefix) for cell in row)
    assert hostile == quoted > 2


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "\uff1d1", "\uff0d1"])
def test_what_could_run_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert guarded(f"a{text}") == f"a{text}"


def test_the_description_gives_every_column_its_meaning(folders: dict[str, Path]) -> None:
    package = described(folders["csv"])
    assert package["name"] == "geo-tracker-crm"
    assert package["sandbox"] is True
    assert [each["name"] for each in package["resources"]] == list(TABLES)
    for resource in package["resources"]:
        path = folders["csv"] / resource["path"]
        assert path.parent == folders["csv"]
        assert path.stat().st_size == resource["bytes"]
        assert all(field["description"] for field in resource["schema"]["fields"])
    by_name = {each["name"]: each for each in package["resources"]}
    assert by_name["mentions"]["rows"] == len(rows(folders["csv"], "mentions"))
    assert by_name["mentions"]["schema"]["foreignKeys"][0]["reference"]["resource"] == "answers"
    assert by_name["answers"]["schema"]["primaryKey"] == ["answer_id"]


def test_no_meaning_stands_for_a_column_that_is_gone() -> None:
    used = {column.name for each in TABLES.values() for column in each.columns}
    assert set(tables._known()) == used


def test_a_selection_narrows_what_is_written(engine: sa.Engine, tmp_path: Path) -> None:
    chosen = Selection("crm", branded=True).only(engine=["perplexity"])
    with reading(engine) as session:
        files = export(session, chosen, format="jsonl", out=tmp_path, tables=["mentions", "answers"])
    assert [path.name for path in files] == ["mentions.jsonl", "answers.jsonl", PACKAGE]
    assert {row["engine"] for row in rows(tmp_path, "mentions")} == {"perplexity"}
    assert described(tmp_path)["selection"]["engine"] == ["perplexity"]


def test_no_more_than_a_batch_is_held_at_once(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    monkeypatch.setattr(tables, "BATCH", 7)
    monkeypatch.setattr("geo_tracker.exports.stored.BATCH", 7)
    fetched: list[int] = []
    for name in formats():
        add = formats()[name].add

        def counted(self: Any, batch: Any, add: Any = add) -> None:
            held.append(len(batch))
            add(self, batch)

        monkeypatch.setattr(formats()[name], "add", counted)
        with reading(engine) as session:
            options: list[Any] = []

            @sa.event.listens_for(session.connection(), "before_execute", named=True)
            def seen(execution_options: Any, options: list[Any] = options, **_: Any) -> None:
                options.append(execution_options.get("yield_per"))

            export(session, Selection("crm"), format=name, out=tmp_path / name, tables=["mentions"])
        fetched += [option for option in options if option]
    assert max(held) == 7
    assert len(held) > 4 * 20
    assert set(fetched) == {7}


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 100)
    with reading(engine) as session:
        export(session, Selection("crm"), format="xlsx", out=tmp_path, tables=["mentions"])
        export(session, Selection("crm"), format="jsonl", out=tmp_path / "all", tables=["mentions"])
    (resource,) = described(tmp_path)["resources"]
    assert resource["sheets"][:3] == ["mentions", "mentions_2", "mentions_3"]
    assert rows(tmp_path, "mentions") == rows(tmp_path / "all", "mentions")


def test_a_text_longer_than_a_cell_is_cut_with_a_mark(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "MOST_TEXT", 50)
    with reading(engine) as session:
        export(session, Selection("crm"), format="xlsx", out=tmp_path, tables=["answers"])
    texts = [row["text"] for row in rows(tmp_path, "answers") if row["text"]]
    assert {len(text) for text in texts} == {50}
    assert all(text.endswith("[…]") for text in texts)


def test_a_failure_leaves_what_was_there(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mentions.csv").write_text("mine", "utf-8")

    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device", "mentions.csv")

    monkeypatch.setattr(formats()["csv"], "add", full)
    with reading(engine) as session, pytest.raises(GeoTrackerError, match="No space left"):
        export(session, Selection("crm"), format="csv", out=tmp_path, tables=["mentions"])
    assert [path.name for path in tmp_path.iterdir()] == ["mentions.csv"]
    assert (tmp_path / "mentions.csv").read_text("utf-8") == "mine"


def test_a_zip_holds_the_same_files(engine: sa.Engine, tmp_path: Path) -> None:
    with reading(engine) as session:
        (path,) = export(
            session, Selection("crm"), format="csv", out=tmp_path / "a.zip", tables=["prompts", "brands"]
        )
    assert zipfile.ZipFile(path).namelist() == ["prompts.csv", "brands.csv", PACKAGE]
    assert [each.name for each in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"format": "doc"}, "no format 'doc': there are csv, jsonl"),
        ({"tables": ["answer"]}, "no table 'answer'"),
    ],
)
def test_what_there_is_not_is_told(
    engine: sa.Engine, tmp_path: Path, wrong: dict[str, Any], reason: str
) -> None:
    with reading(engine) as session, pytest.raises(UsageError, match=reason):
        export(session, Selection("crm"), **{"format": "csv", "out": tmp_path / "x", **wrong})
    assert not (tmp_path / "x").exists()


def test_an_empty_workspace_gives_empty_tables(engine: sa.Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        session.execute(
            sa.text(
                "INSERT INTO workspace (slug, name, locale, timezone, topics, attributes, platforms, source_types,"
                " recrawl_days) VALUES ('none', 'None', 'en', 'UTC', '[]', '[]', '[]', '{}', 0)"
            )
        )
    with reading(engine) as session:
        for kind in ("csv", "parquet"):
            exports.export(session, Selection("none"), format=kind, out=tmp_path / kind)
            assert all(rows(tmp_path / kind, name) == [] for name in TABLES)


def test_every_table_is_documented() -> None:
    text = (ROOT / "docs" / "data.md").read_text("utf-8")
    assert [name for name in TABLES if f"`{name}`" not in text] == []
