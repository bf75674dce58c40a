"""Metaso 秘塔: AI search with citations."""

from __future__ import annotations

from typing import Any, ClassVar

from geo_tracker.engines import _chat as chat
from geo_tracker.engines._chat import ChatEngine
from geo_tracker.engines._json import Json, record, records, said, string, strings
from geo_tracker.engines._markers import BRACKETS, DOUBLE, either, merged, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation

_MARKERS = either(DOUBLE, BRACKETS)


class Metaso(ChatEngine):
    """`[[n]]` counts the message's citations from 1; HTTP 200 may carry `errCode`. `simple` bodies parse too."""

    name = "metaso"
    label = "秘塔 Metaso"
    base_url = "https://metaso.cn/api/v1"
    key_variable = "METASO_API_KEY"
    default_model = "fast"
    timeout = 300.0
    confidence = "third-party"
    holders = ("choices", "answer")
    options: ClassVar[Json] = {"scope": "webpage", "format": "chat_completions"}

    def read(self, document: Json) -> ParsedAnswer:
        message = chat.first_message(document)
        text = chat.content_of(message) or string(document.get("answer"))
        sources = _sources(message.get("citations") or document.get("citations") or document.get("sources"))
        usage = record(document.get("usage"))
        return chat.completed(
            document,
            text,
            citations=merged(resolved(text, sources, _MARKERS)),
            search="yes" if sources else "unknown",
            model=said(document.get("model")),
            finish_reason=chat.finish_reason(document),
            usage={**usage, "credits": document["credits"]} if "credits" in document else usage,
            unknown_blocks=tuple(records(message.get("highlights") or [])),
        )


def _sources(listed: Any) -> list[ParsedCitation]:
    """Rows, or bare addresses."""
    rows = [{"url": url} for url in strings(listed)] or listed
    return numbered(rows, "index")
