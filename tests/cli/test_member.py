"""`geo-tracker member` and `audit`: roles are given and taken, and the record of it is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from geo_tracker.cli import audit, member, token
from geo_tracker.errors import UsageError
from geo_tracker.storage.database import migrate, open_engine, writing
from geo_tracker.storage.models import Workspace

ANN = "ann@client.example"


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'home' / 'geo.db'}")  # GEO_HOME of every test
    migrate(engine)
    with writing(engine) as session:
        session.add_all([Workspace(slug="a", name="A"), Workspace(slug="b", name="B")])
    engine.dispose()


def geo(of: Any, *arguments: str) -> Result:
    done = CliRunner().invoke(of.app, arguments)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def told(of: Any, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in geo(of, *arguments, "--json").stdout.splitlines()]


def test_roles_are_given_listed_and_taken_and_all_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    geo(member, "add", ANN.upper(), "--role", "viewer", "-w", "a")
    geo(member, "add", "boss@agency.example", "--role", "admin", "--all")
    geo(token, "create", "-w", "b", "--name", "bi")
    monkeypatch.setenv("GEO_ACTING", "boss@agency.example")
    geo(member, "remove", ANN, "-w", "a")
    assert [(row["who"], row["workspace"], row["role"]) for row in told(member, "list")] == [
        ("boss@agency.example", "all", "admin")
    ]
    assert [(row["who"], row["workspace"], row["kind"], row["via"]) for row in told(audit)] == [
        ("boss@agency.example", "a", "member", "remove"),
        ("local", "b", "token", "create"),
        ("local", None, "member", "add"),
        ("local", "a", "member", "add"),
    ]
    assert {row["workspace"] for row in told(audit, "-w", "b")} == {"b"}
    assert "bi" in geo(audit, "-w", "b").stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("add", ANN, "--role", "viewer"), "--workspace SLUG, or --all"),
        (("add", ANN, "--role", "viewer", "-w", "a", "--all"), "--workspace SLUG, or --all"),
        (("add", ANN, "--role", "owner", "-w", "a"), "viewer, editor, admin"),
        (("add", "ann", "--role", "viewer", "-w", "a"), "no e-mail address"),
        (("add", ANN, "--role", "viewer", "-w", "c"), "no workspace 'c'"),
        (("remove", ANN, "-w", "a"), "'member list' shows who has"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(arguments: tuple[str, ...], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        geo(member, *arguments)
