"""Tongyi: Alibaba's DashScope with search, sources and citations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any, ClassVar

from geo_tracker.sandbox.records import SandboxAnswer, marked
from geo_tracker.sandbox.wire.base import (
    Call,
    Json,
    Reply,
    Wire,
    last_user_message,
    new_id,
    numbered,
    pieces,
    tokens,
)


class Tongyi(Wire):
    """`[ref_n]` (or the format asked for) counts `search_results[].index` from 1."""

    name = "tongyi"
    paths = ("/services/aigc/text-generation/generation",)
    codes: ClassVar[Mapping[int, str]] = {
        400: "InvalidParameter",
        401: "InvalidApiKey",
        404: "NotFound",
        429: "Throttling.RateQuota",
        500: "InternalError",
    }

    def prompt(self, call: Call) -> str:
        asked = call.json.get("input")
        return last_user_message(asked if isinstance(asked, dict) else {})

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        return _frame(answer, _text(call, answer), "stop")

    def streams(self, call: Call) -> bool:
        return call.headers.get("x-dashscope-sse") == "enable"

    def events(self, call: Call, answer: SandboxAnswer) -> Iterator[tuple[str, Any]]:
        """Frames repeat the text so far, or with `incremental_output` add to it."""
        chunks = pieces(_text(call, answer)) or [""]
        incremental = _parameters(call).get("incremental_output")
        texts = chunks if incremental else list(accumulate(chunks))
        for number, text in enumerate(texts, 1):
            yield "result", _frame(answer, text, "stop" if number == len(texts) else "null")

    def refusal(self, call: Call, answer: SandboxAnswer) -> Reply:
        return Reply.of_json(self.failure(400, "DataInspectionFailed", answer.refused), 400)

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"code": code, "message": message, "request_id": "sandbox"}


def _parameters(call: Call) -> Json:
    found = call.json.get("parameters")
    return found if isinstance(found, dict) else {}


def _text(call: Call, answer: SandboxAnswer) -> str:
    options = _parameters(call).get("search_options") or {}
    style = str(options.get("citation_format", "[<number>]")).replace("<number>", "{n}")
    return marked(answer, numbered(style if options.get("enable_citation") else ""))[0]


def _frame(answer: SandboxAnswer, text: str, finish_reason: str) -> Json:
    rows = enumerate(answer.sources, 1)
    results = [
        {"index": number, "title": each.title, "url": each.url, "site_name": each.site, "icon": ""}
        for number, each in rows
    ]
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": finish_reason}
    read, written = tokens(answer.prompt), tokens(text)
    counts = {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}
    searched = {"search": {"count": int(answer.searched), "strategy": "max"}}
    return {
        "output": {"choices": [choice], "search_info": {"search_results": results}},
        "usage": {**counts, "plugins": searched},
        "request_id": new_id("", answer),
    }
