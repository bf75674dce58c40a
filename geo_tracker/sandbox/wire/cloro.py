"""cloro: the pages of ChatGPT, Gemini, Perplexity, Copilot, Grok and Google's AI answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from geo_tracker.sandbox.records import SandboxAnswer, marked
from geo_tracker.sandbox.wire._cards import product
from geo_tracker.sandbox.wire._links import host_of, linked
from geo_tracker.sandbox.wire._pages import PageWire
from geo_tracker.sandbox.wire.base import Call, Json, string_at


class CloroChatGPT(PageWire):
    """The text prints links; pills say which of the sources are cited, counted from 0."""

    name = "cloro-chatgpt"
    paths = ("/v1/monitor/chatgpt",)
    pill_base: ClassVar[int] = 0
    codes: ClassVar[Mapping[int, str]] = {
        400: "VALIDATION_ERROR",
        401: "UNAUTHORIZED",
        404: "NOT_FOUND",
        429: "RATE_LIMIT_EXCEEDED",
        500: "INTERNAL_SERVER_ERROR",
    }

    def prompt(self, call: Call) -> str:
        return string_at(call.json, "prompt")

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        return {"success": True, "result": self.result(call, answer)}

    def result(self, call: Call, answer: SandboxAnswer) -> Json:
        """What the page shows; extras only where `include` asks for them."""
        wanted = call.json.get("include") or {}
        text, _marks = marked(answer, linked(answer))
        found = {"text": answer.text, "markdown": text, "model": "sandbox", **self.sources(answer)}
        if wanted.get("searchQueries"):
            found["searchQueries"] = list(answer.queries)
        if wanted.get("shopping") and answer.cards:
            found["shoppingCards"] = [{"products": [product(card) for card in answer.cards]}]
        return {**found, "relatedQuestions": list(answer.follow_ups)}

    def sources(self, answer: SandboxAnswer) -> Json:
        listed = [
            {"position": number, "url": each.url, "label": each.title, "description": each.snippet}
            for number, each in enumerate(answer.sources, 1)
        ]
        pills = [
            self._pill(answer, number, index) for number, index in enumerate(answer.cited, self.pill_base)
        ]
        return {"sources": listed, "citationPills": pills}

    def _pill(self, answer: SandboxAnswer, number: int, index: int) -> Json:
        source = answer.sources[index]
        pill = {"citationPillId": number, "url": source.url, "label": source.title, "domain": host_of(source)}
        return {**pill, "datePublished": str(source.published) if source.published else None}

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"success": False, "error": {"code": code, "message": message}}


class CloroGemini(CloroChatGPT):
    name = "cloro-gemini"
    paths = ("/v1/monitor/gemini",)
    pill_base = 1


class CloroPerplexity(CloroGemini):
    """It carries products without being asked."""

    name = "cloro-perplexity"
    paths = ("/v1/monitor/perplexity",)

    def result(self, call: Call, answer: SandboxAnswer) -> Json:
        products = [product(card) for card in answer.cards]
        return {
            **super().result(call, answer),
            "search_model_queries": [answer.prompt],
            "inlineProducts": products,
        }


class CloroCopilot(CloroPerplexity):
    name = "cloro-copilot"
    paths = ("/v1/monitor/copilot",)


class CloroAIMode(CloroPerplexity):
    name = "cloro-ai-mode"
    paths = ("/v1/monitor/aimode",)


class CloroGrok(CloroGemini):
    name = "cloro-grok"
    paths = ("/v1/monitor/grok",)


class CloroAIOverview(CloroGemini):
    """The overview inside a result page, null when there is none."""

    name = "cloro-ai-overview"
    paths = ("/v1/monitor/google",)

    def prompt(self, call: Call) -> str:
        return string_at(call.json, "query")

    def result(self, call: Call, answer: SandboxAnswer) -> Json:
        organic = [{"title": each.title, "link": each.url} for each in answer.sources]
        overview = super().result(call, answer) if answer.segments else None
        return {"organicResults": organic, "aioverview": overview}
