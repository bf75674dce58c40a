"""Any server that speaks chat/completions: a model without search."""

from __future__ import annotations

from geo_tracker.sandbox.records import SandboxAnswer
from geo_tracker.sandbox.wire._chat import ChatWire
from geo_tracker.sandbox.wire.base import Json


class OpenAICompatible(ChatWire):
    """Only a text."""

    name = "openai-compatible"
    marker = ""

    def extra(self, answer: SandboxAnswer) -> Json:
        return {}
