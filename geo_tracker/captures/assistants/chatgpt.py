"""ChatGPT: conversations as the app, its export and share pages hold them, and the app's streams."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from geo_tracker.captures._document import written
from geo_tracker.captures.assistants._chatgpt import answer_of, role
from geo_tracker.captures.assistants._chatgpt_stream import HANDOFF, counted, is_whole, streamed
from geo_tracker.captures.assistants._failures import until_failure
from geo_tracker.captures.assistants._page import page_dialogue, parsed
from geo_tracker.captures.assistants._reading import document, frames, message_id, plain_text, time_of
from geo_tracker.captures.assistants._turbo import decoded_scripts
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, integer, malformed, record, records, said
from geo_tracker.engines._markers import DAGGER
from geo_tracker.engines._stream import Event, is_stream
from geo_tracker.engines.base import ParsedAnswer, ReportedError

FINISHED = ("stop", "finished_successfully")
MAX_MESSAGES = 20_000


class ChatGptApp(Assistant):
    """Citations are marks between private-use characters; `content_references` says what each mark means."""

    name = "chatgpt"
    hosts = ("chatgpt.com", "chat.openai.com")
    answer_paths = re.compile(
        r"^/backend-(api|anon|alt)/(f/)?conversation(/resume|/[0-9a-f-]{36})?$|^/share/"
    )

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        if is_stream(exchange.body):
            found, _ = frames(exchange.body)
            yield from until_failure(
                found,
                lambda frame: _failure(frame.record),
                lambda found: _streamed_turns(found, exchange),
            )
        elif urlsplit(exchange.url).path.startswith("/share/"):
            yield from self.page_turns(parsed(exchange.body.decode("utf-8", "replace")))
        else:
            path = urlsplit(exchange.url).path.rpartition("/")[2]
            yield from conversation_turns(document(exchange.body), thread=path if "-" in path else None)

    def whole(self, begun: Exchange, rest: Exchange) -> Exchange | None:
        """A stream that broke, or was handed over, and its resumption from the event that `offset` counts to."""
        if not is_stream(rest.body):
            return None
        offset = integer(_request(rest.request).get("offset"))
        return replace(begun, body=b"".join([*counted(begun.body)[:offset], rest.body]))

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


def conversation_turns(conversation: Json, *, thread: str | None = None) -> Iterator[Turn]:
    """The turns of a conversation's current branch; raises `EngineError` for an object that is none."""
    if not _is_conversation(conversation):
        raise _failure(conversation) or malformed("no conversation of ChatGPT")
    thread = thread or said(conversation.get("conversation_id"), conversation.get("id"))
    for turn in _turns(_branch(conversation), conversation):
        yield replace(turn, thread=thread)


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


def _failure(body: Json) -> ReportedError | None:
    """What the app says in place of an answer; what it says may be an object of its own."""
    detail = record(body.get("detail"))
    return reported({"error": detail} if detail else body, {})


def _streamed_turns(found: Sequence[Event], exchange: Exchange) -> Iterator[Turn]:
    request = _request(exchange.request)
    asked = [m for m in records(request.get("messages") or []) if role(m) == "user"]
    messages, unused = streamed(found)
    shown = [message for message in messages if role(message) != "user" or not asked]
    about = {"default_model_slug": request.get("model")}
    resumed = urlsplit(exchange.url).path.endswith("/resume")
    begun = asked[-1:] or ([NOT_ASKED] if resumed else [])
    turns = list(_turns([*begun, *shown], about)) or list(_begun(asked, found, unused))
    if not turns and not resumed:
        raise malformed("no answer in the stream of a ChatGPT conversation")
    thread = said(request.get("conversation_id"), *(f.record.get("conversation_id") for f in found))
    for turn in turns or [Turn("", ParsedAnswer("", cut=True))]:
        answer = turn.answer
        cut = answer.cut or not (is_whole(found) or answer.finish_reason in FINISHED)
        yield replace(
            turn,
            answer=replace(answer, cut=cut, unknown_blocks=(*answer.unknown_blocks, *unused)),
            thread=thread,
            continues=resumed,
            id=None if resumed else turn.id,
        )


NOT_ASKED: Json = {"author": {"role": "user"}, "content": {"parts": []}}
"""Stands for the question of an answer whose question is in the recording before."""


def _begun(asked: Sequence[Json], found: Sequence[Event], unused: Sequence[Json]) -> Iterator[Turn]:
    """A question whose answer comes in another stream, or was cut off before its first word."""
    if not is_whole(found) or any(frame.record.get("type") == HANDOFF for frame in found):
        yield Turn(plain_text([m.get("content") for m in asked[-1:]]).strip(), ParsedAnswer("", cut=True))


def _request(body: bytes) -> Json:
    return document(body) if body.lstrip().startswith(b"{") else {}
