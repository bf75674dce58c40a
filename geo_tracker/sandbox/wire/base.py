"""The protocol of an encoder: one vendor's requests read, the sandbox's answers in that vendor's format."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, ClassVar

from geo_tracker.sandbox.records import SandboxAnswer

Json = dict[str, Any]
Answering = Callable[[str], SandboxAnswer]
"""Answers a prompt as the engine would now."""

KEY = "sandbox"
"""The only key that opens the sandbox."""

ERROR_CODES: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "invalid_api_key",
    404: "not_found",
    429: "rate_limit_exceeded",
    500: "server_error",
}


class BadRequest(Exception):
    """The vendor would turn this request down: the message says why."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Call:
    """One request to an engine; `path` is what follows the engine's base address, header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Json:
        """The body as an object; raises `BadRequest` if it is none."""
        value = self.value
        if not isinstance(value, dict):
            raise BadRequest("the body must be a JSON object")
        return value

    @property
    def value(self) -> Any:
        """The body's JSON value; raises `BadRequest` if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise BadRequest("the body is not JSON") from None


@dataclass(frozen=True, slots=True)
class Reply:
    """One response."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, value: Any, status: int = 200) -> Reply:
        body = json.dumps(value, ensure_ascii=False).encode()
        return cls(status, body, {"Content-Type": "application/json"})

    @classmethod
    def of_events(cls, events: Iterable[tuple[str, Any]]) -> Reply:
        """Server-sent events; an empty name leaves the `event:` line out, a string stands as it is."""
        return cls(200, b"".join(map(_frame, events)), {"Content-Type": "text/event-stream"})


def _frame(event: tuple[str, Any]) -> bytes:
    name, data = event
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()


class Wire(ABC):
    """One engine's side of the wire: a subclass in a module of this package is found by itself."""

    name: ClassVar[str]
    """The engine's name."""
    paths: ClassVar[tuple[str, ...]]
    """The beginnings of the paths it answers, after the engine's base address."""
    codes: ClassVar[Mapping[int, str]] = ERROR_CODES
    """The vendor's own code for what HTTP calls 400, 401, 404, 429 and 500."""
    fails_with_200: ClassVar[bool] = False
    """Whether failures come with HTTP status 200."""

    def reply(self, call: Call, answering: Answering) -> Reply:
        """The response to a request; what the vendor would turn down gets the vendor's own error."""
        try:
            if not any(call.path.startswith(path) for path in self.paths):
                raise BadRequest(f"unknown path {call.path}", 404)
            if self.key(call) != KEY:
                raise BadRequest("invalid api key", 401)
            return self.answer(call, answering)
        except BadRequest as error:
            return self.error(error.status, str(error))

    def answer(self, call: Call, answering: Answering) -> Reply:
        """One question, one answer; engines with several steps override it."""
        answer = answering(self.prompt(call))
        if answer.refused:
            return self.refusal(call, answer)
        if self.streams(call):
            return Reply.of_events(self.events(call, answer))
        return Reply.of_json(self.document(call, answer))

    @abstractmethod
    def prompt(self, call: Call) -> str:
        """The question in a request; raises `BadRequest` if there is none."""

    @abstractmethod
    def document(self, call: Call, answer: SandboxAnswer) -> Any:
        """The body of a whole answer."""

    def events(self, call: Call, answer: SandboxAnswer) -> Iterable[tuple[str, Any]]:
        """The names and data of a streamed answer."""
        raise BadRequest("streaming is not supported")

    def refusal(self, call: Call, answer: SandboxAnswer) -> Reply:
        """How the engine declines to answer."""
        return Reply.of_json(self.document(call, answer))

    def streams(self, call: Call) -> bool:
        return bool(call.body) and call.json.get("stream") is True

    def key(self, call: Call) -> str:
        """The key of a request, where this vendor looks for it."""
        return call.headers.get("authorization", "").removeprefix("Bearer ")

    def error(self, status: int, message: str) -> Reply:
        """The vendor's own error."""
        failure = self.failure(status, self.codes.get(status, self.codes[500]), message)
        return Reply.of_json(failure, 200 if self.fails_with_200 else status)

    def failure(self, status: int, code: str, message: str) -> Json:
        """The body of an error."""
        return {"error": {"message": message, "type": code, "param": None, "code": code}}


def string_at(value: Json, key: str) -> str:
    """A string that is not blank; raises `BadRequest` that names the field."""
    found = value.get(key)
    if not isinstance(found, str) or not found.strip():
        raise BadRequest(f"{key} is required")
    return found


def last_user_message(value: Json, key: str = "messages") -> str:
    """The text of the newest message of the user; raises `BadRequest` if there is none."""
    messages = value.get(key)
    for message in reversed(messages if isinstance(messages, list) else []):
        if isinstance(message, dict) and str(message.get("role", message.get("Role"))).lower() == "user":
            return _text_of(message.get("content", message.get("Content")))
    raise BadRequest(f"{key} without a user message")


def _text_of(content: Any) -> str:
    parts = content if isinstance(content, list) else [{"text": content}]
    text = "".join(str(part.get("text") or "") for part in parts if isinstance(part, dict))
    if not text.strip():
        raise BadRequest("the user message is empty")
    return text


def new_id(prefix: str, answer: SandboxAnswer) -> str:
    """An id that the same answer always gets."""
    written = f"{prefix}{answer.prompt}{answer.asked}{answer.text}"
    return prefix + sha256(written.encode()).hexdigest()[:24]


def one_in(n: int, answer: SandboxAnswer) -> bool:
    """A coin that always falls the same way for the same answer."""
    return int(new_id("", answer), 16) % n == 0


def packed(prompt: str) -> str:
    """A token that holds a prompt: the sandbox keeps no state between requests."""
    return urlsafe_b64encode(prompt.encode()).decode()


def unpacked(token: str) -> str:
    """The prompt in a token; raises `BadRequest` if it holds none."""
    try:
        return urlsafe_b64decode(token).decode()
    except ValueError:
        raise BadRequest("unknown token", 404) from None


def tokens(text: str) -> int:
    """About as many tokens as a text has."""
    return max(1, len(text.encode()) // 4)


def numbered(style: str) -> Callable[[Iterable[int]], list[tuple[int, str]]]:
    """Markers that print the source's number, counted from 1, in a style such as `[{n}]`."""
    return lambda sources: [(source, style.format(n=source + 1)) for source in sources]


def pieces(text: str, length: int = 40) -> list[str]:
    """A text in the chunks that a stream sends."""
    return [text[start : start + length] for start in range(0, len(text), length)]


def basic_key(call: Call) -> str:
    """The password of HTTP basic authentication, empty if the user is not the sandbox's."""
    try:
        written = b64decode(call.headers.get("authorization", "").removeprefix("Basic ")).decode()
    except ValueError:
        return ""
    user, _, password = written.partition(":")
    return password if user == KEY else ""
