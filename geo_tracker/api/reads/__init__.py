"""Every read that leaves the house, one module each: the API serves it at a path, the MCP server as a tool.

A new read is a module here with a subclass of `Read`; nothing else is edited.
"""

from __future__ import annotations

from functools import cache

from geo_tracker.api.reads.base import Read
from geo_tracker.plugins import discover

GROUP = "geo_tracker.reads"


@cache
def reads() -> tuple[type[Read], ...]:
    """All reads, by name."""
    return tuple(discover(__name__, GROUP, Read))  # type: ignore[type-abstract]
