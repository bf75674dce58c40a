"""The colour of a brand: the same on every page, in every chart and report, told apart with any colour vision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from geo_tracker.metrics.records import TrackedBrand

DASHES: tuple[Sequence[int], ...] = ([1, 0], [7, 3], [2, 2], [9, 2, 2, 2])
"""Lines of one colour in one chart differ in their dashes."""


class Palette(Protocol):
    """What a theme says of the colours of brands."""

    @property
    def own(self) -> str: ...

    @property
    def rivals(self) -> tuple[str, ...]: ...


def brand_colours(brands: Sequence[TrackedBrand], palette: Palette) -> dict[str, str]:
    """A colour per brand: own brands share theirs, rivals take turns in the order in which they were added."""
    turns = {brand.name: palette.rivals[brand.turn % len(palette.rivals)] for brand in brands}
    return {brand.name: palette.own if brand.own else turns[brand.name] for brand in brands}


def dashes(names: Sequence[str], colours: Mapping[str, str]) -> list[Sequence[int]]:
    """The dashes of lines: solid for the first of a colour, others for the next ones."""
    found = [colours.get(name, name) for name in names]
    return [DASHES[found[:at].count(each) % len(DASHES)] for at, each in enumerate(found)]
