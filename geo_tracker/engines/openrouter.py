"""OpenRouter: any hosted model with the web plugin."""

from __future__ import annotations

from typing import ClassVar

from geo_tracker.engines import _chat as chat
from geo_tracker.engines._chat import ChatEngine
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, integer, number, object_at, record, records, said
from geo_tracker.engines._markers import merged, placed
from geo_tracker.engines._sources import source
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation, Search


class OpenRouter(ChatEngine):
    """Annotations are cited; their offsets are 0 or absent, a span is where the text links to the source."""

    name = "openrouter"
    label = "OpenRouter (web plugin)"
    base_url = "https://openrouter.ai/api/v1"
    key_variable = "OPENROUTER_API_KEY"
    default_model = "openai/gpt-5.5"
    timeout = 300.0
    confidence = "recorded"
    price = "tokens and searches at the model's price; the cost of each answer is reported (2026-11)"
    options: ClassVar[Json] = {"plugins": [{"id": "web", "engine": "native"}], "usage": {"include": True}}

    def read(self, document: Json) -> ParsedAnswer:
        failure = object_at(chat.first_choice(document), "error")
        if error := reported({"error": failure}, self.error_kinds):
            raise error
        message = chat.first_message(document)
        notes = records(message.get("annotations") or [])
        cited = [_cited(note) for note in notes if note.get("type") == "url_citation"]
        usage = record(document.get("usage"))
        cost = number(usage.get("cost"))
        text = chat.content_of(message)
        return chat.completed(
            document,
            text,
            citations=merged(placed(text, cited)),
            search=_searched(bool(cited), usage),
            model=said(document.get("model")),
            finish_reason=chat.finish_reason(document),
            usage=usage,
            cost=cost,
            currency=None if cost is None else "USD",
            unknown_blocks=tuple(note for note in notes if note.get("type") != "url_citation"),
        )


def _cited(note: Json) -> ParsedCitation:
    return source(record(note.get("url_citation")) or note, "cited")


def _searched(cited: bool, usage: Json) -> Search:
    used = object_at(usage, "server_tool_use_details") or object_at(usage, "server_tool_use")
    count = integer(used.get("web_search_requests"))
    if cited or count:
        return "yes"
    return "unknown" if count is None else "no"
