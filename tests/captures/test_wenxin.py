# ruff: noqa: E501 - a recording is easier to compare with its app on one line
"""Wenxin recorded: each answer whole, once, and marked where it is cut; brands are fictional."""

from __future__ import annotations

import pytest

from geo_tracker.captures.base import BadRow
from tests.support.streams import (
    ASKED,
    SAID,
    Json,
    answered,
    recording,
    saved,
    stream,
    told,
)

YIYAN = "https://yiyan.baidu.com/eb/chat/conversation/v2"


def test_yiyan_increments_add_up_and_a_missing_end_is_a_cut() -> None:
    def piece(content: str, is_end: int = 0) -> tuple[str, Json]:
        return "message", {"code": 0, "msg": "ok", "data": {"content": content, "is_end": is_end}}

    frames = [
        ("major", {"code": 0, "data": {}}),
        ("thought", {"thoughts": "红岭?", "is_end": 1}),
        piece("露岚"),
        piece("面膜很温和"),
    ]
    assert told([answered(YIYAN, stream(*frames, piece("", 1)), {"text": ASKED})]) == [(ASKED, SAID, False)]
    assert told([answered(YIYAN, stream(*frames), {"text": ASKED})]) == [(ASKED, SAID, True)]
    [found] = recording((YIYAN, {"text": ASKED}, stream(("message", {"code": 4001, "msg": "请求过于频繁"}))))
    assert isinstance(found, BadRow) and "请求过于频繁" in found.reason


def test_yiyan_histories_are_read() -> None:
    def chat(number: int, role: str, content: str, parent: int) -> Json:
        return {"id": number, "role": role, "message": [{"content": content}], "createTime": f"2026-11-20 08:00:0{number}", "parentChatId": parent}  # fmt: skip

    listed = [chat(1, "user", ASKED, 0), chat(2, "robot", "红岭", 1), chat(3, "robot", SAID, 1)]
    body = {
        "code": 0,
        "data": {"chats": {str(each["id"]): each for each in reversed(listed)}, "currentChatId": 3},
    }
    found = answered("https://yiyan.baidu.com/eb/chat/history", body, {"sessionId": "s"})
    assert told([found]) == [(ASKED, SAID, False)]


@pytest.mark.parametrize(
    "page",
    [
        '<div class="question-container">哪款面膜好?</div><div class="answer-container"><div class="ai-thinking-steps">'
        '<div class="cosd-markdown-content">红岭?</div></div><div class="cosd-markdown"><div class="cosd-markdown-content">露岚面膜很温和</div></div></div>',
        '<div class="question-container">哪款面膜好?</div><article class="ai-entry"><div class="ai-entry-block ai-markdown">'
        '<div class="cosd-markdown-content">露岚面膜很温和</div></div><button>共参考 1 篇资料</button></article>',
        '<div><span class="questionText__x1">哪款面膜好?</span></div><div id="answer_text_id"><div class="custom-html md-stream-desktop">露岚面膜很温和</div></div>',
    ],
    ids=["chat.baidu.com", "search", "yiyan"],
)  # fmt: skip
def test_wenxin_pages_are_read(page: str) -> None:
    found = saved(page)
    assert (found.engine, told([found])) == ("wenxin", [(ASKED, SAID, False)])
