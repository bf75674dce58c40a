"""What each app itself says has failed ends as that failure; only a format that nobody knows is kept unread."""

from __future__ import annotations

import json
from typing import Any

import pytest

from geo_tracker.captures.base import CapturedAnswer, NoAnswer
from geo_tracker.captures.companion import UNREAD, read_capture
from geo_tracker.engines.base import ErrorKind
from tests.support.apps import APPS, ASKED
from tests.support.captured import capture, line

BUSY = "服务器繁忙"
KINDS = {
    "limit": ErrorKind.RATE_LIMIT,
    "login": ErrorKind.AUTH,
    "quota": ErrorKind.QUOTA,
    "refused": ErrorKind.REFUSED,
    "busy": ErrorKind.TRANSIENT,
}
CLAUDE = "https://claude.ai/api/organizations/-/chat_conversations/c/completion"
Shape = tuple[str, Any, str]
SHAPES: list[Shape] = [
    ("deepseek", ("hint", {"type": "error", "content": BUSY}), "busy"),
    ("deepseek", ("hint", {"type": "error"}), "busy"),
    (
        "deepseek",
        ("hint", {"type": "error", "content": "Try again later.", "finish_reason": "rate_limit_reached"}),
        "limit",
    ),
    ("deepseek", {"code": 0, "msg": "", "data": {"biz_code": 5, "biz_msg": BUSY, "biz_data": None}}, "busy"),
    ("deepseek", {"code": 0, "data": {"biz_code": 9, "biz_msg": "Messages too frequent"}}, "limit"),
    ("deepseek", {"code": 0, "data": {"biz_code": 9, "biz_msg": ""}}, "busy"),
    ("deepseek", {"code": 40003, "msg": "Authorization Failed (not authorized)"}, "login"),
    ("doubao", ("STREAM_ERROR", {"error_code": 710022004, "error_msg": "rate limited"}), "limit"),
    ("doubao", ("STREAM_ERROR", {"error_code": 710022002, "error_msg": BUSY}), "busy"),
    ("doubao", ("STREAM_ERROR", {"error_code": 710022002}), "busy"),
    ("doubao", ("gateway-error", {"code": 500, "message": BUSY}), "busy"),
    ("doubao", {"event_type": 2005, "event_data": '{"code": 1, "message": "服务器繁忙"}'}, "busy"),
    ("doubao", {"code": 710012001, "msg": "not login"}, "login"),
    ("yuanbao", {"type": "error", "msg": BUSY, "code": "21007", "error": {}}, "busy"),
    ("yuanbao", {"type": "error"}, "busy"),
    ("yuanbao", {"error": {"code": "429", "message": "访问过于频繁"}}, "limit"),
    ("qwen", {"error": {"code": "internal_error", "details": BUSY}}, "busy"),
    ("qwen", {"success": False, "data": {"code": "RateLimited", "details": "the limit"}}, "limit"),
    ("qwen", {"success": False, "data": {"code": "Unknown"}}, "busy"),
    ("qwen", {"errorCode": "NOT_LOGIN", "errorMsg": "请先登录"}, "login"),
    ("wenxin", {"status": 1005, "message": "quota"}, "quota"),
    ("wenxin", {"status": 1001, "message": "token"}, "login"),
    ("wenxin", {"status": 3000}, "busy"),
    ("yiyan", ("message", {"code": 4001, "msg": BUSY}), "busy"),
    ("yiyan", ("message", {"code": 4001}), "busy"),
    ("nano-ai", ("102", {"errno": 1, "error": {"message": BUSY}}), "busy"),
    ("nano-ai", {"errno": 10, "errmsg": BUSY}, "busy"),
    ("nano-ai", {"errno": 10}, "busy"),
    ("kimi", {"error": {"code": "internal", "message": BUSY}}, "busy"),
    ("kimi", {"error": {"code": "resource_exhausted", "message": "limit"}}, "limit"),
    ("kimi", {"error": {"code": "unavailable"}}, "busy"),
    ("kimi", {"code": "unauthenticated", "message": "token is invalid"}, "login"),
    ("kimi 2024", {"event": "error", "error": {"message": BUSY}}, "busy"),
    ("kimi 2024", {"event": "error"}, "busy"),
    ("kimi 2024", {"error_type": "auth.token.invalid", "message": "login"}, "login"),
    ("chatgpt", {"error": {"message": BUSY}}, "busy"),
    ("chatgpt", {"error": "Too many requests"}, "limit"),
    ("chatgpt", {"detail": "Something went wrong"}, "busy"),
    ("chatgpt", {"detail": {"code": "rate_limit_exceeded", "message": "limit"}}, "limit"),
    ("perplexity", {"error": {"message": BUSY}}, "busy"),
    ("perplexity", {"error_code": "RATE_LIMITED", "message": "Too many requests"}, "limit"),
    ("perplexity", {"status": "FAILED", "blocks": []}, "busy"),
    (
        "claude",
        ("error", {"type": "error", "error": {"type": "overloaded_error", "message": "Over"}}),
        "busy",
    ),
    (
        "claude",
        ("error", {"type": "error", "error": {"type": "rate_limit_error", "message": "Wait"}}),
        "limit",
    ),
    ("claude", ("error", {"type": "error"}), "busy"),
]


def _capture(app: str, frames: str) -> dict[str, Any]:
    request = {"url": CLAUDE, "body": json.dumps({"prompt": ASKED})}
    more = {"request": request} if app == "claude" else {}
    return capture(app, response={"content_type": "", "frames": [frames]}, **more)


def _bodies(app: str, shape: Any) -> list[str]:
    """The failure as a frame of a stream, and by itself where the app sends JSON in place of a stream."""
    of = APPS.get(app, APPS["doubao"])
    frames = [of.write(shape)]
    return [*frames, json.dumps(shape)] if isinstance(shape, dict) and "event_type" not in shape else frames


@pytest.mark.parametrize(("app", "shape", "ends"), SHAPES, ids=lambda each: str(each)[:40])
def test_what_an_app_says_has_failed_is_its_failure(app: str, shape: Any, ends: str) -> None:
    for body in _bodies(app, shape):
        found = read_capture(line(_capture(app, body)))
        assert isinstance(found, NoAnswer), body
        assert (found.engine, found.prompt, found.kind) == (
            {"yiyan": "wenxin"}.get(app, app.split()[0]),
            ASKED,
            KINDS[ends],
        )


def test_every_app_with_a_stream_of_its_own_has_its_failures_in_the_table() -> None:
    assert {app for app, _, _ in SHAPES} >= {*APPS} - {"deepseek deltas", "doubao 2024"}


@pytest.mark.parametrize("app", list(APPS))
@pytest.mark.parametrize("body", ['data: {"new": "format"}\n\n', '{"new": "format"}', "\x00\x01new"])
def test_a_format_that_nobody_knows_is_kept_unread(app: str, body: str) -> None:
    found = read_capture(line(_capture(app, body)))
    assert isinstance(found, CapturedAnswer)
    assert (found.answer.text, found.answer.finish_reason) == ("", UNREAD)
