"""OpenAI: the Responses API with web search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from geo_tracker.sandbox.records import Mark, SandboxAnswer, Source, marked
from geo_tracker.sandbox.wire import _responses as responses
from geo_tracker.sandbox.wire._links import host_of
from geo_tracker.sandbox.wire.base import Call, Json, Wire, new_id


class OpenAI(Wire):
    """Prints `([site](url))`; annotations cover the marker, in code points; cited addresses gain a parameter."""

    name = "openai"
    paths = ("/responses",)

    def prompt(self, call: Call) -> str:
        responses.requires(call.json, "web_search", "web_search_preview")
        return responses.prompt_of(call.json)

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        text, marks = marked(answer, lambda sources: _markers(answer, sources))
        items = [
            _reasoning(answer),
            *_calls(answer),
            responses.message(answer, text, _annotations(answer, marks)),
        ]
        details = {"output_tokens_details": {"reasoning_tokens": 128}}
        return responses.response(call.json, answer, items, details)

    def events(self, call: Call, answer: SandboxAnswer) -> Iterable[responses.Event]:
        return responses.stream(self.document(call, answer))


def _cited_url(source: Source) -> str:
    return f"{source.url}{'&' if '?' in source.url else '?'}utm_source=openai"


def _markers(answer: SandboxAnswer, sources: Sequence[int]) -> list[tuple[int, str]]:
    found = [(index, answer.sources[index]) for index in sources]
    return [(index, f" ([{host_of(source)}]({_cited_url(source)}))") for index, source in found]


def _annotations(answer: SandboxAnswer, marks: Sequence[Mark]) -> list[Json]:
    return [
        {
            "type": "url_citation",
            "start_index": mark.start + 1,
            "end_index": mark.end,
            "title": answer.sources[mark.source].title,
            "url": _cited_url(answer.sources[mark.source]),
        }
        for mark in marks
    ]


def _reasoning(answer: SandboxAnswer) -> Json:
    return {"type": "reasoning", "id": new_id("rs_", answer), "summary": []}


def _calls(answer: SandboxAnswer) -> list[Json]:
    """The searches and the pages opened after them."""
    if not answer.searched:
        return []
    found = [{"type": "url", "url": source.url} for source in answer.sources]
    queries = list(answer.queries)
    search = {"type": "search", "query": queries[0], "queries": queries, "sources": found}
    opened = [{"type": "open_page", "url": answer.sources[index].url} for index in answer.opened]
    return [
        {"type": "web_search_call", "id": new_id(f"ws_{n}_", answer), "status": "completed", "action": action}
        for n, action in enumerate([search, *opened])
    ]
