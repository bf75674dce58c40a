"""The shape of the Responses API, which several vendors share: one document and the stream that builds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from geo_tracker.sandbox.records import SandboxAnswer
from geo_tracker.sandbox.wire.base import (
    BadRequest,
    Json,
    last_user_message,
    new_id,
    pieces,
    string_at,
    tokens,
)

Event = tuple[str, Any]
Steps = Callable[[Json, Json], Iterator[tuple[str, Json]]]
"""An output item and its place to the events between its start and its end."""


def prompt_of(body: Json) -> str:
    """The question in `input`, a string or a list of messages."""
    return (
        string_at(body, "input") if isinstance(body.get("input"), str) else last_user_message(body, "input")
    )


def requires(body: Json, *tools: str) -> None:
    """Turn a request down that does not ask for one of these tools."""
    asked = body.get("tools")
    types = [tool.get("type") for tool in asked if isinstance(tool, dict)] if isinstance(asked, list) else []
    if not any(tool in types for tool in tools):
        raise BadRequest(f"tools must hold one of {', '.join(tools)}")


def response(body: Json, answer: SandboxAnswer, items: Sequence[Json], usage: Json) -> Json:
    """A completed response of these output items."""
    return {
        "id": new_id("resp_", answer),
        "object": "response",
        "created_at": answer.timestamp,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "model": string_at(body, "model"),
        "output": list(items),
        "usage": {**counted(answer), **usage},
    }


def counted(answer: SandboxAnswer) -> Json:
    """Token counts."""
    read = tokens(answer.prompt) + sum(tokens(source.snippet) for source in answer.sources)
    written = tokens(answer.text)
    return {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}


def message(answer: SandboxAnswer, text: str, annotations: Sequence[Json]) -> Json:
    """The assistant's message, or what it says instead of one."""
    part: Json = {"type": "output_text", "text": text, "annotations": list(annotations), "logprobs": []}
    if answer.refused:
        part = {"type": "refusal", "refusal": answer.refused}
    return {
        "type": "message",
        "id": new_id("msg_", answer),
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


def stream(document: Json, own_steps: Steps | None = None) -> Iterator[Event]:
    """The events that build a response, numbered; the last one holds all of it.

    `own_steps` gives the events of item types that only one vendor has.
    """
    for number, (name, data) in enumerate(_events(document, own_steps or _steps)):
        yield name, {"type": name, "sequence_number": number, **data}


def _events(document: Json, steps: Steps) -> Iterator[tuple[str, Json]]:
    started = {**document, "status": "in_progress", "output": [], "usage": None}
    yield "response.created", {"response": started}
    yield "response.in_progress", {"response": started}
    for index, item in enumerate(document["output"]):
        place = {"output_index": index, "item_id": item.get("id", "")}
        yield "response.output_item.added", {"output_index": index, "item": {**item, "status": "in_progress"}}
        yield from steps(item, place)
        yield "response.output_item.done", {"output_index": index, "item": item}
    yield "response.completed", {"response": document}


def _steps(item: Json, place: Json) -> Iterator[tuple[str, Json]]:
    if item["type"] == "web_search_call":
        for step in ("in_progress", "searching", "completed"):
            yield f"response.web_search_call.{step}", place
    for index, part in enumerate(item.get("content", ()) if item["type"] == "message" else ()):
        where = {**place, "content_index": index}
        for piece in pieces(part.get("text", "")):
            yield "response.output_text.delta", {**where, "delta": piece}
        for number, note in enumerate(part.get("annotations", ())):
            data = {**where, "annotation_index": number, "annotation": note}
            yield "response.output_text.annotation.added", data
        yield "response.content_part.done", {**where, "part": part}
