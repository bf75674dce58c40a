"""Tokens: told once, kept as hashes, opening one workspace until they are revoked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import select

from geo_tracker.errors import UsageError
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Token, Workspace
from geo_tracker.storage.tokens import MAX_TOKEN, create_token, holder_of, read_tokens, revoke_token

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def workspaces(engine: sa.Engine) -> None:
    with writing(engine) as session:
        session.add_all([Workspace(slug="a", name="A"), Workspace(slug="b", name="B")])


def made(engine: sa.Engine, slug: str, name: str = "x") -> str:
    with writing(engine) as session:
        return create_token(session, workspace_named(session, slug), name, NOW)


def opens(engine: sa.Engine, told: str) -> str | None:
    with reading(engine) as session:
        found = holder_of(session, told)
    return found and f"{found.workspace}/{found.token}"


def test_a_token_opens_its_own_workspace(engine: sa.Engine) -> None:
    first, second = made(engine, "a"), made(engine, "b")
    assert first != second
    assert (opens(engine, first), opens(engine, second)) == ("a/x", "b/x")


def test_what_is_stored_is_not_the_token(engine: sa.Engine) -> None:
    told = made(engine, "a")
    with reading(engine) as session:
        row = session.exec(select(Token)).one()
    assert told not in str(row.model_dump())
    assert opens(engine, row.sha256) is None


@pytest.mark.parametrize("change", ["", "x", "geo_", "\ud800", "é" * 10, "a" * (MAX_TOKEN + 1)])
def test_nothing_else_opens_anything(engine: sa.Engine, change: str) -> None:
    told = made(engine, "a")
    assert opens(engine, change) is None
    assert opens(engine, told[:-1]) is None
    assert opens(engine, f"{told}{change or ' '}") is None


def test_a_revoked_token_opens_nothing_and_its_name_is_free_again(engine: sa.Engine) -> None:
    told = made(engine, "a")
    with writing(engine) as session:
        revoke_token(session, workspace_named(session, "a"), "x", NOW)
    assert opens(engine, told) is None
    again = made(engine, "a")
    assert (opens(engine, told), opens(engine, again)) == (None, "a/x")


def test_a_name_is_given_once(engine: sa.Engine) -> None:
    told = made(engine, "a")
    with pytest.raises(UsageError, match="has a token 'x'"):
        made(engine, "a")
    assert opens(engine, told) == "a/x"
    with pytest.raises(UsageError, match="needs a name"):
        made(engine, "a", " ")


def test_another_workspaces_token_cannot_be_revoked(engine: sa.Engine) -> None:
    told = made(engine, "a")
    with writing(engine) as session, pytest.raises(UsageError, match="no token 'x' in use; there are none"):
        revoke_token(session, workspace_named(session, "b"), "x", NOW)
    assert opens(engine, told) == "a/x"


def test_tokens_are_listed_oldest_first_and_go_with_their_workspace(engine: sa.Engine) -> None:
    for name in ("first", "second"):
        made(engine, "a", name)
    with writing(engine) as session:
        workspace = workspace_named(session, "a")
        assert [row.name for row in read_tokens(session, workspace)] == ["first", "second"]
        session.delete(workspace)
    with reading(engine) as session:
        assert session.exec(select(Token)).all() == []
