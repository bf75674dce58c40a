"""Serve the dashboard."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from geo_tracker.cli._console import say, warn
from geo_tracker.cli._extras import need
from geo_tracker.cli._place import Place
from geo_tracker.cli._serving import LOCAL
from geo_tracker.config import Look
from geo_tracker.errors import UsageError
from geo_tracker.people.login import NEEDED, Login, login_of, secrets_text

app = typer.Typer()
SCRIPT = Path(__file__).parents[2] / "dashboard" / "app.py"


@app.command()
def dashboard(
    port: Annotated[int, typer.Option(help="Port to serve on.", min=1, max=65535)] = 8501,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's own need people to sign in.")
    ] = "127.0.0.1",
    insecure: Annotated[
        bool,
        typer.Option("--insecure", help="Listen elsewhere without: whoever reaches it sees and changes all."),
    ] = False,
) -> None:
    """Serve the dashboard until interrupted; with GEO_OIDC_... set, people sign in (docs/people.md)."""
    need("streamlit")
    place = Place()
    login = login_of(place.settings.environment, port)
    refuse_open(host, login, insecure=insecure)
    command = [
        *(sys.executable, "-P", "-m", "streamlit", "run", str(SCRIPT)),
        *options(host, port, login, place.settings.look),
    ]
    os.environ["PYTHONSAFEPATH"] = "1"  # nothing that lies where the user stands is imported
    say(f"dashboard: {login.address if login else f'http://{host}:{port}'} - stop with Ctrl-C")
    if login:
        need("authlib")
        raise typer.Exit(_with_secrets(command, login))
    # Secrets of a folder are none of ours: one that lies where the user stands would decide who signs in.
    # Of no other kind of path does Streamlit take it quietly that nothing is there.
    nothing = SCRIPT.with_name("none.toml")
    os.execv(sys.executable, [*command, f"--secrets.files={nothing}"])  # noqa: S606 - ours; Ctrl-C reaches it


def refuse_open(host: str, login: Login | None, *, insecure: bool) -> None:
    """Raise `UsageError` where others could reach a dashboard that asks nobody who they are."""
    if host in LOCAL or login:
        return
    if not insecure:
        raise UsageError(
            f"{host}: whoever reaches it would see and change everything: let people sign in "
            f"({', '.join(NEEDED)}: docs/people.md), or say --insecure where something else keeps others out"
        )
    warn(f"{host}: nobody signs in: whoever reaches it sees and changes everything")


def options(host: str, port: int, login: Login | None, look: Look) -> list[str]:
    """What Streamlit is told, whatever a configuration file says where the user stands."""
    told = {
        "server.port": str(port),
        "server.address": host,
        "server.headless": "true",
        "server.enableCORS": "true",  # of WebSockets: no page of another origin may open one
        "server.enableXsrfProtection": "true",
        "server.xsrfCookieSameSite": "lax",
        "server.enableAgentApi": "false",
        "server.trustedUserHeaders": "{}",  # who signs in is told by the provider alone
        "browser.gatherUsageStats": "false",
        "client.showErrorDetails": "none" if login or host not in LOCAL else "full",
    }
    if look.colour:
        told["theme.primaryColor"] = look.colour
    # By other names a page may have been led here (DNS rebinding).
    hosts = dict.fromkeys((login.host, *LOCAL)) if login else LOCAL if host in LOCAL else ()
    return [
        *(f"--{name}={value}" for name, value in told.items()),
        *(f"--server.allowedHosts={each}" for each in hosts),
    ]


def _with_secrets(command: list[str], login: Login) -> int:
    """Serve with a file of secrets that only this user can read, and that is gone when it ends; its exit code."""
    with tempfile.TemporaryDirectory(prefix="geo-login-") as folder:  # mode 700
        path = Path(folder, "secrets.toml")
        path.touch(mode=0o600)
        path.write_text(secrets_text(login), "utf-8")
        # Its own session: Ctrl-C reaches us alone, and we pass on whatever asks us to end.
        server = subprocess.Popen([*command, f"--secrets.files={path}"], start_new_session=True)  # noqa: S603
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: server.terminate())
        return server.wait()
