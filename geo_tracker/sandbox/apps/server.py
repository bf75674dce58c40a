"""Serves the look-alike apps by their host names, to a browser that was told to find them all here."""

from __future__ import annotations

import asyncio
from datetime import date

from aiohttp import web

from geo_tracker.sandbox.answering import AnswerEngine
from geo_tracker.sandbox.apps.lookalikes import LOOK_ALIKES, LookAlike, shown
from geo_tracker.sandbox.records import SandboxAnswer
from geo_tracker.sandbox.wire._pages import spoken

PIECE = 1000
"""Bytes that are sent at once: a stream comes in pieces, which may end within a character."""


class Apps:
    """Eleven apps in one; `asked` counts how often each was asked what."""

    def __init__(self, engine: AnswerEngine, day: date) -> None:
        self._engine, self._day = engine, day
        self._by_host = {each.host: each for each in LOOK_ALIKES}
        self.asked: list[tuple[str, str]] = []
        self.unknown: list[str] = []
        """Hosts that were asked for and are none of the apps."""

    def answer(self, app: LookAlike, prompt: str) -> SandboxAnswer:
        """What an app answers; the same prompt gets the same answer."""
        return spoken(self._engine.answer(app.profile, prompt, self._day, 1))

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """A page, a stream, or what the page shows of it."""
        app = self._by_host.get(request.host.partition(":")[0])
        if app is None:
            self.unknown.append(request.host)
            return web.Response(status=404)
        prompt = request.query.get("prompt", "")
        if request.path == app.path:
            return await self._stream(request, app, prompt)
        if request.path == "/_shown":
            return web.Response(text=shown(self.answer(app, prompt)), content_type="text/html")
        return web.Response(text=app.page(), content_type="text/html")

    async def _stream(self, request: web.BaseRequest, app: LookAlike, prompt: str) -> web.StreamResponse:
        self.asked.append((app.name, prompt))
        response = web.StreamResponse(headers={"Content-Type": app.content_type})
        await response.prepare(request)
        body = app.stream(self.answer(app, prompt))
        for at in range(0, len(body), PIECE):
            await response.write(body[at : at + PIECE])
            await asyncio.sleep(0)
        await response.write_eof()
        return response
