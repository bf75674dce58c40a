# ruff: noqa: E501 - a recording is easier to compare with its app on one line
"""Qwen recorded: each answer whole, once, and marked where it is cut; brands are fictional."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from geo_tracker.captures.base import CapturedAnswer
from tests.support.streams import (
    ASKED,
    PAGE,
    PIECES,
    SAID,
    Json,
    answered,
    cited,
    recording,
    stream,
    told,
)

QWEN = "https://chat.qwen.ai/api/v2/chat/completions?chat_id=1"
QIANWEN = "https://chat2.qianwen.com/api/v2/chat"
QIANWEN_LIST = "https://chat2-api.qianwen.com/api/v1/session/msg/list?session_id=s"


def phase(content: str, name: str | None = "answer", **more: Any) -> Json:
    return {"choices": [{"delta": {"phase": name, "content": content, **more}}]}


@given(PIECES)
def test_qwen_pieces_add_up(pieces: list[str]) -> None:
    frames = [phase("想", "think"), *(phase(piece, status="typing") for piece in pieces)]
    assert answered(QWEN, stream(*frames, phase("", status="finished"))).answer.text == "".join(pieces)


@pytest.mark.parametrize(
    ("last", "cut"),
    [
        (phase("", status="finished"), False),
        ({"choices": [{"delta": {}, "finish_reason": "stop"}]}, False),
        ("[DONE]", False),
        (phase("", "think", status="finished"), True),
        (phase("", status="typing"), True),
    ],
)
def test_a_qwen_answer_without_its_end_is_cut(last: Any, cut: bool) -> None:
    assert answered(QWEN, stream(phase(SAID, status="typing"), last)).answer.cut is cut


def test_a_regenerated_answer_of_qwen_replaces_the_first_one() -> None:
    def made(id_: str, text: str) -> tuple[str, Json, str]:
        head = {"response.created": {"chat_id": "1", "parent_id": "u", "response_id": id_}}
        return QWEN, {"prompt": ASKED}, stream(head, phase(text), phase("", status="finished"))

    assert told(recording(made("a", "红岭"), made("b", SAID))) == [(ASKED, SAID, False)]


def test_a_phase_of_qwen_that_is_not_known_is_reported() -> None:
    found = answered(QWEN, stream(phase("云纱", "aside"), phase(SAID), phase("", status="finished")))
    assert (found.answer.text, len(found.answer.unknown_blocks)) == (SAID, 1)


ROWS = [{"url": PAGE, "title": "t"}]


@pytest.mark.parametrize("tree", [True, False])
def test_qwen_histories_are_read(tree: bool) -> None:
    listed = [
        {"phase": "think", "content": "红岭?"},
        {"phase": "web_search", "extra": {"web_search_info": ROWS}},
        {"phase": "answer", "content": SAID + "[[1]]", "status": "finished"},
    ]
    asked = {"id": "u", "role": "user", "content": ASKED, "parentId": None, "timestamp": 1790000000}
    old = {"id": "o", "role": "assistant", "content": "红岭", "parentId": "u", "timestamp": 1790000001}
    new = {"id": "n", "role": "assistant", "content": "", "content_list": listed, "parentId": "u", "timestamp": 1790000002}  # fmt: skip
    if tree:
        messages = {each["id"]: {k: v for k, v in each.items() if k != "id"} for each in (asked, old, new)}
        chat: Json = {"history": {"currentId": "n", "messages": messages}}
    else:
        chat = {"history": {"messages": {}}, "messages": [asked, new]}
    found = answered("https://chat.qwen.ai/api/v2/chats/1", {"success": True, "data": {"chat": chat}})
    assert told([found]) == [(ASKED, SAID + "[[1]]", False)]
    assert cited(found) == [("cited", PAGE, ["[[1]]"])]


def loaded(content: str, **more: Any) -> Json:
    return {"mime_type": "multi_load/iframe", "content": content, **more}


def test_a_qianwen_answer_is_whole_when_it_says_so() -> None:
    def frame(content: str, status: str) -> Json:
        return {"data": {"messages": [loaded(content, status=status)]}}

    whole = stream(frame("露岚", "processing"), frame(SAID, "complete"))
    assert told([answered(QIANWEN, whole)]) == [(ASKED, SAID, False)]
    assert told([answered(QIANWEN, stream(frame("露岚", "processing")))]) == [(ASKED, "露岚", True)]
    assert told([answered(QIANWEN, stream(frame("露岚", "processing"), ("complete", {})))]) == [
        (ASKED, "露岚", False)
    ]


def test_qianwen_histories_are_read_in_the_order_of_asking() -> None:
    sources = {"mime_type": "bar/iframe", "meta_data": {"sources": [{"content": {"list": ROWS}}]}}
    group = [{"type": "deep_think", "content": {"think_content": "红岭?"}}, {"source_seq": "source_group_web_1", "sources": ROWS}]  # fmt: skip
    listed = [
        {
            "req_id": "2", "request_timestamp": 1790000100000, "model_name": "qwen3-max",
            "request_messages": [{"content": "精华?"}],
            "response_messages": [{"content": "[(deep_think)]云纱[[source_group_web_1]]", "meta_data": {"multi_load": group}}],
        },
        {
            "req_id": "1", "request_timestamp": 1790000000000,
            "request_messages": [{"mime_type": "text/plain", "content": ASKED}, {"mime_type": "image", "content": "a.png"}],
            "response_messages": [{"mime_type": "plan_cot/post", "content": "红岭?"}, loaded(SAID), sources],
        },
    ]  # fmt: skip
    found = recording((QIANWEN_LIST, {}, {"data": {"list": listed}}))
    assert told(found) == [(ASKED, SAID, False), ("精华?", "云纱[[source_group_web_1]]", False)]
    assert all(isinstance(each, CapturedAnswer) for each in found)
    assert [cited(each) for each in found if isinstance(each, CapturedAnswer)] == [
        [("retrieved", PAGE, [])],
        [("cited", PAGE, ["[[source_group_web_1]]"])],
    ]
