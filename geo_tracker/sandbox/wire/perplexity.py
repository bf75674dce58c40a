"""Perplexity: the Agent API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from geo_tracker.sandbox.records import Mark, SandboxAnswer, Source, marked
from geo_tracker.sandbox.wire import _responses as responses
from geo_tracker.sandbox.wire.base import Call, Json, Wire, numbered


class Perplexity(Wire):
    """Prints `[n]` for result n; annotations cover the markers; the cost of the answer is reported."""

    name = "perplexity"
    paths = ("/agent", "/responses")

    def prompt(self, call: Call) -> str:
        return responses.prompt_of(call.json)

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        text, marks = marked(answer, numbered("[{n}]"))
        items = [*_searches(answer), responses.message(answer, text, _annotations(answer, marks))]
        return responses.response(call.json, answer, items, _usage(answer))

    def events(self, call: Call, answer: SandboxAnswer) -> Iterable[responses.Event]:
        return responses.stream(self.document(call, answer))


def _annotations(answer: SandboxAnswer, marks: Sequence[Mark]) -> list[Json]:
    return [
        {
            "type": "url_citation",
            "start_index": mark.start,
            "end_index": mark.end,
            "title": answer.sources[mark.source].title,
            "url": answer.sources[mark.source].url,
        }
        for mark in marks
    ]


def _searches(answer: SandboxAnswer) -> list[Json]:
    if not answer.searched:
        return []
    results = [_result(number, source) for number, source in enumerate(answer.sources, 1)]
    contents = [_page(answer.sources[index]) for index in answer.opened]
    search: Json = {"type": "search_results", "queries": list(answer.queries), "results": results}
    return [search, {"type": "fetch_url_results", "contents": contents}] if contents else [search]


def _result(number: int, source: Source) -> Json:
    day = source.published.isoformat() if source.published else None
    return {"id": number, **_page(source), "date": day, "last_updated": day, "source": "web"}


def _page(source: Source) -> Json:
    return {"url": source.url, "title": source.title, "snippet": source.snippet}


def _usage(answer: SandboxAnswer) -> Json:
    counts = responses.counted(answer)
    costs = {
        "input_cost": round(counts["input_tokens"] * 1.25e-6, 6),
        "output_cost": round(counts["output_tokens"] * 1e-5, 6),
        "tool_calls_cost": 0.005 * bool(answer.queries),
    }
    invoked = {"web_search": {"invocation": int(bool(answer.queries))}}
    return {
        "tool_calls_details": invoked,
        "cost": {"currency": "USD", **costs, "total_cost": round(sum(costs.values()), 6)},
    }
