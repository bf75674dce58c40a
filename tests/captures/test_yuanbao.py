# ruff: noqa: E501 - a recording is easier to compare with its app on one line
"""Yuanbao recorded: each answer whole, once, and marked where it is cut; brands are fictional."""

from __future__ import annotations

import json

from hypothesis import given

from tests.support.streams import (
    ASKED,
    PAGE,
    PIECES,
    SAID,
    Json,
    answered,
    cited,
    saved,
    stream,
    told,
)

YUANBAO = "https://yuanbao.tencent.com/api/chat/c-1"
DETAIL = "https://yuanbao.tencent.com/api/user/agent/conversation/v1/detail"


DOCS = [{"index": 1, "title": "t", "url": PAGE, "web_site_name": "镜湖"}]
DEEP = {
    "type": "deepSearch",
    "contents": [{"type": "text", "msg": "红岭?"}, {"type": "searchGuid", "docs": DOCS}],
}


def test_yuanbao_deep_search_lists_sources_and_thinks_apart() -> None:
    frames = [DEEP, DEEP, {"type": "text", "msg": SAID}, {"type": "text", "msg": "[citation:1]\n"}, "[DONE]"]
    found = answered(YUANBAO, stream(*frames))
    assert told([found]) == [(ASKED, SAID + "[citation:1]\n", False)]
    assert cited(found) == [("cited", PAGE, ["[citation:1]"])]
    assert found.answer.unknown_blocks == ()


@given(PIECES)
def test_yuanbao_pieces_add_up(pieces: list[str]) -> None:
    frames = [{"type": "text", "msg": piece} for piece in ["露岚", *pieces]]
    assert answered(YUANBAO, stream(*frames, "[DONE]")).answer.text == "露岚" + "".join(pieces)
    assert answered(YUANBAO, stream(*frames)).answer.cut


def convs(*speeches: list[Json]) -> list[Json]:
    return [
        {"id": "c_2", "index": 2, "speaker": "ai", "createTime": 1790000000, "speechesV2": [{"chatModelId": "hunyuan", "content": each} for each in speeches]},
        {"id": "c_1", "index": 1, "speaker": "human", "speechesV2": [{"content": [{"type": "text", "msg": ASKED}]}]},
    ]  # fmt: skip


def test_yuanbao_conversations_are_read() -> None:
    content = [DEEP, {"type": "text", "msg": SAID}, {"type": "text", "msg": "依据[citation:1]"}]
    found = answered(DETAIL, {"code": 0, "convs": convs(content)}, {"conversationId": "c"})
    assert told([found]) == [(ASKED, SAID + "\n\n依据[citation:1]", False)]
    assert cited(found) == [("cited", PAGE, ["[citation:1]"])]
    assert found.answer.model == "hunyuan"


def test_of_several_speeches_of_yuanbao_the_last_counts_and_the_others_are_kept() -> None:
    body = {"data": {"convs": convs([{"type": "text", "msg": "红岭"}], [{"type": "text", "msg": SAID}])}}
    found = answered(DETAIL, body)
    assert told([found]) == [(ASKED, SAID, False)]
    assert len(found.answer.unknown_blocks) == 1


def test_yuanbao_share_pages_are_read() -> None:
    data = {
        "props": {
            "pageProps": {"fullChatShareData": {"chat": {"convs": convs([{"type": "text", "msg": SAID}])}}}
        }
    }
    found = saved(f'<script type="application/json">{json.dumps(data)}</script>')
    assert (found.engine, told([found])) == ("yuanbao", [(ASKED, SAID, False)])


def test_buttons_beside_a_question_of_yuanbao_are_not_asked() -> None:
    found = saved(
        '<div class="agent-chat__bubble agent-chat__bubble--human"><div class="hyc-content-text">哪款面膜好?</div><div>复制</div></div>'
        '<div class="agent-chat__bubble agent-chat__bubble--ai"><div class="hyc-component-deepsearch-cot__think">红岭?</div>'
        '<div class="agent-chat__speech-card__text"><div class="hyc-component-deepsearch-cot">红岭!</div>露岚面膜很温和</div></div>'
    )
    assert told([found]) == [(ASKED, SAID, False)]
