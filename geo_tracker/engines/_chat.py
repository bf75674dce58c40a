"""The shape of chat/completions, which most vendors share and extend with their own fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from geo_tracker.engines._asking import OneRequest, bearer
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, integer, record, records, said, string
from geo_tracker.engines._stream import Event, cut_off, is_done
from geo_tracker.engines.base import Access, EngineError, EngineRequest, ErrorKind, ParsedAnswer, Prompt

REFUSALS = ("content_filter", "sensitive", "safety", "refusal")
"""Finish reasons that mean the safety layer stepped in."""


class ChatEngine(OneRequest):
    """An engine that speaks chat/completions; `options` are its own fields, which switch its search on."""

    holders: ClassVar[tuple[str, ...]] = ("choices",)
    path: ClassVar[str] = "/chat/completions"
    options: ClassVar[Json] = {}

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        asked = {"model": access.model or self.default_model, "messages": user_message(prompt.text)}
        payload = {**asked, "stream": False, **self.options}
        return EngineRequest.post_json(self.url(access, self.path), payload, bearer(access))

    def merge(self, events: Sequence[Event]) -> Json:
        return merge(events)


def completed(document: Json, text: str, **found: Any) -> ParsedAnswer:
    """An answer with what every completion says of itself, and what the engine's own fields say."""
    own = {"model": said(document.get("model")), "finish_reason": finish_reason(document)}
    return ParsedAnswer(text, **{**own, "usage": record(document.get("usage")), **found})


def user_message(text: str) -> list[Json]:
    return [{"role": "user", "content": text}]


def merge(events: Sequence[Event]) -> Json:
    """One completion from its chunks: texts appended, lists united, any other field by its last value.

    Raises `CutOff` if neither the end mark nor a finish reason came.
    """
    whole: Json = {}
    choices: dict[int, Json] = {}
    for event in events:
        for key, value in event.record.items():
            if key == "choices":
                _merge_choices(choices, records(value))
            else:
                whole[key] = united(whole.get(key), value)
    whole["choices"] = [choices[index] for index in sorted(choices)]
    finished = any(choice.get("finish_reason") for choice in whole["choices"])
    if not (finished or is_done(events) or reported(whole, {})):
        raise cut_off(whole)
    return whole


def _merge_choices(choices: dict[int, Json], chunk: Iterable[Json]) -> None:
    for part in chunk:
        choice = choices.setdefault(integer(part.get("index")) or 0, {"message": {}})
        if part.get("finish_reason"):
            choice["finish_reason"] = part["finish_reason"]
        message = choice["message"]
        # Perplexity repeats the whole text so far beside each piece
        delta = record(part["delta"] if isinstance(part.get("delta"), dict) else part.get("message"))
        if delta.get("role") == "tool":  # what a tool said is not the answer, its calls may hold sources
            delta = {"tool_calls": delta.get("tool_calls")}
        for key, value in delta.items():
            text = key != "role" and isinstance(value, str)
            message[key] = string(message.get(key)) + value if text else united(message.get(key), value)


def united(old: Any, new: Any) -> Any:
    """What a field that chunks repeat adds up to: lists in order without what was there before, objects by key."""
    if new is None:
        return old
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: united(old.get(key), value) for key, value in new.items()}}
    if not (isinstance(old, list) and isinstance(new, list)) or new[: len(old)] == old:
        return new
    return old + [item for item in new if item not in old]


def first_choice(document: Json) -> Json:
    return next(iter(records(document.get("choices"))), {})


def first_message(document: Json) -> Json:
    """The assistant's message; raises `EngineError(REFUSED)` if it declines, or a filter let no word of it through."""
    choice = first_choice(document)
    message = record(choice.get("message"))
    stopped = choice.get("finish_reason") in REFUSALS and not content_of(message).strip()
    if stopped or said(message.get("refusal")):
        reason = said(message.get("refusal"), choice.get("finish_reason"))
        raise EngineError(ErrorKind.REFUSED, f"the engine declined to answer: {string(reason)[:300]}")
    return message


def content_of(message: Json) -> str:
    """The text of a message whose content is a string or a list of text parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "".join(string(part.get("text")) for part in records(content))


def finish_reason(document: Json) -> str | None:
    return said(first_choice(document).get("finish_reason"))
