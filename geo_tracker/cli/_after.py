"""What follows scoring: a look for signals, where there may be new ones."""

from __future__ import annotations

from geo_tracker.cli._console import say
from geo_tracker.cli._extras import has, missing
from geo_tracker.cli._place import Place


def look_after(place: Place, slug: str, days: int) -> None:
    """Look for signals where days were rolled up; a host that only collects says what it lacks for that."""
    if not days:
        return
    if not has("pandas"):
        say(f"{slug}: not looked for signals: {missing('pandas')}")
        return
    from geo_tracker.cli._signals import look  # only where numbers may have moved: it loads pandas

    look(place, slug)
