"""The one place that answers whether somebody may do something in a workspace."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from geo_tracker.errors import GeoTrackerError
from geo_tracker.storage.journal import LOCAL
from geo_tracker.storage.tokens import CAPTURE, READ, Holder

Permission = Literal["see", "mark", "edit", "run", "report", "capture", "administer"]
Role = Literal["viewer", "editor", "admin"]

SEEING: frozenset[Permission] = frozenset({"see"})
WORKING: frozenset[Permission] = SEEING | {"mark", "edit", "run", "report"}
ROLES: Mapping[Role, frozenset[Permission]] = {
    "viewer": SEEING,
    "editor": WORKING,
    "admin": WORKING | {"administer"},
}
"""see: read and download everything of the workspace; mark: statements, signals, unsure mentions; edit: brands,
prompts, panels, settings, events; run: start, stop, pause, ask again; report: freeze a month; administer: members,
tokens, audit.
"""
TOKENS: Mapping[str, frozenset[Permission]] = {READ: SEEING, CAPTURE: frozenset({"capture"})}
"""What a token of a scope lets a program do in its one workspace."""


class NotAllowed(GeoTrackerError):
    """Somebody asked for what their role does not have."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks, and what they may do where."""

    name: str
    """What the journal calls them."""
    granted: Mapping[str, frozenset[Permission]] = field(default_factory=lambda: MappingProxyType({}))
    """By the slug of a workspace."""
    everywhere: frozenset[Permission] = frozenset()
    """In every workspace."""

    def may(self, permission: Permission, slug: str | None) -> bool:
        """Whether they may do it in a workspace; None asks for all workspaces at once."""
        if permission in self.everywhere:
            return True
        return slug is not None and permission in self.granted.get(slug, frozenset())

    def require(self, permission: Permission, slug: str | None) -> None:
        """Raise `NotAllowed` where they may not; it says no more of a workspace that they cannot see."""
        if self.may(permission, slug):
            return
        where = slug if self.may("see", slug) else "that workspace"
        raise NotAllowed(
            f"{self.name} may not {permission} in {where}: ask one of its admins for another role"
        )

    def among(self, slugs: Collection[str], permission: Permission = "see") -> list[str]:
        """Those of some workspaces in which they may do it, in the same order."""
        return [slug for slug in slugs if self.may(permission, slug)]


ANYBODY = Person(LOCAL, everywhere=ROLES["admin"])
"""Whoever uses a machine on which nobody signs in."""


def token_person(holder: Holder) -> Person:
    """The program that came with a token."""
    return Person(f"token {holder.token}", {holder.workspace: TOKENS.get(holder.scope, frozenset())})
