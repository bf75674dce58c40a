"""Mistral: the Conversations API with its web search connector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from geo_tracker.engines._asking import OneRequest, bearer
from geo_tracker.engines._json import Json, integer, loads, object_at, record, records, said, string
from geo_tracker.engines._markers import merged
from geo_tracker.engines._stream import Event, cut_off
from geo_tracker.engines.base import (
    Access,
    EngineError,
    EngineRequest,
    ParsedAnswer,
    ParsedCitation,
    Prompt,
    Span,
)


class Mistral(OneRequest):
    """A `tool_reference` chunk stands for the text chunk before it."""

    name = "mistral"
    label = "Mistral (Conversations API)"
    base_url = "https://api.mistral.ai/v1"
    key_variable = "MISTRAL_API_KEY"
    default_model = "mistral-medium-latest"
    timeout = 300.0
    confidence = "sdk"
    price = "web search $30 per 1,000 calls plus tokens (2026-11)"
    holders = ("outputs",)

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        payload = {
            "model": access.model or self.default_model,
            "inputs": prompt.text,
            "tools": [{"type": "web_search"}],
            "stream": False,
            "store": False,
        }
        return EngineRequest.post_json(self.url(access, "/conversations"), payload, bearer(access))

    def merge(self, events: Sequence[Event]) -> Json:
        outputs: dict[int, Json] = {}
        for event in events:
            data = event.record
            kind = string(data.get("type")) or event.name
            output = outputs.setdefault(integer(data.get("output_index")) or 0, {})
            if kind == "conversation.response.error":
                return {"error": data}
            if kind.startswith("tool.execution."):
                output.update({**data, "type": "tool.execution"})
            elif kind == "message.output.delta":
                content = data.get("content")
                chunk = {"type": "text", "text": content} if isinstance(content, str) else record(content)
                output.update({"type": "message.output", "model": data.get("model")})
                output.setdefault("content", []).append(chunk)
            elif kind == "conversation.response.done":
                return {"outputs": _in_order(outputs), "usage": data.get("usage")}
        raise cut_off({"outputs": _in_order(outputs)})

    def read(self, document: Json) -> ParsedAnswer:
        outputs = records(document.get("outputs") or [])
        messages = [output for output in outputs if output.get("type") == "message.output"]
        searches = [output for output in outputs if "search" in string(output.get("name"))]
        text, cited, unknown = _content(messages)
        known = ("message.output", "tool.execution")
        return ParsedAnswer(
            text=text,
            citations=merged(cited),
            queries=tuple(query for search in searches if (query := _query(search))),
            search="yes" if searches or _counted(document) else "no",
            model=next((model for message in messages if (model := said(message.get("model")))), None),
            usage=record(document.get("usage")),
            unknown_blocks=(*unknown, *(output for output in outputs if output.get("type") not in known)),
        )


def _in_order(outputs: Mapping[int, Json]) -> list[Json]:
    return [outputs[place] for place in sorted(outputs) if outputs[place]]


def _counted(document: Json) -> bool:
    connectors = object_at(document, "usage", "connectors")
    return any("search" in name and count for name, count in connectors.items())


def _query(search: Json) -> str | None:
    """The query in a call's arguments: an object, or JSON text that the model wrote."""
    arguments = search.get("arguments")
    try:
        found = loads(arguments) if isinstance(arguments, str) else arguments
    except EngineError:  # the model wrote the arguments; the answer does not depend on them
        return None
    return said(record(found).get("query"))


def _content(messages: Iterable[Json]) -> tuple[str, list[ParsedCitation], list[Json]]:
    """Text, citations and unknown chunks of the messages, a blank line apart.

    Consecutive text chunks are one passage: a stream cuts them anywhere.
    """
    text, cited, unknown = "", list[ParsedCitation](), list[Json]()
    for message in messages:
        text += "\n\n" if text else ""
        passage, grows = len(text), True
        content = message.get("content")
        for chunk in records([{"type": "text", "text": content}] if isinstance(content, str) else content):
            if chunk.get("type") == "text":
                passage, grows = (passage if grows else len(text)), True
                text += string(chunk.get("text"))
            elif chunk.get("type") == "tool_reference":
                grows = False
                cited.append(_cited(chunk, ((passage, len(text)),) if text[passage:].strip() else ()))
            else:
                unknown.append(chunk)
    return text, cited, unknown


def _cited(chunk: Json, spans: tuple[Span, ...]) -> ParsedCitation:
    return ParsedCitation(
        string(chunk.get("url")),
        title=said(chunk.get("title")),
        snippet=said(chunk.get("description")),
        spans=spans,
    )
