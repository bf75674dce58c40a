"""A Firefox with the companion that finds the look-alike apps, driven by WebDriver BiDi, which it speaks itself."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from companion.build import manifest, pack

UUID = "7f1c7a52-4b7b-4a0a-9d5e-0f1b2c3d4e5f"
"""The companion's pages are at this host: Firefox draws one where none is set."""
LISTENING = re.compile(r"listening on (ws://\S+)")
WITHIN = 60


def find_firefox() -> str | None:
    """The first Firefox on the path."""
    return next((path for name in ("firefox-esr", "firefox") if (path := shutil.which(name))), None)


class Firefox:
    """A running Firefox with one tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._sent = socket, 0
        self.call("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        self._tab = self.call("browsingContext.create", type="tab")["context"]

    def call(self, method: str, **params: Any) -> Any:
        self._sent += 1
        self._socket.send(json.dumps({"id": self._sent, "method": method, "params": params}))
        while True:
            said = json.loads(self._socket.recv(timeout=WITHIN))
            if said.get("id") == self._sent:
                assert said["type"] == "success", said
                return said["result"]

    def open(self, url: str) -> None:
        self.call("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def run(self, script: str) -> Any:
        """What the script of an async function returns in the tab, through JSON."""
        wrapped = f"(async () => JSON.stringify(await (async () => {{ {script} }})() ?? null))()"
        target = {"context": self._tab}
        said = self.call("script.evaluate", expression=wrapped, target=target, awaitPromise=True)
        assert said["type"] == "success", said
        return json.loads(said["result"]["value"])


@contextmanager
def firefox(program: str, home: Path, port: int) -> Iterator[Firefox]:
    """A Firefox whose every secure request ends at the port; the companion is installed for the time."""
    profile, extension = home / "firefox", home / "extension"
    profile.mkdir()
    with zipfile.ZipFile(pack("firefox", home)) as packed:
        packed.extractall(extension)
    with tunnel(port) as through:
        _preferences(profile, through)
        # Only so may a driver open the pages of an extension.
        allowed = ["--remote-allow-system-access", "--remote-debugging-port", "0"]
        arguments = [program, "--headless", "--no-remote", "--profile", str(profile), *allowed]
        process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
        try:
            with connect(f"{_address(process)}/session", max_size=None) as listening:
                found = Firefox(listening)
                found.call("webExtension.install", extensionData={"type": "path", "path": str(extension)})
                yield found
        finally:
            process.kill()
            process.wait(20)


def _preferences(profile: Path, proxy: int) -> None:
    identity = manifest("firefox")["browser_specific_settings"]["gecko"]["id"]
    set_ = {
        "extensions.webextensions.uuids": json.dumps({identity: UUID}),
        "network.proxy.type": 1,
        "network.proxy.ssl": "127.0.0.1",
        "network.proxy.ssl_port": proxy,
    }
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in set_.items())
    (profile / "user.js").write_text("".join(lines))


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if found := LISTENING.search(line):
            threading.Thread(target=process.stderr.read, daemon=True).start()  # a full pipe would stop it
            return found[1]
    raise AssertionError("Firefox did not start")


@contextmanager
def tunnel(port: int) -> Iterator[int]:
    """A proxy that leads every CONNECT to a port of this machine; yields its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, port), daemon=True).start()
        yield server.getsockname()[1]


def _accept(server: socket.socket, port: int) -> None:
    while True:
        try:
            asking, _ = server.accept()
        except OSError:  # closed: the test is over
            return
        threading.Thread(target=_lead, args=(asking, port), daemon=True).start()


def _lead(asking: socket.socket, port: int) -> None:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        got = asking.recv(1)
        if not got:
            return
        head += got
    there = socket.create_connection(("127.0.0.1", port))
    asking.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    threading.Thread(target=_pour, args=(there, asking), daemon=True).start()
    _pour(asking, there)


def _pour(source: socket.socket, into: socket.socket) -> None:
    try:
        while got := source.recv(65_536):
            into.sendall(got)
        into.shutdown(socket.SHUT_WR)
    except OSError:  # either side has gone
        source.close()
        into.close()
