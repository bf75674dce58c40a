"""DeepSeek's web app: a JSON document built by patches, its history, its 2025 stream."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bs4 import BeautifulSoup

from geo_tracker.captures.assistants._page import page_dialogue
from geo_tracker.captures.assistants._patch import Patched
from geo_tracker.captures.assistants._reading import dialogue, document, events, question, shelf
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, integer, malformed, record, records, said, string, strings
from geo_tracker.engines._markers import CITATION, REFERENCE, markers, merged, resolved
from geo_tracker.engines._sources import numbered, source
from geo_tracker.engines._stream import Event, is_stream
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation

ANSWERS = ("RESPONSE", "TEMPLATE_RESPONSE")
KNOWN = frozenset({*ANSWERS, "THINK", "SEARCH", "TOOL_SEARCH", "TOOL_OPEN", "REQUEST", "TIP", ""})


class DeepSeekApp(Assistant):
    """`[citation:n]` names a result by `cite_index` from 1, `[reference:n]` an opened page from 0."""

    name = "deepseek"
    hosts = ("chat.deepseek.com",)
    answer_paths = re.compile(r"/chat/completion$|/chat/history_messages$|/chat/(regenerate|edit_message)$")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        if not is_stream(exchange.body):
            yield from _history(document(exchange.body))
            return
        response = _response(events(exchange.body))
        yield Turn(question(exchange.request), _answer(response), id=_id(response))

    def shows(self, soup: BeautifulSoup) -> bool:
        return soup.select_one(".ds-markdown") is not None

    def page_turns(self, soup: BeautifulSoup) -> Iterator[Turn]:
        yield from page_dialogue(
            soup,
            messages=".ds-message, [data-message-role]",
            answer=".ds-markdown",
            sources="",
            markers=CITATION,
        )


def _history(body: Json) -> Iterator[Turn]:
    data = record(body.get("data"))
    chat = record(data.get("biz_data")) or data or body
    messages = chat.get("chat_messages") or chat.get("messages")
    if not isinstance(messages, list):
        raise reported(body, {}) or malformed("no messages of a DeepSeek chat")
    yield from dialogue(records(messages), _answer)


def _id(response: Json) -> str | None:
    number = integer(response.get("message_id"))
    return None if number is None else str(number)


def _response(frames: Sequence[Event]) -> Json:
    """The response that patches, or deltas in the shape of chat completions, add up to."""
    patched = Patched()
    deltas: Json = {"content": "", "search_results": []}
    for frame in frames:
        data = frame.record
        if error := reported(data, {}):
            raise error
        if "choices" in data:
            _take_delta(deltas, data)
        elif "v" in data:
            patched.apply(
                {"p": "", "o": "SET", **data} if isinstance(data["v"], dict) and "p" not in data else data
            )
    response = record(record(patched.value).get("response"))
    if not response and not deltas["content"]:
        raise malformed("no response in the stream of a DeepSeek chat")
    return response or deltas


def _take_delta(deltas: Json, data: Json) -> None:
    for choice in records(data.get("choices") or []):
        delta = record(choice.get("delta"))
        if delta.get("type") == "search_result":
            deltas["search_results"] = records(delta.get("search_results") or [])
        elif delta.get("type") in (None, "text"):
            deltas["content"] += string(delta.get("content"))


def _answer(response: Json) -> ParsedAnswer:
    fragments = records(response.get("fragments") or [])
    answers = [
        fragment for fragment in fragments if fragment.get("type") in ("RESPONSE", "TEMPLATE_RESPONSE")
    ]
    text = "".join(string(fragment.get("content")) for fragment in answers) or string(response.get("content"))
    lists = [fragment.get("results") for fragment in fragments] + [response.get("search_results")]
    results = [row for found in lists if isinstance(found, list) for row in records(found)]
    opened = [fragment for fragment in fragments if fragment.get("type") == "TOOL_OPEN"]
    unknown = tuple(fragment for fragment in fragments if string(fragment.get("type")) not in KNOWN)
    references = [r for holder in (*answers, response) for r in records(holder.get("references") or [])]
    pages = _opened(text, opened, references)
    return ParsedAnswer(
        text=text,
        citations=merged([*resolved(text, numbered(results, "cite_index"), CITATION), *pages]),
        queries=tuple(dict.fromkeys(query for fragment in fragments for query in _queries(fragment))),
        search="yes" if results or opened else "unknown",
        offers=shelf(unknown),
        model=said(response.get("model")),
        finish_reason=said(response.get("status")),
        unknown_blocks=unknown,
    )


def _queries(fragment: Json) -> Iterator[str]:
    for query in fragment.get("queries") or [] if isinstance(fragment.get("queries"), list) else []:
        yield from strings([query if isinstance(query, str) else record(query).get("query")])
    yield from strings([fragment.get("query")])


def _opened(text: str, fragments: Sequence[Json], references: Sequence[Json]) -> Iterator[ParsedCitation]:
    """The pages that were opened; one that a `[reference:n]` names through the references is cited there."""
    pages = {
        _hashable(fragment.get("id")): source(record(fragment.get("result")), "opened")
        for fragment in fragments
    }
    printed = list(markers(text, REFERENCE))
    for place, reference in enumerate(references):
        page = pages.get(_hashable(reference.get("id")))
        spans = tuple(marker.span for marker in printed if place in marker.ordinals)
        if page is not None and spans:
            yield replace(page, role="cited", ordinal=place, base=0, spans=spans)
    yield from (page for page in pages.values() if page.url)


def _hashable(value: object) -> object:
    return value if isinstance(value, (str, int)) else None
