"""Engine redirects: addresses that say where they lead only when they are asked."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

HOST = "grounding.gemini-search.example"
LINK_HOST = "www.baisou.example"
_BEFORE = {HOST: "/grounding-api-redirect/AUZIYQ", LINK_HOST: "/link?url=AUZIYQ"}
"""What stands before the token, by host; the token's first letters keep it from being read as what it hides."""


def jump(url: str, host: str = HOST) -> str:
    """An opaque address of an engine that redirects to the given one."""
    return f"http://{host}{_BEFORE[host]}{urlsafe_b64encode(url.encode()).decode().rstrip('=')}"


def target_of(host: str, path: str) -> str | None:
    """Where a path of a redirecting host leads, None for any other address."""
    before = _BEFORE.get(host)
    if before is None or not path.startswith(before):
        return None
    token = path.removeprefix(before).partition("&")[0]
    try:
        return urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except ValueError:
        return None
