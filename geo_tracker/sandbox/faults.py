"""Failure on demand, or by chance in a share of first attempts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """What can go wrong on the way of one request; the value is what the header `X-Sandbox-Fault` says."""

    RATE_LIMIT = "429"
    ERROR = "500"
    TIMEOUT = "timeout"
    """No answer for a while, then the connection is closed."""
    MALFORMED = "malformed"
    """Status 200 with something else than the engine's format."""
    TRUNCATED = "truncated"
    """The connection is closed in the middle of the body."""
    EMPTY = "empty"
    REFUSAL = "refusal"
    DROP = "drop"
    """The connection is closed without an answer."""


LASTING = frozenset({Fault.EMPTY, Fault.REFUSAL})
"""What another try does not mend."""

_MIXTURE: Mapping[Fault, int] = {
    Fault.RATE_LIMIT: 5,
    Fault.ERROR: 4,
    Fault.DROP: 2,
    Fault.TRUNCATED: 2,
    Fault.TIMEOUT: 1,
    Fault.MALFORMED: 1,
    Fault.EMPTY: 1,
    Fault.REFUSAL: 1,
}


class Faults:
    """Decides which requests fail and how, `only` in one way if it is given; the same seed decides the same."""

    def __init__(self, rate: float, seed: int, only: Fault | None = None) -> None:
        self._rate, self._seed = rate, seed
        self._mixture = {only: 1} if only else _MIXTURE
        self._attempts: Counter[str] = Counter()

    def of(self, request: str) -> tuple[Fault | None, int]:
        """The fault of a request, by its fingerprint, and the how-manieth attempt it is."""
        self._attempts[request] += 1
        attempt = self._attempts[request]
        rng = Random(f"{self._seed}|{request}")  # noqa: S311 - dice, not a secret
        if rng.random() >= self._rate:
            return None, attempt
        fault = rng.choices(list(self._mixture), list(self._mixture.values()))[0]
        return (fault if attempt == 1 or fault in LASTING else None), attempt
