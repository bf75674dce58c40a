"""Kimi: Moonshot's chat with its web search formula, or with the builtin `$web_search`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from geo_tracker.engines import _chat as chat
from geo_tracker.engines._asking import OneRequest, bearer
from geo_tracker.engines._json import Json, loads, object_at, record, records, said, string
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._markers import BRACKETS, FOOTNOTE, either, merged, resolved
from geo_tracker.engines._paragraphs import paragraphs
from geo_tracker.engines._sources import source
from geo_tracker.engines._stream import Event
from geo_tracker.engines._usage import added
from geo_tracker.engines.base import (
    Access,
    Asking,
    EngineError,
    EngineRequest,
    ErrorKind,
    ParsedAnswer,
    ParsedCitation,
    Prompt,
)

ROUNDS = 8
"""How many times the model may search before it has to answer."""

_MARKERS = either(FOOTNOTE, BRACKETS)
_DEPTH = 8


class Kimi(OneRequest):
    """Tools, chat, fiber, chat again until no tool is called. An encrypted output hides the sources."""

    name = "kimi"
    label = by_route("kimi", "Moonshot, web search formula")
    base_url = "https://api.moonshot.cn/v1"
    key_variable = "MOONSHOT_API_KEY"
    default_model = "kimi-k3"
    timeout = 300.0
    confidence = "third-party"
    price = "per search plus tokens (2026-11)"
    formula = "/formulas/moonshot/web-search:latest"
    holders = ("choices",)

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        return EngineRequest("GET", self.url(access, f"{self.formula}/tools"), bearer(access))

    def ask(self, prompt: Prompt, access: Access) -> Asking:
        tools = self.received((yield self.request(prompt, access)), access).get("tools")
        messages = chat.user_message(prompt.text)
        bodies: list[Json] = []
        outputs: list[Json] = []
        for _ in range(ROUNDS):
            bodies.append(self.received((yield self._chat(access, messages, tools)), access))
            calls = _tool_calls(bodies[-1])
            if not calls:
                break
            messages = [*messages, chat.first_message(bodies[-1])]
            for call in calls:
                outputs.append(self.received((yield self._fiber(access, call)), access))
                messages = [*messages, _tool_message(call, _output(outputs[-1]))]
        return self.answer(_one(bodies, outputs), access)

    def merge(self, events: Sequence[Event]) -> Json:
        return chat.merge(events)

    def read(self, document: Json) -> ParsedAnswer:
        said_before = (chat.content_of(message) for message in records(document.get("messages") or []))
        text = paragraphs([*said_before, chat.content_of(chat.first_message(document))])
        calls, outputs = records(document.get("calls") or []), records(document.get("outputs") or [])
        _check_searches(outputs)
        return ParsedAnswer(
            text=text,
            citations=merged(resolved(text, _sources(outputs), _MARKERS)),
            queries=tuple(query for call in calls if (query := said(_arguments(call).get("query")))),
            search=("yes" if calls else "no") if "calls" in document else "unknown",
            model=said(document.get("model")),
            finish_reason=chat.finish_reason(document),
            usage=record(document.get("usage")),
        )

    def _chat(self, access: Access, messages: Sequence[Json], tools: Any) -> EngineRequest:
        payload = {"model": access.model or self.default_model, "messages": messages, "tools": tools}
        return EngineRequest.post_json(self.url(access, "/chat/completions"), payload, bearer(access))

    def _fiber(self, access: Access, call: Json) -> EngineRequest:
        function = object_at(call, "function")
        payload = {"name": function.get("name"), "arguments": function.get("arguments")}
        return EngineRequest.post_json(self.url(access, f"{self.formula}/fibers"), payload, bearer(access))


class KimiLegacy(Kimi):
    """The builtin `$web_search`: the arguments go back as they came, and no addresses are returned."""

    name = "kimi-legacy"
    label = by_route("kimi", "Moonshot, builtin $web_search")
    default_model = "kimi-k2.6"
    has_citations = False

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        return self._chat(access, chat.user_message(prompt.text), None)

    def ask(self, prompt: Prompt, access: Access) -> Asking:
        messages = chat.user_message(prompt.text)
        bodies: list[Json] = []
        for _ in range(ROUNDS):
            bodies.append(self.received((yield self._chat(access, messages, None)), access))
            calls = _tool_calls(bodies[-1])
            if not calls:
                break
            echoes = [
                _tool_message(call, string(object_at(call, "function").get("arguments"))) for call in calls
            ]
            messages = [*messages, chat.first_message(bodies[-1]), *echoes]
        return self.answer(_one(bodies, []), access)

    def _chat(self, access: Access, messages: Sequence[Json], tools: Any) -> EngineRequest:
        payload = {
            "model": access.model or self.default_model,
            "messages": messages,
            "tools": [{"type": "builtin_function", "function": {"name": "$web_search"}}],
            "thinking": {"type": "disabled"},
        }
        return EngineRequest.post_json(self.url(access, "/chat/completions"), payload, bearer(access))


def _tool_calls(body: Json) -> list[Json]:
    return records(chat.first_message(body).get("tool_calls") or [])


def _tool_message(call: Json, content: str) -> Json:
    name = object_at(call, "function").get("name")
    return {"role": "tool", "tool_call_id": call.get("id"), "name": name, "content": content}


def _output(fiber: Json) -> str:
    context = object_at(fiber, "context")
    return said(context.get("output"), context.get("encrypted_output")) or string(fiber.get("output"))


def _one(bodies: Sequence[Json], outputs: Sequence[Json]) -> Json:
    """The last completion with the messages and tool calls before it, the fibers' outputs and the usage added up."""
    calls = [call for body in bodies for call in _tool_calls(body)]
    return {
        **bodies[-1],
        "messages": [chat.first_message(body) for body in bodies[:-1]],
        "calls": calls,
        "outputs": list(outputs),
        "usage": added(record(b.get("usage")) for b in bodies),
    }


def _check_searches(fibers: Sequence[Json]) -> None:
    if fibers and not any(_output(fiber) for fiber in fibers):
        reason = said(*(object_at(fiber, "context").get("error") for fiber in fibers)) or "no output"
        raise EngineError(ErrorKind.NO_SEARCH, f"the web search failed: {reason}")


def _arguments(call: Json) -> Json:
    try:
        return record(loads(string(object_at(call, "function").get("arguments"))))
    except EngineError:  # the model wrote the arguments; the answer does not depend on them
        return {}


def _sources(fibers: Iterable[Json]) -> list[ParsedCitation]:
    """The pages of all readable outputs, numbered from 1; the shape is not documented: any row with an address."""
    rows = [row for fiber in fibers for row in _rows(_readable(fiber), 0)]
    return [source(row, ordinal=place) for place, row in enumerate(rows, 1)]


def _readable(fiber: Json) -> Any:
    output = object_at(fiber, "context").get("output")
    try:
        return loads(output) if isinstance(output, str) else output
    except EngineError:  # plain text or encrypted: no addresses to read
        return None


def _rows(value: Any, depth: int) -> list[Json]:
    if depth > _DEPTH:
        return []
    if isinstance(value, list):
        return [row for item in value for row in _rows(item, depth + 1)]
    found = record(value)
    if said(found.get("url"), found.get("href")):
        return [found]
    return [row for item in found.values() for row in _rows(item, depth + 1)]
