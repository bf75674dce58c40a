"""How each web app streams an answer, as far as its readers know."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from geo_tracker.captures.base import BadRow, CapturedAnswer
from tests.support.streams import Json, framed, recording, stream

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


def patch(text: str) -> Json:
    return {"p": "response/fragments/-1/content", "o": "APPEND", "v": text}


def _phase(text: str, status: str = "typing") -> Json:
    return {"choices": [{"delta": {"phase": "answer", "content": text, "status": status}}]}


def _generator(state: str, **generator: Any) -> Json:
    return {"data": {"message": {"metaData": {"state": state}, "content": {"generator": generator}}}}


def _yiyan(text: str, is_end: int = 0) -> tuple[str, Json]:
    return "message", {"code": 0, "data": {"content": text, "is_end": is_end}}


def _block(event: str, index: int, **more: Any) -> tuple[str, Json]:
    return event, {"type": event, "index": index, **more}


def _old_doubao(number: int, data: Json) -> Json:
    return {"event_type": number, "event_data": json.dumps(data)}


def message(id_: str, role: str, text: str) -> Json:
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
        patch,
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
        [message("a", "assistant", "")],
        CHATGPT,
    ),
    "perplexity": App(
        "https://www.perplexity.ai/rest/sse/perplexity_ask",
        lambda text: {"blocks": [{"intended_usage": "ask_text", "markdown_block": {"chunks": [text]}}]},
        [{"status": "COMPLETED", "final": True, "backend_uuid": "b"}],
        {"new": {"text": "云纱"}},
        request={"query_str": ASKED},
    ),
    "claude": App(
        "https://claude.ai/api/organizations/-/chat_conversations/c/completion",
        lambda text: _block("content_block_delta", 0, delta={"type": "text_delta", "text": text}),
        [_block("content_block_stop", 0), ("message_stop", {"type": "message_stop"})],
        _block("content_block_start", 1, content_block={"type": "new", "text": "云纱"}),
        [
            ("message_start", {"type": "message_start", "message": {"role": "assistant", "content": []}}),
            _block("content_block_start", 0, content_block={"type": "text", "text": ""}),
        ],
    ),
}
