"""Check an installation."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
import typer

from geo_tracker import __version__
from geo_tracker.cli._console import Json, emit
from geo_tracker.cli._extras import has
from geo_tracker.cli._place import Place
from geo_tracker.config import Settings
from geo_tracker.engines import engines
from geo_tracker.errors import GeoTrackerError
from geo_tracker.storage.database import newest_revision

app = typer.Typer()

FREE = 1.0
"""GB below which a disk is too full: a backup or a month of answers no longer fits."""
SKEW = 5.0
"""Seconds that two clocks may differ: an engine's turns and the claims of other hosts are told by them."""
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)


@app.command()
def doctor(json: Json = False) -> None:
    """Check database, schema, archive, disk, clock, permissions, fonts, browser, keys; exit 1 if something is broken.

    What is only absent, such as a browser or a key that nobody needs here, is told and breaks nothing.
    """
    settings = Settings.from_environment()
    checks = [_python(), *_storage(), _fonts(), _browser(settings.environment), *_keys(settings)]
    emit(checks, json=json)
    if any(check["state"] == "broken" for check in checks):
        raise typer.Exit(1)


def _check(what: str, state: str, detail: str) -> dict[str, str]:
    return {"check": what, "state": state, "detail": detail}


def _python() -> dict[str, str]:
    return _check("python", "ok", f"{sys.version.split()[0]}, geo-tracker {__version__}")


def _storage() -> list[dict[str, str]]:
    try:
        place = Place()
        place.archive.try_out()
        clock = _clock(place)
    except (GeoTrackerError, sa.exc.SQLAlchemyError, OSError) as error:
        return [_check("storage", "broken", str(error).splitlines()[0])]
    return [
        _check("database", "ok", place.engine.url.render_as_string(hide_password=True)),
        _check("schema", "ok", f"revision {newest_revision()}, the program's own"),
        _check("archive", "ok", place.archive.location),
        _disk(place),
        clock,
        *_permissions(place),
    ]


def _disk(place: Place) -> dict[str, str]:
    free = shutil.disk_usage(_folder(place) or Path.cwd()).free / 1e9
    more = "" if free > FREE else f": less than {FREE:g} GB, free space or run 'geo-tracker archive prune'"
    return _check("disk", "ok" if free > FREE else "broken", f"{free:.1f} GB free{more}")


def _folder(place: Place) -> Path | None:
    """Where the database grows, if that is this machine's disk."""
    url = place.engine.url
    local = url.get_backend_name() == "sqlite" and url.database
    return Path(local).parent if local else None


def _clock(place: Place) -> dict[str, str]:
    """This machine's clock beside that of the database's; the file of an embedded one has none."""
    now = datetime.now(UTC)
    if place.engine.dialect.name != "postgresql":
        return _check("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC")
    with place.engine.connect() as connection:
        there: datetime = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    return _compared(now, there)


def _compared(here: datetime, there: datetime) -> dict[str, str]:
    apart = abs((there - here).total_seconds())
    if apart <= SKEW:
        return _check("clock", "ok", f"{here:%Y-%m-%d %H:%M:%S} UTC, {apart:.1f} s from the database's")
    told = f"{apart:.0f} s from the database's: set both by NTP, as claims and turns go by them"
    return _check("clock", "broken", told)


def _permissions(place: Place) -> Iterator[dict[str, str]]:
    """Whether other users of this machine can get at the answers, where they lie on its disk."""
    folder, database = _folder(place), place.engine.url.database
    for path in (folder, Path(database)) if folder and database else ():
        mode = path.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            yield _check("permissions", "broken", f"{path}: every user may change it: chmod o-w")
            return
    yield _check("permissions", "ok", "nobody else may write where answers lie")


def _fonts() -> dict[str, str]:
    if has("noto_cjk_sans_otc"):
        return _check("fonts", "ok", "Latin and Chinese, for PDF and charts")
    return _check("fonts", "absent", "reports have no font of their own: pip install 'geo-tracker[reports]'")


def _browser(environment: Mapping[str, str]) -> dict[str, str]:
    """What renders pages that show nothing without scripts."""
    chosen = environment.get("GEO_BROWSER", "")
    if chosen.lower() in ("off", "0", "no"):
        return _check("browser", "absent", "GEO_BROWSER is off: script-only pages stay unread")
    if not has("scrapy_playwright"):
        told = "script-only pages stay unread: pip install 'geo-tracker[browser]'"
        return _check("browser", "absent", told)
    found = next(filter(None, map(shutil.which, (chosen,) if chosen else BROWSERS)), None)
    if chosen and not found:
        return _check("browser", "broken", f"GEO_BROWSER: there is no program {chosen}")
    return _check("browser", "ok", found or "Playwright's own, if 'playwright install chromium' was run")


def _keys(settings: Settings) -> list[dict[str, str]]:
    """A line an engine that can be asked, and one for all that cannot."""
    missing = {engine.name: settings.missing(engine) for engine in engines().values()}
    ready = [_check(f"engine {name}", "ok", "ready") for name, keys in missing.items() if not keys]
    without = [f"{name} ({', '.join(keys)})" for name, keys in missing.items() if keys]
    return [*ready, *([_check("engines without a key", "no key", "; ".join(without))] if without else [])]
