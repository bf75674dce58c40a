"""Mistral: the Conversations API with its web search connector."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from geo_tracker.sandbox.records import SandboxAnswer, Source
from geo_tracker.sandbox.wire import _responses as responses
from geo_tracker.sandbox.wire.base import Call, Json, Reply, Wire, new_id, string_at, tokens


class Mistral(Wire):
    """Text in chunks, each followed by references to the tool's results."""

    name = "mistral"
    paths = ("/conversations",)

    def prompt(self, call: Call) -> str:
        responses.requires(call.json, "web_search", "web_search_premium")
        return string_at(call.json, "inputs")

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        model = string_at(call.json, "model")
        message = {"type": "message.output", "role": "assistant", "model": model, "content": _chunks(answer)}
        return {
            "object": "conversation.response",
            "conversation_id": new_id("conv_", answer),
            "outputs": [*_executions(answer), {**message, "id": new_id("msg_", answer)}],
            "usage": _usage(answer),
        }

    def events(self, call: Call, answer: SandboxAnswer) -> Iterator[tuple[str, Any]]:
        document = self.document(call, answer)
        yield _event("conversation.response.started", conversation_id=document["conversation_id"])
        for index, output in enumerate(document["outputs"]):
            place = {"output_index": index, "id": output["id"]}
            if output["type"] == "tool.execution":
                called = {"name": output["name"], "arguments": output["arguments"]}
                yield _event("tool.execution.started", **place, **called)
                yield _event("tool.execution.done", **place, name=output["name"])
                continue
            for chunk in output["content"]:
                content = chunk["text"] if chunk["type"] == "text" else chunk
                yield _event("message.output.delta", **place, model=output["model"], content=content)
        yield _event("conversation.response.done", usage=document["usage"])

    def refusal(self, call: Call, answer: SandboxAnswer) -> Reply:
        return Reply.of_json(self.failure(403, "content_filter", answer.refused), 403)

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"object": "error", "message": message, "type": code, "param": None, "code": str(status)}


def _event(kind: str, **data: Any) -> tuple[str, Json]:
    return kind, {"type": kind, **data}


def _chunks(answer: SandboxAnswer) -> list[Json]:
    chunks: list[Json] = []
    for sources, segments in groupby(answer.segments, key=lambda segment: segment.sources):
        chunks.append({"type": "text", "text": "".join(segment.text for segment in segments)})
        chunks += [_reference(answer.sources[index]) for index in sources]
    return chunks


def _reference(source: Source) -> Json:
    return {
        "type": "tool_reference",
        "tool": "web_search",
        "title": source.title,
        "url": source.url,
        "favicon": "",
        "description": source.snippet,
    }


def _executions(answer: SandboxAnswer) -> list[Json]:
    return [
        {
            "type": "tool.execution",
            "name": "web_search",
            "arguments": json.dumps({"query": query}, ensure_ascii=False),
            "id": new_id(f"tool_{number}", answer),
        }
        for number, query in enumerate(answer.queries)
    ]


def _usage(answer: SandboxAnswer) -> Json:
    read, written = tokens(answer.prompt), tokens(answer.text)
    counts = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    return {**counts, "connectors": {"web_search": len(answer.queries)} if answer.queries else {}}
