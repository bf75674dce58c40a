"""A person with the companion asks eleven apps offline: every answer lands once, with its shelf, nothing else does."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from geo_tracker.captures.companion import KEPT, KEPT_OF
from geo_tracker.collect.imports import import_file
from geo_tracker.collect.session import read_session
from geo_tracker.sandbox.apps.lookalikes import LINK, LOOK_ALIKES, LookAlike
from geo_tracker.sandbox.apps.server import Apps
from geo_tracker.score.answers import score
from geo_tracker.storage.database import reading
from geo_tracker.storage.models import Answer, Citation, Offer
from tests.support.look_alikes import COMPANION, PROMPT, apps_served, asked, killed, launched
from tests.support.paired import Paired
from tests.support.person import BY_NAME, NAMES, Person, eleven


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[tuple[Apps, int]]:
    with apps_served(tmp_path_factory.mktemp("apps")) as found:
        yield found


@pytest.fixture
def paired(tmp_path: Path) -> Iterator[Paired]:
    made = Paired(tmp_path, workspace=eleven)
    yield made
    made.engine.dispose()


@pytest.fixture
def open_browser(
    playwright: Any, chromium: str, served: tuple[Apps, int], tmp_path: Path
) -> Iterator[Callable[[], Any]]:
    """Starts the browser of one profile, again after it was killed."""
    opened: list[Any] = []

    def start() -> Any:
        opened.append(launched(playwright, chromium, tmp_path / "profile", served[1], COMPANION))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def offers_of(engine: sa.Engine, app: str) -> set[str | None]:
    with reading(engine) as session:
        shown = select(Offer.url).join(Answer, col(Answer.id) == col(Offer.answer_id))
        return set(session.exec(shown.where(Answer.engine == app)).all())


def meant(apps: Apps, app: LookAlike) -> set[str]:
    """The offers that the sandbox put into an answer: its cards and the links in its text."""
    answer = apps.answer(app, PROMPT)
    return {card.url for card in answer.cards} | {url for _, url in LINK.findall(answer.text)}


def planted_in(*texts: bytes) -> set[str]:
    words = {"planted-", "张小帆"}
    spellings = {word: (word.encode(), json.dumps(word)[1:-1].encode()) for word in words}
    return {word for word, ways in spellings.items() for text in texts if any(way in text for way in ways)}


def stored(home: Path, paired: Paired) -> list[bytes]:
    """All that was written: the database with its log, the bodies unpacked, the browser's own queue."""
    files = [each.read_bytes() for each in home.glob("geo.db*")]
    return files + [paired.archive.get(sha) for sha in paired.archive.stored()]


def test_eleven_apps(
    paired: Paired,
    served: tuple[Apps, int],
    open_browser: Callable[[], Any],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.WARNING, "aiohttp")  # the apps write down what they were asked, as real ones do
    apps = served[0]
    with paired.listening():
        person = Person(open_browser(), paired)
        person.pairs()
        assert [person.asks_next() for _ in NAMES] == NAMES, "apps take turns in the panel's order"
        person.looks().locator("#due").wait_for(state="hidden")
        assert person.waits() == 0
    score(paired.engine, paired.archive, paired.workspace, processes=1)
    with reading(paired.engine) as session:
        rows = session.exec(select(Answer).order_by(col(Answer.id))).all()
        cited = session.exec(
            select(Answer.engine, Citation.url).join(Citation).where(Citation.role == "cited")
        ).all()
    assert [(row.engine, row.status, row.search) for row in rows] == [
        (name, "captured", "unknown" if name == "gemini" else "yes") for name in NAMES
    ]
    assert all(row.usage["mode"]["search"] is True for row in rows), "the page's switch was on"
    placements = set()
    for app in LOOK_ALIKES:
        answer = apps.answer(app, PROMPT)
        sources = {answer.sources[number].url for number in answer.cited}
        found = offers_of(paired.engine, app.name)
        assert found >= meant(apps, app), app.name
        assert found - meant(apps, app) <= sources, "a cited shop page that its app links in the text"
        assert sources <= {url for engine, url in cited if engine == app.name}, app.name
        placements |= {"card"} if answer.cards else {"text"} if LINK.search(answer.text) else {"page"}
    assert placements == {"card", "text", "page"}
    assert sorted(apps.asked) == sorted((name, PROMPT) for name in NAMES), (
        "each app was asked once, by the person"
    )
    assert planted_in(*stored(tmp_path, paired), caplog.text.encode()) == set()
    for sha in paired.archive.stored():
        seen = json.loads(paired.archive.get(sha))
        if "capture" in seen:
            assert set(seen) == KEPT and all(set(seen[name] or {}) <= KEPT_OF[name] for name in KEPT_OF)


def test_what_comes_while_nobody_listens_waits_through_a_killed_browser(
    paired: Paired, served: tuple[Apps, int], open_browser: Callable[[], Any], tmp_path: Path
) -> None:
    person = Person(browser := open_browser(), paired)
    with paired.listening():
        person.pairs()
    for app in (BY_NAME["doubao"], BY_NAME["kimi"]):
        page = browser.new_page()
        page.goto(f"https://{app.host}/")
        asked(page, PROMPT)
        page.goto("about:blank")  # a person in a hurry leaves before the page stands still
    person.until(lambda: person.waits() == 2)
    with person.popup.expect_download() as saving:
        person.looks().locator("#save").click()
    file = tmp_path / "saved.geo.jsonl"
    saving.value.save_as(file)
    assert planted_in(file.read_bytes()) == set()
    killed(tmp_path / "profile")
    again = Person(open_browser(), paired)
    assert again.waits() == 2, "they wait on the disk"
    done = import_file(paired.engine, paired.archive, paired.workspace, file)
    assert (done.format, done.new) == ("companion", 2)
    with paired.listening():
        again.looks()
        again.until(lambda: again.waits() == 0)
    assert len(paired.answers()) == 2, "the file and the intake brought the same answers"


def test_a_killed_intake_and_a_locked_database_lose_nothing(
    paired: Paired, open_browser: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geo_tracker.api import intake

    took = intake.take_capture

    def dies_after(*given: Any, **more: Any) -> Any:
        took(*given, **more)
        raise sa.exc.OperationalError("COMMIT", {}, Exception("connection lost"))

    browser = open_browser()
    person = Person(browser, paired)
    with monkeypatch.context() as broken, paired.listening():
        person.pairs()
        broken.setattr(intake, "take_capture", dies_after)
        page = browser.new_page()
        page.goto(f"https://{BY_NAME['yuanbao'].host}/")
        asked(page, PROMPT)
        person.until(lambda: len(paired.answers()) == 1)
        assert person.waits() == 1, "stored, but the companion was not told"
    with paired.listening():
        person.looks()
        person.until(lambda: person.waits() == 0)
    assert len(paired.answers()) == 1


FAILURES = {
    "doubao": (
        429,
        "application/json",
        '{"msg": "too many questions", "token": "planted-token-8f3c2a917b"}',
        "limit",
    ),
    "wenxin": (503, "text/html", "<p>planted-page-of-a-wall</p>", "unavailable"),
    "perplexity": (401, "application/json", "{}", "unavailable"),
}
"""Status, type and body in place of an answer, and the reason that is told; EventSource is not told a status."""


def answering(status: int, kind: str, told: str) -> Callable[[Any], None]:
    return lambda route: route.fulfill(status=status, content_type=kind, body=told)


def test_a_failed_request_is_a_failure_and_never_an_answer_of_before(
    paired: Paired, served: tuple[Apps, int], open_browser: Callable[[], Any], tmp_path: Path
) -> None:
    browser = open_browser()
    person = Person(browser, paired)
    with paired.listening():
        person.pairs()
        person.looks()
        for app, (status, kind, told, _) in FAILURES.items():
            page = browser.new_page()
            page.route(f"**{BY_NAME[app].path}*", answering(status, kind, told))
            page.goto(f"https://{BY_NAME[app].host}/")
            page.evaluate("(path) => fetch(path, { method: 'POST' }).then(() => 0)", BY_NAME[app].path)
            asked(page, PROMPT)
        person.until(lambda: len(list(paired.archive.stored())) == len(FAILURES))
        person.until(lambda: person.waits() == 0)
    with reading(paired.engine) as session:
        rows = read_session(session, paired.workspace, datetime.now(UTC))
    told = {row.engine: (row.open, row.reason) for row in rows if row.reason}
    assert told == {app: (True, reason) for app, (*_, reason) in FAILURES.items()}
    assert len(list(paired.archive.stored())) == len(FAILURES), "what fails unasked is of no prompt"
    assert paired.answers() == [] and planted_in(*stored(tmp_path, paired)) == set()
    [limited] = [
        seen for seen in stored(tmp_path, paired) if b"too many questions" in seen and seen[:1] == b"{"
    ]
    seen = json.loads(limited)
    assert (seen["response"]["status"], seen["html"]) == (429, None), "the page shows an answer of before"


def test_a_page_cannot_reach_the_intake(paired: Paired, open_browser: Callable[[], Any]) -> None:
    browser = open_browser()
    script = """async ([port, token]) => {
      const tried = [];
      for (const [way, headers] of [["cors", { "Content-Type": "application/json", Authorization: `Bearer ${token}` }],
                                    ["no-cors", { "Content-Type": "text/plain" }], ["cors", {}]]) {
        const options = { method: "POST", mode: way, headers, body: "{}" };
        try {
          const reply = await fetch(`http://127.0.0.1:${port}/v1/intake/captures`, options);
          tried.push(reply.type);
        } catch { tried.push("blocked"); }
      }
      return tried;
    }"""
    with paired.listening():
        page = browser.new_page()
        page.goto("https://www.doubao.com/")
        tried = page.evaluate(script, [paired.port, paired.token])
        assert tried[0] == tried[2] == "blocked" and tried[1] in ("blocked", "opaque")
        assert page.evaluate("typeof chrome.runtime?.sendMessage") == "undefined"
    assert paired.answers() == [] and list(paired.archive.stored()) == []


def test_a_page_that_forges_captures_is_bounded(paired: Paired, open_browser: Callable[[], Any]) -> None:
    browser = open_browser()
    person = Person(browser, paired)
    page = browser.new_page()
    page.goto("https://www.doubao.com/chat/")
    page.evaluate(
        """() => {
          const url = "https://www.doubao.com/chat/completion";
          const forged = { geoCompanion: 1, url, body: "", type: "", transport: "fetch" };
          const say = (more) => postMessage({ ...forged, frames: ["x"], at: { evil: 1 }, ...more }, location.origin);
          say({ url: "http://[bad" });
          say({ url: "https://evil.example/" });
          say({ frames: ["y".repeat(20e6)] });
          for (let sent = 0; sent < 100; sent += 1) say({});
        }"""
    )
    person.until(lambda: person.waits() == 17)
    person.popup.wait_for_timeout(1_500)
    kept = [name for name in person.popup.evaluate("chrome.storage.local.get(null)") if "capture:" in name]
    assert len(kept) == 17, "20 a minute; of those one is too long and two are of no app"
    assert all(re.match(r"capture:20\d\d-\d\d", name) for name in kept), "times are times"


def test_a_socket_is_heard_too(paired: Paired, open_browser: Callable[[], Any]) -> None:
    """None of the apps is known to use one: the same frames as messages, on the path of Doubao's answers."""
    browser = open_browser()
    person = Person(browser, paired)
    script = """(prompt) => new Promise((resolve) => {
      const socket = new WebSocket(`wss://www.doubao.com/chat/completion?prompt=${encodeURIComponent(prompt)}`);
      let messages = 0;
      socket.onopen = () => socket.send(JSON.stringify({ messages: [{ content: JSON.stringify({ text: prompt }) }] }));
      socket.onmessage = () => (messages += 1);
      socket.onclose = () => resolve(messages);
    })"""
    with paired.listening():
        person.pairs()
        page = browser.new_page()
        page.goto("https://www.doubao.com/chat/")
        assert page.evaluate(script, PROMPT) > 1, "the page hears all of it"
        person.until(lambda: len(paired.answers()) == 1)
    [answer] = paired.answers()
    assert (answer.engine, answer.status) == ("doubao", "captured")


def test_the_popup_skips_asks_again_and_says_what_it_keeps(
    paired: Paired, open_browser: Callable[[], Any]
) -> None:
    person = Person(open_browser(), paired)
    person.looks().locator("#state[data-state=unpaired]").wait_for()
    with paired.listening():
        person.pairs()
        shown = person.looks()
        assert shown.locator("#app").inner_text() == "豆包 Doubao"
        shown.locator("#skips button[value=login]").click()
        failure = shown.locator("#failures li")
        failure.wait_for()
        assert "needs login" in failure.inner_text()
        assert "10 to go" in shown.locator("#progress").inner_text()
        failure.locator("button").click()
        failure.wait_for(state="detached")
        assert "11 to go" in shown.locator("#progress").inner_text()
        shown.locator("summary").click()
        assert shown.locator("#kept li").count() == 7
    person.looks().locator("#state[data-state=away]").wait_for()
