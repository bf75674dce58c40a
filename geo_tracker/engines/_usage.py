"""Usage over several requests of one answer."""

from __future__ import annotations

from collections.abc import Iterable

from geo_tracker.engines._json import Json, record


def added(usages: Iterable[Json]) -> Json:
    """The reported counts added up, key by key; a single usage stays as reported."""
    total: Json = {}
    for usage in usages:
        for key, value in usage.items():
            known = total.get(key)
            if isinstance(value, dict):
                total[key] = added([record(known), value])
            elif _is_count(value) and _is_count(known):
                total[key] = known + value
            else:
                total[key] = value
    return total


def _is_count(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
