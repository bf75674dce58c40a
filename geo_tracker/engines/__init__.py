"""Answer engines, found by discovery: a module here or an entry point in the group `geo_tracker.engines`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from geo_tracker.engines.base import Engine
from geo_tracker.errors import UsageError
from geo_tracker.plugins import discover

ENTRY_POINTS = "geo_tracker.engines"


@cache
def engines() -> Mapping[str, Engine]:
    """Every engine by name."""
    return {cls.name: cls() for cls in discover(__name__, ENTRY_POINTS, Engine)}  # type: ignore[type-abstract]


def engine_named(name: str) -> Engine:
    """The engine of that name; raises `UsageError` that lists the known names."""
    try:
        return engines()[name]
    except KeyError:
        raise UsageError(f"no engine named {name!r}; known: {', '.join(sorted(engines()))}") from None
