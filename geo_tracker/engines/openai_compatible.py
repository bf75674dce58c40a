"""Any server that speaks chat/completions: Ollama, vLLM, LM Studio, a gateway."""

from __future__ import annotations

from geo_tracker.engines import _chat as chat
from geo_tracker.engines._chat import ChatEngine
from geo_tracker.engines._json import Json
from geo_tracker.engines.base import ParsedAnswer


class OpenAICompatible(ChatEngine):
    """A model without search: its text is what it remembers."""

    name = "openai-compatible"
    label = "OpenAI-compatible server (Ollama, vLLM, ...)"
    base_url = "http://localhost:11434/v1"
    key_variable = "OPENAI_COMPATIBLE_API_KEY"
    key_optional = True
    default_model = "qwen3:8b"
    timeout = 600.0
    has_citations = False
    confidence = "docs"

    def read(self, document: Json) -> ParsedAnswer:
        return chat.completed(document, chat.content_of(chat.first_message(document)))
