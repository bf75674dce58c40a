# ruff: noqa: E501 - a recording is easier to compare with its app on one line
"""DeepSeek recorded: each answer whole, once, and marked where it is cut; brands are fictional."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.captures.base import BadRow, CapturedAnswer
from tests.support.streams import (
    ASKED,
    PAGE,
    PIECES,
    SAID,
    Json,
    answered,
    cited,
    recording,
    saved,
    stream,
    told,
)

DEEPSEEK = "https://chat.deepseek.com/api/v0/chat"


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
