"""Capture formats, found by discovery: a module here or an entry point in the group `geo_tracker.captures`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from geo_tracker.captures.base import Capture
from geo_tracker.errors import UsageError
from geo_tracker.plugins import discover

ENTRY_POINTS = "geo_tracker.captures"


@cache
def captures() -> Mapping[str, Capture]:
    """Every capture format by name."""
    return {cls.name: cls() for cls in discover(__name__, ENTRY_POINTS, Capture)}  # type: ignore[type-abstract]


def capture_named(name: str) -> Capture:
    """The format of that name; raises `UsageError` that lists the known names."""
    try:
        return captures()[name]
    except KeyError:
        raise UsageError(f"no format named {name!r}; known: {', '.join(sorted(captures()))}") from None


def recognise(head: bytes) -> Capture | None:
    """The first format that recognises the beginning of a file; None if no format does."""
    return next((capture for capture in captures().values() if capture.recognises(head)), None)
