"""Something worth telling, before anybody was told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from geo_tracker.metrics.records import Change

Days = tuple[date, date]
"""The first and the last."""


AS_FOUND = (
    *("kind", "brand", "engine", "surface", "metric", "what", "before", "after", "value"),
    *("low", "high", "q", "n", "coverage", "verdict", "subject"),
)
"""Fields of a finding that are columns of the stored signal."""


class AnySignal(Protocol):
    """What a finding and a stored signal have in common."""

    @property
    def kind(self) -> str: ...
    @property
    def brand(self) -> str: ...
    @property
    def surface(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def value(self) -> float | None: ...


def place(of: AnySignal) -> tuple[str, ...]:
    """What it is about and which way it went, whatever the engine: a rise after a fall is news."""
    direction = "" if of.value is None else "up" if of.value > 0 else "down"
    return (of.kind, of.brand, of.surface, of.what, direction)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one kind of signal found; the fields are those of the stored signal."""

    days: Days
    kind: str = ""
    brand: str = ""
    engine: str = ""
    surface: str = ""
    metric: str = ""
    what: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    days_before: Days | None = None
    before: float | None = None
    after: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    q: float | None = None
    n: int = 0
    coverage: float | None = None
    verdict: str = ""

    def of_kind(self, name: str) -> Finding:
        return replace(self, kind=name)

    @property
    def subject(self) -> str:
        """The same for the same fall on the same engine, whichever window or metric of the kind showed it."""
        told = json.dumps([*place(self), self.engine], ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def columns(self) -> dict[str, Any]:
        """The stored signal's columns that come from here."""
        first, last = self.days_before or (None, None)
        of = {name: getattr(self, name) for name in AS_FOUND}
        windows = {"before_start": first, "before_end": last, "start": self.days[0], "end": self.days[1]}
        return {**of, **windows, "about": dict(self.about)}


def figures(change: Change) -> dict[str, Any]:
    """A finding's fields that come from a measured change."""
    return {
        "before": change.before.value,
        "after": change.after.value,
        "value": change.value,
        "low": change.low,
        "high": change.high,
        "q": change.q,
        "n": change.after.n,
        "coverage": change.after.coverage,
        "verdict": change.verdict,
    }
