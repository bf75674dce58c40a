"""Metaso: AI search with citations."""

from __future__ import annotations

from geo_tracker.sandbox.records import SandboxAnswer
from geo_tracker.sandbox.wire._chat import ChatWire
from geo_tracker.sandbox.wire.base import Json


class Metaso(ChatWire):
    """`[[n]]` counts the message's citations from 1; failures come with HTTP 200."""

    name = "metaso"
    marker = "[[{n}]]"
    fails_with_200 = True

    def extra(self, answer: SandboxAnswer) -> Json:
        return {"credits": 3}

    def message(self, answer: SandboxAnswer) -> Json:
        citations = [
            {
                "title": each.title,
                "link": each.url,
                "snippet": each.snippet,
                "date": str(each.published or ""),
            }
            for each in answer.sources
        ]
        return {**super().message(answer), "citations": citations, "highlights": []}

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"errCode": status, "errMsg": message}
