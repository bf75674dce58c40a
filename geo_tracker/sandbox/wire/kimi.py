"""Kimi: Moonshot's chat with its web search formula, or with the builtin `$web_search`."""

from __future__ import annotations

import json
from typing import ClassVar

from geo_tracker.sandbox.records import SandboxAnswer
from geo_tracker.sandbox.wire._chat import ChatWire
from geo_tracker.sandbox.wire.base import Answering, BadRequest, Call, Json, Reply, new_id, string_at

_FORMULA = "/formulas/moonshot/web-search:latest"


class Kimi(ChatWire):
    """Tools, then a tool call, then the fiber that runs it, then the answer. `[^n^]` counts its results."""

    name = "kimi"
    paths: ClassVar[tuple[str, ...]] = ("/chat/completions", _FORMULA)
    marker = "[^{n}^]"
    tool = "web_search"

    def extra(self, answer: SandboxAnswer) -> Json:
        return {}

    def answer(self, call: Call, answering: Answering) -> Reply:
        if call.path == f"{_FORMULA}/tools":
            return Reply.of_json({"object": "list", "tools": [_tool(self.tool)]})
        if call.path == f"{_FORMULA}/fibers":
            return Reply.of_json(_fiber(answering(_query(call.json))))
        if _has_result(call.json):
            return super().answer(call, answering)
        answer = answering(self.prompt(call))
        if answer.refused or not answer.searched:
            return super().answer(call, answering)
        return Reply.of_json(self.tool_call(call, answer))

    def tool_call(self, call: Call, answer: SandboxAnswer) -> Json:
        """A completion that asks for a search instead of answering."""
        arguments = json.dumps(self.arguments(answer), ensure_ascii=False)
        function = {"name": self.tool, "arguments": arguments}
        called = {"index": 0, "id": f"{self.tool}:0", "type": "function", "function": function}
        message = {"role": "assistant", "content": "", "tool_calls": [called]}
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
        head = self.head(call, answer, "chat.completion")
        return {**head, "choices": [choice], "usage": self.usage(answer)}

    def arguments(self, answer: SandboxAnswer) -> Json:
        """The model searches for the question as it was asked."""
        return {"query": answer.prompt, "classes": ["all"]}


class KimiLegacy(Kimi):
    """The builtin tool: its arguments come back as they went, no address is ever shown."""

    name = "kimi-legacy"
    paths = ("/chat/completions",)
    marker = ""
    tool = "$web_search"

    def arguments(self, answer: SandboxAnswer) -> Json:
        return {"search_result": {"search_id": new_id("", answer)}, "usage": {"total_tokens": 5120}}


def _has_result(body: Json) -> bool:
    messages = body.get("messages")
    return isinstance(messages, list) and any(each.get("role") == "tool" for each in messages)


def _query(body: Json) -> str:
    try:
        arguments = json.loads(string_at(body, "arguments"))
    except ValueError:
        raise BadRequest("arguments must be JSON") from None
    return string_at(arguments, "query")


def _fiber(answer: SandboxAnswer) -> Json:
    rows = [
        {
            "url": each.url,
            "title": each.title,
            "site_name": each.site,
            "snippet": each.snippet,
            "date": str(each.published or ""),
        }
        for each in answer.sources
    ]
    output = json.dumps({"search_results": rows}, ensure_ascii=False)
    return {"id": new_id("fiber-", answer), "status": "succeeded", "context": {"output": output}}


def _tool(name: str) -> Json:
    query = {"type": "string", "description": "What to search for"}
    schema = {"type": "object", "properties": {"query": query}, "required": ["query"]}
    return {
        "type": "function",
        "function": {"name": name, "description": "Search the web", "parameters": schema},
    }
