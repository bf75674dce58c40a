# ruff: noqa: E501 - a recording is easier to compare with its app on one line
"""Kimi recorded: each answer whole, once, and marked where it is cut; brands are fictional."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from tests.support.streams import (
    ASKED,
    PAGE,
    PIECES,
    SAID,
    Json,
    answered,
    cited,
    framed,
    recording,
    saved,
    told,
)

KIMI = "https://www.kimi.com/apiv2/kimi.gateway.chat.v1.ChatService"


ASSISTANT = {"op": "set", "message": {"id": "m", "role": "assistant", "status": "MESSAGE_STATUS_GENERATING"}}


@given(PIECES)
def test_kimi_pieces_add_up(pieces: list[str]) -> None:
    sent = ["露岚", *pieces]
    appended = [{"op": "append", "block": {"id": "b", "text": {"content": piece}}} for piece in sent]
    found = answered(f"{KIMI}/Chat", framed(ASSISTANT, *appended, {}))
    assert (found.answer.text, found.answer.cut) == ("".join(sent), False)


def text_block(text: str, id_: str = "b") -> Json:
    return {"op": "append", "block": {"id": id_, "text": {"content": text}}}


@pytest.mark.parametrize(
    ("last", "cut"),
    [
        ([{}], False),
        ([{"done": {}}], False),
        ([{"op": "set", "message": {"status": "MESSAGE_STATUS_COMPLETED"}}], False),
        ([], True),
    ],
)
def test_a_kimi_answer_without_its_end_is_cut(last: list[Json], cut: bool) -> None:
    assert answered(f"{KIMI}/Chat", framed(ASSISTANT, text_block(SAID), *last)).answer.cut is cut


def test_kimi_text_on_both_sides_of_a_tool_is_two_paragraphs_and_its_results_are_sources() -> None:
    result = {"searchResult": {"id": "s", "base": {"title": "t", "url": PAGE}}}
    tool = {"op": "set", "block": {"id": "t", "tool": {"name": "web_search", "args": '{"queries":["面膜"]}', "contents": [result]}}}  # fmt: skip
    found = answered(f"{KIMI}/Chat", framed(ASSISTANT, text_block("露岚"), tool, text_block("云纱", "c"), {}))
    assert (found.answer.text, found.answer.queries) == ("露岚\n\n云纱", ("面膜",))
    assert cited(found) == [("retrieved", PAGE, [])]


def test_a_kimi_result_that_is_cited_is_listed_once() -> None:
    base = {"title": "t", "url": PAGE}
    tool = {
        "op": "set",
        "block": {"id": "t", "tool": {"name": "web_search", "contents": [{"searchResult": {"base": base}}]}},
    }
    refs = {"op": "set", "message": {"refs": {"usedSearchChunks": [{"base": base, "refIndex": 1}]}}}
    found = answered(f"{KIMI}/Chat", framed(ASSISTANT, tool, text_block(SAID + "[^1^]"), refs, {}))
    assert cited(found) == [("cited", PAGE, ["[^1^]"])]


def kimi_message(
    number: int, role: Any, text: str, parent: str = "", status: str = "MESSAGE_STATUS_COMPLETED"
) -> Json:
    blocks = [{"id": f"b{number}", "text": {"content": text}}]
    return {"id": str(number), "parentId": parent, "role": role, "status": status, "createTime": f"2026-11-20T08:00:0{number}Z", "blocks": blocks}  # fmt: skip


def test_kimi_lists_have_one_answer_to_a_question() -> None:
    messages = [
        kimi_message(0, "system", "你是 Kimi"),
        kimi_message(1, "user", ASKED, "0"),
        kimi_message(2, "assistant", "红岭", "1"),
        kimi_message(3, "assistant", "露岚", "1"),
        kimi_message(4, "assistant", "很温和", "3", "MESSAGE_STATUS_CANCELLED"),
    ]
    found = recording((f"{KIMI}/ListMessages", {"chat_id": "c"}, {"messages": messages}))
    assert (told(found), len(found)) == ([(ASKED, "露岚\n\n很温和", True)], 1)


def test_kimi_share_pages_are_read() -> None:
    def block(case: str, text: str) -> Json:
        return {"content": {"case": case, "value": {"content": text}}}

    data = {
        "$typeName": "kimi.gateway.chat.v1.ChatShare",
        "messages": [
            {"role": 2, "blocks": [block("text", ASKED)]},
            {"role": 3, "blocks": [block("think", "红岭?"), block("text", SAID)]},
        ],
    }
    state = json.dumps(
        {"queries": [{"queryKey": ["other"], "state": {"data": {}}}, {"state": {"data": data}}]}
    )
    script = (
        "window.HYDRATION_INIT_STATE=" + state[:-1] + ',"large":BigInt(9007199254740993),"none":undefined};'
    )
    found = saved(f"<script>{script}</script>")
    assert (found.engine, told([found])) == ("kimi", [(ASKED, SAID, False)])


def test_kimi_pages_are_read_without_thoughts_tools_and_buttons() -> None:
    found = saved(
        '<div class="segment segment-user"><div class="segment-content"><span class="user-content">哪款面膜好?</span></div><div>编辑</div></div>'
        '<div class="segment segment-assistant"><div class="segment-content-box"><div class="thinking-container"><div class="markdown">红岭?</div></div>'
        '<div class="toolcall-flow">搜索网页</div><div class="markdown-container"><div class="markdown">露岚面膜很温和</div></div></div>'
        '<div class="segment-assistant-actions">复制</div></div>'
    )
    assert (found.engine, told([found])) == ("kimi", [(ASKED, SAID, False)])
