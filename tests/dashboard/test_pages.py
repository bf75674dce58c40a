"""Every page of the dashboard, in both languages, on a scored database; and without one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from sqlmodel import col, func, select
from streamlit.testing.v1 import AppTest

from dashboard.navigation import PAGES
from geo_tracker.engines.base import ParsedAnswer
from geo_tracker.i18n import translate
from geo_tracker.metrics.measures import measure
from geo_tracker.queries.facts import Selection, read_facts
from geo_tracker.score.answers import score
from geo_tracker.storage.answers import save_answer
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, writing
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Brand,
    Mention,
    Page,
    PageStatus,
    Prompt,
    Run,
    Workspace,
)
from geo_tracker.words.values import interval_text, value_text
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import WorkspaceFile
from tests.support.captured import asking_by_hand
from tests.support.dashboard_data import ENGLISH, HOSTILE, LAST, fill
from tests.support.places import ROOT

APP = ROOT / "dashboard" / "app.py"
NUMBERS = tuple(name for name in PAGES if name not in ("runs", "workspace", "definitions"))
SELECTED = tuple(name for name in NUMBERS if name not in ("signals", "session", "events"))
"""Pages whose content follows the filters of the sidebar."""
DAYS = 14
WEEK = Selection("crm", start=LAST.replace(day=LAST.day - 6), end=LAST).only(surface=("api",))
Open = Callable[..., AppTest]


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two scored workspaces, for reading only."""
    home = tmp_path_factory.mktemp("market")
    engine = open_engine(f"sqlite:///{home / 'geo.db'}")
    migrate(engine)
    fill(engine, Archive((home / "archive").as_uri()), days=DAYS)
    engine.dispose()
    return home


@pytest.fixture
def database(market: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GEO_HOME", str(market))
    return f"sqlite:///{market / 'geo.db'}"


@pytest.fixture
def open_page(database: str) -> Open:
    """Opens a page with parameters in its address."""
    return visit


def visit(page: str = "overview", /, **address: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=30)
    if page != "overview":
        _learn_pages(app)
        app.switch_page(f"app_pages/{page}.py")
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, [error.message for error in app.exception]
    return app


def _learn_pages(app: AppTest) -> None:
    """AppTest knows the other pages only after a run: a quick one, on an empty database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_HOME", f"{os.environ['GEO_HOME']}-empty")
        app.run()


def source(app: AppTest) -> str:
    """The HTML that the page inserts."""
    return "\n".join(element.proto.body for element in app.get("html"))


def words(app: AppTest) -> str:
    """What a reader sees of it."""
    return unescape(re.sub(r"<[^>]+>", " ", source(app)))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("lang", "workspace"), [("en", "crm"), ("zh", "masks")])
def test_every_page_speaks_both_languages(open_page: Open, page: str, lang: str, workspace: str) -> None:
    app = open_page(page, lang=lang, workspace=workspace)
    t = translate(lang)
    assert f"<h1>{t(f'dashboard.{page}')}</h1>" in source(app)
    assert {each.label for each in app.selectbox} >= {t("dashboard.period"), t("dimension.surface")}


@pytest.mark.parametrize("page", NUMBERS)
def test_sandbox_data_is_labelled_on_every_page(open_page: Open, page: str) -> None:
    app = open_page(page, lang="en")
    assert translate("en")("report.sandbox_help") in words(app)
    charts = [chart.proto.spec for chart in app.get("vega_lite_chart")]
    assert all('"subtitle": "Sandbox"' in chart for chart in charts)
    assert bool(charts) == (page in ("overview", "competitors", "sources", "perception"))


def test_real_data_is_not_labelled_as_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_HOME", str(tmp_path))
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    migrate(engine)
    fill(engine, Archive((tmp_path / "archive").as_uri()), days=1, sandbox=False)
    app = visit(lang="en")
    assert "Sandbox" not in words(app)
    assert [tile.value for tile in app.metric if tile.label == "Coverage"]


def test_tiles_show_what_the_metrics_say(open_page: Open, database: str) -> None:
    app = open_page(lang="en")
    t = translate("en")
    with reading(open_engine(database)) as session:
        facts = read_facts(session, WEEK)
    tiles = {tile.label: tile.value for tile in app.metric}
    for name in ("mention_rate", "share_of_voice", "share_of_prominence", "mean_rank", "citation_rate"):
        estimate = measure(facts, name, "Aurora CRM")
        assert tiles[t(f"metric.{name}.label")] == value_text(name, estimate.value, t)
        assert interval_text(name, estimate, t) in words(app)
        assert f"n = {estimate.n}" in words(app)
    assert tiles["Coverage"] == value_text("coverage", measure(facts, "coverage").value, t)


def test_tiles_say_whether_a_change_is_real(open_page: Open) -> None:
    app = open_page(lang="en")
    verdicts = {tile.proto.delta_description for tile in app.metric}
    assert verdicts and verdicts <= {
        "real across your prompts",
        "real",
        "suggestive",
        "within noise",
        "thin sample",
    }
    without = open_page(lang="en", compare="none")
    assert not any(tile.delta for tile in without.metric)


def test_a_period_without_a_history_says_so(open_page: Open) -> None:
    app = open_page(lang="en", period="all")
    assert translate("en")("dashboard.nothing_before") in words(app)


def test_another_own_brand_can_be_chosen(open_page: Open) -> None:
    app = open_page(lang="en")
    before = app.metric[0].value
    app.selectbox(key="brand").select("Aurora Desk").run()
    assert app.metric[0].value != before
    assert app.query_params["brand"] == "Aurora Desk"


def test_surfaces_are_never_pooled_silently(open_page: Open) -> None:
    t = translate("en")
    app = open_page(lang="en")
    assert app.selectbox(key="surface").value == "api"
    assert t("dashboard.other_surfaces", surfaces="web") in words(app)
    pooled = open_page(lang="en", surface="all")
    assert t("dashboard.pooled", surfaces="API, web") in words(pooled)


def test_branded_prompts_are_off_by_default(open_page: Open) -> None:
    without, with_branded = (open_page(lang="en", **more) for more in ({}, {"branded": "1"}))
    planned = [re.search(r"of (\d+) planned", words(app)) for app in (without, with_branded)]
    assert [match and int(match[1]) for match in planned] == [7 * 6 * 2, 7 * 7 * 2]


def test_the_address_holds_the_selection(open_page: Open) -> None:
    app = open_page(lang="en", engine="perplexity", period="14", compare="none", topic=["small teams"])
    assert app.multiselect(key="engine").value == ["perplexity"]
    assert app.selectbox(key="period").value == "14"
    app.multiselect(key="engine").set_value([]).run()
    assert "engine" not in app.query_params
    assert app.query_params["topic"] == "small teams"


def test_what_the_address_cannot_mean_is_ignored(open_page: Open) -> None:
    app = open_page(
        lang="xx", engine="nobody", period="-3", days=["yesterday"], surface="moon", branded="perhaps"
    )
    assert app.multiselect(key="engine").value == []
    assert app.selectbox(key="period").value == "7"
    assert not app.toggle(key="branded").value


def test_the_selection_stays_over_pages_and_languages(open_page: Open) -> None:
    app = open_page(lang="en", engine="perplexity", period="14")
    app.switch_page("app_pages/competitors.py").run()
    app.segmented_control(key="lang").set_value("zh").run()
    assert f"<h1>{translate('zh')('dashboard.competitors')}</h1>" in source(app)
    assert app.multiselect(key="engine").value == ["perplexity"]
    assert app.selectbox(key="period").value == "14"


def test_another_workspace_drops_what_it_does_not_have(open_page: Open) -> None:
    app = open_page(lang="en", engine="perplexity", brand="Aurora Desk", period="14")
    app.selectbox(key="workspace").select("masks").run()
    assert not app.exception
    assert app.multiselect(key="engine").value == []
    assert app.selectbox(key="period").value == "14"
    assert "敏感肌面膜" in words(app)


def test_chosen_days(open_page: Open) -> None:
    app = open_page(lang="en", period="custom", days=["2026-11-20", "2026-11-21"])
    assert "Nov 20, 2026 to Nov 21, 2026" in words(app)
    backwards = open_page(lang="en", period="custom", days=["2030-01-01", "2026-11-20"])
    assert "Nov 20, 2026 to Nov 23, 2026" in words(backwards)


def test_a_selection_without_answers_says_what_to_do(open_page: Open) -> None:
    for page in SELECTED:
        app = open_page(page, lang="en", surface="web", engine="perplexity")
        assert translate("en")("dashboard.nothing_help") in words(app)
        assert not app.metric


def test_competitors_lists_every_brand_with_intervals(open_page: Open) -> None:
    app = open_page("competitors", lang="zh", workspace="masks")
    table = source(app)
    order = [table.index(f">{name}</a>") for name in ("云纱", "沐禾集", "初屿", "白露研")]
    assert len(set(order)) == 4
    assert re.search(r"<small>\d+\.\d–\d+\.\d%</small>", table)
    assert "自有" in table


def test_competitors_are_ordered_by_the_chosen_metric(open_page: Open) -> None:
    app = open_page("competitors", lang="en", metric="mean_rank")
    ranks = re.findall(r"<tr.*?</tr>", source(app), re.S)[1:]
    values = [float(re.search(r'data-head="Mean rank"><span>([\d.]+)', row)[1]) for row in ranks]  # type: ignore[index]
    assert values == sorted(values)


def listed(app: AppTest) -> list[dict[str, str]]:
    """The rows of the page's table, by head."""
    cell = re.compile(r'<td data-head="([^"]*)"[^>]*>(.*?)</td>', re.S)
    rows = re.findall(r"<tr.*?</tr>", source(app), re.S)[1:]
    texts = [
        {head: re.sub(r"<[^>]+>", " ", text).split() for head, text in cell.findall(row)} for row in rows
    ]
    return [{unescape(head): unescape(" ".join(text)) for head, text in row.items()} for row in texts]


def test_answers_are_listed_in_pages(open_page: Open) -> None:
    assert len(listed(open_page("answers", lang="en"))) == 25
    assert len(listed(open_page("answers", lang="en", page="4"))) == 7 * 6 * 2 - 75


def test_a_reader_chooses_the_columns(open_page: Open) -> None:
    usual = listed(open_page("answers", lang="en"))[0]
    assert list(usual) == ["Prompt", "Date", "Engine", "Status", "Brands named", "Citations"]
    chosen = listed(open_page("answers", lang="en", answer_columns=["topic", "model", "no such"]))[0]
    assert list(chosen) == ["Prompt", "Topic", "Model"]
    grid = open_page("sources", lang="zh", sources_columns=["3", "1"]).dataframe[0].value
    assert list(grid) == ["信源", "类型", "引用数"]


def test_failed_answers_are_shown_with_their_status(open_page: Open, database: str) -> None:
    app = open_page("answers", lang="en", status=["failed", "refused", "empty"], branded="1", surface="all")
    assert {row["Status"] for row in listed(app)} <= {"failed", "refused", "empty"}
    failed = _first(database, col(Answer.status) == AnswerStatus.FAILED, Answer.workspace_id == 1)
    assert "rate limit: asked to wait 30 s" in words(open_page("answers", lang="en", answer=failed))


def test_answers_that_do_not_name_a_brand(open_page: Open) -> None:
    app = open_page("answers", lang="en", named="Aurora CRM", naming="no")
    assert not any("Aurora CRM" in row["Brands named"] for row in listed(app))


def test_one_answer_with_its_evidence(open_page: Open, database: str) -> None:
    answer = _first(database, col(Answer.text).contains("沐禾集"), col(Answer.text).contains("云纱"))
    app = open_page("answers", lang="zh", workspace="masks", answer=answer)
    assert re.search(r'<mark class="own" style="--brand: #0072B2" title="云纱">云纱</mark>', source(app))
    assert re.search(r'<mark style="--brand: #\w{6}" title="沐禾集">沐禾集</mark>', source(app))
    assert "14:30（Asia/Shanghai）" in words(app)
    assert "仅检索到" in words(app)
    assert [button.proto.label for button in app.get("download_button")] == ["响应 1（HTTP 200）"]


def test_a_hostile_answer_is_text(open_page: Open, database: str) -> None:
    answer = _first(database, Answer.text == HOSTILE)
    app = open_page("answers", lang="en", answer=answer, raw="1")
    assert HOSTILE.removeprefix("Aurora CRM") in unescape(source(app))
    lowered = source(app).lower()
    assert "<script" not in lowered and "<img" not in lowered and "onmouseover=alert(3)>" not in lowered
    assert not re.search(r'href="\s*javascript:', lowered)
    assert not [each.value for each in app.markdown if "evil" in each.value]


def test_what_an_answer_says_of_a_brand_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = _small(tmp_path, monkeypatch, OPINIONS)
    app = visit("answers", lang="en", workspace="crm", answer=answer)
    page, told = source(app), re.sub(r"\s+", " ", words(app))
    assert re.search(
        r'<mark class="unsure"[^>]*title="Copperleaf\? Not counted: confidence 40% \(test\)">', page
    )
    assert re.search(r'<span class="tag positive">\s*praised', page)
    assert re.search(r'<span class="tag positive">\s*recommended', page)
    assert "“Basalt is easy to set up" in told
    assert "knows nothing of Driftwood Sales" in told
    assert "unsure: shown, not counted" in told


def test_discover_shows_candidates_and_tracks_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = _small(tmp_path, monkeypatch, "You can try Basalt, Zentora and <b>Kelvira</b>.")
    app = visit("discover", lang="zh", workspace="crm")
    page = source(app)
    assert re.findall(r"<h3>(.*?)</h3>", page) == ["Zentora"]
    assert "<b>Kelvira" not in page and "Kelvira" in page
    assert f"answer={answer}" in page
    assert len(app.get("download_button")) == 2
    app.button(key="track-0").click().run()
    assert translate("zh")("dashboard.no_candidates") in words(app)
    assert ">Zentora</a>" in source(visit("competitors", lang="zh", workspace="crm"))


def test_an_unsure_mention_is_decided_and_the_rule_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = _small(tmp_path, monkeypatch, "Copperleaf routines <i>help</i> on busy days.")
    app = visit("discover", lang="en", workspace="crm")
    assert "beside “routines”" in source(app)
    assert "<i>help" not in source(app) and "help" in words(app)
    app.button(key=f"not_brand-{answer}:0").click().run()
    rule = "“Copperleaf” beside “routines” is not Copperleaf"
    assert rule in words(app)
    app.button(key="undo-1").click().run()
    assert rule not in words(app)


def test_how_answers_use_a_name_is_shown_and_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _small(tmp_path, monkeypatch, "Copperleaf?")
    with writing(open_engine(f"sqlite:///{tmp_path / 'geo.db'}")) as session:
        (brand,) = session.exec(select(Brand).where(Brand.name == "Copperleaf")).all()
        brand.priors = [{"alias": "Copperleaf", "brand": 3, "other": 1}]
        workspace = session.get_one(Workspace, brand.workspace_id)
        workspace.learnt = {"answers": 9, "rules": "8", "at": "2026-01-02T03:04:05+00:00"}
    app = visit("discover", lang="en", workspace="crm")
    assert "“Copperleaf” is certainly Copperleaf in 3 answers, certainly another word in 1" in words(app)
    assert "Learnt on 2026-01-02 from 9 answers, rules version 8." in words(app)
    app.button(key="forget-learnt").click().run()
    assert not app.exception and "certainly Copperleaf" not in words(app)


@pytest.mark.parametrize("answer", ["999999", "1"])
def test_an_answer_that_is_not_here(open_page: Open, answer: str) -> None:
    for lang in ("en", "zh"):
        app = open_page("answers", lang=lang, workspace="masks", answer=answer)
        assert translate(lang)("dashboard.elsewhere") in words(app)


def test_sources_by_domain_and_page(open_page: Open) -> None:
    domains = open_page("sources", lang="en").dataframe[0].value
    assert list(domains["Answers"]) == sorted(domains["Answers"], reverse=True)
    assert "own site: Aurora CRM" in set(domains["Type"])
    pages = open_page("sources", lang="en", level="page", sources_columns="8").dataframe[0].value
    assert {"crawled", "failed", "not allowed"} <= set(pages["Crawl"])
    own = open_page("sources", lang="en", kind="owned").dataframe[0].value
    assert set(own["Type"]) == {"own site: Aurora CRM", "own site: Aurora Desk"}
    site = open_page("sources", lang="en", site="crm1.example").dataframe[0].value
    assert all(url.startswith("crm1.example/") for url in site["Source"])


def test_from_a_domain_to_the_answers_that_cite_it(open_page: Open) -> None:
    app = open_page("sources", lang="en", site="crm1.example", surface="all")
    next(button for button in app.button if button.label == "Answers that cite it").click().run()
    assert "Only answers that cite crm1.example." in words(app)
    assert app.selectbox(key="surface").value == "all"
    app = open_page("answers", lang="en", domain="crm1.example")
    found = _found(app)
    next(button for button in app.button if button.label == "Show all answers").click().run()
    assert _found(app) > found and "Only answers" not in words(app)


def test_one_page_and_the_answers_that_cite_it(open_page: Open, database: str) -> None:
    with reading(open_engine(database)) as session:
        fetched = select(Page).where(Page.status == PageStatus.FETCHED, col(Page.domain).startswith("crm"))
        page = session.exec(fetched).first()
    assert page
    app = open_page("sources", lang="en", shown=str(page.id))
    assert page.url in words(app)
    assert "Aurora CRM × 2" in words(app)
    cited = re.search(r"Cited by (\d+) answers", words(app))
    assert cited and int(cited[1]) > 0
    elsewhere = open_page("sources", lang="en", workspace="masks", shown=str(page.id))
    assert translate("en")("dashboard.elsewhere") in words(elsewhere)


def test_every_table_and_chart_can_be_downloaded(open_page: Open) -> None:
    files = {
        "overview": (
            "trend csv xlsx png svg",
            "by-engine png svg",
            "brands csv xlsx png svg",
            "engines csv xlsx",
        ),
        "prompts": ("prompts csv xlsx",),
        "competitors": ("brands csv xlsx png svg", "engines csv xlsx png svg", "trend csv xlsx png svg"),
        "answers": ("answers csv xlsx",),
        "sources": ("source-types csv xlsx png svg", "domains csv xlsx"),
        "perception": ("sentiment csv xlsx png svg",),
    }
    for page, expected in files.items():
        wanted = [f"download-{name}-{kind}" for name, *kinds in map(str.split, expected) for kind in kinds]
        assert [each.key for each in open_page(page, lang="en").get("download_button")] == wanted


def test_an_empty_database_says_how_to_start() -> None:
    app = visit(lang="zh")
    assert translate("zh")("dashboard.welcome") in words(app)
    commands = "\n".join(block.value for block in app.code)
    assert all(f"geo-tracker {verb}" in commands for verb in ("demo", "apply", "import"))
    assert translate("zh")("dashboard.definitions") in words(visit("definitions", lang="zh"))


def test_a_workspace_without_answers_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEO_HOME", str(tmp_path))
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    migrate(engine)
    with writing(engine) as session:
        session.add(Workspace(id=1, slug="new", name="New <b>one</b>"))
        session.flush()
        session.add(Brand(workspace_id=1, name="Aurora", own=True))
    for page in SELECTED:
        app = visit(page, lang="en")
        assert "geo-tracker import answers.jsonl --workspace new" in app.code[0].value
        assert "<b>one" not in source(app)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://reader:secret@db.example/geo", "databases are SQLite or PostgreSQL"),
        ("postgresql://reader:secret@127.0.0.1:1/geo", "geo-tracker doctor"),
    ],
)
def test_a_database_that_cannot_be_read(url: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_DATABASE_URL", url)
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    assert not app.exception
    assert told in words(app)
    assert "secret" not in words(app)


OPINIONS = (
    "I recommend Basalt. Basalt is easy to set up. I found no information about Driftwood Sales. Copperleaf?"
)


def _small(home: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    """One answer in an English workspace; where it names Copperleaf, that is unsure. Its id."""
    monkeypatch.setenv("GEO_HOME", str(home))
    engine = open_engine(f"sqlite:///{home / 'geo.db'}")
    migrate(engine)
    with writing(engine) as session:
        apply(session, WorkspaceFile.model_validate(ENGLISH), datetime(2026, 1, 1, tzinfo=UTC))
        workspace = session.exec(select(Workspace)).one()
        run = Run(workspace_id=workspace.id, label="r")
        session.add(run)
        session.flush()
        prompt = session.exec(select(Prompt).where(~col(Prompt.branded))).first()
        assert prompt is not None
        ids = {"workspace_id": workspace.id, "run_id": run.id, "prompt_id": prompt.id}
        answer = Answer(**ids, engine="openai", key="1", day=LAST)
        session.add(answer)
        session.flush()
        save_answer(session, answer, ParsedAnswer(text), datetime.now(UTC))
    score(engine, Archive("memory://"), workspace)
    with writing(engine) as session:
        for mention in session.exec(select(Mention).where(Mention.text == "Copperleaf")).all():
            mention.unsure, mention.confidence, mention.reason = True, 0.4, "test"
    engine.dispose()
    return str(answer.id)


def _first(database: str, *conditions: object) -> str:
    """The newest such answer of the crm workspace's surfaces, or of the other where only it has one."""
    with reading(open_engine(database)) as session:
        found = session.exec(select(func.max(Answer.id)).where(*conditions)).one()
    assert found
    return str(found)


def _found(app: AppTest) -> int:
    count = re.search(r"(\d+) answers", words(app))
    assert count
    return int(count[1])


def test_the_session_page_skips_and_asks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_HOME", str(tmp_path))
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    migrate(engine)
    asking_by_hand(engine, apps=["doubao"], repeats=1)

    def statuses() -> list[tuple[AnswerStatus, str | None]]:
        with reading(engine) as session:
            rows = select(Answer.status, Answer.error_kind).order_by(col(Answer.id))
            return [tuple(row) for row in session.exec(rows).all()]

    page = visit("session", lang="zh")
    assert statuses() == [(AnswerStatus.PLANNED, None)] * 2, "a look plans what is due"
    assert "敏感肌可以用什么面膜?" in words(page)
    [login, *_] = [button for button in page.button if button.key and button.key.startswith("login-")]
    login.click().run()
    assert not page.exception
    assert statuses() == [(AnswerStatus.FAILED, "auth"), (AnswerStatus.PLANNED, None)]
    assert translate("zh")("session.reason_auth") in words(page)
    [again] = [button for button in page.button if button.key and button.key.startswith("again-")]
    again.click().run()
    assert statuses() == [(AnswerStatus.PLANNED, None)] * 2
    engine.dispose()
