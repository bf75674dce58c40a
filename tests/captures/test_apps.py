"""What an app says in place of an answer is told as that."""

from __future__ import annotations

import pytest

from geo_tracker.captures.base import BadRow
from tests.support.streams import (
    ASKED,
    recording,
)

YIYAN = "https://yiyan.baidu.com/eb/chat/conversation/v2"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.doubao.com/chat/completion",
        "https://www.doubao.com/im/chain/single",
        "https://chatgpt.com/backend-api/f/conversation",
        "https://chat.deepseek.com/api/v0/chat/completion",
        "https://yuanbao.tencent.com/api/chat/1",
        YIYAN,
    ],
)
def test_a_web_page_in_place_of_an_answer_is_told(url: str) -> None:
    [found] = recording((url, {"prompt": ASKED}, "<!DOCTYPE html><html><body>Log in</body></html>"))
    assert isinstance(found, BadRow)
    assert "a web page instead of an answer" in found.reason


def test_what_qwen_says_in_place_of_a_stream_is_told() -> None:
    refusal = {"success": False, "data": {"code": "RateLimited", "details": "the limit for today is reached"}}
    [found] = recording(
        ("https://chat.qwen.ai/api/v2/chat/completions?chat_id=1", {"prompt": ASKED}, refusal)
    )
    assert isinstance(found, BadRow)
    assert "the limit for today is reached" in found.reason
