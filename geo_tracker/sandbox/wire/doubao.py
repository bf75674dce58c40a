"""Doubao: Volcengine Ark's Responses API with web search."""

from __future__ import annotations

from collections.abc import Iterable

from geo_tracker.sandbox.records import SandboxAnswer, Source
from geo_tracker.sandbox.wire import _responses as responses
from geo_tracker.sandbox.wire._links import host_of
from geo_tracker.sandbox.wire.base import Call, Json, Wire, new_id


class Doubao(Wire):
    """Annotations without a place, no markers in the text; one search call per keyword."""

    name = "doubao"
    paths = ("/responses",)

    def prompt(self, call: Call) -> str:
        responses.requires(call.json, "web_search")
        return responses.prompt_of(call.json)

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        annotations = [_annotation(answer.sources[index]) for index in answer.cited]
        items = [*_calls(answer), responses.message(answer, answer.text, annotations)]
        searches = len(answer.queries)
        used = {
            "tool_usage": {"web_search": searches},
            "tool_usage_details": {"web_search": {"search_engine": searches}},
        }
        return responses.response(call.json, answer, items, used if searches else {})

    def events(self, call: Call, answer: SandboxAnswer) -> Iterable[responses.Event]:
        return responses.stream(self.document(call, answer))


def _annotation(source: Source) -> Json:
    published = f"{source.published:%Y年%m月%d日} 08:30:00(CST)" if source.published else ""
    return {
        "type": "url_citation",
        "title": source.title,
        "url": source.url,
        "site_name": source.site,
        "logo_url": f"http://img.{host_of(source)}/logo.png",
        "mobile_url": source.url,
        "publish_time": published,
        "summary": source.snippet,
        "freshness_info": "",
    }


def _calls(answer: SandboxAnswer) -> list[Json]:
    return [
        {
            "type": "web_search_call",
            "id": new_id(f"ws_{n}_", answer),
            "status": "completed",
            "action": {"type": "search", "query": query},
        }
        for n, query in enumerate(answer.queries)
    ]
