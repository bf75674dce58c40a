"""ChatGPT: conversations as the app, its export and share pages hold them, and the app's streams."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from bs4 import BeautifulSoup

from geo_tracker.captures._document import written
from geo_tracker.captures.assistants._chatgpt import answer_of, role
from geo_tracker.captures.assistants._page import page_dialogue, parsed
from geo_tracker.captures.assistants._patch import Patched
from geo_tracker.captures.assistants._reading import document, message_id, plain_text, time_of
from geo_tracker.captures.assistants._turbo import decoded_scripts
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, malformed, record, records, said, string
from geo_tracker.engines._markers import DAGGER
from geo_tracker.engines._stream import Event, cut_off, is_done, is_stream, read_events

FINISHED = ("stop", "finished_successfully")
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
    yield from _turns(_branch(conversation), conversation)


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


def _turns(messages: Sequence[Json], conversation: Json) -> Iterator[Turn]:
    asked: Json = {}
    answers: list[Json] = []
    for message in [*messages, {"author": {"role": "user"}}]:
        if role(message) != "user":
            answers.append(message)
            continue
        if answers and asked:
            yield from _turn(asked, answers, conversation)
        asked, answers = message, []


def _turn(asked: Json, messages: Sequence[Json], conversation: Json) -> Iterator[Turn]:
    shown = [message for message in messages if _is_shown(message)]
    if shown:
        yield Turn(
            plain_text(record(asked.get("content"))).strip(),
            answer_of(shown, messages, _model(conversation)),
            id=message_id(shown[-1]),
            at=time_of(asked, shown[-1], {"create_time": conversation.get("create_time")}),
            raw=written([asked, *messages]),
        )


def _model(conversation: Json) -> str | None:
    """The model that a conversation is set to; `auto` is none."""
    model = said(conversation.get("default_model_slug"))
    return None if model == "auto" else model


def _is_shown(message: Json) -> bool:
    """Whether a message is part of what the reader sees, not of thinking, tools or hidden context."""
    metadata = record(message.get("metadata"))
    kind = record(message.get("content")).get("content_type")
    return (
        role(message) == "assistant"
        and kind in ("text", "multimodal_text")
        and message.get("recipient") in (None, "all")
        and message.get("channel") in (None, "final")
        and not metadata.get("is_visually_hidden_from_conversation")
    )


def _streamed_turns(exchange: Exchange) -> Iterator[Turn]:
    request = record(_request(exchange.request))
    asked = [m for m in records(request.get("messages") or []) if role(m) == "user"]
    frames = read_events(exchange.body)
    for frame in frames:
        if error := reported(frame.record, {}):
            raise error
    messages = [message for message in _streamed(frames) if role(message) != "user" or not asked]
    found = list(_turns([*asked[-1:], *messages], {"default_model_slug": request.get("model")}))
    if not found:
        raise (
            malformed("no answer in the stream of a ChatGPT conversation") if _is_whole(frames) else cut_off()
        )
    for turn in found:
        cut = turn.answer.cut or not (_is_whole(frames) or turn.answer.finish_reason in FINISHED)
        yield replace(turn, answer=replace(turn.answer, cut=cut))


def _is_whole(frames: Sequence[Event]) -> bool:
    return is_done(frames) or any(frame.record.get("type") == "message_stream_complete" for frame in frames)


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
