"""The local server: engines under `/engines/<name>/`, the fictional web for any other host, a log of it all."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256

from aiohttp import web

from geo_tracker.sandbox.answering import AnswerEngine, emptied, refused
from geo_tracker.sandbox.faults import Fault, Faults
from geo_tracker.sandbox.records import SandboxAnswer
from geo_tracker.sandbox.web import Web, WebReply, first_day
from geo_tracker.sandbox.wire import wires
from geo_tracker.sandbox.wire.base import Answering, Call, Reply

LOGGED = 200_000
"""Requests that the log holds; older ones are forgotten."""
_NOT_THE_FORMAT = b"<!DOCTYPE html><html><body><h1>Welcome to nginx</h1></body></html>"
_TURNED: dict[Fault, Callable[[SandboxAnswer], SandboxAnswer]] = {
    Fault.EMPTY: emptied,
    Fault.REFUSAL: refused,
}


@dataclass(frozen=True, slots=True)
class Options:
    """How the sandbox behaves.

    `faults` is the share of first attempts that fail, `fault` the only way in which they do, `start` the first
    day of the story (default: so that it ends today), `hang` the seconds that a request of fault `timeout` is held.
    """

    seed: int = 1
    faults: float = 0.0
    fault: Fault | None = None
    start: date | None = None
    hang: float = 3.0


@dataclass(frozen=True, slots=True)
class SandboxHeaders:
    """What a request's `X-Sandbox` headers ask for: the day it pretends to be, the repeat, a fault."""

    day: date
    repeat: int
    fault: Fault | None

    @classmethod
    def of(cls, request: web.BaseRequest) -> SandboxHeaders:
        """Raises `ValueError` for a header that cannot be read."""
        day, fault = request.headers.get("X-Sandbox-Date"), request.headers.get("X-Sandbox-Fault")
        return cls(
            day=date.fromisoformat(day) if day else today(),
            repeat=int(request.headers.get("X-Sandbox-Repeat", "0")),
            fault=Fault(fault) if fault else None,
        )


@dataclass(slots=True)
class Entry:
    """One request seen. `status` is None where the connection was closed without one."""

    at: str
    method: str
    path: str
    host: str = ""
    engine: str = ""
    prompts: list[str] = field(default_factory=list)
    date: str = ""
    repeat: int = 0
    attempt: int = 1
    fault: str | None = None
    status: int | None = None


class Sandbox:
    """Answers every request that reaches the server."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.web = Web(options.start or first_day(today()))
        self.engine = AnswerEngine(self.web, options.seed)
        self.faults = Faults(options.faults, options.seed, options.fault)
        self.log: deque[Entry] = deque(maxlen=LOGGED)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request, also in the absolute form that clients of a proxy send."""
        host = request.host.partition(":")[0].lower()
        own = not host.endswith(".example")
        if request.method == "CONNECT":
            return web.Response(status=501, text="the fictional web has no https")
        if own and request.path == "/_sandbox/log":
            return self._log()
        try:
            asked = SandboxHeaders.of(request)
        except ValueError as error:
            return web.Response(status=400, text=f"an X-Sandbox header is wrong: {error}")
        entry = Entry(now(), request.method, request.path_qs, host=host, date=str(asked.day))
        self.log.append(entry)
        if own and request.path.startswith("/engines/"):
            return await self._ask(request, asked, entry)
        return await self._browse(request, host, asked.day, entry)

    def _log(self) -> web.Response:
        lines = (json.dumps(asdict(entry), ensure_ascii=False) for entry in self.log)
        return web.Response(text="".join(f"{line}\n" for line in lines), content_type="application/x-ndjson")

    async def _browse(
        self, request: web.BaseRequest, host: str, day: date, entry: Entry
    ) -> web.StreamResponse:
        etag = request.headers.get("If-None-Match")
        reply: WebReply = self.web.fetch(host, request.path_qs, self.web.day_of(day), etag)
        await asyncio.sleep(reply.delay)
        if reply.drop:
            return _hung_up(request)
        entry.status = reply.status
        return web.Response(status=reply.status, body=reply.body, headers=reply.headers)

    async def _ask(self, request: web.BaseRequest, asked: SandboxHeaders, entry: Entry) -> web.StreamResponse:
        name, _, path = request.path.removeprefix("/engines/").partition("/")
        wire = wires().get(name)
        if wire is None:
            entry.status = 404
            return web.json_response({"error": f"no engine {name!r} in the sandbox"}, status=404)
        body = await request.read()
        headers = {key.lower(): value for key, value in request.headers.items()}
        call = Call(request.method, f"/{path}", dict(request.query), headers, body)
        entry.engine, entry.repeat = name, asked.repeat
        fault = self._fault(call, asked, entry)
        reply = wire.reply(call, self._answering(entry, asked.day, fault))
        if fault in (Fault.RATE_LIMIT, Fault.ERROR):
            reply = wire.error(int(fault), "the sandbox was told to fail")
        return await self._send(request, reply, fault, entry)

    def _fault(self, call: Call, asked: SandboxHeaders, entry: Entry) -> Fault | None:
        """The fault that the request asks for or that the dice give it."""
        written = (entry.engine, entry.path, entry.date, str(entry.repeat))
        fingerprint = sha256("|".join(written).encode() + call.body).hexdigest()
        fault, entry.attempt = self.faults.of(fingerprint)
        entry.fault = asked.fault or fault
        return asked.fault or fault

    def _answering(self, entry: Entry, day: date, fault: Fault | None) -> Answering:
        def answer(prompt: str) -> SandboxAnswer:
            entry.prompts.append(prompt)
            found = self.engine.answer(entry.engine, prompt, day, entry.repeat)
            return _TURNED[fault](found) if fault in _TURNED else found

        return answer

    async def _send(
        self, request: web.BaseRequest, reply: Reply, fault: Fault | None, entry: Entry
    ) -> web.StreamResponse:
        headers = dict(reply.headers)
        if fault in (Fault.TIMEOUT, Fault.DROP):
            await asyncio.sleep(self.options.hang if fault is Fault.TIMEOUT else 0)
            return _hung_up(request)
        entry.status = reply.status
        if fault is Fault.TRUNCATED:
            return await _cut_off(request, reply)
        if fault is Fault.MALFORMED:
            return web.Response(body=_NOT_THE_FORMAT, content_type="text/html")
        if fault is Fault.RATE_LIMIT:
            headers["Retry-After"] = "1"
        return web.Response(status=reply.status, body=reply.body, headers=headers)


def today() -> date:
    return datetime.now(UTC).date()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _hung_up(request: web.BaseRequest) -> web.Response:
    """Close the connection without a word; the response is never sent."""
    if request.transport:
        request.transport.abort()
    return web.Response()


async def _cut_off(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    """Announce the whole body and send half of it."""
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.content_length = len(reply.body)
    await response.prepare(request)
    await response.write(reply.body[: len(reply.body) // 2])
    if request.transport:
        request.transport.close()
    return response


async def serve(options: Options, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until cancelled; `ready` gets the address once it can be reached.

    Raises `OSError` if the port is taken.
    """
    sandbox = Sandbox(options)
    runner = web.ServerRunner(web.Server(sandbox.handle, access_log=None))
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound = runner.addresses[0]
        ready(f"http://{bound[0]}:{bound[1]}")
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
