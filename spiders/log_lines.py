"""One JSON line for each answer and page whose turn ends, for machines that watch: where GEO_LOG names a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import orjson

from spiders.secrets import Secrets


class EventLog:
    """Appends lines to a file that many processes share; each line is written whole."""

    def __init__(self, environment: Mapping[str, str], secrets: Secrets) -> None:
        self._path = Path(environment["GEO_LOG"]) if environment.get("GEO_LOG") else None
        self._secrets = secrets

    def write(self, **fields: object) -> None:
        """One event; what is None is left out. A log that cannot be written stops no crawl."""
        if self._path is None:
            return
        told = {name: value for name, value in fields.items() if value is not None}
        line = orjson.dumps({"at": datetime.now(UTC), **told}, default=str).decode()
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(self._secrets.hide(line) + "\n")
        except OSError:
            self._path = None
