"""What follows scoring: a look for signals, where there may be new ones."""

from __future__ import annotations

from datetime import UTC, datetime

from geo_tracker.cli._console import say
from geo_tracker.cli._extras import has, missing
from geo_tracker.cli._place import Place
from geo_tracker.queries.budget import is_held_up
from geo_tracker.storage.database import reading


def look_after(place: Place, slug: str, days: int) -> None:
    """Look for signals where days were rolled up or something holds asking up.

    A host that only collects says what it lacks for that.
    """
    if not days and not _is_held_up(place, slug):
        return
    if not has("pandas"):
        say(f"{slug}: not looked for signals: {missing('pandas')}")
        return
    from geo_tracker.cli._signals import look  # only where numbers may have moved: it loads pandas

    look(place, slug)


def _is_held_up(place: Place, slug: str) -> bool:
    with reading(place.engine) as session:
        return is_held_up(session, slug, datetime.now(UTC), sandbox=bool(place.settings.sandbox_url))
