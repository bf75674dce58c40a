"""Check an installation."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import sqlalchemy as sa
import typer

from geo_tracker import __version__
from geo_tracker.cli._console import Json, emit
from geo_tracker.cli._place import Place
from geo_tracker.config import Settings
from geo_tracker.engines import engines
from geo_tracker.errors import GeoTrackerError

app = typer.Typer()


@app.command()
def doctor(json: Json = False) -> None:
    """Check Python, database, archive, disk and keys; exit 1 if something needs mending."""
    checks = [_python(), *_storage(), *_keys()]
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
        place.archive.get(place.archive.put(b"doctor"))
    except (GeoTrackerError, sa.exc.SQLAlchemyError, OSError) as error:
        return [_check("storage", "broken", str(error).splitlines()[0])]
    free = shutil.disk_usage(_folder(place)).free / 1e9
    return [
        _check("database", "ok", place.engine.url.render_as_string(hide_password=True)),
        _check("archive", "ok", place.archive.location),
        _check("disk", "ok" if free > 1 else "broken", f"{free:.1f} GB free"),
    ]


def _folder(place: Place) -> Path:
    """Where the database grows, if that is this machine's disk."""
    url = place.engine.url
    local = url.get_backend_name() == "sqlite" and url.database
    return Path(local).parent if local else Path.cwd()


def _keys() -> list[dict[str, str]]:
    """A line an engine that can be asked, and one for all that cannot."""
    settings = Settings.from_environment()
    missing = {engine.name: settings.missing(engine) for engine in engines().values()}
    ready = [_check(f"engine {name}", "ok", "ready") for name, keys in missing.items() if not keys]
    without = [f"{name} ({', '.join(keys)})" for name, keys in missing.items() if keys]
    return [*ready, *([_check("engines without a key", "no key", "; ".join(without))] if without else [])]
