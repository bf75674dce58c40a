"""Whom what listens on this machine only lets in: browser extensions, never a web page."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_tracker.api.token_check import problem

EXTENSION = re.compile(r"(chrome-extension|moz-extension)://[0-9a-z-]{8,64}")
"""What a browser sends as the origin of an extension's requests; no page can."""
NAMES = ("127.0.0.1", "localhost")
"""By other names a page of an attacker may have been led here (DNS rebinding)."""


class OriginCheck:
    """Refuses other hosts, origins and methods and bodies that are too long, before anything is looked up.

    It never sends CORS headers: a browser lets no page read an answer or send a token here.
    """

    def __init__(self, app: ASGIApp, *, port: int, max_body: int) -> None:
        self._app, self._max = app, max_body
        self._hosts = {f"{name}:{port}" for name in NAMES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))
        try:
            await (refusal or self._app)(scope, self._bounded(receive), send)
        except _TooLong:
            await problem(413, self._too_long())(scope, receive, send)

    def _refusal(self, method: str, headers: Headers) -> ASGIApp | None:
        if headers.get("host", "") not in self._hosts:
            return problem(403, "this machine's own programs ask 127.0.0.1")
        if not EXTENSION.fullmatch(headers.get("origin", "")):
            return problem(403, "only the companion may ask")
        if method != "POST":
            return problem(405, "POST only")
        said = headers.get("content-length", "")
        if said.isdigit() and int(said) > self._max:
            return problem(413, self._too_long())
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return problem(415, "application/json only")
        return None

    def _too_long(self) -> str:
        return f"more than {self._max:,} bytes"

    def _bounded(self, receive: Receive) -> Receive:
        """The same messages up to the limit, also where no length was told."""
        seen = 0

        async def bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._max:
                raise _TooLong
            return message

        return bounded


class _TooLong(HTTPException):
    """A body that goes on beyond the limit."""

    def __init__(self) -> None:
        super().__init__(413)
