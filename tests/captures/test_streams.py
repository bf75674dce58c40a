"""Every app's stream, cut, split and with frames that nobody knows: never taken for whole, never passed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.captures.base import BadRow, CapturedAnswer
from tests.support.streams import Json, framed, marked, recording, stream

ASKED = "哪款面膜好?"
Frames = list[Any]


@dataclass(frozen=True)
class App:
    """How an app streams: its begin, the frame of a piece of text, its end, and a frame with text of no known kind."""

    url: str
    piece: Callable[[str], Any]
    end: Frames
    unknown: Any
    begin: Frames = field(default_factory=list)
    request: Json = field(default_factory=lambda: {"prompt": ASKED})
    write: Callable[..., str] = stream

    def frames(self, pieces: Sequence[str]) -> Frames:
        return [*self.begin, *map(self.piece, pieces), *self.end]

    def read(self, frames: Sequence[Any]) -> CapturedAnswer | BadRow:
        [found] = recording((self.url, self.request, self.write(*frames)))
        return found


def _patch(text: str) -> Json:
    return {"p": "response/fragments/-1/content", "o": "APPEND", "v": text}


def _phase(text: str, status: str = "typing") -> Json:
    return {"choices": [{"delta": {"phase": "answer", "content": text, "status": status}}]}


def _generator(state: str, **generator: Any) -> Json:
    return {"data": {"message": {"metaData": {"state": state}, "content": {"generator": generator}}}}


def _yiyan(text: str, is_end: int = 0) -> tuple[str, Json]:
    return "message", {"code": 0, "data": {"content": text, "is_end": is_end}}


def _old_doubao(number: int, data: Json) -> Json:
    from json import dumps

    return {"event_type": number, "event_data": dumps(data)}


def _message(id_: str, role: str, text: str) -> Json:
    return {
        "v": {
            "message": {
                "id": id_,
                "author": {"role": role},
                "recipient": "all",
                "content": {"content_type": "text", "parts": [text]},
            }
        }
    }


DEEPSEEK_BEGIN = {"v": {"response": {"message_id": 2, "status": "WIP", "fragments": [{"type": "RESPONSE", "content": ""}]}}}  # fmt: skip # noqa: E501
KIMI = "https://www.kimi.com/apiv2/kimi.gateway.chat.v1.ChatService/Chat"
MESSAGE = {"op": "set", "message": {"id": "m", "role": "assistant", "status": "MESSAGE_STATUS_GENERATING"}}
CHATGPT = {"messages": [{"author": {"role": "user"}, "content": {"content_type": "text", "parts": [ASKED]}}]}

APPS = {
    "deepseek": App(
        "https://chat.deepseek.com/api/v0/chat/completion",
        _patch,
        [{"p": "response/status", "o": "SET", "v": "FINISHED"}],
        {"p": "response/nowhere/7/deep", "o": "APPEND", "v": {"content": "云纱"}},
        [DEEPSEEK_BEGIN],
    ),
    "deepseek deltas": App(
        "https://chat.deepseek.com/api/v0/chat/completion",
        lambda text: {"choices": [{"delta": {"type": "text", "content": text}}]},
        [{"choices": [{"delta": {"content": ""}, "finish_reason": "stop"}]}],
        {"choices": [{"delta": {"type": "new", "content": "云纱"}}]},
    ),
    "doubao": App(
        "https://www.doubao.com/chat/completion",
        lambda text: ("CHUNK_DELTA", {"text": text}),
        [("SSE_REPLY_END", {"end_type": 1})],
        ("NEW_EVENT", {"text": "云纱"}),
        [("SSE_ACK", {"ack_client_meta": {"conversation_id": "c"}})],
    ),
    "doubao 2024": App(
        "https://www.doubao.com/samantha/chat/completion",
        lambda text: _old_doubao(2001, {"message": {"content": f'{{"text": "{text}"}}'}}),
        [_old_doubao(2003, {})],
        _old_doubao(2001, {"message": {"content": '{"card": {"title": "云纱"}}'}}),
    ),
    "yuanbao": App(
        "https://yuanbao.tencent.com/api/chat/c",
        lambda text: {"type": "text", "msg": text},
        ["[DONE]"],
        {"type": "new", "msg": "云纱"},
    ),
    "qwen": App(
        "https://chat.qwen.ai/api/v2/chat/completions",
        _phase,
        [_phase("", "finished")],
        {"choices": [{"delta": {"phase": "new", "content": "云纱"}}]},
    ),
    "wenxin": App(
        "https://chat.baidu.com/aichat/api/conversation",
        lambda text: _generator("generating", component="markdown-yiyan", data={"value": text}),
        [_generator("generate-complete")],
        _generator("generating", component="new", data={"value": "云纱"}),
    ),
    "yiyan": App(
        "https://yiyan.baidu.com/eb/chat/conversation/v2",
        _yiyan,
        [_yiyan("", 1)],
        ("new", {"code": 0, "text": "云纱"}),
        [("major", {"code": 0, "data": {}})],
        {"text": ASKED},
    ),
    "nano-ai": App(
        "https://www.n.cn/api/common/chat/v2",
        lambda text: ("200", text),
        [("103", {"references": [{"title": "t", "url": "https://pages.example/"}]})],
        ("333", {"text": "云纱"}),
        [("100", "CONVERSATIONID####c"), ("101", "MESSAGEID####m")],
    ),
    "kimi": App(
        KIMI,
        lambda text: {"op": "append", "block": {"id": "b", "text": {"content": text}}},
        [{}],
        {"op": "set", "block": {"id": "n", "newKind": {"title": "云纱"}}},
        [MESSAGE],
        write=framed,
    ),
    "kimi 2024": App(
        "https://kimi.moonshot.cn/api/chat/c/completion/stream",
        lambda text: {"event": "cmpl", "text": text},
        [{"event": "all_done"}],
        {"event": "new", "text": "云纱"},
        request={"messages": [{"role": "user", "content": ASKED}]},
    ),
    "chatgpt": App(
        "https://chatgpt.com/backend-api/f/conversation",
        lambda text: {"p": "/message/content/parts/0", "o": "append", "v": text},
        ["[DONE]"],
        {"type": "new", "text": "云纱"},
        [_message("a", "assistant", "")],
        CHATGPT,
    ),
    "perplexity": App(
        "https://www.perplexity.ai/rest/sse/perplexity_ask",
        lambda text: {"blocks": [{"intended_usage": "ask_text", "markdown_block": {"chunks": [text]}}]},
        [{"status": "COMPLETED", "final": True, "backend_uuid": "b"}],
        {"new": {"text": "云纱"}},
        request={"query_str": ASKED},
    ),
}
TEXTS = st.lists(st.text("露岚云纱abc。12", min_size=1, max_size=6), max_size=8)
"""Without blanks: Nano AI sends a line break as one."""
EVERY = pytest.mark.parametrize("name", APPS)


@EVERY
@given(pieces=TEXTS, data=st.data())
def test_the_text_does_not_depend_on_how_it_was_split(
    name: str, pieces: list[str], data: st.DataObject
) -> None:
    app, text = APPS[name], "".join(["露岚", *pieces, "。"])
    cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=6)))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    found = app.read(app.frames(parts))
    assert isinstance(found, CapturedAnswer), found
    assert (found.answer.text, found.answer.cut, found.answer.unknown_blocks) == (text, False, ())


@EVERY
@given(data=st.data())
def test_a_stream_cut_at_any_frame_or_byte_is_never_whole(name: str, data: st.DataObject) -> None:
    app = APPS[name]
    frames = app.frames(["露岚", "面膜很", "温和。"])
    kept = data.draw(st.integers(0, len(frames) - len(app.end)))
    rest = app.write(frames[kept])
    body = app.write(*frames[:kept]) + rest[: data.draw(st.integers(0, len(rest.rstrip()) - 2))]
    found = recording((app.url, app.request, body))
    assert all(isinstance(each, BadRow) or each.answer.cut for each in found), found


@EVERY
@pytest.mark.parametrize("at", [1, -1])
def test_text_of_a_kind_that_is_not_known_is_reported(name: str, at: int) -> None:
    app = APPS[name]
    frames = app.frames(["露岚", "面膜"])
    found = app.read(
        marked(frames, app.unknown, len(app.begin) + 1 if at == 1 else len(frames) - len(app.end))
    )
    assert isinstance(found, CapturedAnswer), found
    assert (found.answer.text, found.answer.cut, len(found.answer.unknown_blocks)) == ("露岚面膜", False, 1)
