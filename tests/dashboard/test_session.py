"""The page Session: what is due is planned by a look, skipped with a reason, asked again."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import col, select

from geo_tracker.i18n import translate
from geo_tracker.storage.database import migrate, open_engine, reading
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
)
from tests.support.captured import asking_by_hand
from tests.support.pages import Files, visit, words


def test_the_session_page_skips_and_asks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: Files
) -> None:
    monkeypatch.setenv("GEO_HOME", str(tmp_path))
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    migrate(engine)
    asking_by_hand(engine, apps=["doubao"], repeats=1)

    def statuses() -> list[tuple[AnswerStatus, str | None]]:
        with reading(engine) as session:
            rows = select(Answer.status, Answer.error_kind).order_by(col(Answer.id))
            return [tuple(row) for row in session.exec(rows).all()]

    page = visit("session", lang="zh")
    assert statuses() == [(AnswerStatus.PLANNED, None)] * 2, "a look plans what is due"
    assert "敏感肌可以用什么面膜?" in words(page)
    [login, *_] = [button for button in page.button if button.key and button.key.startswith("login-")]
    login.click().run()
    assert not page.exception
    assert statuses() == [(AnswerStatus.FAILED, "auth"), (AnswerStatus.PLANNED, None)]
    assert translate("zh")("session.reason_login") in words(page)
    rows = [(row["engine"], row["status"], row["reason"]) for row in files("session")]
    assert rows == [("doubao", "failed", "login"), ("doubao", "planned", "")]
    [again] = [button for button in page.button if button.key and button.key.startswith("again-")]
    again.click().run()
    assert statuses() == [(AnswerStatus.PLANNED, None)] * 2
    engine.dispose()
