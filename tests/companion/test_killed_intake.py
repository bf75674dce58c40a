"""A real intake is killed while the companion hands over, and comes back to a locked database."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.captured import capture, line
from tests.support.intake import intake
from tests.support.look_alikes import COMPANION, launched
from tests.support.paired import Paired
from tests.support.person import Person

CAPTURES = 30
KEEP = "(kept) => chrome.storage.local.set(kept)"
HAND_OVER = "() => void chrome.runtime.sendMessage({ type: 'state' })"


@pytest.fixture
def paired(tmp_path: Path) -> Any:
    made = Paired(tmp_path)
    yield made
    made.engine.dispose()


def waiting() -> dict[str, Any]:
    """What a companion keeps that captured while nobody listened, as it keeps it."""
    kept = {}
    for number in range(CAPTURES):
        at = f"2026-11-26T10:{number:02}:00.000Z"
        seen = capture(text=f"云纱第{number}次。", prompt=f"问题 {number}", at=at)
        about = {"app": "doubao", "prompt": seen["prompt"], "at": at}
        kept[f"capture:{at}:{number}"] = {"line": line(seen).decode(), **about}
    return kept


def until_stored(person: Person, count: int) -> None:
    person.until(lambda: len(person.paired.answers()) >= count, 60)


def test_nothing_is_lost_and_nothing_comes_twice(
    playwright: Any, chromium: str, paired: Paired, tmp_path: Path
) -> None:
    told = {"GEO_HOME": str(tmp_path)}
    start: Callable[[], Any] = lambda: intake(paired.port, tmp_path / "log", told)  # noqa: E731 - a name for it
    browser = launched(playwright, chromium, tmp_path / "profile", paired.port, COMPANION)
    person = Person(browser, paired)
    with start() as listening:
        person.pairs()
        person.popup.evaluate(KEEP, waiting())
        person.popup.evaluate(HAND_OVER)
        until_stored(person, 3)
        listening.kill()
    stored = len(paired.answers())
    assert 3 <= stored < CAPTURES, "killed in the middle"
    assert CAPTURES - stored <= person.waits() <= CAPTURES - stored + 1, (
        "one may be stored and not be told so"
    )
    with start(), closing(sqlite3.connect(tmp_path / "geo.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        before = person.waits()
        person.popup.evaluate(HAND_OVER)
        person.popup.wait_for_timeout(1_500)
        assert (len(paired.answers()), person.waits()) == (stored, before), "it waits for the database"
        other.execute("ROLLBACK")
        person.until(lambda: person.waits() == 0, 60)
    browser.close()
    assert Counter(answer.text for answer in paired.answers()) == {
        f"云纱第{number}次。": 1 for number in range(CAPTURES)
    }
    assert len(list(paired.archive.stored())) == 2 * CAPTURES, "a capture and its reading each"
