"""ChatGPT: conversations as the app, its export and share pages hold them, and the app's streams."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

from bs4 import BeautifulSoup

from geo_tracker.captures._document import written
from geo_tracker.captures.assistants._page import page_dialogue, parsed
from geo_tracker.captures.assistants._patch import Patched
from geo_tracker.captures.assistants._reading import document, events, message_id, plain_text, time_of
from geo_tracker.captures.assistants._turbo import decoded_scripts
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, malformed, record, records, said, string, strings
from geo_tracker.engines._markers import DAGGER, merged
from geo_tracker.engines._offers import card
from geo_tracker.engines._sources import source
from geo_tracker.engines._spans import checked
from geo_tracker.engines._stream import Event, is_stream
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation, ParsedOffer, Role, Span

CITING = frozenset(
    {"grouped_webpages", "grouped_webpages_v2", "grouped_webpages_model_predicted_fallback"}
    | {"webpage", "webpage_extended", "nav_list", "product_entity"}
)
SHOPPING = frozenset({"products", "product_entity"})
SILENT = frozenset(
    {
        "sources_footnote",
        "image_v2",
        "image_group",
        "image_inline",
        "video",
        "businesses_map",
        "entity",
        "hidden",
    }
    | {"file", "attribution", "alt_text", "navigation", "client_defined", "tldr", "loading", ""}
)
KNOWN = CITING | SHOPPING | SILENT
MARK = re.compile("\ue200cite((?:\ue202[a-z]+\\d+[a-z]+\\d+)+)\ue201")
MAX_MESSAGES = 20_000


class ChatGptApp(Assistant):
    """Citations are marks between private-use characters; `content_references` says what each mark means."""

    name = "chatgpt"
    hosts = ("chatgpt.com", "chat.openai.com")
    answer_paths = re.compile(r"^/backend-(api|anon)/(f/)?conversation(/[0-9a-f-]{36})?$|^/share/")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        if is_stream(exchange.body):
            yield from _streamed_turns(exchange)
        elif exchange.body.lstrip().startswith(b"<"):
            yield from self.page_turns(parsed(exchange.body.decode("utf-8", "replace")))
        else:
            yield from conversation_turns(document(exchange.body))

    def shows(self, soup: BeautifulSoup) -> bool:
        return bool(soup.select_one("[data-message-author-role=assistant]")) or bool(_shared(soup))

    def page_turns(self, soup: BeautifulSoup) -> Iterator[Turn]:
        shared = _shared(soup)
        for conversation in shared:
            yield from conversation_turns(conversation)
        if not shared:
            yield from page_dialogue(
                soup,
                messages="[data-message-author-role]",
                answer="[data-message-author-role=assistant]",
                sources="",
                markers=DAGGER,
            )


def _shared(soup: BeautifulSoup) -> list[Json]:
    """The conversations in a share page's own data."""
    found = [value for data in decoded_scripts(soup) for value in _conversations(data)]
    return found[:1]


def _conversations(value: Any) -> Iterator[Json]:
    pending = [value]
    for _ in range(200_000):
        if not pending:
            return
        node = pending.pop()
        if isinstance(node, dict):
            if _is_conversation(node):
                yield node
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


def _is_conversation(value: Json) -> bool:
    return isinstance(value.get("mapping"), dict) or isinstance(value.get("linear_conversation"), list)


def conversation_turns(conversation: Json) -> Iterator[Turn]:
    """The turns of a conversation's current branch; raises `EngineError` for an object that is none."""
    if not _is_conversation(conversation):
        raise reported(conversation, {}) or malformed("no conversation of ChatGPT")
    yield from _turns(_branch(conversation), record(conversation).get("create_time"))


def _branch(conversation: Json) -> list[Json]:
    """The messages from the first to the current one; other branches were replaced by the user."""
    if isinstance(conversation.get("linear_conversation"), list):
        return [record(node.get("message")) for node in records(conversation["linear_conversation"])]
    mapping = record(conversation.get("mapping"))
    key: Any = conversation.get("current_node")
    if not isinstance(key, str) or key not in mapping:
        key = _last_leaf(mapping)
    found: list[Json] = []
    seen: set[str] = set()
    while isinstance(key, str) and key not in seen and len(seen) < MAX_MESSAGES:
        seen.add(key)
        node = record(mapping.get(key))
        found.append(record(node.get("message")))
        key = node.get("parent")
    return found[::-1]


def _last_leaf(mapping: Json) -> str | None:
    leaves = [key for key, node in mapping.items() if not record(node).get("children")]
    return leaves[-1] if leaves else None


def _role(message: Json) -> str:
    return string(record(message.get("author")).get("role"))


def _turns(messages: Sequence[Json], started: Any) -> Iterator[Turn]:
    asked: Json = {}
    answers: list[Json] = []
    for message in [*messages, {"author": {"role": "user"}}]:
        if _role(message) != "user":
            answers.append(message)
            continue
        if answers and asked:
            yield from _turn(asked, answers, started)
        asked, answers = message, []


def _turn(asked: Json, messages: Sequence[Json], started: Any) -> Iterator[Turn]:
    shown = [message for message in messages if _is_shown(message)]
    if shown:
        yield Turn(
            plain_text(record(asked.get("content"))).strip(),
            _answer(shown, messages),
            id=message_id(shown[-1]),
            at=time_of(asked, shown[-1], {"create_time": started}),
            raw=written([asked, *messages]),
        )


def _is_shown(message: Json) -> bool:
    """Whether a message is part of what the reader sees, not of thinking, tools or hidden context."""
    metadata = record(message.get("metadata"))
    kind = record(message.get("content")).get("content_type")
    return (
        _role(message) == "assistant"
        and kind in ("text", "multimodal_text")
        and message.get("recipient") in (None, "all")
        and message.get("channel") in (None, "final")
        and not metadata.get("is_visually_hidden_from_conversation")
    )


def _text(message: Json) -> str:
    parts = record(message.get("content")).get("parts")
    return "".join(part for part in parts if isinstance(part, str)) if isinstance(parts, list) else ""


def _answer(shown: Sequence[Json], messages: Sequence[Json]) -> ParsedAnswer:
    parts = [message for message in shown if _text(message).strip()]
    starts = list(accumulate((len(_text(message)) + 2 for message in parts), initial=0))
    # results stand with the answer, or with the tool's message that brought them
    results = {_ref_id(entry): entry for message in messages for entry in _entries(message)}
    cited = merged(
        row for message, at in zip(parts, starts, strict=False) for row in _citations(message, at, results)
    )
    retrieved = merged(row for message in messages for row in _retrieved(message))
    queries = tuple(dict.fromkeys(query for message in messages for query in _queries(message)))
    known = {row.url for row in cited}
    last = record(shown[-1].get("metadata"))
    return ParsedAnswer(
        text="\n\n".join(_text(message) for message in parts),
        citations=(*cited, *(row for row in retrieved if row.url and row.url not in known)),
        queries=queries,
        search="yes" if cited or retrieved or queries else "unknown",
        offers=tuple(
            offer for message, at in zip(parts, starts, strict=False) for offer in _offers(message, at)
        ),
        model=said(last.get("resolved_model_slug"), last.get("model_slug")),
        finish_reason=said(record(last.get("finish_details")).get("type"), shown[-1].get("status")),
        unknown_blocks=tuple(
            r for message in parts for r in _references(message) if string(r.get("type")) not in KNOWN
        ),
    )


def _references(message: Json) -> list[Json]:
    return records(record(message.get("metadata")).get("content_references") or [])


def _citations(message: Json, at: int, results: Mapping[str, Json]) -> Iterator[ParsedCitation]:
    """The sources of a message whose text begins at `at` in the answer; `results` by the ids that marks name."""
    text = _text(message)
    marked = _marked(text, message, results)
    for found in (*_cited(text, _references(message)), *_legacy(text, message), *marked):
        yield replace(found, spans=tuple((start + at, end + at) for start, end in found.spans))


def _span(text: str, reference: Json) -> tuple[Span, ...]:
    mark = string(reference.get("matched_text"))
    return checked(
        text, reference.get("start_idx"), reference.get("end_idx"), lambda part: bool(mark) and part == mark
    )


def _cited(text: str, references: Sequence[Json]) -> Iterator[ParsedCitation]:
    for reference in references:
        if string(reference.get("type")) not in CITING:
            continue
        spans = _span(text, reference)
        for row in _items(reference):
            yield replace(_source(row, "cited"), spans=spans)


def _items(reference: Json) -> Iterator[Json]:
    """The pages behind one mark: its items with the sites that support them, or the item itself."""
    items = records(reference.get("items") or []) or records(reference.get("fallback_items") or [])
    for item in items or ([reference] if reference.get("url") else []):
        for page in (item, *records(item.get("supporting_websites") or [])):
            if said(page.get("url")):
                yield page


def _source(row: Json, role: Role) -> ParsedCitation:
    return source({**row, "site_name": row.get("attribution"), "date": row.get("pub_date")}, role)


def _legacy(text: str, message: Json) -> Iterator[ParsedCitation]:
    """Citations of 2024: offsets of a `【4†source】` and the page as metadata."""
    for citation in records(record(message.get("metadata")).get("citations") or []):
        page = record(citation.get("metadata"))
        if said(page.get("url")):
            span = checked(
                text, citation.get("start_ix"), citation.get("end_ix"), lambda part: part[:1] == "【"
            )
            yield replace(source(page, "cited"), spans=span)


def _marked(text: str, message: Json, results: Mapping[str, Json]) -> Iterator[ParsedCitation]:
    """Marks that no reference explains, resolved through the search results' own ids."""
    explained = {string(reference.get("matched_text")) for reference in _references(message)}
    for match in MARK.finditer(text):
        if match.group() not in explained:
            for name in filter(None, match[1].split("\ue202")):
                if name in results:
                    yield replace(_source(results[name], "cited"), spans=(match.span(),))


def _ref_id(entry: Json) -> str:
    ref = record(entry.get("ref_id"))
    return f"turn{ref.get('turn_index')}{ref.get('ref_type')}{ref.get('ref_index')}"


def _entries(message: Json) -> Iterator[Json]:
    groups = record(message.get("metadata")).get("search_result_groups")
    for group in records(groups or []):
        yield from records(group.get("entries") or [])


def _retrieved(message: Json) -> Iterator[ParsedCitation]:
    """What was found or listed below the answer without a mark of its own."""
    yield from (_source(entry, "retrieved") for entry in _entries(message))
    for reference in _references(message):
        if reference.get("type") == "sources_footnote":
            yield from (_source(row, "retrieved") for row in records(reference.get("sources") or []))


def _offers(message: Json, at: int) -> Iterator[ParsedOffer]:
    for reference in _references(message):
        if string(reference.get("type")) in SHOPPING:
            spans = [(start + at, end + at) for start, end in _span(_text(message), reference)]
            products = records(reference.get("products") or []) or [record(reference.get("product"))]
            for offer in filter(None, map(card, products)):
                yield replace(offer, span=next(iter(spans), None))


def _queries(message: Json) -> Iterator[str]:
    metadata = record(message.get("metadata"))
    yield from strings(record(metadata.get("search_model_queries")).get("queries"))
    for query in records(metadata.get("search_queries") or []):
        yield from strings([query.get("q")])


def _streamed_turns(exchange: Exchange) -> Iterator[Turn]:
    request = record(_request(exchange.request))
    asked = [m for m in records(request.get("messages") or []) if _role(m) == "user"]
    frames = events(exchange.body)
    for frame in frames:
        if error := reported(frame.record, {}):
            raise error
    messages = [message for message in _streamed(frames) if _role(message) != "user" or not asked]
    found = list(_turns([*asked[-1:], *messages], None))
    if not found:
        raise malformed("no answer in the stream of a ChatGPT conversation")
    yield from found


def _request(body: bytes) -> Any:
    return document(body) if body.lstrip().startswith(b"{") else {}


def _streamed(frames: Sequence[Event]) -> list[Json]:
    """The messages that deltas (v1) or whole snapshots add up to."""
    built: list[Patched] = []
    snapshots: dict[str, Json] = {}
    for frame in frames:
        data = frame.record
        if isinstance(data.get("message"), dict):
            snapshots[string(data["message"].get("id"))] = data["message"]
        elif _is_new(data):
            built.append(Patched())
            built[-1].apply({"p": "", "o": "add", "v": data["v"]})
        elif "v" in data and built:
            built[-1].apply(data)
    return [record(record(patched.value).get("message")) for patched in built] + list(snapshots.values())


def _is_new(data: Json) -> bool:
    return isinstance(data.get("v"), dict) and "message" in data["v"] and data.get("p") in (None, "")
