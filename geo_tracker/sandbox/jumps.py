"""Engine redirects: addresses that say where they lead only when they are asked."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

HOST = "grounding.gemini-search.example"
_PATH = "/grounding-api-redirect/"


def jump(url: str) -> str:
    """An opaque address that redirects to the given one."""
    return f"http://{HOST}{_PATH}AUZIYQ{urlsafe_b64encode(url.encode()).decode().rstrip('=')}"


def target_of(path: str) -> str | None:
    """Where a path of the redirecting host leads, None for any other path."""
    token = path.removeprefix(f"{_PATH}AUZIYQ")
    try:
        return urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode() if token != path else None
    except ValueError:
        return None
