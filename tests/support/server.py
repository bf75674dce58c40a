"""A real HTTP server on loopback for the spider tests: a tiny answer engine and whatever pages a test hangs up.

The engine speaks JSON. What it does is in the prompt: words such as `fail:500*2` before the first space make
the first two requests of that prompt fail. Every request is logged with its time, in order, for the tests to count.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    url: str
    headers: Mapping[str, str]
    prompt: str
    at: float

    @property
    def path(self) -> str:
        return urlsplit(self.url).path


@dataclass(frozen=True)
class Reply:
    """What is sent; `cut` announces more bytes than it sends, `wait` seconds pass before the first byte.

    `slow` seconds pass between two bytes.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    cut: bool = False
    slow: float = 0.0


Page = Reply | Callable[[Seen], Reply]


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class Server:
    """Answers engine requests under /ask and /tool and pages by path, or by host and path as a proxy."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.pages: dict[str, Page] = {}
        self.latency = 0.0
        self.mended = False
        """Prompts do not fail any more."""
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()
        self._http = _Http(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def port(self) -> int:
        return self._http.server_port

    def asked(self) -> Counter[str]:
        """Engine requests by prompt."""
        with self._lock:
            return Counter(each.prompt for each in self.seen if each.prompt)

    def fetched(self) -> Counter[str]:
        """Page requests by path, robots.txt aside."""
        with self._lock:
            return Counter(each.path for each in self.seen if not each.prompt and each.path != "/robots.txt")

    def settle(self) -> None:
        """Wait until no request is on its way any more: those of a killed process arrive after its end."""
        before = -1
        while before != len(self.seen):
            before = len(self.seen)
            time.sleep(0.5)

    def reply(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            self._asked[seen.prompt] += 1
            count = self._asked[seen.prompt]
        if seen.prompt:
            return engine_reply(seen, count if not self.mended else 10**9, self.latency)
        parts = urlsplit(seen.url)
        page = self.pages.get(f"{parts.hostname}{parts.path}") or self.pages.get(parts.path)
        if page is None:
            return Reply(404, b"nothing here")
        return page(seen) if callable(page) else page

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def respond(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                prompt = json.loads(body)["prompt"] if body else ""
                prompt = prompt or parse_qs(urlsplit(self.path).query).get("q", [""])[0]
                seen = Seen(self.command, self.path, dict(self.headers.items()), prompt, time.monotonic())
                self.send(server.reply(seen))

            def send(self, reply: Reply) -> None:
                time.sleep(reply.wait)
                self.send_response(reply.status)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body) + 100 * reply.cut))
                self.end_headers()
                for byte in reply.body if reply.slow else ():
                    self.wfile.write(bytes([byte]))
                    time.sleep(reply.slow)
                if not reply.slow:
                    self.wfile.write(reply.body)
                self.close_connection = reply.cut

            do_GET = do_POST = respond

            def handle(self) -> None:
                with suppress(ConnectionError):  # a client that was killed, or had enough
                    super().handle()

            def log_message(self, *args: object) -> None:
                """Nothing on stderr: the tests read the log of requests."""

        return Handler

    @contextmanager
    def running(self) -> Iterator[Server]:
        thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            self._http.server_close()


def engine_reply(seen: Seen, count: int, latency: float) -> Reply:
    """The tiny engine: `fail:WHAT*N` at the head of a prompt fails its first N requests (all without N)."""
    head, _, _ = seen.prompt.partition(" ")
    if head.startswith("fail:"):
        what, _, times = head.removeprefix("fail:").partition("*")
        if what.endswith("second"):
            what, count = what.removesuffix("second"), count - 1  # the first step passes
        if 0 < count <= int(times or 1_000_000):
            return FAILURES[what](seen)
    if seen.path.endswith("/tool"):
        return _json({"tool": "search", "query": f"about {seen.prompt}"}, latency)
    key = seen.headers.get("Authorization", "") or seen.url
    if "wrong" in key:
        return _json({"error": "auth", "message": f"bad key {key}"}, 0, status=401)
    return _json({"text": f"An answer to {seen.prompt}", "url": f"https://site.example/{count}"}, latency)


def _json(payload: object, wait: float = 0.0, status: int = 200, **headers: str) -> Reply:
    body = json.dumps(payload, ensure_ascii=False).encode()
    return Reply(status, body, {"Content-Type": "application/json", **headers}, wait)


FAILURES: dict[str, Callable[[Seen], Reply]] = {
    "429": lambda seen: _json({"error": "rate_limit"}, status=429, **{"Retry-After": "1"}),
    "429ms": lambda seen: _json({"error": "rate_limit"}, status=429, **{"retry-after-ms": "300"}),
    "429hour": lambda seen: _json({"error": "rate_limit"}, status=429, **{"Retry-After": "3600"}),
    "500": lambda seen: Reply(500, b"<html>oops</html>"),
    "slow": lambda seen: _json({"text": "too late"}, wait=4.0),
    "cut": lambda seen: Reply(200, b'{"text": "half an ans', {"Content-Type": "application/json"}, cut=True),
    "broken": lambda seen: Reply(200, b'{"text": '),
    "refused": lambda seen: _json({"error": "refused"}),
    "quota": lambda seen: _json({"error": "quota"}, status=402),
    "empty": lambda seen: _json({"text": ""}),
    "hostile": lambda seen: Reply(
        200, b'{"text": "nul \\u0000 and \\ud800 end", "url": "https://site.example/x"}'
    ),
    "moved": lambda seen: Reply(307, b"", {"Location": "/another-host"}),
    "bug": lambda seen: _json({"text": 7}),
}
