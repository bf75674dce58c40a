"""Wenxiaoyan: Baidu's AI Search, and Qianfan's chat with web search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from geo_tracker.sandbox.jumps import LINK_HOST, jump
from geo_tracker.sandbox.records import SandboxAnswer, Source
from geo_tracker.sandbox.wire._chat import ChatWire
from geo_tracker.sandbox.wire.base import Json, new_id


class Wenxiaoyan(ChatWire):
    """`[n]` counts `references[].id` from 1."""

    name = "wenxiaoyan"
    paths = ("/ai_search/chat/completions",)
    codes: ClassVar[Mapping[int, str]] = {
        400: "invalid_argument",
        401: "invalid_iam_token",
        404: "not_found",
        429: "rpm_rate_limit_exceeded",
        500: "internal_error",
    }

    def extra(self, answer: SandboxAnswer) -> Json:
        references = [_reference(number, source) for number, source in enumerate(answer.sources, 1)]
        return {
            "request_id": new_id("", answer),
            "references": references,
            "followup_queries": list(answer.follow_ups),
        }

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"code": code, "message": message, "request_id": "sandbox"}


class WenxiaoyanQianfan(Wenxiaoyan):
    """`^[n]^` counts `search_results[].index` from 1."""

    name = "wenxiaoyan-qianfan"
    paths = ("/chat/completions",)
    marker = "^[{n}]^"

    def extra(self, answer: SandboxAnswer) -> Json:
        rows = enumerate(answer.sources, 1)
        return {"search_results": [{"index": n, "url": each.url, "title": each.title} for n, each in rows]}


def _reference(number: int, source: Source) -> Json:
    """A reference; every third leads through the engine's own jump page."""
    return {
        "id": number,
        "title": source.title,
        "url": jump(source.url, LINK_HOST) if number % 3 == 0 else source.url,
        "content": source.snippet,
        "snippet": source.snippet,
        "date": f"{source.published} 00:00:00" if source.published else "",
        "website": source.site,
        "icon": "",
        "web_anchor": source.title,
        "type": "web",
        "image": None,
        "video": None,
        "is_aladdin": False,
        "rerank_score": round(1 - number / 20, 2),
        "authority_score": 0.8,
    }
