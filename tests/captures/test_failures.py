"""Failures that apps report instead of an answer, or in the middle of one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from geo_tracker.captures.base import BadRow
from tests.support.apps import APPS, ASKED
from tests.support.streams import Json, recording, told

ERRORS: dict[str, Any] = {
    "deepseek": ("hint", {"type": "error", "content": "服务器繁忙"}),
    "deepseek deltas": {"code": 40003, "msg": "服务器繁忙"},
    "doubao": ("STREAM_ERROR", {"error_code": 1, "error_msg": "服务器繁忙"}),
    "doubao 2024": {"event_type": 2005, "event_data": '{"code": 1, "message": "服务器繁忙"}'},
    "yuanbao": {"type": "error", "msg": "服务器繁忙", "code": "21007", "error": {}},
    "qwen": {"error": {"code": "internal_error", "details": "服务器繁忙"}},
    "wenxin": {"status": 1001, "message": "服务器繁忙"},
    "yiyan": ("message", {"code": 4001, "msg": "服务器繁忙"}),
    "nano-ai": ("102", {"errno": 1, "error": {"message": "服务器繁忙"}}),
    "kimi": {"error": {"code": "internal", "message": "服务器繁忙"}},
    "kimi 2024": {"event": "error", "error": {"message": "服务器繁忙"}},
    "chatgpt": {"error": {"message": "服务器繁忙"}},
    "perplexity": {"error": {"message": "服务器繁忙"}},
    "claude": ("error", {"type": "error", "error": {"type": "overloaded_error", "message": "服务器繁忙"}}),
}


def _read(name: str, frames: list[Any]) -> list[Any]:
    app = APPS[name]
    return recording((app.url, app.request, app.write(*frames)))


@pytest.mark.parametrize("name", list(APPS))
def test_what_came_before_a_failure_is_kept_and_the_failure_is_told(name: str) -> None:
    app = APPS[name]
    begun = [*app.begin, app.piece("露岚"), app.piece("面膜")]
    for rest in ([], [app.piece("很温和")], app.end):
        found = _read(name, [*begun, ERRORS[name], *rest])
        assert told(found) == [(ASKED, "露岚面膜", True)]
        [error] = [each.reason for each in found if isinstance(each, BadRow)]
        assert "服务器繁忙" in error and len(found) == 2


@pytest.mark.parametrize("name", list(APPS))
def test_a_failure_before_the_first_word_is_no_answer(name: str) -> None:
    for frames in ([ERRORS[name]], [*APPS[name].begin, ERRORS[name]]):
        [error] = _read(name, frames)
        assert isinstance(error, BadRow) and "服务器繁忙" in error.reason


@pytest.mark.parametrize("name", list(APPS))
def test_a_web_page_instead_of_an_answer_is_told_in_the_same_words(name: str) -> None:
    app = APPS[name]
    [error] = recording((app.url, app.request, "\n<!doctype html><p>登录</p>"))
    assert isinstance(error, BadRow)
    assert error.reason.endswith("a web page instead of an answer: the app may have asked to log in")


REFUSED = {"code": "RateLimited", "details": "You've reached the limit"}


@pytest.mark.parametrize(
    "body",
    [
        {"success": False, "data": REFUSED},
        {"success": False, "data": {"details": REFUSED["details"]}},
        {"error": REFUSED},
        {"error": {"details": REFUSED["details"]}},
        {"details": REFUSED["details"]},
        REFUSED,
    ],
)
@pytest.mark.parametrize("streamed", [True, False])
def test_details_alone_are_a_failure_of_qwen(body: Json, streamed: bool) -> None:
    app = APPS["qwen"]
    written = app.write(body) if streamed else json.dumps(body)
    [error] = recording((app.url, app.request, written))
    assert isinstance(error, BadRow) and REFUSED["details"] in error.reason
    if streamed:
        found = _read("qwen", [app.piece("露岚"), body])
        assert told(found) == [(ASKED, "露岚", True)]
        assert [REFUSED["details"] in each.reason for each in found if isinstance(each, BadRow)] == [True]


def test_an_event_of_kimi_whose_name_is_no_text_is_passed_on_raw() -> None:
    app = APPS["kimi 2024"]
    [found] = _read("kimi 2024", [app.piece("露岚"), {"event": ["new"], "text": "云纱"}, *app.end])
    assert told([found]) == [(ASKED, "露岚", False)]
    assert len(found.answer.unknown_blocks) == 1
