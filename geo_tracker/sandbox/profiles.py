"""How each engine answers: what it likes to cite, how it writes, what it does wrong."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

from geo_tracker.sandbox.world import Part, read_data

Range = tuple[int, int]


class Profile(Part):
    """One engine's ways; see data/profiles.yaml."""

    search: bool
    retrieved: Range
    brands: Range
    facts: Range
    citations: Range
    styles: Mapping[str, float]
    kinds: Mapping[str, float]
    bias: Mapping[str, float]
    unknown: tuple[str, ...]
    noise: float
    critical: float
    priced: float
    linked: float
    carded: float
    contrasts: float
    opens: float
    refuses: float
    misattributes: float
    forgets_search: float

    def style(self, rng: Random) -> str:
        """A style by its weight."""
        return rng.choices(list(self.styles), list(self.styles.values()))[0]


@cache
def profile_of(engine: str, day: int) -> Profile:
    """The profiles of an engine on a day; one without an entry has the default's."""
    data = _data()
    own: dict[str, Any] = {**data["default"], **data.get(engine, {})}
    later = own.pop("later", None)
    if later and day >= later["from"]:
        own |= {name: value for name, value in later.items() if name != "from"}
    return Profile.model_validate(own)


@cache
def _data() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read_data("profiles.yaml")
    return found
