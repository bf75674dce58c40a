"""What the page of people and the sidebar read and store: members, tokens, the audit, saved views; never cached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dashboard import data, person
from dashboard.caching import reading_run
from geo_tracker.people.bookmarks import read_bookmarks, remove_bookmark
from geo_tracker.people.bookmarks import save_bookmark as save
from geo_tracker.people.members import add_member as add
from geo_tracker.people.members import read_members
from geo_tracker.people.members import remove_member as remove
from geo_tracker.storage import tokens as kept
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.journal import count_journal, read_journal
from geo_tracker.storage.models import Audit, Bookmark, Member, Token


def members(url: str, slug: str) -> list[tuple[Member, str | None]]:
    with reading_run(url) as session:
        return read_members(session, slug)


def add_member(url: str, slug: str | None, who: str, role: str) -> None:
    """Give a role in a workspace; None gives it in all of them."""
    with person.changing(url, slug, "administer") as (session, by):
        add(session, who, role, slug, by=by, now=datetime.now(UTC))


def remove_member(url: str, slug: str | None, who: str) -> None:
    with person.changing(url, slug, "administer") as (session, by):
        remove(session, who, slug, by=by, now=datetime.now(UTC))


def tokens(url: str, slug: str) -> Sequence[Token]:
    with reading_run(url) as session:
        return kept.read_tokens(session, workspace_named(session, slug))


def create_token(url: str, slug: str, name: str) -> str:
    """A new token, told once."""
    with person.changing(url, slug, "administer") as (session, who):
        return kept.create_token(session, workspace_named(session, slug), name, datetime.now(UTC), who=who)


def revoke_token(url: str, slug: str, name: str) -> None:
    with person.changing(url, slug, "administer") as (session, who):
        kept.revoke_token(session, workspace_named(session, slug), name, datetime.now(UTC), who=who)


def audit(url: str, slug: str, offset: int, limit: int, *, everywhere: bool) -> list[Audit]:
    """The newest first; `everywhere` with what concerns all workspaces."""
    person.required(url, slug, "administer")
    with reading_run(url) as session:
        rows = read_journal(session, [slug], everywhere=everywhere, offset=offset, limit=limit)
        return [row for row, _ in rows]


def audit_count(url: str, slug: str, *, everywhere: bool) -> int:
    with reading_run(url) as session:
        return count_journal(session, [slug], everywhere=everywhere)


def bookmarks(url: str) -> list[tuple[Bookmark, str]]:
    """What the reader saved, of the workspaces that they may see, each with its slug."""
    mine = person.current().among(list(data.workspaces(url)))
    with reading_run(url) as session:
        return read_bookmarks(session, person.current().name, mine)


def save_bookmark(url: str, slug: str, name: str, page: str, address: Mapping[str, Sequence[str]]) -> None:
    with person.changing(url, slug, "see") as (session, who):
        save(session, who, name, slug, page, address, datetime.now(UTC))


def forget_bookmark(url: str, slug: str, name: str) -> None:
    with person.changing(url, slug, "see") as (session, who):
        remove_bookmark(session, who, name)
