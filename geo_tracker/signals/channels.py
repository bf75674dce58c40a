"""Who is told, when and in which language: `signals` of the workspace file, addresses from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from geo_tracker.delivery.targets import Target, addresses, variable
from geo_tracker.errors import UsageError
from geo_tracker.i18n import language
from geo_tracker.storage.models import Workspace

VARIABLE = "GEO_SIGNALS"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Channel:
    """One place where signals go to; times are those of the workspace's timezone, whatever its clock does."""

    name: str
    digest: str
    """daily, weekly or never."""
    day: str
    """Of a weekly digest."""
    at: time
    now: tuple[str, ...]
    """Kinds that go out at once."""
    language: str
    zone: ZoneInfo
    quiet: tuple[time, time] | None = None
    """From when to when nothing goes out; may pass midnight."""

    def is_quiet(self, now: datetime) -> bool:
        return self.quiet is not None and _is_between(now.astimezone(self.zone).time(), *self.quiet)

    def last_due(self, now: datetime) -> datetime | None:
        """The newest moment up to now at which a digest was due; None where there is none."""
        if self.digest == "never":
            return None
        today = now.astimezone(self.zone).date()
        for back in range(9):
            day = today - timedelta(days=back)
            # An hour that the clock skips is read as if it did not; one that it repeats is the first of the two.
            due = datetime.combine(day, self.at, self.zone).astimezone(UTC)
            if due <= now and (self.digest == "daily" or DAYS[day.weekday()] == self.day):
                return due
        return None

    def target(self, environment: Mapping[str, str]) -> Target:
        """Where it leads; raises `UsageError` where the environment does not say, or names several."""
        name = variable(VARIABLE, self.name)
        found = addresses(environment, name)
        if len(found) != 1:
            reason = "is not set" if not found else "holds several addresses: make a channel of each"
            raise UsageError(
                f"channel {self.name!r}: {name} {reason} - set it to a folder, s3:// or apprise address"
            )
        return found[0]


def _is_between(now: time, start: time, end: time) -> bool:
    return start <= now < end if start <= end else now >= start or now < end


def channels(workspace: Workspace) -> list[Channel]:
    """The channels of a workspace, as its file declares them."""
    quiet = _quiet(workspace.signals.get("quiet", ""))
    return [_channel(each, workspace, quiet) for each in workspace.signals.get("channels", ())]


def _channel(of: Mapping[str, Any], workspace: Workspace, quiet: tuple[time, time] | None) -> Channel:
    return Channel(
        name=of["name"],
        digest=of["digest"],
        day=of["day"],
        at=time.fromisoformat(of["at"]),
        now=tuple(of["now"]),
        language=language(of["language"] or workspace.locale),
        zone=ZoneInfo(workspace.timezone),
        quiet=quiet,
    )


def _quiet(hours: str) -> tuple[time, time] | None:
    start, found, end = hours.partition("-")
    return (time.fromisoformat(start), time.fromisoformat(end)) if found else None
