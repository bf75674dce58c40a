"""The parts of the spiders that need no network: group commit, pace, retry waits, secrets."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from scrapy.resolver import CachingThreadedResolver
from sqlmodel import Session, select
from twisted.internet.defer import succeed

from geo_tracker.errors import GeoTrackerError
from geo_tracker.storage import archive as archives
from geo_tracker.storage.archive import Archive, sha256_of
from geo_tracker.storage.database import reading
from geo_tracker.storage.models import Workspace
from spiders.pace import Pace, retry_after, wait_before_retry
from spiders.resolver import PublicResolver, is_public
from spiders.secrets import Secrets
from spiders.writer import Writer
from tests.support.places import ROOT

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def insert(session: Session, slugs: list[str]) -> None:
    session.add_all(Workspace(slug=slug, name=slug) for slug in slugs)
    session.flush()


def slugs(engine: sa.Engine) -> set[str]:
    with reading(engine) as session:
        return set(session.exec(select(Workspace.slug)).all())


def test_writes_of_one_kind_that_wait_share_a_call(engine: sa.Engine, archive: Archive) -> None:
    calls: list[list[str]] = []

    def counted(session: Session, things: list[str]) -> None:
        calls.append(things)
        insert(session, things)

    async def write() -> None:
        writer = Writer(engine, archive)
        await asyncio.gather(*(writer.write(counted, str(number)) for number in range(50)))

    asyncio.run(write())
    assert slugs(engine) == {str(number) for number in range(50)}
    assert len(calls) < 5


def test_a_write_that_fails_takes_no_other_along(engine: sa.Engine, archive: Archive) -> None:
    async def write() -> list[BaseException | None]:
        writer = Writer(engine, archive)
        return await asyncio.gather(
            *(writer.write(insert, slug) for slug in ("a", "b", "a", "c")), return_exceptions=True
        )

    results = asyncio.run(write())
    assert [type(result) for result in results] == [type(None), type(None), sa.exc.IntegrityError, type(None)]
    assert slugs(engine) == {"a", "b", "c"}


def test_a_result_is_there_after_its_commit(engine: sa.Engine, archive: Archive) -> None:
    async def run() -> int:
        return await Writer(engine, archive).run(lambda session: insert(session, ["a"]) or 7)

    assert asyncio.run(run()) == 7
    assert slugs(engine) == {"a"}


def test_bodies_are_in_the_archive_before_the_rows_that_name_them(
    engine: sa.Engine, archive: Archive
) -> None:
    bodies = {sha256_of(body): body for body in (b"one", b"two", b"three")}

    def named(session: Session, shas: list[str]) -> None:
        assert [archive.get(sha) for sha in shas] == list(bodies.values())
        insert(session, shas)

    async def write() -> None:
        writer = Writer(engine, archive)
        await asyncio.gather(*(writer.write(named, sha, body) for sha, body in bodies.items()))

    asyncio.run(write())
    assert slugs(engine) == set(bodies)


def test_a_body_that_cannot_be_stored_leaves_no_row_and_takes_no_other_along(
    engine: sa.Engine, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = archives._Partial.begin

    def full(path: Path, packed: bytes) -> archives._Partial:
        if path.stem == sha256_of(b"large"):
            raise OSError(28, "No space left on device")
        return begin(path, packed)

    monkeypatch.setattr(archives._Partial, "begin", full)

    async def write() -> list[BaseException | None]:
        writer = Writer(engine, archive)
        jobs = (writer.write(insert, body.decode(), body) for body in (b"small", b"large", b"other"))
        return await asyncio.gather(*jobs, return_exceptions=True)

    results = asyncio.run(write())
    assert [type(result) for result in results] == [type(None), GeoTrackerError, type(None)]
    assert slugs(engine) == {"small", "other"}


def test_killed_between_body_and_row_the_body_is_whole_and_the_row_as_it_was(
    engine: sa.Engine, archive: Archive, tmp_path: Path
) -> None:
    code = """
import asyncio, os, sys
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import open_engine
from spiders.writer import Writer
from tests.support.places import ROOT
from tests.spiders.test_parts import insert

def die(session, slugs):
    insert(session, slugs)
    os._exit(9)

asyncio.run(Writer(open_engine(sys.argv[1]), Archive(sys.argv[2])).write(die, "a", b"an answer"))
"""
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", code, url, archive.location]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9
    assert archive.get(sha256_of(b"an answer")) == b"an answer"
    assert slugs(engine) == set()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"retry-after": format_datetime(NOW - timedelta(days=1), usegmt=True)}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "٣"}, None),
    ],
)
def test_the_wait_a_response_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


@given(st.text())
def test_no_header_breaks_the_wait(value: str) -> None:
    wait = retry_after({"retry-after": value, "retry-after-ms": value}, NOW)
    assert wait is None or wait >= 0


@given(failures=st.integers(1, 30), asked=st.none() | st.floats(0, 1e5))
def test_a_retry_never_comes_before_it_was_asked_for(failures: int, asked: float | None) -> None:
    wait = wait_before_retry(failures, asked, first=2.0, longest=60.0).total_seconds()
    assert wait >= (asked or 0.0) - 1e-6
    assert asked is not None or 1.0 <= wait <= 90.0


def test_a_rate_limit_slows_an_engine_once_and_answers_bring_it_back() -> None:
    pace = Pace(usual=0.5, concurrency=2)
    for _ in range(10):
        pace.slow_down(NOW, NOW + timedelta(seconds=5))
    assert (pace.delay, pace.resume_at) == (1.0, NOW + timedelta(seconds=5))
    for _ in range(50):
        pace.speed_up()
    assert pace.delay == 0.5


def test_keys_are_blotted_out_of_log_lines_and_tracebacks(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = Secrets(["sk-geheim/1+2", "", "ab"])
    assert secrets.hide("key sk-geheim/1+2 or sk-geheim%2F1%2B2, ab") == "key *** or ***, ab"
    handler = logging.StreamHandler()
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    secrets.guard_logs()
    error = ValueError("bad key sk-geheim/1+2")
    record = logging.LogRecord("x", logging.ERROR, "", 0, "no", (), (ValueError, error, None))
    assert "bad key ***" in handler.format(record)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_name_that_leads_elsewhere_the_second_time_is_refused_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: each address is checked when it is given to who connects, whatever came before."""
    addresses = iter(["93.184.216.34", "169.254.169.254"])
    monkeypatch.setattr(CachingThreadedResolver, "getHostByName", lambda *of: succeed(next(addresses)))
    resolver = PublicResolver(Mock(), 1.0, hosts=(), addresses=())
    found: list[str] = []
    refused: list[str] = []
    for _ in range(2):
        resolver.getHostByName("rebound.example").addCallbacks(
            found.append, lambda failure: refused.append(failure.getErrorMessage())
        )
    assert found == ["93.184.216.34"]
    assert "rebound.example is the private address 169.254.169.254" in refused[0]
