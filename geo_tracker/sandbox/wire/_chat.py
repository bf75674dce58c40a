"""The shape of chat/completions, which most vendors share and extend with their own fields."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from geo_tracker.sandbox.records import SandboxAnswer, marked
from geo_tracker.sandbox.wire.base import (
    Call,
    Json,
    Wire,
    last_user_message,
    new_id,
    numbered,
    pieces,
    tokens,
)


class ChatWire(Wire):
    """One completion whose sources stand beside the choices; the text prints a marker for each."""

    paths: ClassVar[tuple[str, ...]] = ("/chat/completions",)
    marker: ClassVar[str] = "[{n}]"
    refuses_with: ClassVar[str] = "content_filter"
    """The finish reason of an answer that a filter stopped."""

    @abstractmethod
    def extra(self, answer: SandboxAnswer) -> Json:
        """The vendor's own top-level fields."""

    def message(self, answer: SandboxAnswer) -> Json:
        """The assistant's message."""
        return {"role": "assistant", "content": marked(answer, numbered(self.marker))[0]}

    def prompt(self, call: Call) -> str:
        return last_user_message(call.json)

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        choice = {"index": 0, "message": self.message(answer), "finish_reason": self.finish_reason(answer)}
        head = self.head(call, answer, "chat.completion")
        return {**head, "choices": [choice], "usage": self.usage(answer), **self.extra(answer)}

    def events(self, call: Call, answer: SandboxAnswer) -> Iterator[tuple[str, Any]]:
        """The vendor's own fields ride on the last chunk."""
        head, message = self.head(call, answer, "chat.completion.chunk"), self.message(answer)
        for piece in pieces(message.pop("content")):
            yield "", {**head, "choices": [_choice({"content": piece}, None)]}
        last = _choice(message, self.finish_reason(answer))
        yield "", {**head, "choices": [last], "usage": self.usage(answer), **self.extra(answer)}
        yield "", "[DONE]"

    def head(self, call: Call, answer: SandboxAnswer, kind: str) -> Json:
        """The fields that open a body or a chunk."""
        return {
            "id": new_id("chatcmpl-", answer),
            "object": kind,
            "created": answer.timestamp,
            "model": str(call.json.get("model") or self.name),
        }

    def finish_reason(self, answer: SandboxAnswer) -> str:
        return self.refuses_with if answer.refused else "stop"

    def usage(self, answer: SandboxAnswer) -> Json:
        """Token counts and whatever else the vendor reports."""
        read, written = tokens(answer.prompt), tokens(answer.text)
        return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _choice(delta: Json, reason: str | None) -> Json:
    return {"index": 0, "delta": delta, "finish_reason": reason}
