"""The formats, one module each; a new one is a module here with a subclass of `Format`."""

from __future__ import annotations

from functools import cache

from geo_tracker.errors import UsageError
from geo_tracker.exports.formats.base import Format
from geo_tracker.plugins import discover

GROUP = "geo_tracker.formats"


@cache
def formats() -> dict[str, type[Format]]:
    """All formats by name."""
    return {each.name: each for each in discover(__name__, GROUP, Format)}  # type: ignore[type-abstract]


def format_named(name: str) -> type[Format]:
    """The format of that name; raises `UsageError` naming the known ones."""
    try:
        return formats()[name]
    except KeyError:
        raise UsageError(f"no format {name!r}: there are {', '.join(formats())}") from None
