"""Members: roles add up, every change is written down, and claims name nobody whom the provider did not verify."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest
import sqlalchemy as sa
from sqlmodel import select

from geo_tracker.errors import UsageError
from geo_tracker.people.bookmarks import MOST, read_bookmarks, remove_bookmark, save_bookmark
from geo_tracker.people.members import add_member, identity, person_of, read_members, remove_member
from geo_tracker.people.permissions import ANYBODY, ROLES, NotAllowed, Person, token_person
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.journal import count_journal, read_journal
from geo_tracker.storage.models import Audit, Workspace
from geo_tracker.storage.tokens import CAPTURE, Holder

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ANN = {"email": "Ann@Client.example", "email_verified": True, "sub": "7"}
EXPECTED = {
    "viewer": {"see"},
    "editor": {"see", "mark", "edit", "run", "report"},
    "admin": {"see", "mark", "edit", "run", "report", "administer"},
}
"""What docs/people.md says of each role."""


@pytest.fixture(autouse=True)
def workspaces(engine: sa.Engine) -> None:
    with writing(engine) as session:
        session.add_all([Workspace(slug="a", name="A"), Workspace(slug="b", name="B")])


def give(engine: sa.Engine, who: str, role: str, slug: str | None) -> None:
    with writing(engine) as session:
        add_member(session, who, role, slug, by="boss@agency.example", now=NOW)


def ann(engine: sa.Engine) -> Person:
    with reading(engine) as session:
        return person_of(session, ANN)


def may(person: Person) -> dict[tuple[str | None, str], bool]:
    every = {each for role in EXPECTED.values() for each in role}
    return {(slug, each): person.may(each, slug) for slug, each in product(("a", "b", None), every)}  # type: ignore[arg-type]


@pytest.mark.parametrize("role", EXPECTED)
@pytest.mark.parametrize("slug", ["a", None])
def test_a_role_is_what_is_documented_where_it_was_given(
    engine: sa.Engine, role: str, slug: str | None
) -> None:
    give(engine, "ann@client.example", role, slug)
    places = {"a"} if slug else {"a", "b", None}
    assert {key for key, yes in may(ann(engine)).items() if yes} == set(product(places, EXPECTED[role]))


def test_roles_of_a_workspace_and_of_all_add_up(engine: sa.Engine) -> None:
    give(engine, "ann@client.example", "viewer", None)
    give(engine, "sub:7", "editor", "a")
    person = ann(engine)
    assert person.may("edit", "a") and person.may("see", "b")
    assert not person.may("edit", "b") and not person.may("administer", "a")
    assert person.among(["b", "a"]) == ["b", "a"] and person.among(["b", "a"], "edit") == ["a"]


def test_nobody_is_somebody_without_a_role_or_a_verified_address(engine: sa.Engine) -> None:
    give(engine, "ann@client.example", "admin", None)
    with reading(engine) as session:
        for claims in (
            {"email": "bob@client.example"},
            {**ANN, "email_verified": False},
            {**ANN, "email_verified": "false"},
            {"email": ["ann@client.example"]},
            {},
        ):
            assert not any(may(person_of(session, claims)).values()), claims
        assert person_of(session, {"email": "ann@client.example"}).may(
            "see", "a"
        )  # some providers say nothing of it


def test_whoever_may_not_is_told_without_a_name_they_do_not_know() -> None:
    person = Person("ann", {"a": ROLES["viewer"]})
    person.require("see", "a")
    with pytest.raises(NotAllowed, match="ann may not edit in a:"):
        person.require("edit", "a")
    with pytest.raises(NotAllowed, match="may not see in that workspace"):
        person.require("see", "b")
    assert ANYBODY.may("administer", None)


def test_a_token_lets_a_program_into_one_workspace_for_one_thing() -> None:
    reader, companion = token_person(Holder("a", "bi")), token_person(Holder("a", "c", CAPTURE))
    assert (reader.may("see", "a"), reader.may("see", "b"), reader.may("capture", "a")) == (
        True,
        False,
        False,
    )
    assert (companion.may("see", "a"), companion.may("capture", "a")) == (False, True)
    assert not reader.may("edit", "a") and not reader.may("see", None)


def test_every_change_of_a_role_is_written_down(engine: sa.Engine) -> None:
    give(engine, "Ann@client.example", "viewer", "a")
    give(engine, "ann@client.example", "viewer", "a")  # nothing new
    give(engine, "ann@client.example", "admin", "a")
    give(engine, "ann@client.example", "viewer", None)
    with writing(engine) as session:
        remove_member(session, "ann@client.example", "a", by="boss@agency.example", now=NOW)
    with reading(engine) as session:
        rows = session.exec(select(Audit).order_by(Audit.id)).all()  # type: ignore[arg-type]
        told = [
            (row.via, row.workspace_id, row.changes[0]["before"], row.changes[0]["after"]) for row in rows
        ]
        assert told == [
            ("add", 1, None, "viewer"),
            ("change", 1, "viewer", "admin"),
            ("add", None, None, "viewer"),
            ("remove", 1, "admin", None),
        ]
        assert {(row.kind, row.who, row.changes[0]["key"]) for row in rows} == {
            ("member", "boss@agency.example", "ann@client.example")
        }
        assert [(member.role, slug) for member, slug in read_members(session, "b")] == [("viewer", None)]
        assert count_journal(session, ["a"], everywhere=False) == 3
        assert [slug for _, slug in read_journal(session, ["a"], everywhere=True)] == ["a", None, "a", "a"]
        assert read_journal(session, ["b"], everywhere=False) == []


def test_what_is_no_member_is_refused(engine: sa.Engine) -> None:
    for wrong in ("ann", "a b@c", "sub:", "", "ann@x, bob@y", f"{'a' * 200}@b.example"):
        with pytest.raises(UsageError):
            identity(wrong)
    with writing(engine) as session:
        with pytest.raises(UsageError, match="no role 'owner'"):
            add_member(session, "a@b.example", "owner", "a", by="", now=NOW)
        with pytest.raises(UsageError, match="has no role of its own in all workspaces"):
            remove_member(session, "a@b.example", None, by="", now=NOW)


def test_saved_views_are_of_one_person_and_of_what_they_still_see(engine: sa.Engine) -> None:
    with writing(engine) as session:
        save_bookmark(session, "ann", " Monday  meeting ", "a", "overview", {"period": ["7"]}, NOW)
        save_bookmark(session, "ann", "Monday meeting", "b", "answers", {"engine": ("kimi", "glm")}, NOW)
        save_bookmark(session, "ann", "old", "a", "shelf", {}, NOW)
        save_bookmark(session, "bob", "Monday meeting", "a", "sources", {}, NOW)
    with reading(engine) as session:
        both = [
            (row.name, slug, row.page, row.address)
            for row, slug in read_bookmarks(session, "ann", ["a", "b"])
        ]
        assert both == [
            ("Monday meeting", "b", "answers", {"engine": ["kimi", "glm"]}),
            ("old", "a", "shelf", {}),
        ]
        assert [row.name for row, _ in read_bookmarks(session, "ann", ["a"])] == ["old"]
    with writing(engine) as session:
        remove_bookmark(session, "ann", "old")
        remove_bookmark(session, "ann", "never there")
        with pytest.raises(UsageError, match="1 to 60 characters"):
            save_bookmark(session, "ann", "  ", "a", "overview", {}, NOW)
        for number in range(MOST - 1):
            save_bookmark(session, "ann", str(number), "a", "overview", {}, NOW)
        with pytest.raises(UsageError, match="remove one first"):
            save_bookmark(session, "ann", "one more", "a", "overview", {}, NOW)
