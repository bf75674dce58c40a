"""What is known of an assistant's web app: which of its traffic holds answers, and how to read it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from geo_tracker.engines.base import ParsedAnswer


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded request and its response."""

    url: str
    request: bytes
    body: bytes
    at: datetime | None = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer."""

    prompt: str
    """Empty if the recording does not hold it."""
    answer: ParsedAnswer
    id: str | None = None
    at: datetime | None = None
    raw: bytes | None = None
    """The part of a longer recording that is this turn; None if it is the whole recording."""
    thread: str | None = None
    """The conversation; ids of messages count within one."""
    question_id: str | None = None
    """The message that is answered: an answer that was made again has that of the first."""
    follows: str | None = None
    """The answer that the question was asked after, empty for a conversation's first; None if the app does not say."""
    instead_of: str | None = None
    """The question that was edited to this one."""
    continues: bool = False
    """Whether the recording goes on with an answer that had stopped."""
    again: bool = False
    """Whether the recording is of an answer that is made again: it takes the place of the one before it."""


class Assistant(ABC):
    """The web app of one assistant: a subclass in a module of this package is found by itself."""

    name: ClassVar[str]
    """As answers are stored under, see `captures.spellings`."""
    hosts: ClassVar[tuple[str, ...]]
    """Domains of the app; subdomains are meant too."""
    surface: ClassVar[str] = "web"
    """What its answers are seen on."""
    answer_paths: ClassVar[re.Pattern[str]]
    """Paths of the requests that bring answers; all other traffic is left unread."""

    def recorded(self, url: str) -> bool:
        """Whether the response to a request holds answers of this assistant."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        ours = any(host == name or host.endswith("." + name) for name in self.hosts)
        return ours and self.answer_paths.search(parts.path) is not None

    @abstractmethod
    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        """The turns in a response; raises `EngineError` if it reports a failure, is cut off or in no known format."""

    def whole(self, begun: Exchange, rest: Exchange) -> Exchange | None:
        """Two recordings of one stream as one; None where each can be read by itself."""
        return None

    def shows(self, soup: BeautifulSoup) -> bool:
        """Whether a saved page has this app's markup."""
        return False

    def page_turns(self, soup: BeautifulSoup) -> Iterator[Turn]:
        """The turns on a saved page."""
        return iter(())
