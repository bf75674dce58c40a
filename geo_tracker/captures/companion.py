"""Captures of the companion (`.geo.jsonl`): one answer a line, as its app sent it and as its page showed it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO
from urllib.parse import urlsplit

from geo_tracker.captures._document import written
from geo_tracker.captures._lines import MAX_LINE
from geo_tracker.captures._request import kept_address, kept_body
from geo_tracker.captures._shown import shown_answer
from geo_tracker.captures._times import known_time
from geo_tracker.captures._turns import Found, assistant_for
from geo_tracker.captures.assistants import apps, assistants
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.captures.base import BadRow, Capture, CapturedAnswer, NoAnswer, Read
from geo_tracker.captures.engine_names import engine_name
from geo_tracker.engines._errors import of_status
from geo_tracker.engines._json import Json, integer, loads, malformed, record, said, string
from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer, ReportedError

BEGIN = re.compile(rb'\s*\{\s*"capture"\s*:\s*1\s*[,}]')
KEPT = frozenset(
    {
        *("capture", "app", "url", "at", "mode", "prompt", "request", "response", "html", "screenshot"),
        "companion",
    }
)
"""All that a capture holds; a line with more is refused whole, so that nothing else is ever stored."""
KEPT_OF = {
    "request": frozenset({"url", "body"}),
    "response": frozenset({"content_type", "frames", "status", "transport"}),
    "mode": frozenset({"model", "search", "think"}),
}
CONVERSATION = re.compile(r"(?=[^/?&=]*\d)[\w-]{8,}")
"""A name that no other conversation of an app has: of snowflakes, UUIDs, hashes and xids, and no word of a path."""
UNREAD = "unread"
"""`finish_reason` and `error_kind` of a capture that is kept and not yet read."""
PICTURE = re.compile(r"data:image/(?P<kind>jpeg|png);base64,(?P<bytes>[A-Za-z0-9+/]+={0,2})")
HEADS = {"jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}


class CompanionCaptures(Capture):
    """Bodies go to the readers of their apps; one that none can read is kept for a later version."""

    name = "companion"
    label = "companion's captures (.geo.jsonl)"

    def recognises(self, head: bytes) -> bool:
        return is_capture(head)

    def read(self, file: BinaryIO) -> Iterator[Read]:
        number = 0
        while line := file.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                while line and not line.endswith(b"\n"):
                    line = file.readline(MAX_LINE)
                yield BadRow(number, f"longer than {MAX_LINE:,} bytes")
            elif line.strip():
                yield read_capture(line.strip(), number)


def is_capture(body: bytes) -> bool:
    """Whether a body is a capture of the companion."""
    return BEGIN.match(body[:200]) is not None


def picture_of(body: bytes) -> bytes | None:
    """The picture of the page that a capture came with, JPEG or PNG; None where there is none."""
    if not is_capture(body):
        return None
    try:
        found = PICTURE.fullmatch(string(record(loads(body.decode("utf-8", "replace"))).get("screenshot")))
        picture = base64.b64decode(found["bytes"], validate=True) if found else b""
    except (EngineError, binascii.Error):
        return None
    return picture if found and picture.startswith(HEADS[found["kind"]]) else None


def read_capture(line: bytes, number: int = 1) -> CapturedAnswer | BadRow:
    """The answer of one capture; an unread one where its app's format is not known, a bad row for a failure."""
    try:
        return Seen.of(line).answer(number)
    except EngineError as error:
        return BadRow(number, str(error))


def conversation_of(body: bytes) -> frozenset[str]:
    """What names the conversation that a capture is of; empty where nothing does, and for any other body."""
    try:
        return Seen.of(body).conversation() if is_capture(body) else frozenset()
    except EngineError:
        return frozenset()


def read_again(kept: CapturedAnswer, raw: bytes) -> CapturedAnswer:
    """The answer of a stored capture as it is read now; as it was where it is no better read."""
    found = read_capture(raw) if is_capture(raw) else None
    if not isinstance(found, CapturedAnswer) or not found.answer.text.strip():
        return kept
    return replace(kept, answer=found.answer)


@dataclass(frozen=True, slots=True)
class Seen:
    """A capture, checked."""

    line: bytes
    """As it is kept: without the parts of its request that are not."""
    app: Assistant
    prompt: str
    page: str
    at: datetime | None
    mode: Json
    exchange: Exchange | None
    html: str
    has_picture: bool

    @classmethod
    def of(cls, line: bytes) -> Seen:
        """Raises `EngineError` for what is no capture, or holds more than one."""
        told = loads(line.decode("utf-8", "replace"))
        if not isinstance(told, dict) or told.get("capture") != 1:
            raise malformed("no capture of the companion")
        _refuse_more(told)
        document = _less(told)
        kept = line if document == told else written(document)
        at = known_time(document.get("at"))
        exchange = _exchange(document, at)
        of = assistant_for(exchange.url, assistants()) if exchange else None
        app = of or apps().get(engine_name(string(document.get("app"))))
        if app is None:
            raise malformed(f"no app named {string(document.get('app'))[:40]!r}; known: {', '.join(apps())}")
        if app.name not in apps():
            raise malformed(f"{app.name} is no app")
        prompt, html = string(document.get("prompt")).strip(), string(document.get("html"))
        picture = bool(string(document.get("screenshot")))
        page = string(document.get("url"))
        return cls(kept, app, prompt, page, at, record(document.get("mode")), exchange, html, picture)

    def conversation(self) -> frozenset[str]:
        """What names the conversation: as the stream does, and as the page's address does; empty where nothing does."""
        try:
            turn = self._streamed()
        except EngineError:
            turn = None
        parts = re.split(r"[/?&=]", self.page.removesuffix("/"))
        named = {turn.thread or "" if turn else "", parts[-1]}
        return frozenset(f"{self.app.name} {name}" for name in named if CONVERSATION.fullmatch(name))

    def answer(self, number: int = 1) -> CapturedAnswer | BadRow:
        """The stream's answer, else the page's, else an unread one; no answer where the app tells of a failure."""
        try:
            turn = self._turn()
        except ReportedError as error:
            return NoAnswer(number, str(error), self.app.name, self.prompt, self.at, error.kind, self.line)
        asked = turn.prompt or self.prompt
        if not asked:
            return BadRow(number, f"{self.app.name}: the capture has no prompt")
        seen = replace(turn, prompt=asked, answer=self._in_its_mode(turn.answer), at=turn.at or self.at)
        found = Found(self.app.name, seen, number)
        read = found.read
        if isinstance(read, CapturedAnswer):
            id_ = self._fingerprint() if turn.answer.finish_reason == UNREAD else read.id
            return replace(read, surface=self.app.surface, raw=self.line, id=id_)
        return BadRow(number, getattr(read, "reason", str(read)))

    def _turn(self) -> Turn:
        """Raises `ReportedError` where the app failed: as it says itself, else as the HTTP status says."""
        failure = _failure(self.exchange) if self.exchange else None
        try:
            turn = self._streamed()
        except ReportedError as told:
            if failure and told.kind == ErrorKind.TRANSIENT:  # what an app's reader says that knows no better
                raise ReportedError(failure.kind, str(told)) from None
            raise
        if failure:
            raise failure
        return turn or self._shown()

    def _fingerprint(self) -> str:
        """What tells two unread captures of one moment apart: their bodies, whatever picture came with them."""
        told = (self.exchange.request, self.exchange.body) if self.exchange else ()
        return hashlib.sha256(b"\0".join((*told, self.html.encode("utf-8", "replace")))).hexdigest()[:32]

    def _in_its_mode(self, answer: ParsedAnswer) -> ParsedAnswer:
        """With the model and the switches that the page showed, or else the request told."""
        asked = record(answer.usage.get("mode"))
        mode = {**asked, **{name: value for name, value in self.mode.items() if value is not None}}
        usage = {**answer.usage, **({"mode": mode} if mode else {})}
        return replace(answer, model=answer.model or said(mode.get("model")), usage=usage)

    def _streamed(self) -> Turn | None:
        """The newest answer in the stream; None where it has none that can be read, or only the end of one.

        Raises `ReportedError` for what the app tells in place of an answer.
        """
        if self.exchange is None or not self.app.recorded(self.exchange.url):
            return None
        turn: Turn | None = None
        try:
            for turn in self.app.turns(self.exchange):  # noqa: B007 - the last one is meant
                pass
        except ReportedError:
            if turn is None:
                raise
        except EngineError:  # not understood: kept, for a later version to read
            pass
        if turn is None or not turn.answer.text.strip() or (turn.continues and self.html):
            return None
        return turn

    def _shown(self) -> Turn:
        """What the page showed; without any words an unread answer, named by what it could not be read from."""
        turn = shown_answer(self.html, self.app) if self.html else None
        if turn is not None and turn.answer.text.strip():
            return turn
        return Turn(self.prompt, ParsedAnswer("", finish_reason=UNREAD), at=self.at)


def _refuse_more(document: Json) -> None:
    more = set(document) - KEPT
    for name, kept in KEPT_OF.items():
        more |= {f"{name}.{key}" for key in set(record(document.get(name))) - kept}
    if more:
        raise malformed(f"a capture does not hold {', '.join(sorted(more))[:200]}")


def _less(told: Json) -> Json:
    """A capture without what is not kept of its addresses and its request, whoever wrote it."""
    document = dict(told)
    if isinstance(told.get("url"), str):
        document["url"] = kept_address(told["url"])
    if isinstance(told.get("request"), dict):
        request = {name: value for name, value in told["request"].items() if isinstance(value, str)}
        clean = {"url": kept_address, "body": kept_body}
        document["request"] = {name: clean[name](value) for name, value in request.items()}
    return document


def _exchange(document: Json, at: datetime | None) -> Exchange | None:
    """Request and response; None where only the page was kept."""
    response, request = document.get("response"), record(document.get("request"))
    if not isinstance(response, dict):
        return None
    url = string(request.get("url"))
    try:
        is_web = urlsplit(url).scheme == "https"
    except ValueError:
        is_web = False
    if not is_web:
        raise malformed("the request's address is not one of the web")
    body = string(request.get("body")).encode("utf-8", "replace")
    status = integer(response.get("status", 200)) or 0
    return Exchange(url, body, _body(response.get("frames")), at, status)


def _failure(exchange: Exchange) -> ReportedError | None:
    """What a response says of itself whose HTTP status is not 2xx, or 0: one that no page is told. None for others."""
    if 200 <= exchange.status < 300:
        return None
    try:
        document = record(loads(exchange.body.decode("utf-8", "replace")))
    except EngineError:
        document = {}
    told = of_status(exchange.status, document, {}, {})
    return ReportedError(told.kind, str(told))


def _body(frames: object) -> bytes:
    """The frames of a response put together: text, or `{"base64": ...}` where the app sends bytes."""
    if not isinstance(frames, list):
        raise malformed("response.frames is no list")
    return b"".join(map(_frame, frames))


def _frame(frame: object) -> bytes:
    if isinstance(frame, str):
        return frame.encode("utf-8", "replace")
    try:
        return base64.b64decode(string(record(frame).get("base64")), validate=True)
    except binascii.Error:
        raise malformed("a frame is not base64") from None
