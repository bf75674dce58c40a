# ruff: noqa: E501 - a recording is easier to compare with its app on one line
"""Captured apps: each answer whole, once, and marked where it is cut; brands are fictional."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.captures.base import BadRow, CapturedAnswer
from tests.support.captures import read
from tests.support.streams import Json, framed, recording, stream, told

ASKED = "哪款面膜好?"
SAID = "露岚面膜很温和"
PAGE = "https://pages.example/"
DEEPSEEK = "https://chat.deepseek.com/api/v0/chat"
DOUBAO = "https://www.doubao.com/chat/completion?aid=1"
CHAIN = "https://www.doubao.com/im/chain/single"
YUANBAO = "https://yuanbao.tencent.com/api/chat/c-1"
DETAIL = "https://yuanbao.tencent.com/api/user/agent/conversation/v1/detail"
QWEN = "https://chat.qwen.ai/api/v2/chat/completions?chat_id=1"
QIANWEN = "https://chat2.qianwen.com/api/v2/chat"
QIANWEN_LIST = "https://chat2-api.qianwen.com/api/v1/session/msg/list?session_id=s"
WENXIN = "https://chat.baidu.com/aichat/api/conversation"
YIYAN = "https://yiyan.baidu.com/eb/chat/conversation/v2"
NANO = "https://www.n.cn/api/common/chat/v2"
KIMI = "https://www.kimi.com/apiv2/kimi.gateway.chat.v1.ChatService"


def answered(url: str, response: Any, request: Any = None) -> CapturedAnswer:
    """The one answer of a recording with one entry."""
    [found] = recording((url, {"prompt": ASKED} if request is None else request, response))
    assert isinstance(found, CapturedAnswer), found
    return found


def saved(body: str) -> CapturedAnswer:
    """The one answer on a saved page."""
    [found] = read(f"<!DOCTYPE html><html><body>{body}</body></html>".encode())
    assert isinstance(found, CapturedAnswer), found
    return found


def cited(found: CapturedAnswer) -> list[tuple[str, str, list[str]]]:
    text = found.answer.text
    return [(c.role, c.url, [text[slice(*span)] for span in c.spans]) for c in found.answer.citations]


# DeepSeek


def begun(*fragments: Json, **more: Any) -> Json:
    return {
        "v": {
            "response": {"message_id": 2, "parent_id": 1, "status": "WIP", "fragments": [*fragments], **more}
        }
    }


def reply(content: str, kind: str = "RESPONSE", **more: Any) -> Json:
    return {"id": 7, "type": kind, "content": content, **more}


THINKING = reply("红岭?", "THINK")
FINISHED: Json = {"p": "response/status", "o": "SET", "v": "FINISHED"}
CONTENT = "response/fragments/-1/content"


@pytest.mark.parametrize(
    "frames",
    [
        [begun(THINKING), {"p": "response/fragments", "o": "APPEND", "v": [reply("露岚")]}, {"v": "面膜"}, {"v": "很温和"}],
        [
            begun(THINKING),
            {"p": "response", "o": "BATCH", "v": [{"p": "fragments", "o": "APPEND", "v": [reply("露岚")]}]},
            {"v": "面膜"},
            {"v": "很温和"},
        ],
        [begun(THINKING), {"p": "response/fragments/-", "o": "ADD", "v": reply("露岚", "TEXT")}, {"v": "面膜很温和"}],
        [begun(reply("露岚")), {"p": CONTENT, "o": "APPEND", "v": "面膜"}, {"v": [{"p": "content", "o": "APPEND", "v": "很温和"}]}],
        [begun(reply("露岚")), {"p": "", "v": [{"p": CONTENT, "o": "APPEND", "v": "面膜很温和"}]}],
        [begun(reply("露岚")), {"o": "BATCH", "v": [{"p": "/response/fragments/0/content", "o": "APPEND", "v": "面膜很温和"}]}],
        [begun(reply("露岚")), {"p": "response", "o": "BATCH", "v": [{"p": CONTENT, "v": "面膜很温和"}]}],
        [
            begun(reply("露岚")),
            {"p": CONTENT, "o": "APPEND", "v": "面膜"},
            {"p": "response/search_status", "v": "FINISHED"},
            {"p": "response/fragments/-1/status", "v": "FINISHED"},
            {"v": "很温和"},
        ],
        [begun(content="", thinking_content=""), {"v": "红岭?", "p": "response/thinking_content"}, {"v": "露岚", "p": "response/content", "o": "APPEND"}, {"v": "面膜很温和"}],
        [{"message": begun(reply("露岚"))["v"]}, {"v": "面膜很温和"}],
        [begun(reply("露岚面膜", "TEMPLATE_RESPONSE")), {"v": "很温和"}],
        [begun(reply("旧")), {"p": CONTENT, "o": "SET", "v": SAID}],
        [begun(THINKING), {"p": "response/fragments", "v": [reply(SAID, id=9)]}],
        [begun(THINKING), {"p": "response/fragments/0/content", "o": "APPEND", "v": "!"}, {"p": "response/fragments", "o": "APPEND", "v": [reply("露岚面膜")]}, {"v": "很温和"}],
        [begun(reply("露岚"), THINKING), {"p": "response/fragments/0", "o": "BATCH", "v": [{"p": "content", "o": "APPEND", "v": "面膜"}]}, {"v": [{"p": "content", "o": "APPEND", "v": "很温和"}]}],
    ],
)  # fmt: skip
def test_deepseek_patches_of_every_form_add_up(frames: Sequence[Json]) -> None:
    found = answered(f"{DEEPSEEK}/completion", stream(*frames, FINISHED))
    assert told([found]) == [(ASKED, SAID, False)]
    assert found.answer.unknown_blocks == ()


PIECES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1), min_size=1
)


@given(PIECES, st.data())
def test_deepseek_text_does_not_depend_on_how_it_was_sent(pieces: list[str], data: st.DataObject) -> None:
    forms = st.sampled_from(["bare", "named", "unnamed operation", "batch", "bare list", "status between"])
    frames = [begun(THINKING), {"p": "response/fragments", "o": "APPEND", "v": [reply("露岚：")]}]
    for piece in pieces:
        append = {"p": CONTENT, "o": "APPEND", "v": piece}
        frames += {
            "bare": [{"v": piece}],
            "named": [append],
            "unnamed operation": [{"p": CONTENT, "v": piece}],
            "batch": [{"p": "response", "o": "BATCH", "v": [{**append, "p": "fragments/-1/content"}]}],
            "bare list": [{"v": [{"p": "content", "o": "APPEND", "v": piece}]}],
            "status between": [{"p": "response/accumulated_token_usage", "o": "SET", "v": 9}, {"v": piece}],
        }[data.draw(forms)]
    found = answered(f"{DEEPSEEK}/completion", stream(*frames, FINISHED))
    assert found.answer.text == "露岚：" + "".join(pieces)


def test_deepseek_answers_on_both_sides_of_a_tool_are_paragraphs() -> None:
    opened = {"id": 5, "type": "TOOL_OPEN", "result": {"url": PAGE, "title": "t"}}
    found = answered(
        f"{DEEPSEEK}/completion", stream(begun(reply("先看"), opened, reply("露岚"), reply("面膜")), FINISHED)
    )
    assert found.answer.text == "先看\n\n露岚面膜"


@pytest.mark.parametrize(
    "patch",
    [
        {"p": "response/notes/-1/content", "o": "APPEND", "v": "露岚"},
        {"p": "response/fragments", "o": "APPEND", "v": [reply("露岚", "ASIDE")]},
        {"v": {"note": {"text": "露岚"}, "content_note": "x", "text": "露岚"}},
    ],
)
def test_deepseek_text_that_found_no_place_is_reported(patch: Json) -> None:
    found = answered(f"{DEEPSEEK}/completion", stream(begun(reply("云纱"), notes=[]), patch, FINISHED))
    assert found.answer.text == "云纱"
    assert len(found.answer.unknown_blocks) == 1


@pytest.mark.parametrize(
    ("end", "cut"),
    [
        ([FINISHED], False),
        ([{"p": "response", "o": "BATCH", "v": [{"p": "quasi_status", "v": "FINISHED"}]}], False),
        ([{"p": "response/status", "v": "INCOMPLETE"}, ("close", {})], True),
        ([{"p": "response", "o": "BATCH", "v": [{"p": "auto_continue", "v": True}]}, FINISHED], True),
        (
            [
                {
                    "p": "response",
                    "o": "BATCH",
                    "v": [{"p": "quasi_status", "v": "FINISHED"}, {"p": "status", "v": "INCOMPLETE"}],
                }
            ],
            True,
        ),
        ([("close", {})], True),
        ([], True),
    ],
)
def test_a_deepseek_answer_that_has_not_ended_is_cut(end: Sequence[Any], cut: bool) -> None:
    assert answered(f"{DEEPSEEK}/completion", stream(begun(reply(SAID)), *end)).answer.cut is cut


def test_a_stream_cut_inside_a_frame_keeps_what_came_before() -> None:
    body = stream(begun(reply("露岚")), {"v": "面膜"}) + 'data: {"v": "很温'
    assert told([answered(f"{DEEPSEEK}/completion", body)]) == [(ASKED, "露岚面膜", True)]


def test_a_hint_of_deepseek_that_is_an_error_is_told() -> None:
    [found] = recording(
        (
            f"{DEEPSEEK}/completion",
            {"prompt": ASKED},
            stream(("hint", {"type": "error", "content": "服务器繁忙"})),
        )
    )
    assert isinstance(found, BadRow) and "服务器繁忙" in found.reason


FIRST = (f"{DEEPSEEK}/completion", {"chat_session_id": "s", "prompt": ASKED}, stream(begun(reply("露岚")), {"p": "response/status", "v": "INCOMPLETE"}))  # fmt: skip
ON = {"chat_session_id": "s", "message_id": 2, "fallback_to_resume": True}


@pytest.mark.parametrize("path", ["continue", "resume_stream"])
@pytest.mark.parametrize("repeats", [True, False])
def test_an_answer_that_goes_on_in_a_second_request_is_one(path: str, repeats: bool) -> None:
    again = stream(
        begun(reply("露岚" if repeats else "")), {"p": CONTENT, "o": "APPEND", "v": "面膜很温和"}, FINISHED
    )
    assert told(recording(FIRST, (f"{DEEPSEEK}/{path}", ON, again))) == [(ASKED, SAID, False)]


def test_an_answer_that_does_not_go_on_is_cut() -> None:
    assert told(recording(FIRST)) == [(ASKED, "露岚", True)]


def test_a_cut_answer_gives_way_to_the_history_that_has_it_whole() -> None:
    history = {"chat_messages": [message(1, None, "USER", ASKED), message(2, 1, "ASSISTANT", SAID)]}
    whole = (f"{DEEPSEEK}/history_messages?chat_session_id=s", {}, {"data": {"biz_data": history}})
    assert told(recording(FIRST, whole)) == [(ASKED, SAID, False)]
    assert told(recording(whole, FIRST)) == [(ASKED, SAID, False)]


def test_a_regenerated_answer_replaces_the_first_one() -> None:
    first = (
        f"{DEEPSEEK}/completion",
        {"chat_session_id": "s", "prompt": ASKED},
        stream(begun(reply("红岭")), FINISHED),
    )
    again = stream(begun(reply(SAID), message_id=4), FINISHED)
    found = recording(first, (f"{DEEPSEEK}/regenerate", {"chat_session_id": "s", "message_id": 1}, again))
    assert told(found) == [(ASKED, SAID, False)]


def test_the_same_question_in_two_conversations_is_two_answers() -> None:
    def asked(session: str, text: str) -> tuple[str, Json, str]:
        return (
            f"{DEEPSEEK}/completion",
            {"chat_session_id": session, "prompt": ASKED},
            stream(begun(reply(text)), FINISHED),
        )

    assert len(told(recording(asked("s", "露岚"), asked("t", "云纱")))) == 2
    unnamed = [(url, {"prompt": ASKED}, body) for url, _, body in (asked("s", "露岚"), asked("t", "云纱"))]
    assert len(told(recording(*unnamed))) == 2


def test_an_answer_that_goes_on_finds_its_question_without_the_conversations_name() -> None:
    url, _, body = FIRST
    again = stream(begun(reply("露岚")), {"p": CONTENT, "o": "APPEND", "v": "面膜很温和"}, FINISHED)
    found = recording((url, {"prompt": ASKED}, body), (f"{DEEPSEEK}/continue", ON, again))
    assert told(found) == [(ASKED, SAID, False)]


def test_a_continuation_without_its_beginning_has_no_question() -> None:
    [found] = recording((f"{DEEPSEEK}/continue", ON, stream(begun(reply("露岚")), FINISHED)))
    assert isinstance(found, BadRow) and "question is not in the file" in found.reason


def test_sources_of_a_continuation_that_only_adds_stand_where_its_text_does() -> None:
    def searched(text: str, address: str) -> Json:
        results = [{"url": address, "title": "t", "cite_index": 1}]
        return begun({"id": 3, "type": "SEARCH", "results": results}, reply(text))

    first = stream(searched("露岚[citation:1]", PAGE), {"p": "response/status", "v": "INCOMPLETE"})
    again = stream(searched("面膜[citation:1]", f"{PAGE}2"), FINISHED)
    [found] = recording((FIRST[0], FIRST[1], first), (f"{DEEPSEEK}/continue", ON, again))
    assert isinstance(found, CapturedAnswer)
    assert found.answer.text == "露岚[citation:1]面膜[citation:1]"
    assert [(c.url, c.spans) for c in found.answer.citations] == [
        (PAGE, ((2, 14),)),
        (f"{PAGE}2", ((16, 28),)),
    ]


def test_two_questions_of_a_conversation_stay_two() -> None:
    other = (f"{DEEPSEEK}/completion", {"chat_session_id": "s", "prompt": "精华?"}, stream(begun(reply("云纱"), message_id=4, parent_id=3), FINISHED))  # fmt: skip
    assert told(recording(FIRST, other)) == [(ASKED, "露岚", True), ("精华?", "云纱", False)]


def message(number: int, parent: int | None, role: str, content: str, **more: Any) -> Json:
    return {"message_id": number, "parent_id": parent, "role": role, "content": content, **more}


@pytest.mark.parametrize(
    ("messages", "current", "told_of"),
    [
        ([message(1, None, "USER", "甲"), message(2, 1, "ASSISTANT", "旧"), message(3, 1, "ASSISTANT", "新")], None, ["新"]),
        ([message(1, None, "USER", "甲"), message(2, 1, "ASSISTANT", "旧"), message(3, 1, "ASSISTANT", "新")], 2, ["旧"]),
        (
            [
                message(1, None, "USER", "甲"), message(2, 1, "ASSISTANT", "一"),
                message(3, 2, "USER", "乙"), message(4, 3, "ASSISTANT", "旧"),
                message(5, 2, "USER", "丙"), message(6, 5, "ASSISTANT", "新"),
            ],
            None,
            ["一", "新"],
        ),
        ([message(9, 8, "USER", "甲"), message(10, 9, "ASSISTANT", "一"), message(12, 11, "USER", "乙"), message(13, 12, "ASSISTANT", "二")], None, ["一", "二"]),
        ([message(1, 2, "USER", "甲"), message(2, 1, "ASSISTANT", "一")], None, ["一"]),
    ],
    ids=["last", "on screen", "edited", "gap", "circle"],
)  # fmt: skip
def test_of_branches_the_last_or_the_one_on_screen_is_read(
    messages: list[Json], current: int | None, told_of: list[str]
) -> None:
    chat = {"chat_session": {"id": "s", "current_message_id": current}, "chat_messages": messages}
    found = recording((f"{DEEPSEEK}/history_messages", {}, {"data": {"biz_data": chat}}))
    assert [text for _, text, _ in told(found)] == told_of


def test_deepseek_history_in_fragments_is_read() -> None:
    results = [{"url": PAGE, "title": "t", "cite_index": 1}]
    messages = [
        {"message_id": 1, "role": "USER", "fragments": [{"type": "REQUEST", "content": ASKED}]},
        {
            "message_id": 2, "parent_id": 1, "role": "ASSISTANT", "status": "INCOMPLETE",
            "fragments": [{"type": "SEARCH", "results": results}, THINKING, reply(SAID + "[citation:1]")],
        },
    ]  # fmt: skip
    found = answered(f"{DEEPSEEK}/history_messages", {"data": {"biz_data": {"chat_messages": messages}}})
    assert told([found]) == [(ASKED, SAID + "[citation:1]", True)]
    assert cited(found) == [("cited", PAGE, ["[citation:1]"])]


def test_an_answer_of_an_unknown_kind_in_a_history_is_not_passed_over() -> None:
    messages = [
        message(1, None, "USER", ASKED),
        {"message_id": 2, "role": "ASSISTANT", "fragments": [reply(SAID, "ASIDE")]},
    ]
    found = answered(f"{DEEPSEEK}/history_messages", {"data": {"biz_data": {"chat_messages": messages}}})
    assert (found.answer.text, len(found.answer.unknown_blocks)) == ("", 1)


def test_thoughts_on_a_deepseek_page_are_no_answer_and_marks_stay_apart() -> None:
    found = saved(
        '<div class="ds-message"><div class="fbb737a4"><div class="ds-collapsible-text">哪款面膜好?</div></div><div>编辑</div></div>'
        '<div class="ds-message"><div class="ds-think-content"><div class="ds-markdown">红岭?</div></div>'
        '<div class="ds-markdown"><p>露岚 89 元<a href="https://pages.example/"><span class="ds-markdown-cite">12</span></a>。</p></div></div>'
    )
    assert told([found]) == [(ASKED, "露岚 89 元[citation:12]。", False)]
    assert [(c.ordinal, c.url) for c in found.answer.citations] == [(12, PAGE)]


# Doubao


def block(text: str, id_: str = "a", **more: Any) -> Json:
    return {"block_type": 10000, "block_id": id_, "content": {"text_block": {"text": text}}, **more}


def patches(*operations: Json) -> tuple[str, Json]:
    return "STREAM_CHUNK", {"message_id": "m", "patch_op": [*operations]}


def blocks(*listed: Json) -> Json:
    return {"patch_object": 1, "patch_type": 1, "patch_value": {"content_block": [*listed]}}


def notice(*listed: Json) -> tuple[str, Json]:
    return "STREAM_MSG_NOTIFY", {"content": {"content_block": [*listed]}}


def end(brief: str | None = SAID) -> tuple[str, Json]:
    return "SSE_REPLY_END", {"end_type": 1, "msg_finish_attr": {"brief": brief} if brief else {}}


def delta(text: str) -> tuple[str, Json]:
    return "CHUNK_DELTA", {"text": text}


SEARCH = {
    "block_type": 10025,
    "block_id": "s",
    "content": {"search_query_result_block": {"queries": ["面膜"], "results": [{"text_card": {"index": 1, "url": PAGE, "title": "t"}}]}},
}  # fmt: skip


@pytest.mark.parametrize(
    "frames",
    [
        [delta("露岚"), delta("面膜很温和"), end()],
        [("STREAM_MSG_NOTIFY", {"content": "露岚"}), delta("面膜很温和"), end()],
        [("STREAM_MSG_NOTIFY", {"content": json.dumps([block("露岚")])}), delta("面膜很温和"), end()],
        [("STREAM_MSG_NOTIFY", {"content": json.dumps({"text": "露岚"})}), delta("面膜很温和"), end()],
        [notice(SEARCH), delta("露岚面膜"), delta("很温和"), end()],
        [notice(SEARCH), delta("露岚面膜"), delta("很温和"), end(None)],
        [notice(block("露岚")), patches(blocks(block("面膜"))), delta("很温和"), end()],
        [patches({"patch_object": 102, "patch_value": {"content": json.dumps({"text": "露岚"})}}), delta("面膜很温和"), end()],
        [patches({"patch_object": 102, "patch_value": {"content": "露岚"}}), patches({"patch_object": 102, "patch_value": {"content": {"text": "面膜很温和"}}}), end()],
        [patches({"patch_object": 102, "patch_value": {"content": {"text": "红岭", "type": "thinking"}}}), delta(SAID), end()],
        [notice(block("露岚")), patches(blocks(block("面膜很温和")), {"patch_object": 111, "patch_value": {"tts_content": "面膜很温和"}}), end()],
        [notice({"block_type": 10040, "block_id": "t", "content": {"thinking_block": {}}}), delta("红岭?"), notice(block("露岚")), delta("面膜很温和"), end()],
        [notice({"block_id": "t", "content": {"thinking_block": {}}}, {"block_id": "x", "parent_id": "t", "content": {"text_block": {"text": "红岭?"}}}), patches(blocks(block("", "x", is_finish=True))), delta(SAID), end()],
        [delta("面膜很温和"), end()],
        [end()],
        [patches({"patch_object": 3, "patch_value": {"msg_finish_attr": {"brief": SAID}}}), end(None)],
        [("FULL_MSG_NOTIFY", {"message": {"user_type": 2, "content_block": [block(SAID)]}}), end()],
        [notice({"block_type": 10000, "block_id": "a", "content": json.dumps({"text_block": {"text": "露岚"}})}), delta("面膜很温和"), end()],
        [delta("**露岚** 面膜"), delta("很温和"), end("露岚面膜很温和")],
    ],
)  # fmt: skip
def test_doubao_frames_of_every_form_add_up(frames: Sequence[Any]) -> None:
    found = answered(DOUBAO, stream(("SSE_ACK", {"ack_client_meta": {"conversation_id": "c"}}), *frames))
    assert found.answer.text.replace("*", "").replace(" ", "") == SAID
    assert (found.answer.cut, found.answer.unknown_blocks) == (False, ())


@given(PIECES, st.data())
def test_doubao_text_does_not_depend_on_how_it_was_sent(pieces: list[str], data: st.DataObject) -> None:
    forms = st.sampled_from(["delta", "block", "content", "spoken too"])
    frames = [notice(block("露岚："))]
    for piece in pieces:
        frames.append(
            {
                "delta": delta(piece),
                "block": patches(blocks(block(piece))),
                "content": patches({"patch_object": 102, "patch_value": {"content": {"text": piece}}}),
                "spoken too": patches(
                    blocks(block(piece)), {"patch_object": 111, "patch_value": {"tts_content": piece}}
                ),
            }[data.draw(forms)]
        )
    assert answered(DOUBAO, stream(*frames, end(None))).answer.text == "露岚：" + "".join(pieces)


@pytest.mark.parametrize(
    "frame",
    [
        end("露岚很贵"),
        patches({"patch_object": 77, "patch_value": {"content": {"text": "云纱"}}}),
        ("NEW_EVENT", {"text": "云纱"}),
        notice({"block_type": 12345, "block_id": "n", "content": {"note": "云纱"}}),
    ],
    ids=["another brief", "patch", "event", "block"],
)
def test_doubao_text_that_found_no_place_is_reported(frame: Any) -> None:
    found = answered(DOUBAO, stream(notice(block(SAID)), frame, end(SAID)))
    assert found.answer.text == SAID
    assert len(found.answer.unknown_blocks) == 1


def test_a_doubao_stream_without_its_end_is_cut_and_one_without_text_is_none() -> None:
    assert told([answered(DOUBAO, stream(delta("露岚")))]) == [(ASKED, "露岚", True)]
    [found] = recording((DOUBAO, {"prompt": ASKED}, stream(notice(SEARCH))))
    assert isinstance(found, BadRow) and "before its end" in found.reason


def doubao_message(number: int, user_type: int, *listed: Json) -> Json:
    return {
        "message_id": str(number),
        "user_type": user_type,
        "index_in_conv": str(number),
        "content_block": [*listed],
    }


def test_a_doubao_answer_in_several_messages_is_one() -> None:
    messages = [
        doubao_message(1, 1, block(ASKED)),
        doubao_message(2, 2, SEARCH),
        doubao_message(3, 2, block("露岚[1]", "b"), block("很温和", "c")),
        doubao_message(4, 2, block("云纱也行", "d")),
        doubao_message(5, 3, block("系统提示", "e")),
        doubao_message(6, 1, block("精华?")),
        doubao_message(7, 2, block("云纱精华", "f")),
    ]
    found = recording(
        (CHAIN, {}, {"downlink_body": {"pull_singe_chain_downlink_body": {"messages": messages[::-1]}}})
    )
    assert told(found) == [(ASKED, "露岚[1]\n\n很温和\n\n云纱也行", False), ("精华?", "云纱精华", False)]
    assert isinstance(found[0], CapturedAnswer)
    assert cited(found[0]) == [("cited", PAGE, ["[1]"])]
    assert found[0].answer.queries == ("面膜",)


# Yuanbao

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


# Qwen


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


# Wenxin


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


# Nano AI


def test_nano_ai_pieces_add_up_with_their_line_breaks() -> None:
    frames = [("101", {"conversation_id": "c"}), ("102", {"type": "reasoning_text", "message": "红岭?"}), ("200", "露岚"), ("200", "[1]"), ("200", ""), ("200", " 很温和"), ("103", {"references": [{"title": "t", "url": PAGE}]})]  # fmt: skip
    found = answered(NANO, stream(*frames))
    assert told([found]) == [(ASKED, "露岚[1]\n 很温和", False)]
    assert cited(found) == [("cited", PAGE, ["[1]"])]
    assert (found.engine, found.answer.unknown_blocks) == ("nano-ai", ())


def test_nano_ai_events_with_text_that_are_not_known_are_reported() -> None:
    found = answered(NANO, stream(("200", SAID), ("333", {"text": "云纱"})))
    assert len(found.answer.unknown_blocks) == 1


# Kimi


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
