"""Bocha: AI search whose answer comes as a list of messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from geo_tracker.sandbox.records import SandboxAnswer, Source, marked
from geo_tracker.sandbox.wire._cards import product
from geo_tracker.sandbox.wire.base import Call, Json, Reply, Wire, numbered, pieces, string_at


class Bocha(Wire):
    """`[[引用:n]]` counts the web pages from 1; the content of a source is JSON in a string."""

    name = "bocha"
    paths = ("/ai-search",)

    def prompt(self, call: Call) -> str:
        return string_at(call.json, "query")

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        text, _marks = marked(answer, numbered("[[引用:{n}]]"))
        messages = [*_sources(answer), _message("answer", "text", text), *_follow_ups(answer)]
        return {"code": 200, "log_id": "sandbox", "msg": None, "conversation_id": "1", "messages": messages}

    def events(self, call: Call, answer: SandboxAnswer) -> Iterator[tuple[str, Any]]:
        text, _marks = marked(answer, numbered("[[引用:{n}]]"))
        written = [_message("answer", "text", piece) for piece in pieces(text)]
        for message in (*_sources(answer), *written, *_follow_ups(answer)):
            yield "", {"event": "message", "message": message}
        yield "", {"event": "done"}

    def refusal(self, call: Call, answer: SandboxAnswer) -> Reply:
        return Reply.of_json(self.failure(451, "", "stopped by the content policy"), 451)

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"code": str(status), "message": message, "log_id": "sandbox"}


def _message(kind: str, content_type: str, content: str) -> Json:
    return {"role": "assistant", "type": kind, "content_type": content_type, "content": content}


def _sources(answer: SandboxAnswer) -> Iterator[Json]:
    if answer.searched:
        yield _source("webpage", [_page(source) for source in answer.sources])
    if answer.cards:
        yield _source("product", [product(card) for card in answer.cards])


def _source(content_type: str, rows: list[Json]) -> Json:
    return _message("source", content_type, json.dumps({"value": rows}, ensure_ascii=False))


def _page(source: Source) -> Json:
    return {
        "name": source.title,
        "url": source.url,
        "snippet": source.snippet,
        "summary": source.snippet,
        "siteName": source.site,
        "dateLastCrawled": f"{source.published}T00:00:00Z" if source.published else "",
    }


def _follow_ups(answer: SandboxAnswer) -> list[Json]:
    return [_message("follow_up", "text", each) for each in answer.follow_ups]
