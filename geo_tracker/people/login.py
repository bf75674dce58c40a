"""Signing in with OpenID Connect: what the environment says of the provider, and how Streamlit is told."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from geo_tracker.errors import UsageError

PREFIX = "GEO_OIDC_"
ADDRESS = "GEO_DASHBOARD_URL"
NEEDED = (f"{PREFIX}CLIENT_ID", f"{PREFIX}CLIENT_SECRET", f"{PREFIX}METADATA_URL")
COOKIE = f"{PREFIX}COOKIE_SECRET"
SHORTEST_COOKIE = 32
"""Characters: of a random text that many have 128 bits even where it is written in hexadecimal digits."""
HERE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Login:
    """A provider, and where it sends people back to."""

    client_id: str
    client_secret: str = field(repr=False)
    metadata_url: str
    address: str
    """Of the dashboard, as people type it, without a slash at its end."""
    cookie_secret: str = field(repr=False)

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether people sign in: any of the variables is set. What is set in part must not let everybody in."""
    return any(name.startswith(PREFIX) and value for name, value in environment.items())


def login_of(environment: Mapping[str, str], port: int) -> Login | None:
    """The login that the environment asks for, None without one; raises `UsageError` where something is missing.

    Without the dashboard's address people come back to 127.0.0.1 at `port`; without a secret for cookies a new one is
    drawn, and everybody signs in again after a restart.
    """
    if not is_wanted(environment):
        return None
    if missing := [name for name in NEEDED if not environment.get(name)]:
        raise UsageError(f"signing in needs {', '.join(missing)} as well: see docs/people.md")
    address = (environment.get(ADDRESS) or f"http://127.0.0.1:{port}").rstrip("/")
    cookie = environment.get(COOKIE) or secrets.token_urlsafe(SHORTEST_COOKIE)
    if len(cookie) < SHORTEST_COOKIE:
        raise UsageError(f"{COOKIE} is shorter than {SHORTEST_COOKIE} characters: draw one at random")
    client_id, client_secret, metadata_url = (environment[name] for name in NEEDED)
    for name, url in ((ADDRESS, address), (NEEDED[2], metadata_url)):
        _refuse_plain(name, url)
    return Login(client_id, client_secret, metadata_url, address, cookie)


def _refuse_plain(name: str, url: str) -> None:
    """Keys and cookies travel in the clear over http, which only this machine's own network is for."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE):
        return
    raise UsageError(f"{name}: {url!r} is no address that begins with https://")


def secrets_text(login: Login) -> str:
    """What Streamlit reads it from, as TOML."""
    section = {
        "redirect_uri": f"{login.address}/oauth2callback",
        "cookie_secret": login.cookie_secret,
        "client_id": login.client_id,
        "client_secret": login.client_secret,
        "server_metadata_url": login.metadata_url,
    }
    # A JSON string without characters beyond ASCII is a basic string of TOML.
    return "[auth]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in section.items())
