"""Yuanbao: Tencent's models with search: TokenHub, and Hunyuan's older ChatCompletions, signed (TC3) or not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from geo_tracker.engines import _chat as chat
from geo_tracker.engines._chat import ChatEngine
from geo_tracker.engines._json import Json, object_at, record, records, said, strings
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._markers import BRACKETS, CITATION, either, merged, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines._stream import Event
from geo_tracker.engines._tc3 import signed_headers
from geo_tracker.engines.base import (
    Access,
    Confidence,
    EngineError,
    EngineRequest,
    ErrorKind,
    ParsedAnswer,
    ParsedCitation,
    Prompt,
)

_MARKERS = either(CITATION, BRACKETS)
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class YuanbaoOpenAI(ChatEngine):
    """Hunyuan's OpenAI-compatible host, in snake_case; markers count `Index` from 1. Retired, stored bodies parse."""

    name = "yuanbao-openai"
    label = by_route("yuanbao", "Hunyuan, OpenAI-compatible; offline since 2026-06")
    base_url = "https://api.hunyuan.cloud.tencent.com/v1"
    key_variable = "HUNYUAN_API_KEY"
    default_model = "hunyuan-turbos-latest"
    holders = ("choices", "Response", "Choices")
    timeout = 300.0
    confidence: ClassVar[Confidence] = "third-party"
    options: ClassVar[Json] = {
        "enable_enhancement": True,
        "force_search_enhancement": True,
        "search_info": True,
        "citation": True,
    }

    def merge(self, events: Sequence[Event]) -> Json:
        return chat.merge([Event(event.name, _lower_choices(event.data)) for event in events])

    def read(self, document: Json) -> ParsedAnswer:
        raw = record(document.get("Response")) or document
        found = _snake_case(raw)
        message = chat.first_message(found)
        text = chat.content_of(message)
        # TokenHub lists them beside the choices; the knowledge engine (LKEAP), Tencent's other host, in the message
        holders = (object_at(found, "search_info"), found, message)
        results = next(filter(None, (holder.get("search_results") for holder in holders)), None)
        return ParsedAnswer(
            text=text,
            citations=merged(resolved(text, _sources(results), _MARKERS)),
            search="yes" if results else "no",
            follow_ups=strings(found.get("recommended_questions")),
            model=said(found.get("model")),
            finish_reason=chat.finish_reason(found),
            usage=record(raw.get("Usage") or raw.get("usage")),
            unknown_blocks=tuple(records(raw.get("Replaces") or raw.get("replaces") or [])),
        )


class YuanbaoTokenHub(YuanbaoOpenAI):
    """TokenHub, which took over from Hunyuan's hosts: the model decides whether it searches.

    Documented by Tencent on 2026-07-31 (product 1823, documents 131382 and 132358): `web_search_options` asks for the
    search, `search_results` lists what was found. What a printed marker looks like is not said there.
    """

    name = "yuanbao-tokenhub"
    label = by_route("yuanbao", "TokenHub, hy3")
    base_url = "https://tokenhub.tencentmaas.com/v1"
    key_variable = "TOKENHUB_API_KEY"
    default_model = "hy3"
    confidence = "docs"
    options: ClassVar[Json] = {"web_search_options": {"search_source": "standard"}}


class Yuanbao(YuanbaoOpenAI):
    """Hunyuan's TC3-signed API. Its models went offline in 2026-06 and its search with them; stored bodies parse."""

    name = "yuanbao"
    label = by_route("yuanbao", "Hunyuan API; offline since 2026-06")
    base_url = "https://hunyuan.tencentcloudapi.com"
    key_variable = "TENCENTCLOUD_SECRET_KEY"
    extra_variables = ("TENCENTCLOUD_SECRET_ID",)
    confidence = "sdk"

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        if access.now is None:
            raise EngineError(
                ErrorKind.REQUEST, f"{self.name}: its requests are signed with the time: set Access.now"
            )
        payload = {
            "Model": access.model or self.default_model,
            "Messages": [{"Role": "user", "Content": prompt.text}],
            "Stream": False,
            "EnableEnhancement": True,
            "ForceSearchEnhancement": True,
            "SearchInfo": True,
            "Citation": True,
        }
        request = EngineRequest.post_json(self.url(access, "/"), payload)
        headers = signed_headers(
            request.url,
            request.body,
            service="hunyuan",
            action="ChatCompletions",
            version="2023-09-01",
            secret_id=access.extra.get("TENCENTCLOUD_SECRET_ID", ""),
            secret_key=access.key or "",
            now=access.now,
        )
        return replace(request, headers=headers)


def _sources(results: Any) -> list[ParsedCitation]:
    """Results by their index; `text` is the name of the site."""
    rows = records(results) if isinstance(results, list) else []
    renamed = [{**row, "site_name": row.get("text"), "text": None} for row in rows]
    return numbered(renamed, "index")


def _lower_choices(chunk: Any) -> Any:
    """A chunk whose choices are spelled as the compatible host spells them; all else as it came."""
    choices = record(chunk).get("Choices")
    return {**chunk, "choices": _snake_case(choices)} if choices else chunk


def _snake_case(value: Any) -> Any:
    """The same value with keys as the compatible host spells them."""
    if isinstance(value, list):
        return [_snake_case(item) for item in value]
    if isinstance(value, dict):
        return {_CAPITAL.sub("_", key).lower(): _snake_case(item) for key, item in value.items()}
    return value
