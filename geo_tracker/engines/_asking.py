"""What engines over HTTP share: one request, a body that is JSON or a stream, failures in either."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from geo_tracker.engines._endings import ended
from geo_tracker.engines._errors import KindsByCode, of_status, reported
from geo_tracker.engines._json import MAX_BYTES, Json, load, malformed
from geo_tracker.engines._marks import readable
from geo_tracker.engines._stream import CutOff, Event, is_stream, read_events, recorded_lines
from geo_tracker.engines.base import (
    Access,
    Asking,
    Engine,
    EngineError,
    EngineRequest,
    EngineResponse,
    ErrorKind,
    ParsedAnswer,
    Prompt,
)


class OneRequest(Engine):
    """An engine that answers one request; with `ask` overridden, one whose last body holds the answer."""

    error_kinds: ClassVar[KindsByCode] = {}
    """Codes of this engine that their own words do not explain."""
    holders: ClassVar[tuple[str, ...]] = ()
    """Keys of a final body: one that has none of them is not in the format, which is no empty answer."""

    @abstractmethod
    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        """The request that asks the prompt."""

    @abstractmethod
    def read(self, document: Json) -> ParsedAnswer:
        """The answer in a body that reports no failure; `document` is never trusted to have any key."""

    def merge(self, events: Sequence[Event]) -> Json:
        """The body that a stream adds up to; raises `CutOff` without its end, `EngineError` if the engine has none."""
        raise malformed("a stream, which this engine's format does not have")

    def ask(self, prompt: Prompt, access: Access) -> Asking:
        response = yield self.request(prompt, access)
        return self.answer(self.received(response, access), access)

    def parse(self, body: bytes) -> ParsedAnswer:
        try:
            return self.answer(self.received(EngineResponse(200, body), Access()))
        except (
            CutOff
        ) as error:  # when asking, such an answer is asked for again; of a stored body it is what there is
            return self.as_far_as(error)

    def as_far_as(self, error: CutOff) -> ParsedAnswer:
        """What a stream without its end says so far, marked as cut; raises the error again if that is no text."""
        try:
            return replace(self.answer(error.partial), cut=True)
        except EngineError:
            raise error from None

    def received(self, response: EngineResponse, access: Access) -> Json:
        """The body of a successful response; raises `EngineError`, without the key, for any other."""
        try:
            if not 200 <= response.status < 300:
                error_body = _error_body(response.body)
                raise of_status(response.status, error_body, self.error_kinds, response.headers)
            return self.document(response.body, response.headers)
        except EngineError as error:
            raise _named(self, error, access) from None

    def document(self, body: bytes, headers: Mapping[str, str] | None = None) -> Json:
        """The body as one object, streams merged; raises `EngineError` for a failure that it reports."""
        events = read_events(body) if is_stream(body) else recorded_lines(body)
        found = self.whole(load(body)) if events is None else self.merge(events)
        if error := reported(found, self.error_kinds, headers):
            raise error
        return found

    def whole(self, value: Any) -> Json:
        """The object of a body that is not a stream."""
        if not isinstance(value, dict):
            raise malformed(f"a JSON object was expected, not {type(value).__name__}")
        return value

    def answer(self, document: Json, access: Access | None = None) -> ParsedAnswer:
        """The answer in a body; raises `EngineError`: MALFORMED if it is in another format, EMPTY without text."""
        try:
            if self.holders and not document.keys() & set(self.holders):
                raise malformed(f"the body has none of {', '.join(self.holders)}")
            found = ended(readable(self.read(document)))
            if not found.text.strip():
                raise EngineError(ErrorKind.EMPTY, "the answer has no text")
        except EngineError as error:
            raise _named(self, error, access) from None
        return found


def _named(engine: Engine, error: EngineError, access: Access | None) -> EngineError:
    """The error with the engine's name and without secrets: vendors echo keys in messages."""
    message = str(error)
    for secret in [access.key, *access.extra.values()] if access else []:
        if secret:
            message = message.replace(secret, "***")
    if not message.startswith(f"{engine.name}: "):
        message = f"{engine.name}: {message}"
    if isinstance(error, CutOff):
        return CutOff(message, error.partial)
    return EngineError(error.kind, message, retry_after=error.retry_after)


def _error_body(body: bytes) -> Json:
    """The body of a failed response as far as it can be read: proxies send HTML instead of JSON."""
    if len(body) > MAX_BYTES:
        return {}
    try:
        value = load(body)
    except EngineError:
        return {}
    if isinstance(value, list) and value:  # Google wraps errors of streamed calls in a list
        value = value[0]
    return value if isinstance(value, dict) else {"message": str(value)}


def bearer(access: Access) -> dict[str, str]:
    """The Authorization header, or none without a key."""
    return {"Authorization": f"Bearer {access.key}"} if access.key else {}


def user_location(prompt: Prompt) -> dict[str, str]:
    """The place of the prompt in the shape that OpenAI, Anthropic, xAI and Ark share."""
    place = {name: getattr(prompt, name) for name in ("country", "region", "city", "timezone")}
    return {"type": "approximate", **{name: value for name, value in place.items() if value}}
