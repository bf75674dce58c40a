"""How often the counted sentiment was right where somebody marked the texts."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from geo_tracker.metrics.intervals import wilson


@dataclass(frozen=True, slots=True)
class Quality:
    """Clear opinions of one marked set."""

    texts: str
    """answers | blind"""
    language: str
    right: int
    clear: int
    with_clear: float
    """Share of the answers naming a brand that have a clear opinion on it, 0..1."""
    measured: str
    """The day."""

    @property
    def share(self) -> float:
        """Right ones / clear ones, 0..1."""
        return self.right / self.clear

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval of the share."""
        low, high = wilson(np.array([self.share]), np.array([float(self.clear)]))
        return float(low[0]), float(high[0])


@cache
def qualities() -> tuple[Quality, ...]:
    """All marked sets; the figures stand in `sentiment_quality.toml` and in docs/extraction.md."""
    found = tomllib.loads((files(__package__) / "sentiment_quality.toml").read_text("utf-8"))
    return tuple(Quality(**each, measured=found["measured"]) for each in found["set"])
