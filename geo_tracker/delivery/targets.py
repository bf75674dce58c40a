"""Where to send: addresses that stand in the environment, since they may hold secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

MONTHLY = "GEO_REPORT_MONTHLY"
"""Formats of the report that a worker freezes and sends when a month is over."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send; `address` may hold a secret and is never shown."""

    address: str

    @property
    def kind(self) -> str:
        """folder, or the scheme of the address."""
        scheme, found, _ = self.address.partition("://")
        return scheme if found else "folder"

    @property
    def shown(self) -> str:
        """The target without what may be secret: a folder or a bucket by name, a message by its service alone."""
        return self.address if self.kind in ("folder", "s3") else f"{self.kind}://…"


def variable(prefix: str, name: str) -> str:
    """The environment variable of a name: `GEO_SIGNALS` and `sales team` give `GEO_SIGNALS_SALES_TEAM`."""
    return f"{prefix}_{re.sub(r'[^A-Za-z0-9]+', '_', name).strip('_').upper()}"


def addresses(environment: Mapping[str, str], *names: str) -> list[Target]:
    """The targets of the first of some variables that is set, separated by spaces; none where none is."""
    found = next((environment[name] for name in names if environment.get(name)), "")
    return [Target(address) for address in found.split()]


def setting(environment: Mapping[str, str], prefix: str, name: str) -> str:
    """The variable of a name, else that of all; empty where neither is set."""
    return environment.get(variable(prefix, name)) or environment.get(prefix, "")
