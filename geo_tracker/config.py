"""Settings from the environment; keys live only there."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from geo_tracker.engines.base import Access, Engine
from geo_tracker.errors import UsageError


@dataclass(frozen=True, slots=True)
class Look:
    """Whose installation it is: GEO_NAME in titles and heads, GEO_LOGO, a picture file, and GEO_COLOUR as #RRGGBB."""

    name: str
    """Empty where nothing was said."""
    logo: str
    """Path of the picture; empty without one."""
    colour: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Look:
        """Raises `UsageError` for a colour that is none and a picture that is not there."""
        colour, logo = environment.get("GEO_COLOUR", ""), environment.get("GEO_LOGO", "")
        if colour and not re.fullmatch("#[0-9A-Fa-f]{6}", colour):
            raise UsageError(f"GEO_COLOUR: {colour!r} is not a colour such as #0072B2")
        if logo and not (Path(logo).is_file() and Path(logo).suffix.lower() in PICTURES):
            raise UsageError(f"GEO_LOGO: {logo}: no picture file ({', '.join(PICTURES)})")
        return cls(environment.get("GEO_NAME", "").strip()[:LONGEST_NAME], logo, colour)


PLAIN = Look("", "", "")
PICTURES = (".png", ".jpg", ".jpeg", ".svg")
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Settings:
    """Where data lives and whether the offline sandbox stands in for the engines.

    GEO_HOME (default `./data`) holds the SQLite database and the archive; GEO_DATABASE_URL and GEO_ARCHIVE_URL
    replace them by a PostgreSQL database and any fsspec location; GEO_SANDBOX_URL sends every engine request
    to the sandbox at that address.
    """

    database_url: str
    archive_url: str
    sandbox_url: str | None
    environment: Mapping[str, str]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        env = os.environ if environment is None else environment
        home = Path(env.get("GEO_HOME") or "data").resolve()
        return cls(
            database_url=env.get("GEO_DATABASE_URL") or f"sqlite:///{home / 'geo.db'}",
            archive_url=env.get("GEO_ARCHIVE_URL") or (home / "archive").as_uri(),
            sandbox_url=env.get("GEO_SANDBOX_URL") or None,
            environment=env,
        )

    @property
    def look(self) -> Look:
        """Name, logo and colour of the installation."""
        return Look.from_environment(self.environment)

    def access(self, engine: Engine) -> Access:
        """Key, address and model for an engine: GEO_<NAME>_BASE_URL and GEO_<NAME>_MODEL replace its defaults."""
        prefix = "GEO_" + engine.name.upper().replace("-", "_")
        model = self.environment.get(f"{prefix}_MODEL") or engine.default_model
        if self.sandbox_url:
            extra = dict.fromkeys(engine.extra_variables, "sandbox")
            base_url = f"{self.sandbox_url.rstrip('/')}/engines/{engine.name}"
            return Access("sandbox", base_url, model, extra, datetime.now(UTC))
        return Access(
            key=self.environment.get(engine.key_variable) if engine.key_variable else None,
            base_url=self.environment.get(f"{prefix}_BASE_URL"),
            model=model,
            extra={name: self.environment.get(name, "") for name in engine.extra_variables},
            now=datetime.now(UTC),
        )

    def unready(self, engine: Engine) -> str | None:
        """Why an engine cannot be asked and what to do, None if it can."""
        missing = self.missing(engine)
        if not missing:
            return None
        return f"{engine.name.upper()}: no key - set {', '.join(missing)}, or import captures with 'geo-tracker import'"

    def missing(self, engine: Engine) -> list[str]:
        """Environment variables that the engine still needs before it can be asked."""
        if self.sandbox_url:
            return []
        needed = [engine.key_variable] if engine.key_variable and not engine.key_optional else []
        return [name for name in [*needed, *engine.extra_variables] if not self.environment.get(name)]
