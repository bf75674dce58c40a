"""Web apps of assistants, found by discovery: a module here or an entry point in `geo_tracker.assistants`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from geo_tracker.captures.assistants.base import Assistant
from geo_tracker.plugins import discover

ENTRY_POINTS = "geo_tracker.assistants"


@cache
def assistants() -> tuple[Assistant, ...]:
    """Every web app that recorded traffic or saved pages can be read of."""
    return tuple(cls() for cls in discover(__name__, ENTRY_POINTS, Assistant))  # type: ignore[type-abstract]


@cache
def apps() -> Mapping[str, Assistant]:
    """The web apps that people ask by hand, by the name that their answers are stored under."""
    return {assistant.name: assistant for assistant in assistants() if assistant.hosts}
