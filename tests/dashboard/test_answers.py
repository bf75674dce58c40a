"""The page Answers: its list, one answer with its evidence, hostile text, what is not here."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from geo_tracker.i18n import translate
from geo_tracker.storage.database import open_engine, reading
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
)
from tests.support.dashboard_data import HOSTILE
from tests.support.pages import Open, listed, one_answer, source, visit, words

OPINIONS = (
    "I recommend Basalt. Basalt is easy to set up. I found no information about Driftwood Sales. Copperleaf?"
)


def test_answers_are_listed_in_pages(open_page: Open) -> None:
    assert len(listed(open_page("answers", lang="en"))) == 25
    assert len(listed(open_page("answers", lang="en", page="4"))) == 7 * 6 * 2 - 75


def test_failed_answers_are_shown_with_their_status(open_page: Open, database: str) -> None:
    app = open_page("answers", lang="en", status=["failed", "refused", "empty"], branded="1", surface="all")
    assert {row["Status"] for row in listed(app)} <= {"failed", "refused", "empty"}
    failed = _first(database, col(Answer.status) == AnswerStatus.FAILED, Answer.workspace_id == 1)
    assert "rate limit: asked to wait 30 s" in words(open_page("answers", lang="en", answer=failed))


def test_answers_that_do_not_name_a_brand(open_page: Open) -> None:
    app = open_page("answers", lang="en", named="Aurora CRM", naming="no")
    assert not any("Aurora CRM" in row["Brands named"] for row in listed(app))


def test_one_answer_with_its_evidence(open_page: Open, database: str) -> None:
    answer = _first(database, col(Answer.text).contains("沐禾集"), col(Answer.text).contains("云纱"))
    app = open_page("answers", lang="zh", workspace="masks", answer=answer)
    assert re.search(r'<mark class="own" style="--brand: #0072B2" title="云纱">云纱</mark>', source(app))
    assert re.search(r'<mark style="--brand: #\w{6}" title="沐禾集">沐禾集</mark>', source(app))
    assert "14:30（Asia/Shanghai）" in words(app)
    assert "仅检索到" in words(app)
    assert [button.proto.label for button in app.get("download_button")] == ["响应 1（HTTP 200）"]


def test_a_hostile_answer_is_text(open_page: Open, database: str) -> None:
    answer = _first(database, Answer.text == HOSTILE)
    app = open_page("answers", lang="en", answer=answer, raw="1")
    assert HOSTILE.removeprefix("Aurora CRM") in unescape(source(app))
    lowered = source(app).lower()
    assert "<script" not in lowered and "<img" not in lowered and "onmouseover=alert(3)>" not in lowered
    assert not re.search(r'href="\s*javascript:', lowered)
    assert not [each.value for each in app.markdown if "evil" in each.value]


def test_what_an_answer_says_of_a_brand_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = one_answer(tmp_path, monkeypatch, OPINIONS)
    app = visit("answers", lang="en", workspace="crm", answer=answer)
    page, told = source(app), re.sub(r"\s+", " ", words(app))
    assert re.search(
        r'<mark class="unsure"[^>]*title="Copperleaf\? Not counted: confidence 40% \(test\)">', page
    )
    assert re.search(r'<span class="tag positive">\s*praised', page)
    assert re.search(r'<span class="tag positive">\s*recommended', page)
    assert "“Basalt is easy to set up" in told
    assert "knows nothing of Driftwood Sales" in told
    assert "unsure: shown, not counted" in told


@pytest.mark.parametrize("answer", ["999999", "1"])
def test_an_answer_that_is_not_here(open_page: Open, answer: str) -> None:
    for lang in ("en", "zh"):
        app = open_page("answers", lang=lang, workspace="masks", answer=answer)
        assert translate(lang)("dashboard.elsewhere") in words(app)


def _first(database: str, *conditions: object) -> str:
    """The newest such answer of the crm workspace's surfaces, or of the other where only it has one."""
    with reading(open_engine(database)) as session:
        found = session.exec(select(func.max(Answer.id)).where(*conditions)).one()
    assert found
    return str(found)
