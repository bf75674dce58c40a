# ruff: noqa: E501 - a recording is easier to compare with its app on one line
"""Nano AI recorded: each answer whole, once, and marked where it is cut; brands are fictional."""

from __future__ import annotations

from tests.support.streams import (
    ASKED,
    PAGE,
    SAID,
    answered,
    cited,
    stream,
    told,
)

NANO = "https://www.n.cn/api/common/chat/v2"


def test_nano_ai_pieces_add_up_with_their_line_breaks() -> None:
    frames = [("101", {"conversation_id": "c"}), ("102", {"type": "reasoning_text", "message": "红岭?"}), ("200", "露岚"), ("200", "[1]"), ("200", ""), ("200", " 很温和"), ("103", {"references": [{"title": "t", "url": PAGE}]})]  # fmt: skip
    found = answered(NANO, stream(*frames))
    assert told([found]) == [(ASKED, "露岚[1]\n 很温和", False)]
    assert cited(found) == [("cited", PAGE, ["[1]"])]
    assert (found.engine, found.answer.unknown_blocks) == ("nano-ai", ())


def test_nano_ai_events_with_text_that_are_not_known_are_reported() -> None:
    found = answered(NANO, stream(("200", SAID), ("333", {"text": "云纱"})))
    assert len(found.answer.unknown_blocks) == 1
