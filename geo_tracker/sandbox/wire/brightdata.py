"""Bright Data: the pages of ChatGPT, Perplexity, Copilot, Gemini and Google AI Mode."""

from __future__ import annotations

from typing import ClassVar

from geo_tracker.sandbox.records import SandboxAnswer, marked
from geo_tracker.sandbox.wire._cards import product
from geo_tracker.sandbox.wire._links import linked
from geo_tracker.sandbox.wire._pages import PageWire, spoken
from geo_tracker.sandbox.wire.base import (
    Answering,
    BadRequest,
    Call,
    Json,
    Reply,
    one_in,
    packed,
    string_at,
    unpacked,
)

_SCRAPE, _PROGRESS, _SNAPSHOT = (f"/datasets/v3/{name}" for name in ("scrape", "progress/", "snapshot/"))


class BrightDataChatGPT(PageWire):
    """One record at once; one job in eight takes longer and is fetched as a snapshot."""

    name = "brightdata-chatgpt"
    paths = (_SCRAPE, _PROGRESS, _SNAPSHOT)
    dataset: ClassVar[str] = "gd_m7aof0k82r803d5bjm"

    def prompt(self, call: Call) -> str:
        if call.query.get("dataset_id") != self.dataset:
            raise BadRequest(f"dataset_id must be {self.dataset}")
        jobs = call.value
        if not isinstance(jobs, list) or not jobs or not isinstance(jobs[0], dict):
            raise BadRequest("the body must be a list of jobs")
        return string_at(jobs[0], "prompt")

    def answer(self, call: Call, answering: Answering) -> Reply:
        if call.path.startswith(_PROGRESS):
            return Reply.of_json({"status": "ready", "snapshot_id": call.path.removeprefix(_PROGRESS)})
        if call.path.startswith(_SNAPSHOT):
            answer = answering(unpacked(call.path.removeprefix(f"{_SNAPSHOT}s_")))
            return Reply.of_json(self.document(call, spoken(answer)))
        answer = answering(self.prompt(call))
        if one_in(8, answer):
            return Reply.of_json(
                {"snapshot_id": f"s_{packed(answer.prompt)}", "message": "still running"}, 202
            )
        return Reply.of_json(self.document(call, spoken(answer)))

    def document(self, call: Call, answer: SandboxAnswer) -> list[Json]:
        text, _marks = marked(answer, linked(answer))
        cited = answer.cited
        others = (index for index in range(len(answer.sources)) if index not in cited)
        record = {
            "prompt": answer.prompt,
            "answer_text": answer.text,
            "answer_text_markdown": text,
            "citations": [_row(answer, number, index) for number, index in enumerate(cited, 1)],
            "links_attached": [],
            "search_sources": [_row(answer, number, index) for number, index in enumerate(others, 1)],
            "web_search_triggered": False,
            "web_search_query": list(answer.queries),
            "shopping": [product(card) for card in answer.cards],
            "model": "sandbox",
        }
        return [record]

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"error": message}


class BrightDataPerplexity(BrightDataChatGPT):
    name = "brightdata-perplexity"
    dataset = "gd_m7dhdot1vw9a7gc1n"


class BrightDataCopilot(BrightDataChatGPT):
    name = "brightdata-copilot"
    dataset = "gd_m7di5jy6s9geokz8w"


class BrightDataGemini(BrightDataChatGPT):
    name = "brightdata-gemini"
    dataset = "gd_mbz66arm2mf9cu856y"


class BrightDataAIMode(BrightDataChatGPT):
    name = "brightdata-ai-mode"
    dataset = "gd_mcswdt6z2elth3zqr2"


def _row(answer: SandboxAnswer, number: int, index: int) -> Json:
    source = answer.sources[index]
    return {"title": source.title, "url": source.url, "position": number}
