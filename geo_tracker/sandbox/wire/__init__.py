"""Encoders, found by discovery: a module here or an entry point in the group `geo_tracker.sandbox.wire`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from geo_tracker.plugins import discover
from geo_tracker.sandbox.wire.base import Wire

ENTRY_POINTS = "geo_tracker.sandbox.wire"


@cache
def wires() -> Mapping[str, Wire]:
    """Every encoder by the name of its engine."""
    return {cls.name: cls() for cls in discover(__name__, ENTRY_POINTS, Wire)}  # type: ignore[type-abstract]
