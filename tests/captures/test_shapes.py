"""Recordings in the shapes that a format allows beside those of the fixtures; brands are fictional."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from geo_tracker.captures.base import BadRow, CapturedAnswer
from tests.support.captures import read

PAGE = "https://pages.example/"
DEEPSEEK = "https://chat.deepseek.com/api/v0/chat/completion"
QWEN = "https://chat.qwen.ai/api/v2/chat/completions"
WENXIN = "https://chat.baidu.com/aichat/api/conversation"
DOUBAO = "https://www.doubao.com/chat/completion"
YUANBAO = "https://yuanbao.tencent.com/api/chat/1"


def stream(*frames: Any, done: bool = False) -> str:
    lines = [f"data: {json.dumps(frame, ensure_ascii=False)}\n\n" for frame in frames]
    return "".join([*lines, "data: [DONE]\n\n" if done else ""])


def recorded(url: str, content: dict[str, str], **response: Any) -> CapturedAnswer | BadRow:
    """The one answer or bad row of a recording with one entry."""
    request = {"method": "POST", "url": url, "postData": {"text": json.dumps({"prompt": "哪款面膜好?"})}}
    entry = {"request": request, "response": {"content": content, **response}}
    found = read(json.dumps({"log": {"creator": {"name": "t"}, "entries": [entry]}}).encode())
    assert isinstance(found[0], (CapturedAnswer, BadRow))
    return found[0]


def answered(url: str, text: str) -> CapturedAnswer:
    found = recorded(url, {"text": text}, status=200)
    assert isinstance(found, CapturedAnswer), found
    return found


def cited(found: CapturedAnswer) -> list[tuple[str, int | None, str, list[str]]]:
    text = found.answer.text
    return [
        (c.role, c.ordinal, c.url, [text[slice(*span)] for span in c.spans]) for c in found.answer.citations
    ]


ANSWER = stream(
    {"v": {"response": {"fragments": [{"id": 1, "type": "RESPONSE", "content": "露"}]}}},
    {"p": "response/fragments/-1/content", "o": "APPEND", "v": "岚"},
)


def test_a_recording_without_a_status_is_read() -> None:
    found = recorded(DEEPSEEK, {"text": ANSWER})
    assert isinstance(found, CapturedAnswer) and found.answer.text == "露岚"


def test_a_body_recorded_with_its_gzip_is_unpacked() -> None:
    packed = base64.b64encode(gzip.compress(ANSWER.encode())).decode()
    found = recorded(DEEPSEEK, {"text": packed, "encoding": "base64"}, status=200)
    assert isinstance(found, CapturedAnswer) and found.answer.text == "露岚"


@pytest.mark.parametrize(
    "packed", [gzip.compress(b" " * 100_000_000), b"\x1f\x8b\x08\x00damaged"], ids=["bomb", "damaged"]
)
def test_a_gzip_that_is_no_answer_is_reported(packed: bytes) -> None:
    text = base64.b64encode(packed).decode()
    found = recorded(DEEPSEEK, {"text": text, "encoding": "base64"}, status=200)
    assert isinstance(found, BadRow)


def test_deepseek_references_beside_the_fragments() -> None:
    opened = [{"id": place, "type": "TOOL_OPEN", "result": {"url": f"{PAGE}{place}"}} for place in (5, 6)]
    text = {"id": 7, "type": "RESPONSE", "content": "露岚[reference:1]"}
    found = answered(
        DEEPSEEK,
        stream(
            {"v": {"response": {"fragments": [*opened, text]}}},
            {"p": "response/references", "v": [{"id": row["id"], "type": "TOOL_OPEN"} for row in opened]},
        ),
    )
    assert cited(found)[0] == ("cited", 1, f"{PAGE}6", ["[reference:1]"])
    assert found.answer.citations[0].base == 0


def test_qwen_sources_that_later_frames_repeat_keep_their_numbers() -> None:
    rows = [{"url": f"{PAGE}1", "hostname": "h"}, {"url": f"{PAGE}2"}]
    deltas: list[dict[str, Any]] = [
        {"phase": "web_search", "content": "", "extra": {"web_search_info": rows[:1]}},
        {"phase": "web_search", "content": "", "extra": {"web_search_info": rows}},
        {"phase": "answer", "content": "露岚[[2]]"},
    ]
    found = answered(QWEN, stream(*({"choices": [{"delta": delta}]} for delta in deltas)))
    assert cited(found) == [("retrieved", 1, f"{PAGE}1", []), ("cited", 2, f"{PAGE}2", ["[[2]]"])]
    assert found.answer.citations[0].site == "h"


def test_wenxin_messages_at_the_top_of_a_frame() -> None:
    def message(state: str, **generator: Any) -> dict[str, Any]:
        return {"message": {"metaData": {"state": state}, "content": {"generator": generator}}}

    rows = [{"url": PAGE, "text": "first", "source": "镜湖"}]
    found = answered(
        WENXIN,
        stream(
            message("generating", component="thinkingSteps", data={"referenceList": rows}),
            message("generating", component="markdown-yiyan", data={"value": "露岚^[1]^"}),
            message("generate-complete"),
        ),
    )
    assert cited(found) == [("cited", 1, PAGE, ["^[1]^"])]


def test_yuanbao_quotes_are_snippets() -> None:
    docs = [{"index": 1, "url": PAGE, "title": "first", "quote": "引文", "web_site_name": "镜湖"}]
    frames = {"type": "searchGuid", "docs": docs}, {"type": "text", "msg": "露岚[citation:1]"}
    found = answered(YUANBAO, stream(*frames, done=True))
    assert [(c.snippet, c.site) for c in found.answer.citations] == [("引文", "镜湖")]


def test_doubao_videos_are_on_a_platform() -> None:
    card = {"video_url": PAGE, "title": "first", "platform": "镜湖视频", "index": 1}
    search = {"block_type": 10025, "search_query_result_block": {"results": [{"video_card": card}]}}
    text = {"block_type": 10000, "text_block": {"text": "露岚[1]"}}
    frames = ("STREAM_MSG_NOTIFY", {"content": {"content_block": [search, text]}}), ("SSE_REPLY_END", {})
    found = answered(DOUBAO, "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in frames))
    assert cited(found) == [("cited", 1, PAGE, ["[1]"])]
    assert found.answer.citations[0].site == "镜湖视频"


@pytest.mark.parametrize("url", [YUANBAO, QWEN, WENXIN])
def test_a_failure_instead_of_a_stream_is_told_in_the_apps_words(url: str) -> None:
    body = json.dumps({"error": {"code": "429", "message": "too many requests"}})
    found = recorded(url, {"text": body}, status=200)
    assert isinstance(found, BadRow) and "too many requests" in found.reason


def saved(body: str) -> CapturedAnswer:
    """The one answer of a saved page."""
    [found] = read(f"<!DOCTYPE html><html><body>{body}</body></html>".encode())
    assert isinstance(found, CapturedAnswer), found
    return found


YUANBAO_PAGE = """
<div class="agent-chat__bubble">哪款面膜好?</div>
<div class="agent-chat__bubble"><div class="agent-chat__speech-card__text">露岚[citation:1]</div></div>
<ul class="agent-dialogue-references__list">
  <li><div class="hyc-common-markdown__ref_card" data-url="https://pages.example/">first</div></li>
</ul>
"""


def test_a_panel_of_sources_beside_the_only_answer_is_its_own() -> None:
    assert cited(saved(YUANBAO_PAGE)) == [("cited", 1, PAGE, ["[citation:1]"])]


def test_a_panel_of_sources_beside_several_answers_is_nobodys() -> None:
    another = '<div class="agent-chat__bubble"><div class="agent-chat__speech-card__text">云纱</div></div>'
    page = f"<!DOCTYPE html><html><body>{another}{YUANBAO_PAGE}</body></html>".encode()
    assert [f.answer.citations for f in read(page) if isinstance(f, CapturedAnswer)] == [()]


def test_a_mark_that_carries_its_source_is_cited_where_it_stands() -> None:
    mark = (
        '<i data-exposure-extra=\'{"refer_num": 2, "url": "https://pages.example/", "title": "first"}\'>②</i>'
    )
    panel = mark.replace("②", "2. first")
    found = saved(
        '<div data-msgid="1">哪款面膜好?</div>'
        f'<div data-msgid="2"><div class="qk-markdown">露岚{mark}</div>{panel}</div>'
    )
    assert (found.answer.text, cited(found)) == ("露岚②", [("cited", 2, PAGE, ["②"])])


def test_chatgpt_marks_name_results_of_the_tools_own_message() -> None:
    mark = "\ue200cite\ue202turn0search5\ue201"
    ref = {"turn_index": 0, "ref_type": "search", "ref_index": 5}
    groups = [{"entries": [{"url": PAGE, "title": "first", "ref_id": ref}]}]

    def node(parent: str | None, role: str, text: str, **metadata: Any) -> dict[str, Any]:
        content = {"content_type": "text", "parts": [text]}
        return {
            "parent": parent,
            "message": {"author": {"role": role}, "content": content, "metadata": metadata},
        }

    mapping = {
        "a": node(None, "user", "Which mask?"),
        "b": node("a", "tool", "", search_result_groups=groups),
        "c": node("b", "assistant", f"Lulan {mark}"),
    }
    [found] = read(json.dumps({"current_node": "c", "mapping": mapping}).encode())
    assert isinstance(found, CapturedAnswer)
    assert cited(found) == [("cited", None, PAGE, ["([pages.example](https://pages.example/))"])]


def test_sources_that_come_again_as_the_list_grows_are_listed_once() -> None:
    docs = [{"index": 1, "url": f"{PAGE}1"}, {"index": 2, "url": f"{PAGE}2"}]
    lists = [{"type": "searchGuid", "docs": docs[:1]}, {"type": "searchGuid", "docs": docs}]
    found = answered(YUANBAO, stream(*lists, {"type": "text", "msg": "露岚[citation:2]"}, done=True))
    assert cited(found) == [("retrieved", 1, f"{PAGE}1", []), ("cited", 2, f"{PAGE}2", ["[citation:2]"])]


def test_kimi_blocks_that_the_message_repeats_are_read_once() -> None:
    block = {"id": "b", "text": {"content": "露岚"}}
    objects = [{"op": "append", "block": block}, {"op": "set", "message": {"id": "m", "blocks": [block]}}]
    frames = [json.dumps(each).encode() for each in objects]
    body = b"".join(b"\0" + len(frame).to_bytes(4, "big") + frame for frame in frames)
    url = "https://www.kimi.com/apiv2/kimi.gateway.chat.v1.ChatService/Chat"
    found = recorded(url, {"text": base64.b64encode(body).decode(), "encoding": "base64"}, status=200)
    assert isinstance(found, CapturedAnswer) and found.answer.text == "露岚"
