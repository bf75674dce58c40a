"""Answers that a recording has in several requests: resumed, made again, or shown to have ended by what follows."""

from __future__ import annotations

from typing import Any

import pytest

from geo_tracker.captures.base import BadRow, CapturedAnswer
from tests.support.apps import APPS, ASKED, CHATGPT, Frames, message
from tests.support.streams import Json, recording, stream, told

RESUME = "https://chatgpt.com/backend-api/f/conversation/resume"
TOKEN: Json = {"type": "resume_conversation_token", "token": "t", "conversation_id": "c"}


def _append(text: str) -> Json:
    return APPS["chatgpt"].piece(text)


@pytest.mark.parametrize(
    ("first", "offset", "rest"),
    [
        (
            [TOKEN, message("a", "assistant", ""), _append("露岚"), {"v": "面膜"}],
            4,
            [{"v": "很温和"}, "[DONE]"],
        ),
        (
            [TOKEN, ("ping", {"t": 1}), message("a", "assistant", ""), _append("露岚"), {"v": "面"}],
            3,
            [{"v": "面膜"}, {"v": "很温和"}, "[DONE]"],
        ),
        (
            [TOKEN, {"type": "stream_handoff", "conversation_id": "c"}, "[DONE]"],
            0,
            [TOKEN, message("a", "assistant", ""), _append("露岚面膜很温和"), "[DONE]"],
        ),
        (
            [TOKEN, message("a", "assistant", "露岚")],
            0,
            [message("a", "assistant", ""), _append("露岚面膜很温和"), "[DONE]"],
        ),
    ],
    ids=["goes on", "goes on before the cut", "handed over", "from the start"],
)
def test_a_stream_of_chatgpt_that_is_resumed_is_one_answer(first: Frames, offset: int, rest: Frames) -> None:
    url = APPS["chatgpt"].url
    begun = (url, CHATGPT, stream(*first))
    resumed = (RESUME, {"conversation_id": "c", "offset": offset}, stream(*rest))
    found = recording(begun, resumed)
    assert told(found) == [(ASKED, "露岚面膜很温和", False)] and len(found) == 1
    assert not any(
        told([each])[0][2] is False for each in recording(begun) if isinstance(each, CapturedAnswer)
    )
    cut = (RESUME, {"conversation_id": "c", "offset": offset}, stream(*rest[:-1]))
    assert told(recording(begun, cut)) == [(ASKED, "露岚面膜很温和", True)]


def test_a_resumed_stream_that_breaks_again_is_resumed_again() -> None:
    def resumed(offset: int, *frames: Any) -> tuple[str, Json, str]:
        return RESUME, {"conversation_id": "c", "offset": offset}, stream(*frames)

    begun = (APPS["chatgpt"].url, CHATGPT, stream(TOKEN, message("a", "assistant", "露岚")))
    found = recording(begun, resumed(2, _append("面膜")), resumed(3, {"v": "很温和"}, "[DONE]"))
    assert told(found) == [(ASKED, "露岚面膜很温和", False)] and len(found) == 1


def _doubao(text: str, message: str, query: str = "q", **option: Any) -> tuple[str, Json, str]:
    ack = {"ack_client_meta": {"conversation_id": "c"}, "query_list": [{"question_id": query}]}
    notice = {"meta": {"message_id": message}, "content": text}
    frames = [("SSE_ACK", ack), ("STREAM_MSG_NOTIFY", notice), ("SSE_REPLY_END", {})]
    return APPS["doubao"].url, {"prompt": ASKED, "option": option}, stream(*frames)


def _chain(*messages: Json) -> tuple[str, Json, Json]:
    numbered = [
        {"index_in_conv": str(at), "conversation_id": "c", **each} for at, each in enumerate(messages)
    ]
    body = {"downlink_body": {"pull_singe_chain_downlink_body": {"messages": numbered}}}
    return "https://www.doubao.com/im/chain/single", {}, body


def _said(id_: str, text: str, user: int = 2, **more: Any) -> Json:
    return {"message_id": id_, "user_type": user, "content": text, **more}


QUESTION = _said("q", ASKED, 1)


@pytest.mark.parametrize(
    "option", [{"is_regen": True}, {"regen_query_id": ["q"]}, {"is_regen": True, "regen_query_id": ["q"]}]
)
def test_an_answer_of_doubao_that_is_made_again_replaces_the_first(option: Json) -> None:
    entries = [_doubao("红岭", "m1"), _doubao("露岚", "m2", "other", **option)]
    assert told(recording(*entries)) == [(ASKED, "露岚", False)]
    history = _chain(QUESTION, _said("m1", "红岭"), _said("m2", "露岚"))
    assert told(recording(*entries, history)) == [(ASKED, "露岚", False)]


def test_a_question_of_doubao_that_is_asked_twice_has_two_answers() -> None:
    found = recording(_doubao("红岭", "m1", "q1"), _doubao("露岚", "m2", "q2"))
    assert told(found) == [(ASKED, "红岭", False), (ASKED, "露岚", False)]


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ([_said("m1", "红岭", status=0), _said("m2", "露岚", status=0)], "红岭\n\n露岚"),
        ([_said("m1", "红岭", status=1), _said("m2", "露岚", status=0)], "露岚"),
        ([_said("m1", "红岭"), _said("m2", "露岚", ext={"is_regen": "1"})], "露岚"),
        ([_said("m1", "红岭"), _said("m2", "露岚", ext={"is_regen": "0"})], "红岭\n\n露岚"),
        (
            [_said("m1", "红岭"), _said("m2", "露岚", ext={"regen_query_id": ["q"]}), _said("m3", "云纱")],
            "露岚\n\n云纱",
        ),
        ([_said("m1", "红岭", status=1)], "红岭"),
    ],
    ids=["two parts", "withdrawn", "made again", "not made again", "made again in two parts", "only one"],
)
def test_a_history_of_doubao_tells_parts_from_answers_made_again(messages: list[Json], text: str) -> None:
    assert told(recording(_chain(QUESTION, *messages))) == [(ASKED, text, False)]


@pytest.mark.parametrize("rest", ["露岚面膜", "面膜"], ids=["repeats", "adds"])
def test_a_stream_of_doubao_that_is_taken_up_again_is_one_answer(rest: str) -> None:
    url, request, body = _doubao("露岚", "m1")
    cut = body.partition("event: SSE_REPLY_END")[0]
    again = _doubao(rest, "m1", recovery_option={"is_recovery": True})
    assert told(recording((url, request, cut), again)) == [(ASKED, "露岚面膜", False)]


# Nano AI

NANO = APPS["nano-ai"]
OPEN = (NANO.url, NANO.request, stream(*NANO.frames(["露岚", "面膜"])[:-1]))
HISTORY = "https://www.n.cn/api/conversation/info?conversation_id=c"


def _further(*questions: str) -> tuple[str, Json, Json]:
    url = "https://www.n.cn/api/chat/ask_further/v2"
    return url, {"conversation_id": "c", "msg_id": "m"}, {"data": [{"content": each} for each in questions]}


def test_what_nano_ai_asks_for_afterwards_shows_that_an_answer_has_ended() -> None:
    assert told(recording(OPEN)) == [(ASKED, "露岚面膜", True)]
    [found] = recording(OPEN, _further("多少钱?"))
    assert isinstance(found, CapturedAnswer)
    assert (told([found]), found.answer.follow_ups) == ([(ASKED, "露岚面膜", False)], ("多少钱?",))
    assert recording(_further("多少钱?")) == []


@pytest.mark.parametrize(
    "last",
    [
        ("200", "[DONE]"),
        ("102", {"toolStatus": {"action": "final"}}),
        ("102", {"agentStatus": {"success": True}}),
        ("103", []),
    ],
)
def test_events_that_end_an_answer_of_nano_ai(last: Any) -> None:
    frames = [*NANO.begin, NANO.piece("露岚"), last]
    assert told([NANO.read(frames)]) == [(ASKED, "露岚", False)]
    assert told([NANO.read([*frames, NANO.piece("面膜")])]) == [(ASKED, "露岚面膜", True)]


def test_thoughts_and_steps_of_nano_ai_are_no_text_and_no_end() -> None:
    steps = [
        ("102", {"type": "reasoning_text", "message": "红岭?"}),
        ("102", {"agentThink": {"content": "红岭"}}),
    ]
    [found] = recording((NANO.url, NANO.request, stream(*NANO.begin, NANO.piece("露岚"), *steps)))
    assert isinstance(found, CapturedAnswer)
    assert (told([found]), found.answer.unknown_blocks) == ([(ASKED, "露岚", True)], ())


def test_an_agents_result_is_the_answer_where_no_text_came() -> None:
    result = ("102", {"agentSimpleResult": {"summary": "露岚"}})
    assert told([NANO.read([*NANO.begin, result])]) == [(ASKED, "露岚", False)]


def test_histories_of_nano_ai_are_read_and_make_a_cut_answer_whole() -> None:
    row = {
        "id": "m", "prompt": ASKED, "result": "露岚面膜[[1]()]很温和",
        "refer_search": [{"title": "t", "url": "https://pages.example/", "site": "镜湖", "summary": "s"}],
        "ask_further": [{"content": "多少钱?"}],
    }  # fmt: skip
    [found] = recording(OPEN, (HISTORY, {}, {"data": {"messages": [row]}}))
    assert isinstance(found, CapturedAnswer)
    assert told([found]) == [(ASKED, "露岚面膜[[1]()]很温和", False)]
    [source] = found.answer.citations
    assert (source.role, source.ordinal, source.spans, source.site) == ("cited", 1, ((4, 11),), "镜湖")
    [none] = recording((HISTORY, {}, {"errno": 1, "msg": "not found"}))
    assert isinstance(none, BadRow)


# The same answer in two files: streamed in one, loaded as history in the other


def _convs(text: str) -> Json:
    said = {"speechesV2": [{"content": [{"type": "text", "msg": text}]}], "id": "0f-1_24", "index": 24}
    asked = {"speechesV2": [{"content": [{"type": "text", "msg": ASKED}]}], "id": "0f-1_23", "index": 23}
    return {"convs": [{**said, "speaker": "ai"}, {**asked, "speaker": "human"}]}


def _session(text: str) -> Json:
    reply = {"mime_type": "multi_load/iframe", "content": text, "status": "complete"}
    row = {"req_id": "r1", "request_messages": [{"content": ASKED}], "response_messages": [reply]}
    return {"data": {"list": [row]}}


def _yiyan_chats(text: str) -> Json:
    asked = {"id": 1, "role": "user", "message": [{"content": ASKED}], "createTime": "1"}
    said = {"id": 2, "role": "robot", "message": [{"content": text}], "createTime": "2", "parentChatId": 1}
    return {"code": 0, "data": {"chats": {"1": asked, "2": said}}}


YUANBAO = "https://yuanbao.tencent.com/api/chat/0f-1"
DETAIL = "https://yuanbao.tencent.com/api/user/agent/conversation/v1/detail"
QIANWEN = "https://chat2.qianwen.com/api/v2/chat"
META = {"type": "meta", "messageId": "0f-1_24", "index": 24, "replyId": "0f-1_23", "replyIndex": 23}
SNAPSHOT = {
    "data": {"messages": [{"mime_type": "multi_load/iframe", "content": "露岚", "status": "complete"}]}
}
NAMED = {"communication": {"sessionid": "s", "reqid": "r1"}, **SNAPSHOT}
LIST = "https://chat2-api.qianwen.com/api/v1/session/msg/list?session_id=s"
ANSWERED = {"data": {"messages": [{"id": "m", "prompt": ASKED, "result": "露岚"}]}}
MADE = {
    "createSessionResponseVoCommonResult": {"data": {"sessionId": "s"}},
    "createChatResponseVoCommonResult": {"data": {"chat": {"id": 1}, "botChat": {"id": 2}}},
}
PIECES = [APPS["yuanbao"].piece("露"), APPS["yuanbao"].piece("岚")]
END = [("message", {"code": 0, "data": {"content": "露岚"}}), ("message", {"code": 0, "data": {"is_end": 1}})]


@pytest.mark.parametrize(
    ("streamed", "history", "name"),
    [
        (
            (YUANBAO, {"prompt": ASKED}, stream(*PIECES, "[MSGINDEX:24]", META, "[TRACEID:t]", "[DONE]")),
            (DETAIL, {"conversationId": "0f-1"}, _convs("露岚")),
            "0f-1/0f-1_24",
        ),
        (
            (YUANBAO, {"prompt": ASKED}, stream(*PIECES, "[MSGINDEX:24]", "[DONE]")),
            (DETAIL, {}, _convs("露岚")),
            "0f-1/0f-1_24",
        ),
        (
            (QIANWEN, {"session_id": "s", "req_id": "r1", "messages": [{"content": ASKED}]}, stream(SNAPSHOT)),
            (LIST, {}, _session("露岚")),
            "s/r1",
        ),
        (
            (QIANWEN, {"messages": [{"content": ASKED}]}, stream(NAMED)),
            (LIST, {}, _session("露岚")),
            "s/r1",
        ),
        (
            (APPS["yiyan"].url, {"text": ASKED}, stream(("major", {"code": 0, "data": MADE}), *END)),
            ("https://yiyan.baidu.com/eb/chat/history", {"sessionId": "s"}, _yiyan_chats("露岚")),
            "s/2",
        ),
        (
            (APPS["nano-ai"].url, APPS["nano-ai"].request, stream(*APPS["nano-ai"].frames(["露岚"]))),
            (HISTORY, {}, ANSWERED),
            "c/m",
        ),
    ],
    ids=["yuanbao", "yuanbao by number", "qianwen by request", "qianwen", "yiyan", "nano-ai"],
)  # fmt: skip
def test_a_stream_and_the_history_have_one_name_for_an_answer(streamed: Any, history: Any, name: str) -> None:
    found = [*recording(streamed), *recording(history)]
    assert told(found) == [(ASKED, "露岚", False)] * 2
    assert [each.message for each in found if isinstance(each, CapturedAnswer)] == [name, name]
    assert told(recording(streamed, history)) == [(ASKED, "露岚", False)]


def test_an_answer_of_yuanbao_that_is_made_again_replaces_the_first() -> None:
    def made(number: int, text: str) -> tuple[str, Json, str]:
        meta = {**META, "messageId": f"0f-1_{number}"}
        return YUANBAO, {"prompt": ASKED}, stream(APPS["yuanbao"].piece(text), meta, "[DONE]")

    assert told(recording(made(24, "红岭"), made(26, "露岚"))) == [(ASKED, "露岚", False)]


# Questions of DeepSeek that were edited


def _deepseek(
    prompt: str, number: int, parent: int | str | None = "", thread: str = "s"
) -> tuple[str, Json, str]:
    """Question `number` and answer `number + 1`, asked after `parent`, or instead of the question `parent` names."""
    response = {"message_id": number + 1, "parent_id": number, "status": "FINISHED"}
    said = {**response, "fragments": [{"type": "RESPONSE", "content": f"答{number}"}]}
    edits = isinstance(parent, str) and parent
    about: Json = (
        {"message_id": int(parent)} if edits else {} if parent == "" else {"parent_message_id": parent}
    )
    url = f"https://chat.deepseek.com/api/v0/chat/{'edit_message' if edits else 'completion'}"
    return url, {"prompt": prompt, "chat_session_id": thread, **about}, stream({"v": {"response": said}})


FIRST, SECOND = _deepseek("面膜?", 1, None), _deepseek("精华?", 3, 2)


@pytest.mark.parametrize(
    ("entries", "left"),
    [
        ([FIRST, SECOND], [1, 3]),
        ([FIRST, _deepseek("面膜!", 3, None)], [3]),
        ([FIRST, _deepseek("面膜!", 3, "1")], [3]),
        ([FIRST, SECOND, _deepseek("精华!", 5, 2)], [1, 5]),
        ([FIRST, SECOND, _deepseek("精华!", 5, "3")], [1, 5]),
        ([FIRST, SECOND, _deepseek("面膜!", 5, "1")], [5]),
        ([FIRST, SECOND, _deepseek("面膜!", 5, None), _deepseek("精华!", 7, 6)], [5, 7]),
        ([FIRST, SECOND, _deepseek("面膜!", 5, "1"), _deepseek("精华!", 7, 6), _deepseek("面膜", 9, "5")], [9]),
        ([FIRST, _deepseek("面膜!", 3, "1"), _deepseek("面膜", 5, "1")], [5]),
        ([FIRST, _deepseek("面膜!", 3, None, "t"), _deepseek("精华!", 3, "1", "t")], [1, 3, 3]),
        ([_deepseek("面膜?", 1), _deepseek("面膜!", 3)], [1, 3]),
    ],
)  # fmt: skip
def test_a_question_of_deepseek_that_was_edited_and_what_followed_on_it_are_dropped(
    entries: list[Any], left: list[int]
) -> None:
    assert [text for _, text, _ in told(recording(*entries))] == [f"答{number}" for number in left]


def test_a_history_of_deepseek_adds_nothing_to_its_streams() -> None:
    def listed(number: int, parent: int | None, role: str, text: str) -> Json:
        return {
            "message_id": number,
            "parent_id": parent,
            "role": role,
            "content": text,
            "status": "FINISHED",
        }

    messages = [
        listed(1, None, "USER", "面膜?"), listed(2, 1, "ASSISTANT", "答1"), listed(3, 2, "USER", "精华?"),
        listed(4, 3, "ASSISTANT", "答3"), listed(5, None, "USER", "面膜!"), listed(6, 5, "ASSISTANT", "答5"),
    ]  # fmt: skip
    url = "https://chat.deepseek.com/api/v0/chat/history_messages?chat_session_id=s"
    history = (url, {}, {"data": {"biz_data": {"chat_messages": messages}}})
    found = recording(FIRST, SECOND, _deepseek("面膜!", 5, None), history)
    assert [(each.line, told([each])[0][1]) for each in found if isinstance(each, CapturedAnswer)] == [
        (3, "答5")
    ]
    found = recording(FIRST, SECOND, (url, {}, {"data": {"biz_data": {"chat_messages": messages[:4]}}}))
    assert [each.line for each in found if isinstance(each, CapturedAnswer)] == [1, 2], "streams say more"
