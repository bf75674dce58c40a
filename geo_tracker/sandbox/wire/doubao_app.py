"""Doubao, nearest to the app: Ark's `doubao_app` tool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from geo_tracker.sandbox.records import SandboxAnswer, Source, marked
from geo_tracker.sandbox.wire import _responses as responses
from geo_tracker.sandbox.wire._links import host_of
from geo_tracker.sandbox.wire.base import BadRequest, Call, Json, Wire, new_id, numbered


class DoubaoApp(Wire):
    """One call with blocks: search, reasoning, text whose `[n]` counts the results from 1."""

    name = "doubao-app"
    paths = ("/responses",)

    def prompt(self, call: Call) -> str:
        responses.requires(call.json, "doubao_app")
        if call.headers.get("ark-beta-doubao-app") != "true":
            raise BadRequest("the header ark-beta-doubao-app is missing")
        return responses.prompt_of(call.json)

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        if answer.refused:
            return responses.response(call.json, answer, [responses.message(answer, "", [])], {})
        item = {
            "type": "doubao_app_call",
            "id": new_id("app_", answer),
            "feature": "ai_search",
            "status": "completed",
            "blocks": _blocks(answer),
        }
        return responses.response(call.json, answer, [item], {"tool_usage": {"doubao_app": 1}})

    def events(self, call: Call, answer: SandboxAnswer) -> Iterable[responses.Event]:
        return responses.stream(self.document(call, answer), _steps)


def _blocks(answer: SandboxAnswer) -> list[Json]:
    text, _marks = marked(answer, numbered("[{n}]"))
    results = [_result(number, source) for number, source in enumerate(answer.sources, 1)]
    search = {
        "type": "search",
        "summary": f"{len(results)}",
        "queries": list(answer.queries),
        "results": results,
        "status": "completed",
    }
    written = {"type": "output_text", "id": new_id("block_", answer), "parent_id": "", "text": text}
    thought = {"type": "reasoning_text", "reasoning_text": answer.prompt, "status": "completed"}
    return [*([search] if answer.searched else []), thought, written]


def _result(number: int, source: Source) -> Json:
    host = host_of(source)
    published = source.published.strftime("%Y-%m-%d") if source.published else ""
    card = {
        "index": number,
        "title": source.title,
        "url": source.url,
        "sitename": source.site,
        "summary": source.snippet,
        "logo_url": f"http://img.{host}/logo.png",
        "doc_id": str(number),
        "publish_time": published,
        "original_doc_rank": number,
    }
    return {"text_card": card}


def _steps(item: Json, place: Json) -> Iterator[tuple[str, Json]]:
    if item["type"] == "doubao_app_call":
        yield "response.doubao_app_call.in_progress", place
        for index, block in enumerate(item["blocks"]):
            yield "response.doubao_app_call_block.added", {**place, "block_index": index, "block": block}
            yield "response.doubao_app_call_block.done", {**place, "block_index": index, "block": block}
        yield "response.doubao_app_call.completed", place
