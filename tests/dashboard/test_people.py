"""Who sees and changes what: every role on every page and address, for programs too; what is done is written down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from sqlmodel import SQLModel, col, select
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from geo_tracker.api.mcp_http import create_mcp_app
from geo_tracker.api.reads import reads
from geo_tracker.api.server import create_app
from geo_tracker.i18n import translate
from geo_tracker.people.members import add_member, remove_member
from geo_tracker.people.permissions import ROLES
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, workspace_named, writing
from geo_tracker.storage.models import Audit, Bookmark, Token
from geo_tracker.storage.tokens import CAPTURE, READ, create_token
from tests.support.dashboard_data import fill
from tests.support.places import ROOT

NOW = datetime(2026, 11, 24, tzinfo=UTC)
APP = ROOT / "dashboard" / "app.py"
T = translate("en")
WITHIN = 300
"""Seconds of a run: a busy machine is no failure."""
OTHERS = tuple(
    word.encode() for word in ("敏感肌面膜", "云纱", "沐禾集", "初屿", "白露研", "熬夜后用什么面膜")
)
"""What only the workspace `masks` has: its name, its brands, one of its questions."""
AGENCY = "agency admin"
PEOPLE = {role: f"{role}@client.example" for role in ROLES} | {AGENCY: "boss@agency.example"}
"""The first three have their role in `crm` alone."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scored workspaces; a member of each role in the first, and one admin of all."""
    home = tmp_path_factory.mktemp("agency")
    engine = open_engine(f"sqlite:///{home / 'geo.db'}")
    migrate(engine)
    fill(engine, Archive((home / "archive").as_uri()), days=2)
    with writing(engine) as session:
        for role, who in PEOPLE.items():
            slug = None if role == AGENCY else "crm"
            add_member(session, who, "admin" if role == AGENCY else role, slug, by="local", now=NOW)
    engine.dispose()
    return home


@pytest.fixture
def engine(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    monkeypatch.setenv("GEO_HOME", str(home))
    monkeypatch.setenv("GEO_OIDC_CLIENT_ID", "geo")
    engine = open_engine(f"sqlite:///{home / 'geo.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The pages of the navigation as the last run drew it."""
    found: list[Any] = []
    real = st.navigation

    def watched(given: Any, **more: Any) -> Any:
        found[:] = [each for group in given.values() for each in group] if isinstance(given, dict) else given
        return real(given, **more)

    monkeypatch.setattr(st, "navigation", watched)
    return found


def signed_in(who: str, **claims: Any) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=WITHIN)
    app.user = {"is_logged_in": True, "email": who, **claims}
    return app


def visit(app: AppTest, page: Any, **address: str) -> AppTest:
    """The same tab goes to another page, with an address that somebody typed."""
    app.switch_page(f"app_pages/{Path(page._page).name}")
    app.query_params.clear()
    for name, value in {"lang": "en", **address}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, (page, [error.message for error in app.exception])
    return app


def sent(app: AppTest) -> bytes:
    """All that went to the browser: words, labels, options, tables and charts with their data."""
    return b"".join(
        each.proto.SerializeToString() for each in app._tree if getattr(each, "proto", None) is not None
    )


def text(app: AppTest) -> str:
    return re.sub(r"<[^>]+>", " ", "\n".join(each.proto.body for each in app.get("html")))


def stored(engine: sa.Engine) -> str:
    """A digest of every row of every table."""
    digest = sha256()
    with engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            for row in connection.execute(sa.select(table).order_by(*table.primary_key)):
                digest.update(repr(row).encode())
    return digest.hexdigest()


def enabled(app: AppTest) -> list[Any]:
    """Buttons that can be pressed, without those of the sidebar, which are the reader's own."""
    return [each for each in app.main.get("button") if not each.disabled]


@pytest.mark.parametrize("role", PEOPLE)
def test_every_page_shows_what_the_role_may_see(engine: sa.Engine, pages: list[Any], role: str) -> None:
    app = signed_in(PEOPLE[role])
    app.run()
    names = [page.url_path or "overview" for page in pages]
    assert ("people" in names) == (role in ("admin", AGENCY))
    assert len(pages) >= 15
    everywhere = role == AGENCY
    for page in list(pages):
        visit(app, page, workspace="masks", answer="1000000", answers="x")
        chosen = next(each for each in app.sidebar.selectbox if each.label == T("dashboard.workspace"))
        assert chosen.options == (["CRM market", "敏感肌面膜"] if everywhere else ["CRM market"]), page
        if everywhere:
            assert chosen.value == "masks"
        else:
            assert chosen.value == "crm"
            assert not [word.decode() for word in OTHERS if word in sent(app)], page


def test_the_words_looked_for_are_there_for_those_who_may(engine: sa.Engine, pages: list[Any]) -> None:
    app = signed_in(PEOPLE[AGENCY])
    app.run()
    (overview,) = (page for page in pages if not page.url_path)
    assert all(word in sent(visit(app, overview, workspace="masks")) for word in OTHERS[:2])


def test_a_viewer_changes_nothing_on_any_page(engine: sa.Engine, pages: list[Any]) -> None:
    app = signed_in(PEOPLE["viewer"])
    app.run()
    before, pressed = stored(engine), 0
    for page in list(pages):
        app = visit(app, page)
        assert not [each.label for each in app.main.get("button") if each.disabled and not each.help], page
        for key in [each.key or each.label for each in enabled(app)]:
            again = next(
                (each for each in enabled(visit(app, page)) if (each.key or each.label) == key), None
            )
            if again is not None:
                again.click()
                app.run()
                pressed += 1
                assert not app.exception
                assert T("dashboard.cannot") not in text(app), (page, key)
    assert stored(engine) == before


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_where_viewers_look_editors_work(engine: sa.Engine, pages: list[Any], role: str) -> None:
    app = signed_in(PEOPLE[role])
    app.run()
    places = {page.url_path: page for page in pages}
    for name, part in (
        ("workspace", "brands"),
        ("workspace", "prompts"),
        ("workspace", "settings"),
        ("events", ""),
    ):
        visit(app, places[name], **({"part": part} if part else {}))
        working = [
            each for each in app.main.get("button") if each.label in (T("workspace.see"), T("events.save"))
        ]
        assert working and {each.disabled for each in working} == {role == "viewer"}, (name, part)
        if role == "viewer":
            assert {each.help for each in working} == {T("people.cannot.edit")}


def test_a_button_that_was_drawn_before_the_role_was_taken_away_stores_nothing(
    engine: sa.Engine, pages: list[Any]
) -> None:
    with writing(engine) as session:
        add_member(session, "gone@client.example", "admin", "crm", by="local", now=NOW)
    app = signed_in("gone@client.example")
    app.run()
    visit(app, next(page for page in pages if page.url_path == "people"), people="tokens")
    app.text_input(key="token-name").set_value("for me")
    with writing(engine) as session:
        remove_member(session, "gone@client.example", "crm", by="local", now=NOW)
    next(each for each in app.main.get("button") if each.label == T("people.token_make")).click()
    app.run()
    assert T("people.nothing") in text(app)
    with reading(engine) as session:
        assert session.exec(select(Token).where(Token.name == "for me")).all() == []


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"is_logged_in": False}, "people.sign_in_help"),
        ({}, "people.sign_in_help"),
        ({"is_logged_in": True, "email": "stranger@client.example"}, "people.nothing"),
        ({"is_logged_in": True, "email": PEOPLE[AGENCY], "email_verified": False}, "people.nothing"),
        ({"is_logged_in": True}, "people.nothing"),
    ],
)
def test_who_is_nobody_here_sees_no_name(engine: sa.Engine, claims: dict[str, Any], told: str) -> None:
    app = AppTest.from_file(str(APP), default_timeout=WITHIN)
    app.user = claims
    app.query_params["workspace"] = "crm"
    app.run()
    assert not app.exception and T(told) in text(app)
    assert not [word for word in (*OTHERS, b"CRM market", b"Aurora", b"Basalt") if word in sent(app)]


def test_where_nobody_signs_in_all_is_as_it_was(
    home: Path, monkeypatch: pytest.MonkeyPatch, pages: list[Any]
) -> None:
    monkeypatch.setenv("GEO_HOME", str(home))
    app = AppTest.from_file(str(APP), default_timeout=WITHIN)
    app.run()
    assert not app.exception
    assert "people" in [page.url_path for page in pages]
    assert not [each for each in app.sidebar.button if each.label == T("people.sign_out")]
    assert (
        len(next(each for each in app.sidebar.selectbox if each.label == T("dashboard.workspace")).options)
        == 2
    )


def test_an_admin_lets_people_in_and_reads_what_was_done(engine: sa.Engine, pages: list[Any]) -> None:
    app = signed_in(PEOPLE["admin"])
    app.run()
    place = next(page for page in pages if page.url_path == "people")
    visit(app, place)
    assert not app.checkbox  # only who is admin of all gives roles in all
    app.text_input(key="member-who").set_value("New@Client.example")
    next(each for each in app.main.get("button") if each.label == T("people.add")).click()
    app.run()
    assert "new@client.example" in text(app)
    visit(app, place, people="tokens")
    app.text_input(key="token-name").set_value("sheet")
    next(each for each in app.main.get("button") if each.label == T("people.token_make")).click()
    app.run()
    assert app.code[0].value.startswith("geo_")
    told = text(visit(app, place, people="audit"))
    assert "new@client.example: viewer" in told and "sheet: read" in told and PEOPLE["admin"] in told
    assert PEOPLE[AGENCY] not in told  # their role in all workspaces is none of this one's business
    app = signed_in(PEOPLE[AGENCY])
    app.run()
    assert PEOPLE[AGENCY] in text(visit(app, place, people="audit"))
    with reading(engine) as session:
        rows = session.exec(
            select(Audit).where(col(Audit.kind).in_(("member", "token"))).order_by(col(Audit.id))
        ).all()
        assert [(row.who, row.via) for row in rows][-2:] == [
            (PEOPLE["admin"], "add"),
            (PEOPLE["admin"], "create"),
        ]
    assert text(visit(app, place, people="audit", lang="zh")).count("操作") >= 1


def test_a_view_is_saved_by_name_for_the_one_who_saved_it(engine: sa.Engine, pages: list[Any]) -> None:
    app = signed_in(PEOPLE["viewer"])
    app.run()
    place = next(page for page in pages if page.url_path == "competitors")
    visit(app, place, engine="perplexity", compare="none")
    app.sidebar.text_input(key="bookmark-name").set_value("Rivals on Perplexity")
    app.sidebar.button(key="bookmark-save").click()
    app.run()
    assert "Rivals on Perplexity" in text(app)
    with reading(engine) as session:
        row = session.exec(select(Bookmark)).one()
        assert (row.who, row.page) == (PEOPLE["viewer"], "competitors")
        assert row.address == {"engine": ["perplexity"], "compare": ["none"], "workspace": ["crm"]}
    link = next(each.proto.body for each in app.sidebar.get("html") if "Rivals on" in each.proto.body)
    assert "competitors?" in link and "engine=perplexity" in link
    other = signed_in(PEOPLE["editor"])
    other.run()
    assert "Rivals on Perplexity" not in text(other)
    app.sidebar.button(key=f"bookmark-gone-{row.id}").click()
    app.run()
    assert "Rivals on Perplexity" not in text(app)


def test_a_token_opens_its_own_workspace_on_every_path_and_tool(engine: sa.Engine) -> None:
    with writing(engine) as session:
        of = workspace_named(session, "crm")
        reader = create_token(session, of, "reader", NOW, scope=READ)
        companion = create_token(session, of, "companion", NOW, scope=CAPTURE)
    app = create_app(engine, per_minute=10_000)
    paths = [path.replace("{id}", "1") for path in app.openapi()["paths"] if "{slug}" in path]
    assert len(paths) == len(list(reads()))
    with TestClient(app) as client:

        def status(path: str, slug: str, token: str) -> int:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            return int(client.get(path.replace("{slug}", slug), headers=headers).status_code)

        assert status("/v1/workspaces/{slug}/prompts", "crm", reader) == 200
        for path in paths:
            assert status(path, "masks", reader) == 403, path
            for slug in ("crm", "masks"):
                assert (status(path, slug, companion), status(path, slug, "")) == (401, 401), path
    with TestClient(
        create_mcp_app(engine, "127.0.0.1", per_minute=10_000), base_url="http://127.0.0.1:1"
    ) as client:
        headers = {"Authorization": f"Bearer {reader}", "Accept": "application/json, text/event-stream"}
        for read in reads():
            call = {"name": read.name, "arguments": {"workspace": "masks"}}
            asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
            answer = client.post("/mcp", json=asked, headers=headers)
            assert answer.status_code == 200 and answer.json()["result"]["isError"], read.name
            assert "no such workspace can be read: crm" in answer.text, read.name


def test_the_dashboard_stores_by_one_way_alone() -> None:
    """`person.changing`, which asks who it is: through it alone what is written."""
    texts = {path.name: path.read_text("utf-8") for path in (ROOT / "dashboard").rglob("*.py")}
    callers = {
        name: {file for file, text in texts.items() if re.search(rf"\b{name}\(", text)}
        for name in ("writing", "writing_run")
    }
    assert callers == {"writing": {"caching.py"}, "writing_run": {"caching.py", "person.py"}}
