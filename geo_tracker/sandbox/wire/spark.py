"""Spark: iFlytek's chat with its web search tool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from geo_tracker.sandbox.records import SandboxAnswer
from geo_tracker.sandbox.wire._chat import ChatWire
from geo_tracker.sandbox.wire.base import Call, Json, Reply


class Spark(ChatWire):
    """The sources are a second choice: a message of the tool."""

    name = "spark"
    codes: ClassVar[Mapping[int, str]] = {
        400: "10163",
        401: "11200",
        404: "10404",
        429: "11202",
        500: "10012",
    }

    def extra(self, answer: SandboxAnswer) -> Json:
        return {"code": 0, "message": "Success", "sid": "cha000sandbox"}

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        document = super().document(call, answer)
        if answer.sources:
            tool = {"role": "tool", "content": "", "tool_calls": _search(answer)}
            document["choices"].append({"index": 1, "message": tool, "finish_reason": "stop"})
        return document

    def events(self, call: Call, answer: SandboxAnswer) -> Iterator[tuple[str, Any]]:
        """The sources come first, as a list where the whole body has an object."""
        if answer.sources:
            choice = {"index": 1, "delta": {"role": "tool", "tool_calls": [_search(answer)]}}
            yield "", {**self.head(call, answer, "chat.completion.chunk"), "choices": [choice]}
        yield from super().events(call, answer)

    def refusal(self, call: Call, answer: SandboxAnswer) -> Reply:
        return Reply.of_json(self.failure(200, "10013", answer.refused))

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"code": int(code), "message": message, "sid": "cha000sandbox"}


def _search(answer: SandboxAnswer) -> Json:
    rows = enumerate(answer.sources, 1)
    outputs = [{"index": number, "url": each.url, "title": each.title} for number, each in rows]
    return {"type": "web_search", "web_search": {"outputs": outputs}}
