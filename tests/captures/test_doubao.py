# ruff: noqa: E501 - a recording is easier to compare with its app on one line
"""Doubao recorded: each answer whole, once, and marked where it is cut; brands are fictional."""

from __future__ import annotations

import json
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
    stream,
    told,
)

DOUBAO = "https://www.doubao.com/chat/completion?aid=1"
CHAIN = "https://www.doubao.com/im/chain/single"


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
