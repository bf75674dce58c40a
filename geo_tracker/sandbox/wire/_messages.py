"""The shape of Anthropic's Messages API with server-side web search, which DeepSeek speaks too."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, ClassVar

from geo_tracker.sandbox.records import SandboxAnswer, Source
from geo_tracker.sandbox.wire.base import (
    Answering,
    BadRequest,
    Call,
    Json,
    Reply,
    Wire,
    last_user_message,
    new_id,
    pieces,
    string_at,
    tokens,
)

Event = tuple[str, Any]


class MessagesWire(Wire):
    """Searches and their results, then text blocks that carry the citations of their sentence."""

    codes: ClassVar[Mapping[int, str]] = {
        400: "invalid_request_error",
        401: "authentication_error",
        404: "not_found_error",
        429: "rate_limit_error",
        500: "api_error",
    }
    tools: ClassVar[tuple[str, ...]]
    """The tool types that it takes."""
    pauses: ClassVar[bool] = False
    """Whether a turn that opens pages is paused after the search."""

    def key(self, call: Call) -> str:
        return call.headers.get("x-api-key", "")

    def prompt(self, call: Call) -> str:
        asked = [each.get("type") for each in call.json.get("tools") or () if isinstance(each, dict)]
        if not any(tool in asked for tool in self.tools):
            raise BadRequest(f"tools must hold one of {', '.join(self.tools)}")
        return last_user_message(call.json)

    def answer(self, call: Call, answering: Answering) -> Reply:
        answer = answering(self.prompt(call))
        document = self.document(call, answer)
        return Reply.of_events(events_of(document)) if self.streams(call) else Reply.of_json(document)

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        resumed = call.json["messages"][-1].get("role") == "assistant"
        searches = [] if resumed else self.searches(answer)
        if self.pauses and searches and answer.opened and not answer.refused:
            return self.message(call, answer, searches, "pause_turn")
        if answer.refused:
            return self.message(call, answer, searches, "refusal")
        return self.message(call, answer, [*searches, *map(self.text_block, *_blocks(answer))], "end_turn")

    def searches(self, answer: SandboxAnswer) -> list[Json]:
        """Each query's call, and the results of all after the last one."""
        found: list[Json] = []
        for number, query in enumerate(answer.queries):
            used = new_id(f"srvtoolu_{number}", answer)
            found.append(
                {"type": "server_tool_use", "id": used, "name": "web_search", "input": {"query": query}}
            )
            rows = [self.result(each) for each in answer.sources[number :: len(answer.queries)]]
            found.append({"type": "web_search_tool_result", "tool_use_id": used, "content": rows})
        return found

    def result(self, source: Source) -> Json:
        age = f"{source.published:%B %d, %Y}" if source.published else None
        return {"type": "web_search_result", "url": source.url, "title": source.title, "page_age": age}

    def text_block(self, text: str, sources: tuple[Source, ...]) -> Json:
        block: Json = {"type": "text", "text": text}
        return {**block, "citations": [self.citation(each) for each in sources]} if sources else block

    def citation(self, source: Source) -> Json:
        excerpt = html.escape(source.snippet)[:150]
        return {"type": "web_search_result_location", "url": source.url, "cited_text": excerpt}

    def message(self, call: Call, answer: SandboxAnswer, content: list[Json], stop_reason: str) -> Json:
        searches = sum(block["type"] == "server_tool_use" for block in content)
        return {
            "id": new_id("msg_", answer),
            "type": "message",
            "role": "assistant",
            "model": string_at(call.json, "model"),
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "usage": {
                "input_tokens": tokens(answer.prompt),
                "output_tokens": tokens(answer.text),
                "server_tool_use": {"web_search_requests": searches},
            },
        }

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"type": "error", "error": {"type": code, "message": message}, "request_id": "req_sandbox"}


def _blocks(answer: SandboxAnswer) -> tuple[list[str], list[tuple[Source, ...]]]:
    """The text in pieces of the same sources, and those sources."""
    texts, cited = list[str](), list[tuple[Source, ...]]()
    for sources, segments in groupby(answer.segments, key=lambda segment: segment.sources):
        texts.append("".join(segment.text for segment in segments))
        cited.append(tuple(answer.sources[index] for index in sources))
    return texts, cited


def events_of(message: Json) -> Iterator[Event]:
    """The events that build a message; citations come before the text of their block."""
    opening = {
        **message,
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    yield _event("message_start", message=opening)
    for index, block in enumerate(message["content"]):
        started, deltas = _deltas(block)
        yield _event("content_block_start", index=index, content_block=started)
        for delta in deltas:
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    yield _event("message_delta", delta={"stop_reason": message["stop_reason"]}, usage=message["usage"])
    yield _event("message_stop")


def _event(name: str, **data: Any) -> Event:
    return name, {"type": name, **data}


def _deltas(block: Json) -> tuple[Json, list[Json]]:
    """A block as it opens, and what is added to it."""
    if block["type"] == "server_tool_use":
        written = json.dumps(block["input"], ensure_ascii=False)
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": written}]
    if block["type"] != "text":
        return block, []
    notes = [{"type": "citations_delta", "citation": note} for note in block.get("citations", ())]
    return {"type": "text", "text": ""}, [*notes, *_text_deltas(block["text"])]


def _text_deltas(text: str) -> list[Json]:
    return [{"type": "text_delta", "text": piece} for piece in pieces(text)]
