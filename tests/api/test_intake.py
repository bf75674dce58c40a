"""The intake over a real server: a paired extension comes in, a web page does not, and nothing comes twice."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import select

from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Mention
from geo_tracker.storage.tokens import create_token, revoke_token
from tests.support.captured import NOW, capture, line
from tests.support.paired import ORIGIN, Paired

MAX = 200_000


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paired]:
    made = Paired(tmp_path_factory.mktemp("paired"), max_capture=MAX)
    with made.listening():
        yield made
    made.engine.dispose()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Paired]:
    made = Paired(tmp_path, max_capture=MAX)
    yield made
    made.engine.dispose()


def test_a_session_from_the_first_prompt_to_the_last(alone: Paired) -> None:
    with alone.listening():
        assert alone.post("hello").json()["workspace"] == "面膜"
        first = alone.post("next").json()
        assert (first["planned"], first["captured"], first["left"]) == (8, 0, 8)
        due = first["due"]
        assert alone.post("skip", {"row": due["row"], "reason": "login"}).status_code == 200
        assert alone.post("skip", {"row": due["row"], "reason": "login"}).status_code == 400
        assert alone.post("skip", {"row": due["row"], "reason": "bored"}).status_code == 422
        due = alone.post("next").json()["due"]
        seen = capture(due["engine"], prompt=due["prompt"], at="2100-01-01T00:00:00Z")
        seen["at"] = "2099-12-31T00:00:00Z"  # after any pass of today
        assert alone.post("captures", line(seen)).json()["outcome"] == "new"
        after = alone.post("next").json()
        assert (after["captured"], after["left"]) == (1, 6)
        [skipped] = after["failed"]
        assert alone.post("retry", {"row": skipped["row"]}).status_code == 200
        assert alone.post("next").json()["left"] == 7
    until = time.monotonic() + 20
    while time.monotonic() < until:  # scored behind the answer's back
        with reading(alone.engine) as session:
            if session.exec(select(Mention)).all():
                return
        time.sleep(0.05)
    raise AssertionError("the capture was not scored")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://www.doubao.com"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:8501"},
        {"Origin": f"{ORIGIN}.evil.example"},
        {"Host": "evil.example"},
        {"Host": "evil.example:8601"},
    ],
    ids=str,
)
def test_a_page_is_turned_away_even_with_the_token(paired: Paired, headers: dict[str, str]) -> None:
    reply = paired.post("captures", line(capture()), **headers)
    assert reply.status_code == 403
    assert not [name for name in reply.headers if name.startswith("access-control")]
    assert paired.answers() == []


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT"])
def test_nothing_but_a_post_is_answered(paired: Paired, method: str) -> None:
    with httpx.Client(trust_env=False) as client:
        url = f"http://127.0.0.1:{paired.port}/v1/intake/next"
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        page = client.request(method, url, headers=asked)
        own = client.request(method, url, headers={"Origin": ORIGIN})
    assert (page.status_code, own.status_code) == (403, 405)
    assert "access-control-allow-origin" not in {*page.headers, *own.headers}


def test_only_a_token_for_captures_opens_and_it_opens_nothing_else(
    alone: Paired, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "geo_tracker.api")
    with writing(alone.engine) as session:
        reads = create_token(session, alone.workspace, "reads", NOW)
    with alone.listening():
        for told in ("", "Bearer", "Bearer geo_wrong", f"Bearer {reads}", f"Basic {alone.token}"):
            assert alone.post("next", Authorization=told).status_code == 401
        assert alone.post("next").status_code == 200
        with writing(alone.engine) as session:
            revoke_token(session, alone.workspace, "companion", NOW)
        assert alone.post("next").status_code == 401
    assert alone.token not in caplog.text and reads not in caplog.text


def test_a_capture_token_opens_no_reads(alone: Paired) -> None:
    from fastapi.testclient import TestClient

    from geo_tracker.api.server import create_app

    with TestClient(create_app(alone.engine)) as client:
        reply = client.get("/v1/workspaces", headers={"Authorization": f"Bearer {alone.token}"})
    assert reply.status_code == 401


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"no json", {}, 422),
        (b'{"capture": 2}', {}, 422),
        (line({**capture(), "cookies": "sid=planted-cookie"}), {}, 422),
        (b"[" * 100_000, {}, 422),
        (line(capture()), {"Content-Type": "text/plain"}, 415),
        (b'{"capture": 1, "html": "' + b"x" * MAX + b'"}', {}, 413),
    ],
    ids=["no json", "another version", "more than it holds", "nested", "text", "long"],
)
def test_what_is_no_capture_is_refused_and_nowhere_kept(
    paired: Paired, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert paired.post("captures", body, **headers).status_code == status
    assert list(paired.archive.stored()) == []


def test_a_body_without_a_length_is_bounded_too(paired: Paired) -> None:
    head = f"POST /v1/intake/captures HTTP/1.1\r\nHost: 127.0.0.1:{paired.port}\r\nOrigin: {ORIGIN}\r\n"
    head += f"Authorization: Bearer {paired.token}\r\nContent-Type: application/json\r\n"
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", paired.port), 10) as raw:
        raw.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + piece * 4)
        raw.settimeout(10)
        assert b" 413 " in raw.recv(200)


def test_who_asks_too_often_waits(alone: Paired) -> None:
    with alone.listening(per_minute=3):
        codes = [alone.post("hello").status_code for _ in range(5)]
        wrong = [alone.post("hello", Authorization="Bearer geo_x").status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429] and wrong == [401, 401, 401, 429, 429]


def test_a_database_that_fails_in_the_middle_loses_nothing(
    alone: Paired, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geo_tracker.collect import imports

    def fails(*_: object, **__: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, Exception("disk I/O error"))

    sent = line(capture())
    with alone.listening():
        with monkeypatch.context() as broken:
            broken.setattr(imports, "save_sources", fails)
            assert alone.post("captures", sent).status_code == 503
        assert alone.answers() == []
        assert [alone.archive.get(sha) for sha in alone.archive.stored()].count(sent) == 1
        assert alone.post("captures", sent).json()["outcome"] == "new"
        assert alone.post("captures", sent).json()["outcome"] == "known"
    assert len(alone.answers()) == 1


def test_every_refusal_has_one_shape_and_says_what_to_do(paired: Paired) -> None:
    refusals = [
        paired.post("nowhere"),
        paired.post("skip", b"[]"),
        paired.post("skip", {"row": 10**6, "reason": "login"}),
        paired.post("next", Authorization="Bearer wrong"),
    ]
    assert [reply.status_code for reply in refusals] == [404, 422, 400, 401]
    assert all(set(reply.json()) == {"error"} for reply in refusals)
    assert not any(reply.json()["error"].startswith((":", "[")) for reply in refusals)
    assert "geo-tracker intake --pair" in refusals[-1].json()["error"]
