"""Tongyi: Alibaba's DashScope with search, sources and citations."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from geo_tracker.engines import _chat as chat
from geo_tracker.engines import _responses as responses
from geo_tracker.engines._asking import OneRequest, bearer
from geo_tracker.engines._json import Json, integer, object_at, record, said, string
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._markers import BRACKETS, REF, either, merged, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines._stream import Event, cut_off
from geo_tracker.engines.base import Access, EngineRequest, ParsedAnswer, Prompt, Search

_MARKERS = either(REF, BRACKETS)


class Tongyi(OneRequest):
    """`[ref_n]` counts `search_results[].index` from 1."""

    name = "tongyi"
    label = by_route("qwen", "DashScope")
    base_url = "https://dashscope.aliyuncs.com/api/v1"
    key_variable = "DASHSCOPE_API_KEY"
    default_model = "qwen-plus"
    holders = ("output",)
    timeout = 300.0
    confidence = "sdk"

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        search = {
            "forced_search": True,
            "enable_source": True,
            "enable_citation": True,
            "citation_format": "[ref_<number>]",
            "search_strategy": "max",
        }
        payload = {
            "model": access.model or self.default_model,
            "input": {"messages": chat.user_message(prompt.text)},
            "parameters": {"result_format": "message", "enable_search": True, "search_options": search},
        }
        url = self.url(access, "/services/aigc/text-generation/generation")
        return EngineRequest.post_json(url, payload, bearer(access))

    def merge(self, events: Sequence[Event]) -> Json:
        if any("response" in event.record for event in events):
            return responses.merge(events)
        return self.frames(events)

    def frames(self, events: Sequence[Event]) -> Json:
        """Frames repeat the text so far, or with `incremental_output` add to it; sources may be in any."""
        whole: Json = {}
        results: list[Json] = []
        for event in events:
            whole.update(event.record)
            rows = object_at(event.record, "output", "search_info").get("search_results")
            results = chat.united(results, rows)
        texts = [chat.content_of(_message(event.record)) for event in events]
        output = record(whole.get("output"))
        choice = chat.first_choice(output)
        message = {**record(choice.get("message")), "content": _text(texts)}
        merged_output = {
            "choices": [{**choice, "message": message}],
            "search_info": {"search_results": results},
        }
        found = {**whole, "output": {**output, **merged_output}}
        if choice.get("finish_reason") in (None, "", "null") and not whole.get("code"):
            raise cut_off(found)
        return found

    def read(self, document: Json) -> ParsedAnswer:
        if isinstance(document.get("output"), list):
            return responses.with_web_search(document)
        output = record(document.get("output"))
        text = chat.content_of(chat.first_message(output)) or string(output.get("text"))
        sources = numbered(object_at(output, "search_info").get("search_results"), "index")
        usage = record(document.get("usage"))
        return ParsedAnswer(
            text=text,
            citations=merged(resolved(text, sources, _MARKERS)),
            search=_searched(len(sources), usage),
            model=said(document.get("model")),
            finish_reason=chat.finish_reason(output),
            usage=usage,
        )


def _message(frame: Json) -> Json:
    return record(chat.first_choice(record(frame.get("output"))).get("message"))


def _text(texts: Sequence[str]) -> str:
    """The last text where each begins with the one before, else all of them in order."""
    pieces = [text for text in texts if text]
    cumulative = len(pieces) > 1 and all(after.startswith(before) for before, after in pairwise(pieces))
    return pieces[-1] if cumulative else "".join(pieces)


def _searched(sources: int, usage: Json) -> Search:
    count = integer(object_at(usage, "plugins", "search").get("count"))
    if sources or count:
        return "yes"
    return "unknown" if count is None else "no"
