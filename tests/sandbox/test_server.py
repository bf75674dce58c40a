"""The sandbox as a process: its answers, its web through a proxy, its failures, its log."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest

from geo_tracker.sandbox import running
from geo_tracker.sandbox.faults import Fault

START = date(2026, 10, 27)
KEY = {"Authorization": "Bearer sandbox", "X-Sandbox-Date": "2026-11-02"}
PROMPT = "敏感肌适合用什么样的面膜?"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(start=START, hang=0.2) as address:
        yield address


class Client:
    """One request per connection, through the sandbox as a proxy or straight to it."""

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address).netloc

    def send(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection(self._host, timeout=10)
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        return response, response.read()

    def ask(self, prompt: str, engine: str = "openai", **headers: str) -> tuple[HTTPResponse, bytes]:
        asked = {"model": "m", "input": prompt, "tools": [{"type": "web_search"}]}
        sent = {**KEY, **{f"X-Sandbox-{name.title()}": value for name, value in headers.items()}}
        return self.send("POST", f"/engines/{engine}/responses", json.dumps(asked).encode(), sent)

    def get(self, page: str, **headers: str) -> tuple[HTTPResponse, bytes]:
        host = urlsplit(page).netloc
        return self.send("GET", page, headers={"Host": host, "X-Sandbox-Date": "2026-11-20", **headers})

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.send("GET", "/_sandbox/log")[1].splitlines()]


@pytest.fixture
def client(url: str) -> Client:
    return Client(url)


def test_the_same_question_gets_the_same_answer_and_a_repeat_another(client: Client) -> None:
    first, again, other = (client.ask(PROMPT, repeat=n)[1] for n in ("0", "0", "1"))
    assert first == again
    assert first != other


def test_a_seed_gives_the_same_answers_in_another_process(client: Client) -> None:
    with running(start=START) as address:
        assert Client(address).ask(PROMPT)[1] == client.ask(PROMPT)[1]
    with running(start=START, seed=2) as address:
        assert Client(address).ask(PROMPT)[1] != client.ask(PROMPT)[1]


def test_every_request_is_in_the_log(client: Client) -> None:
    client.ask("What is the best CRM?", engine="doubao", repeat="7")
    entry = client.log()[-1]
    seen = {key: entry[key] for key in ("engine", "prompts", "date", "repeat", "status", "fault")}
    assert seen == {
        "engine": "doubao",
        "prompts": ["What is the best CRM?"],
        "date": "2026-11-02",
        "repeat": 7,
        "status": 200,
        "fault": None,
    }


@pytest.mark.parametrize("fault", ["429", "500"])
def test_an_error_on_demand(client: Client, fault: str) -> None:
    response, body = client.ask(PROMPT, fault=fault)
    assert response.status == int(fault)
    assert response.getheader("Retry-After") == ("1" if fault == "429" else None)
    assert json.loads(body)["error"]["message"]


def test_an_answer_that_is_not_in_the_format(client: Client) -> None:
    response, body = client.ask(PROMPT, fault="malformed")
    assert response.status == 200
    with pytest.raises(ValueError):
        json.loads(body)


@pytest.mark.parametrize("fault", ["drop", "timeout", "truncated"])
def test_a_connection_that_breaks(client: Client, fault: str) -> None:
    started = time.monotonic()
    with pytest.raises((HTTPException, ConnectionError)):
        client.ask(PROMPT, fault=fault)
    assert (time.monotonic() - started >= 0.2) is (fault == "timeout")


def test_an_empty_answer_and_a_refusal(client: Client) -> None:
    def part(fault: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(client.ask(PROMPT, fault=fault)[1])["output"][-1]["content"][0]
        return found

    assert part("empty")["text"] == ""
    assert part("refusal")["type"] == "refusal"


@pytest.mark.parametrize("header", ["fault", "date", "repeat"])
def test_a_header_that_cannot_be_read_is_an_error(client: Client, header: str) -> None:
    response, body = client.ask(PROMPT, **{header: "nonsense"})
    assert response.status == 400
    assert b"X-Sandbox" in body


def test_a_share_of_first_attempts_fails_and_a_second_one_does_not() -> None:
    with running(start=START, faults=0.5, hang=0.0) as address:
        client = Client(address)
        for attempt in range(2):
            for repeat in range(60):
                try:
                    client.ask(PROMPT, repeat=str(repeat))
                except (HTTPException, ConnectionError):
                    assert attempt == 0
        asked = [entry for entry in client.log() if entry["engine"]]
    first, second = asked[:60], asked[60:]
    failed = [entry["fault"] for entry in first if entry["fault"]]
    assert 15 <= len(failed) <= 45
    assert len(set(failed)) >= 4
    lasting = {Fault.EMPTY, Fault.REFUSAL}
    assert {entry["fault"] for entry in second} <= {None, *lasting}
    assert {entry["attempt"] for entry in second} == {2}


def test_unknown_engine_path_and_host(client: Client) -> None:
    assert client.send("POST", "/engines/nobody/x")[0].status == 404
    assert client.send("POST", "/engines/openai/x", headers=KEY)[0].status == 404
    assert client.send("POST", "/engines/openai/responses", b"{", headers=KEY)[0].status == 400
    assert client.get("http://nowhere.example/")[0].status == 502


@pytest.mark.parametrize(
    ("page", "status"),
    [
        ("http://www.yunsha.example/", 200),
        ("http://www.pingce.example/p/1001.html?utm_source=openai", 200),
        ("http://www.pingce.example/nothing-here", 404),
        ("http://www.wenda.example/question/gone", 404),
        ("http://www.meizhuang-daily.example/2026/herbal", 500),
        ("http://item.haogou.example/100602.html", 404),
    ],
)
def test_pages_and_broken_links(client: Client, page: str, status: int) -> None:
    assert client.get(page)[0].status == status


def test_a_redirect_chain_ends_at_the_page(client: Client) -> None:
    page, statuses = "http://www.yunsha.example/mask", list[int]()
    for _ in range(4):
        response, _body = client.get(page)
        statuses.append(response.status)
        page = response.getheader("Location") or page
    assert statuses == [301, 301, 200, 200]
    assert page == "http://www.yunsha.example/products/100201.html"


def test_a_host_that_hangs_up(client: Client) -> None:
    with pytest.raises((HTTPException, ConnectionError)):
        client.get("http://blog.suiyi.example/mask-notes")


def test_a_slow_page(client: Client) -> None:
    started = time.monotonic()
    assert client.get("http://www.chengfenbiao.example/article/slow-report")[0].status == 200
    assert time.monotonic() - started >= 2


def test_robots_of_each_host(client: Client) -> None:
    assert b"Disallow: /members/" in client.get("http://www.pingce.example/robots.txt")[1]
    assert b"Crawl-delay: 1" in client.get("http://bbs.fuxiaozu.example/robots.txt")[1]
    assert b"Allow: /" in client.get("http://www.yunsha.example/robots.txt")[1]


def test_a_page_that_has_not_changed(client: Client) -> None:
    page = "http://www.pingce.example/p/1001.html"
    tag = client.get(page)[0].getheader("ETag") or ""
    response, body = client.get(page, **{"If-None-Match": tag})
    assert (response.status, body) == (304, b"")


def test_it_ends_with_its_parent() -> None:
    code = (
        "import time\nfrom geo_tracker.sandbox import running\n"
        "with running() as url:\n    print(url, flush=True)\n    time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        client = Client(parent.stdout.readline().decode().strip())
        client.log()
        os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    with pytest.raises(ConnectionError):
        while time.monotonic() < deadline:
            client.log()
            time.sleep(0.05)


def test_it_is_stopped_after_use() -> None:
    with running() as address:
        client = Client(address)
        client.log()
    with pytest.raises(ConnectionError):
        client.log()
