"""Doubao: the ask-echo search agent of Volcengine."""

from __future__ import annotations

from geo_tracker.sandbox.records import SandboxAnswer, Source
from geo_tracker.sandbox.wire._cards import product
from geo_tracker.sandbox.wire._chat import ChatWire
from geo_tracker.sandbox.wire.base import Call, Json, string_at


class DoubaoAskEcho(ChatWire):
    """`[ref_n]` counts `references` from 1; all that was found stands in `search_results`; cards beside them."""

    name = "doubao-ask-echo"
    paths = ("/agent_api/agent/chat/completion",)
    marker = "[ref_{n}]"

    def prompt(self, call: Call) -> str:
        string_at(call.json, "bot_id")
        return super().prompt(call)

    def extra(self, answer: SandboxAnswer) -> Json:
        rows = [_row(number, source) for number, source in enumerate(answer.sources, 1)]
        return {
            "references": rows,
            "search_results": rows,
            "follow_ups": [{"item": each} for each in answer.follow_ups],
            "cards": [{"card_type": "product", "product_card": product(card)} for card in answer.cards],
        }

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"error": {"log_id": "sandbox", "code": code, "message": message, "type": code, "param": ""}}


def _row(number: int, source: Source) -> Json:
    published = source.published.strftime("%Y-%m-%d") if source.published else 0
    return {
        "id": str(number),
        "source_type": "web",
        "site_name": source.site,
        "title": source.title,
        "summary": source.snippet,
        "publish_time": published,
        "url": source.url,
        "logo_url": "",
    }
