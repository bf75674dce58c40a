"""Whether the archive holds what the rows rest on: every body unpacked and compared with its sha256."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from geo_tracker.errors import GeoTrackerError
from geo_tracker.storage.archive import Archive, MissingBody
from geo_tracker.storage.bodies import used_bodies
from geo_tracker.storage.database import reading


@dataclass(frozen=True, slots=True)
class Fault:
    """A body that is not what it should be, and a row that rests on it."""

    sha256: str
    state: str
    """missing | damaged"""
    used_by: str | None
    """`answer 12 of demo-zh` or `page https://…`, the first of them; None where no row rests on it."""
    detail: str

    def record(self) -> dict[str, Any]:
        """The fault as one JSON object."""
        return asdict(self)


@dataclass(slots=True)
class Verified:
    """How many bodies were looked at; grows while `faults` is read."""

    bodies: int = 0
    unused: int = 0
    """Of them, those that no row rests on: of deleted workspaces or interrupted work, harmless."""


def faults(engine: sa.Engine, archive: Archive, counted: Verified) -> Iterator[Fault]:
    """Every missing or damaged body: those that rows rest on, then the others that the archive holds."""
    seen: set[bytes] = set()
    with reading(engine) as session:
        for sha, user in used_bodies(session):
            if bytes.fromhex(sha) not in seen:
                seen.add(bytes.fromhex(sha))
                counted.bodies += 1
                yield from _fault(archive, sha, user)
    for sha in archive.stored():
        if not _is_sha(sha) or bytes.fromhex(sha) not in seen:
            counted.bodies += 1
            counted.unused += 1
            yield from _fault(archive, sha, None)


def _is_sha(name: str) -> bool:
    return len(name) == 64 and set(name) <= set("0123456789abcdef")


def _fault(archive: Archive, sha: str, user: str | None) -> Iterator[Fault]:
    try:
        archive.get(sha)
    except GeoTrackerError as error:
        yield Fault(sha, "missing" if isinstance(error, MissingBody) else "damaged", user, str(error))
