"""The sans-I/O protocol of an answer engine and the records it speaks.

An adapter turns a prompt into requests and stored bodies into a `ParsedAnswer`; it never opens a connection,
reads a clock or an environment variable. Scrapy is the only network client, so throttling, retries and
timeouts are settings there, and a stored body can be replayed through the same generator at any time.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Literal

from geo_tracker.errors import GeoTrackerError

Role = Literal["retrieved", "opened", "cited"]
Search = Literal["yes", "no", "unknown"]
Confidence = Literal["recorded", "sdk", "docs", "third-party", "guess"]
Surface = Literal["api", "web", "app", "serp"]
Placement = Literal["inline_link", "card", "reference_page"]
Span = tuple[int, int]
"""Half-open range of Unicode code points into the stored answer text."""


class ErrorKind(StrEnum):
    """Why an engine gave no valid answer."""

    AUTH = "auth"
    NO_KEY = "no_key"
    """There is no key to ask with: planned, so that coverage counts it, and not sent."""
    QUOTA = "quota"
    """Balance or plan used up: waiting does not help."""
    BUDGET = "budget"
    """The workspace's own budget of the month is used up: planned, and asked once there is more."""
    RATE_LIMIT = "rate_limit"
    REFUSED = "refused"
    """The engine's safety layer declined to answer."""
    EMPTY = "empty"
    CUT = "cut"
    """There is text, but the answer stops before its end."""
    NOT_RUN = "not_run"
    """Its pass was due and nothing ran: planned afterwards, so that coverage counts it."""
    NO_SEARCH = "no_search"
    """The web search that was asked for failed."""
    TRANSIENT = "transient"
    """5xx, timeouts, broken connections, truncated bodies: worth another try."""
    MALFORMED = "malformed"
    """The body is not in the engine's documented format."""
    REQUEST = "request"
    """The engine rejects the request itself (bad model, bad parameter)."""


RETRYABLE = frozenset({ErrorKind.RATE_LIMIT, ErrorKind.TRANSIENT, ErrorKind.NO_SEARCH})


class EngineError(GeoTrackerError):
    """An engine's own report of failure, classified.

    `retry_after` is the wait in seconds that the engine asked for, None if it did not say.
    """

    def __init__(self, kind: ErrorKind, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after

    @property
    def retryable(self) -> bool:
        return self.kind in RETRYABLE


class ReportedError(EngineError):
    """A failure that an engine or app tells in its own words, unlike one of reading what it sent."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked: the text exactly as sent, and the place and language it is asked from."""

    text: str
    language: str | None = None
    """BCP 47 primary tag, e.g. `zh`."""
    country: str | None = None
    """ISO 3166-1 alpha-2, e.g. `CN`."""
    region: str | None = None
    city: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach an engine: filled from the environment by the caller, never stored or logged."""

    key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    """Replaces the adapter's `base_url` (regional host, proxy, local server, sandbox)."""
    model: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Values of the adapter's `extra_variables`, by variable name."""
    now: datetime | None = None
    """Timezone-aware time of asking, for engines whose requests are signed; adapters have no clock."""


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """One HTTP request to send. Headers may hold the key: they are never archived."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""
    wait: float = 0.0
    """Seconds to wait before sending: an engine that works in the background is polled."""

    @classmethod
    def post_json(cls, url: str, payload: Any, headers: Mapping[str, str] | None = None) -> EngineRequest:
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        return cls("POST", url, {"Content-Type": "application/json", **(headers or {})}, body)


@dataclass(frozen=True, slots=True)
class EngineResponse:
    """What came back for one `EngineRequest`; header names are lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParsedCitation:
    """One source of an answer.

    `retrieved` was only offered to the model, `opened` was read by it, `cited` is attached to the text.
    """

    url: str
    role: Role = "cited"
    ordinal: int | None = None
    """As printed in the text; see `base`."""
    base: Literal[0, 1] = 1
    """Whether the engine counts its markers from 0 or from 1."""
    title: str | None = None
    site: str | None = None
    published: str | None = None
    """As the engine gives it, ISO 8601 where it could be read."""
    snippet: str | None = None
    spans: tuple[Span, ...] = ()
    """Where the text rests on this source: the marker or the supported sentence."""


@dataclass(frozen=True, slots=True)
class ParsedOffer:
    """A product card or link that the engine's own format carries; see docs for the normalised record."""

    placement: Placement
    url: str | None = None
    title: str | None = None
    price_raw: str | None = None
    currency: str | None = None
    merchant: str | None = None
    image: str | None = None
    rating: float | None = None
    span: Span | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """An engine's answer in one shape; what the format does not say is None, never guessed."""

    text: str
    citations: tuple[ParsedCitation, ...] = ()
    queries: tuple[str, ...] = ()
    """The engine's own search queries (fan-out)."""
    search: Search = "unknown"
    offers: tuple[ParsedOffer, ...] = ()
    follow_ups: tuple[str, ...] = ()
    model: str | None = None
    """The model that was served, as reported."""
    finish_reason: str | None = None
    cut: bool = False
    """The answer stops before its end: token limit, stopped by the user, or a recording without its last frames."""
    usage: Mapping[str, Any] = field(default_factory=dict)
    """As reported, in the engine's own names."""
    cost: float | None = None
    """As reported by the engine; never estimated here."""
    currency: str | None = None
    unknown_blocks: tuple[Mapping[str, Any], ...] = ()
    """Blocks of a type the parser does not know, kept raw."""


EPOCH = datetime.fromtimestamp(0, UTC)

Asking = Generator[EngineRequest, EngineResponse, ParsedAnswer]


class Engine(ABC):
    """One answer engine reached over HTTP: a subclass in a module of this package is found by itself."""

    name: ClassVar[str]
    """Lower case, stable: stored with every answer and named in panels."""
    label: ClassVar[str]
    surface: ClassVar[Surface] = "api"
    base_url: ClassVar[str]
    key_variable: ClassVar[str | None]
    """Environment variable that holds the key; None if the engine needs none."""
    key_optional: ClassVar[bool] = False
    """Whether it can be asked without the key (a local server)."""
    extra_variables: ClassVar[tuple[str, ...]] = ()
    """Further environment variables it needs (a second secret, an agent id)."""
    default_model: ClassVar[str | None] = None
    concurrency: ClassVar[int] = 2
    """Requests in flight at once."""
    delay: ClassVar[float] = 0.5
    """Seconds between requests, before throttling adapts it."""
    timeout: ClassVar[float] = 120.0
    locale: ClassVar[frozenset[str]] = frozenset()
    """Which of language, country, region, city, timezone the engine takes as a parameter."""
    has_citations: ClassVar[bool] = True
    has_offers: ClassVar[bool] = False
    confidence: ClassVar[Confidence]
    """What the wire format was written from."""
    price: ClassVar[str | None] = None
    """One line for people, with its date; None if not known."""

    @abstractmethod
    def ask(self, prompt: Prompt, access: Access) -> Asking:
        """Yield each request, receive its response, return the answer.

        Raises `EngineError` for every failure the engine reports; HTTP errors are sent in like any response.
        """

    @abstractmethod
    def parse(self, body: bytes) -> ParsedAnswer:
        """Read one stored final body (JSON or the SSE stream of the same engine); pure.

        Raises `EngineError`, MALFORMED for bytes that are not in the format.
        """

    def unsupported(self, prompt: Prompt) -> tuple[str, ...]:
        """What the prompt says of place and language and the engine has no parameter for."""
        said = ("language", "country", "region", "city", "timezone")
        return tuple(name for name in said if getattr(prompt, name) and name not in self.locale)

    def url(self, access: Access, path: str) -> str:
        return (access.base_url or self.base_url).rstrip("/") + path


def answer_from(engine: Engine, bodies: Sequence[EngineResponse], prompt: Prompt) -> ParsedAnswer:
    """Replay stored responses through `ask`: the answer is rebuilt without a network.

    Raises `EngineError(MALFORMED)` if the engine would ask for more than is stored.
    """
    extra = dict.fromkeys(engine.extra_variables, "replay")
    asking = engine.ask(prompt, Access("replay", model=engine.default_model, extra=extra, now=EPOCH))
    try:
        next(asking)
        for body in bodies:
            asking.send(body)
    except StopIteration as stop:
        answer: ParsedAnswer = stop.value
        return answer
    raise EngineError(
        ErrorKind.MALFORMED, f"{engine.name}: {len(bodies)} stored bodies do not make an answer"
    )
