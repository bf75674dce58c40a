"""Nano AI: 360's AI search."""

from __future__ import annotations

from geo_tracker.sandbox.records import SandboxAnswer
from geo_tracker.sandbox.wire._chat import ChatWire
from geo_tracker.sandbox.wire.base import Json


class NanoAI(ChatWire):
    """`[n]` counts `references` from 1."""

    name = "nano-ai"
    paths = ("/search/aisearch",)

    def extra(self, answer: SandboxAnswer) -> Json:
        rows = ({"title": each.title, "url": each.url, "summary_ai": each.snippet} for each in answer.sources)
        return {"references": list(rows)}
