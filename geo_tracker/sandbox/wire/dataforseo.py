"""DataForSEO: Google's AI Overviews and AI Mode, and the web pages of ChatGPT and Gemini."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from geo_tracker.sandbox.records import SandboxAnswer, marked
from geo_tracker.sandbox.wire._cards import product
from geo_tracker.sandbox.wire._links import linked
from geo_tracker.sandbox.wire._pages import PageWire, lines, references
from geo_tracker.sandbox.wire.base import BadRequest, Call, Json, basic_key, string_at

_COST = 0.004


class DataForSEO(PageWire):
    """A list of one task in an envelope; failures come with HTTP 200."""

    fails_with_200 = True
    codes: ClassVar[Mapping[int, str]] = {
        400: "40501",
        401: "40100",
        404: "40400",
        429: "40202",
        500: "50000",
    }

    def key(self, call: Call) -> str:
        return basic_key(call)

    def prompt(self, call: Call) -> str:
        tasks = call.value
        if not isinstance(tasks, list) or len(tasks) != 1 or not isinstance(tasks[0], dict):
            raise BadRequest("the body must be a list of one task")
        return string_at(tasks[0], "keyword")

    def streams(self, call: Call) -> bool:
        return False

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        result = {
            "keyword": answer.prompt,
            "datetime": f"{answer.asked} 12:00:00 +00:00",
            **self.result(answer),
        }
        task = {
            "id": "sandbox",
            "status_code": 20000,
            "status_message": "Ok.",
            "cost": _COST,
            "result": [result],
        }
        return {
            "version": "0.1",
            "status_code": 20000,
            "status_message": "Ok.",
            "cost": _COST,
            "tasks": [task],
        }

    @abstractmethod
    def result(self, answer: SandboxAnswer) -> Json:
        """What the task found."""

    def failure(self, status: int, code: str, message: str) -> Json:
        return {
            "version": "0.1",
            "status_code": int(code),
            "status_message": message,
            "cost": 0,
            "tasks": None,
        }


class DataForSEOAIOverview(DataForSEO):
    """An item of the result page; its markdown prints `[[n]](url)`."""

    name = "dataforseo-ai-overview"
    paths = ("/v3/serp/google/organic/live/advanced",)

    def result(self, answer: SandboxAnswer) -> Json:
        if not answer.segments:
            return {"item_types": ["organic"], "items": []}
        return {"item_types": ["ai_overview"], "items": [_overview(answer)]}


class DataForSEOAIMode(DataForSEOAIOverview):
    """The same item on a page of its own."""

    name = "dataforseo-ai-mode"
    paths = ("/v3/serp/google/ai_mode/live/advanced",)


class DataForSEOChatGPT(DataForSEO):
    """`sources` are cited, `search_results` were shown and not cited."""

    name = "dataforseo-chatgpt"
    paths = ("/v3/ai_optimization/chat_gpt/llm_scraper/live/advanced",)
    model: ClassVar[str] = "gpt-5.5"
    prefix: ClassVar[str] = "chat_gpt"

    def result(self, answer: SandboxAnswer) -> Json:
        text, _marks = marked(answer, linked(answer))
        cited = answer.cited
        others = [index for index in range(len(answer.sources)) if index not in cited]
        items: list[Json] = [{"type": f"{self.prefix}_text", "markdown": text}]
        if answer.cards:
            items.append(
                {"type": f"{self.prefix}_products", "items": [product(card) for card in answer.cards]}
            )
        return {
            "model": self.model,
            "markdown": text,
            "sources": _listed(answer, cited),
            "search_results": _listed(answer, others),
            "fan_out_queries": list(answer.queries),
            "brand_entities": None,
            "items": items,
        }


class DataForSEOGemini(DataForSEOChatGPT):
    """Without the search queries."""

    name = "dataforseo-gemini"
    paths = ("/v3/ai_optimization/gemini/llm_scraper/live/advanced",)
    model = "gemini-flash-latest"
    prefix = "gemini"

    def result(self, answer: SandboxAnswer) -> Json:
        return {**super().result(answer), "fan_out_queries": None}


def _overview(answer: SandboxAnswer) -> Json:
    cited = answer.cited
    numbers = {index: number for number, index in enumerate(cited, 1)}
    text, _marks = marked(
        answer, lambda found: [(i, f"[[{numbers[i]}]]({answer.sources[i].url})") for i in found]
    )
    sections: list[Json] = [
        {"type": "ai_overview_element", "text": line.plain, "references": _named(answer, line.sources)}
        for line in lines(answer)
    ]
    if answer.cards:
        shelf = [{**product(card), "seller": card.merchant} for card in answer.cards]
        sections.append({"type": "ai_overview_shopping", "items": shelf})
    return {"type": "ai_overview", "markdown": text, "items": sections, "references": references(answer)}


def _named(answer: SandboxAnswer, sources: Sequence[int]) -> list[Json]:
    urls = {answer.sources[index].url for index in sources}
    return [row for row in references(answer) if row["url"] in urls]


def _listed(answer: SandboxAnswer, indices: Sequence[int]) -> list[Json]:
    return [
        {"url": each.url, "title": each.title, "domain": each.url.split("/")[2], "snippet": each.snippet}
        for each in (answer.sources[index] for index in indices)
    ]
