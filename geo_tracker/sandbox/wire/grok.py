"""Grok: xAI's Responses API with web and X search."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from geo_tracker.sandbox.records import Mark, SandboxAnswer, marked
from geo_tracker.sandbox.wire import _responses as responses
from geo_tracker.sandbox.wire._links import linked
from geo_tracker.sandbox.wire.base import Call, Json, Wire, new_id


class Grok(Wire):
    """Prints `[[n]](url)`; annotations cover it; `citations` are all that was found; costs come in ticks."""

    name = "grok"
    paths = ("/responses",)

    def prompt(self, call: Call) -> str:
        responses.requires(call.json, "web_search", "x_search")
        return responses.prompt_of(call.json)

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        text, marks = marked(answer, linked(answer, "[[{n}]]({url})"))
        items = [*_calls(answer), responses.message(answer, text, _annotations(answer, marks))]
        document = responses.response(call.json, answer, items, _usage(answer))
        return {**document, "citations": [source.url for source in answer.sources]}

    def events(self, call: Call, answer: SandboxAnswer) -> Iterable[responses.Event]:
        return responses.stream(self.document(call, answer))


def _annotations(answer: SandboxAnswer, marks: Sequence[Mark]) -> list[Json]:
    return [
        {
            "type": "url_citation",
            "url": answer.sources[mark.source].url,
            "start_index": mark.start,
            "end_index": mark.end,
            "title": str(mark.source + 1),
        }
        for mark in marks
    ]


def _calls(answer: SandboxAnswer) -> list[Json]:
    """The web search in the newer spelling; further queries as searches on X, in the older one."""
    found = [{"type": "url", "url": source.url} for source in answer.sources]
    calls: list[Json] = []
    for number, query in enumerate(answer.queries):
        call = {"id": new_id(f"ws_{number}_", answer), "status": "completed"}
        action = {"type": "search", "query": query, "sources": found}
        arguments = json.dumps({"query": query}, ensure_ascii=False)
        older = {"type": "x_search_call", "name": "x_keyword_search", "arguments": arguments}
        calls.append({**call, **older} if number else {**call, "type": "web_search_call", "action": action})
    return calls


def _usage(answer: SandboxAnswer) -> Json:
    counts = responses.counted(answer)
    dollars = counts["total_tokens"] * 3e-6 + 0.005 * len(answer.queries)
    used = {"num_sources_used": 0, "num_server_side_tools_used": len(answer.queries)}
    return {**used, "cost_in_usd_ticks": round(dollars * 10**10)}
