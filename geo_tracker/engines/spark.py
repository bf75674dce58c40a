"""Spark: iFlytek's chat with its web search tool."""

from __future__ import annotations

from typing import ClassVar

from geo_tracker.engines import _chat as chat
from geo_tracker.engines._chat import ChatEngine
from geo_tracker.engines._errors import KindsByCode
from geo_tracker.engines._json import Json, object_at, record, records
from geo_tracker.engines._markers import BRACKETS, CARETS, FOOTNOTE, either, merged, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines.base import ErrorKind, ParsedAnswer, ParsedCitation

_MARKERS = either(CARETS, FOOTNOTE, BRACKETS)


class Spark(ChatEngine):
    """Sources ride on `tool_calls` of any choice, as an object or a list; markers count `index` from 1."""

    name = "spark"
    label = "讯飞星火 Spark (iFlytek)"
    base_url = "https://spark-api-open.xf-yun.com/v1"
    key_variable = "SPARK_API_PASSWORD"
    default_model = "4.0Ultra"
    timeout = 300.0
    confidence = "third-party"
    error_kinds: ClassVar[KindsByCode] = {
        **dict.fromkeys(("10005", "10313", "11200"), ErrorKind.AUTH),
        **dict.fromkeys(("10013", "10014", "10019", "10021"), ErrorKind.REFUSED),
        **dict.fromkeys(("10007", "11202", "11203"), ErrorKind.RATE_LIMIT),
        **dict.fromkeys(("11201", "10015"), ErrorKind.QUOTA),
        **dict.fromkeys(("10003", "10004", "10006", "10163", "10907"), ErrorKind.REQUEST),
        **dict.fromkeys(("10008", "10009", "10010", "10012", "10110"), ErrorKind.TRANSIENT),
    }
    options: ClassVar[Json] = {
        "tools": [
            {
                "type": "web_search",
                "web_search": {"enable": True, "show_ref_label": True, "search_mode": "deep"},
            }
        ]
    }

    def read(self, document: Json) -> ParsedAnswer:
        chat.first_message(document)
        messages = [record(choice.get("message")) for choice in records(document.get("choices"))]
        written = (chat.content_of(message) for message in messages if message.get("role") != "tool")
        text = next(filter(None, written), "")
        sources = [row for message in messages for row in _sources(message)]
        return chat.completed(
            document,
            text,
            citations=merged(resolved(text, sources, _MARKERS)),
            search="yes" if sources else "no",
        )


def _sources(message: Json) -> list[ParsedCitation]:
    calls = records(message.get("tool_calls"))
    return [row for call in calls for row in numbered(object_at(call, "web_search").get("outputs"), "index")]
