"""The Sources page as its readers meet it: types, gap, changes, flags and one page, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import streamlit as st
from sqlmodel import Session, col, select, update

from geo_tracker.i18n import translate
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.type_shares import read_types
from geo_tracker.score.campaigns import NO_CAMPAIGN
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, writing
from geo_tracker.storage.models import (
    Answer,
    Brand,
    Citation,
    Page,
    PageMention,
    PageReading,
    PageStatus,
    PageVersion,
    Workspace,
)
from tests.support.dashboard_data import fill
from tests.support.pages import source, visit, words

EVIL = "<script>alert('page')</script>"
QUOTE = "Basalt has fair prices. Copperleaf is easy to set up."


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two workspaces; in the English one a forum page names only rivals, and its text is hostile."""
    home = tmp_path_factory.mktemp("sources")
    engine = open_engine(f"sqlite:///{home / 'geo.db'}")
    migrate(engine)
    fill(engine, Archive((home / "archive").as_uri()), days=14)
    with writing(engine) as session:
        page = _most_cited(session)
        page.sqlmodel_update(
            {
                "text": f"{QUOTE}\n{EVIL}",
                "title": f"Forum {EVIL}",
                "hops": [{"url": f"https://jump.example/{EVIL}", "status": 302}],
                "status": PageStatus.FETCHED,
                "wall": None,
            }
        )
        for number in (1, 2):
            session.add(PageVersion(page_id=page.id, version=number, sha256=str(number)))
        _only_rivals(session, page)
    engine.dispose()
    return home


@pytest.fixture(autouse=True)
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_HOME", str(home))


def _most_cited(session: Session) -> Page:
    """The page of a third party that most English answers cite."""
    cited = select(Page).join(Citation).where(col(Page.domain).startswith("crm"))
    return session.exec(cited.order_by(col(Page.id))).first() or Page()


def _only_rivals(session: Session, page: Page) -> None:
    """The page names Basalt and Copperleaf; what an answer says of it stands where its citation is."""
    workspace = session.exec(select(Workspace).where(Workspace.slug == "crm")).one()
    brands = dict(session.exec(select(Brand.name, Brand.id).where(Brand.workspace_id == workspace.id)).all())
    for mention in session.exec(select(PageMention).where(PageMention.page_id == page.id)).all():
        session.delete(mention)
    session.flush()
    for name in ("Basalt", "Copperleaf"):
        session.add(PageMention(page_id=page.id, brand_id=brands[name], mentions=1, polarity="positive"))
    reading = session.get(PageReading, (workspace.id, page.id))
    assert reading is not None
    reading.type, reading.reason = "ugc", "domain"
    citation = session.exec(select(Citation).where(Citation.page_id == page.id)).first()
    assert citation is not None
    answer = session.get(Answer, citation.answer_id)
    assert answer is not None
    answer.text = "Basalt has fair prices[1]. The rest is opinion."
    citation.spans = [[23, 26]]


@pytest.fixture
def page_id(home: Path) -> int:
    with reading(open_engine(f"sqlite:///{home / 'geo.db'}")) as session:
        return _most_cited(session).id


def test_types_are_drawn_with_their_intervals(home: Path) -> None:
    app = visit("sources", lang="en", surface="all", period="all")
    (chart,) = app.get("vega_lite_chart")
    with reading(open_engine(f"sqlite:///{home / 'geo.db'}")) as session:
        shares = read_types(session, Selection("crm"))
    assert {row.type for row in shares} >= {"owned", "competitor", "ugc", None}
    assert sum(row.share.value or 0 for row in shares) == pytest.approx(1)
    assert '"title": "Citations by type of source"' in chart.proto.spec.replace('"text"', '"title"')
    kinds = [each.key.removeprefix("download-") for each in app.get("download_button")]
    files = ("source-types-csv", "source-types-xlsx", "source-types-png", "source-types-svg")
    assert kinds == [*files, "domains-csv", "domains-xlsx"]


def test_the_grid_can_be_cut_by_type() -> None:
    kinds = {kind: visit("sources", lang="en", kind=kind) for kind in ("ugc", "unknown")}
    for kind, app in kinds.items():
        assert {text.split(":")[0] for text in app.dataframe[0].value["Type"]} == {
            translate("en")(f"sources.kind.{kind}")
        }


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_gap_says_what_to_do(lang: str, page_id: int) -> None:
    t = translate(lang)
    app = visit("sources", lang=lang, tab="gap", workspace="crm")
    told = words(app)
    rivals = t("text.comma").join(("Basalt", "Copperleaf"))
    assert t("sources.do.pitch.ugc", rivals=rivals) in told
    assert f"shown={page_id}" in source(app)
    frame = app.dataframe[0].value
    assert t("sources.action.pitch") in set(frame[t("sources.what")])
    assert EVIL not in source(app)
    assert [each.key for each in app.get("download_button")] == [
        "download-gap-pages-csv",
        "download-gap-pages-xlsx",
    ]


def test_the_gap_can_be_cut_by_what_to_do() -> None:
    frame = visit("sources", lang="en", tab="gap", do="pitch").dataframe[0].value
    assert set(frame["What to do"]) == {"Pitch"}
    assert "crm0.example/articles/1" in set(frame["Source"])


def test_no_gap_is_said() -> None:
    told = words(visit("sources", lang="en", tab="gap", gaps="domain"))
    assert "Every source that was read and names a rival names your brand too." in told


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_changes_carry_a_verdict(lang: str) -> None:
    t = translate(lang)
    app = visit("sources", lang=lang, tab="changes", workspace="crm", surface="all")
    frame = app.dataframe[0].value
    assert set(frame[t("sources.verdict")]) <= {t("verdict.real"), t("verdict.within noise")}
    falling = visit("sources", lang=lang, tab="changes", workspace="crm", surface="all", state="falling")
    assert set(falling.dataframe[0].value[t("sources.state")]) == {t("sources.states.falling")}


def test_without_a_period_before_nothing_is_compared() -> None:
    app = visit("sources", lang="en", tab="changes", compare="none")
    assert translate("en")("sources.changes_nothing") in words(app)


def test_flags_are_reasons_to_look(home: Path, page_id: int) -> None:
    t = translate("zh")
    empty = visit("sources", lang="zh", tab="flags", workspace="crm")
    assert t("sources.flags_none") in words(empty)
    engine = open_engine(f"sqlite:///{home / 'geo.db'}")
    mine = update(PageReading).where(col(PageReading.page_id) == page_id)
    with writing(engine) as session:
        session.exec(mine.values(campaign=page_id))
    st.cache_data.clear()
    try:
        app = visit("sources", lang="en", tab="flags", kind="video", workspace="crm")
        page = visit("sources", lang="en", shown=str(page_id), workspace="crm")
    finally:
        with writing(engine) as session:
            session.exec(mine.values(campaign=NO_CAMPAIGN))
    st.cache_data.clear()
    assert f"shown={page_id}" in source(app)
    assert "Basalt (on 1)" in words(app)
    assert "never a verdict" in words(app)
    assert "Nearly the same text stands on other sites." in words(page)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_with_marks_quotes_hops_versions_and_support(lang: str, page_id: int) -> None:
    t = translate(lang)
    app = visit("sources", lang=lang, workspace="crm", surface="all", period="all", shown=str(page_id))
    page, told = source(app), words(app)
    marks = re.findall(r"<mark[^>]*>([^<]*)</mark>", page)
    assert marks == ["Basalt × 1", "Copperleaf × 1", "Basalt", "Copperleaf"]
    assert "Basalt has fair prices." in told
    assert t("sources.version", number=2) in told and t("sources.hops") in told
    assert t("sources.kind.ugc") in told
    assert EVIL not in page and "&lt;script&gt;" in page
    cited = t("sources.cited_with", count="0").split("0")[0]
    assert cited in told


def test_an_answer_shows_whether_its_page_says_so(home: Path, page_id: int) -> None:
    with reading(open_engine(f"sqlite:///{home / 'geo.db'}")) as session:
        citing = select(Answer.id).where(col(Answer.text).startswith("Basalt has fair prices[1]"))
        answer = session.exec(citing).one()
    told = re.sub(r"\s+", " ", words(visit("answers", lang="en", workspace="crm", answer=str(answer))))
    assert "supported Basalt has fair prices" in told
    assert "The page says: Basalt has fair prices." in told


def test_the_sandbox_is_named_on_every_tab() -> None:
    for tab in ("list", "gap", "changes", "flags"):
        assert translate("zh")("report.sandbox_help") in words(visit("sources", lang="zh", tab=tab))
