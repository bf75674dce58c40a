"""Claude's web app: the events of the Messages API, with tools and citations shaped as in the account's export."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from geo_tracker.captures.assistants._claude import blocks_answer
from geo_tracker.captures.assistants._failures import until_failure, wordless
from geo_tracker.captures.assistants._reading import frames, question, request_value
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, malformed, record, said
from geo_tracker.engines._messages import merge
from geo_tracker.engines._stream import CutOff, Event
from geo_tracker.engines.base import ReportedError


class ClaudeApp(Assistant):
    """No recording was at hand: the events are the documented ones of the API, the blocks those of the export."""

    name = "claude"
    hosts = ("claude.ai",)
    answer_paths = re.compile(r"/chat_conversations/[^/]+/(retry_)?completion$")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        found, _ = frames(exchange.body)
        yield from until_failure(found, _failure, lambda found: [_turn(found, exchange)])


def _turn(found: Sequence[Event], exchange: Exchange) -> Turn:
    try:
        message, cut = merge(found), False
    except CutOff as stopped:
        message, cut = record(stopped.partial), True
    if not message:
        raise malformed("no message in the stream of a Claude chat")
    answer = blocks_answer(message)
    return Turn(
        question(exchange.request),
        replace(answer, cut=answer.cut or cut),
        id=said(message.get("uuid"), message.get("id")),
        thread=_conversation(exchange.url),
        question_id=request_value(exchange.request, "parent_message_uuid")
        if _is_retry(exchange.url)
        else None,
        again=_is_retry(exchange.url),
    )


def _conversation(url: str) -> str | None:
    found = re.search(r"/chat_conversations/([^/]+)/", url)
    return found[1] if found else None


def _is_retry(url: str) -> bool:
    return url.split("?")[0].endswith("/retry_completion")


def _failure(event: Event) -> ReportedError | None:
    about: Json = event.record
    failed = about.get("type") == "error" or event.name == "error"
    return (reported(about, {}) or wordless()) if failed else None
