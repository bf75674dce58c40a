"""report.yaml: which sections a report has, how long they are and whose it looks like."""

from __future__ import annotations

import base64
import re
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from geo_tracker.errors import UsageError
from geo_tracker.i18n import languages
from geo_tracker.reports.model import Branding, Party
from geo_tracker.workspaces.declared import parse, read_text, validated
from geo_tracker.workspaces.limits import Entry

SECTIONS = (
    *("summary", "scorecard", "competitors", "engines", "prompts", "sources"),
    *("perception", "shelf", "appendix"),
)
SHAPE = "a report template is a mapping with 'sections:', 'branding:' and more; see docs/reports.md"
MAX_LOGO = 2_000_000
"""Bytes: it stands in every file once."""
KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}
STARTS = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8"}


class PartyEntry(Entry):
    """An agency or a client."""

    name: str = Field(default="", max_length=120)
    logo: str = ""


class Rows(Entry):
    """How many rows the longer tables have."""

    competitors: int = Field(default=30, ge=1, le=200)
    prompts: int = Field(default=12, ge=1, le=200)
    sources: int = Field(default=15, ge=1, le=200)
    quotes: int = Field(default=6, ge=0, le=50)
    shelf: int = Field(default=15, ge=1, le=200)
    all_prompts: int = Field(default=400, ge=0, le=2000)


class BrandingEntry(Entry):
    """Whose report it looks like."""

    colour: str = "#0072B2"
    font: str = Field(default="", max_length=80)
    font_files: list[str] = Field(default_factory=list, max_length=12)
    footer: str = Field(default="", max_length=200)
    cover: bool = True
    cover_text: str = Field(default="", max_length=1000)
    agency: PartyEntry = PartyEntry()
    client: PartyEntry = PartyEntry()

    @field_validator("colour")
    @classmethod
    def _is_colour(cls, value: str) -> str:
        if not re.fullmatch("#[0-9A-Fa-f]{6}", value):
            raise ValueError(f"{value!r} is not a colour such as '#0072B2' (in quotes: # starts a comment)")
        return value

    @field_validator("font")
    @classmethod
    def _is_family(cls, value: str) -> str:
        if not re.fullmatch(r"[\w -]*", value):
            raise ValueError(f"{value!r} is not the name of a font family such as Inter")
        return value


class Template(Entry):
    """A report template."""

    language: str = ""
    paper: Literal["a4", "letter"] = "a4"
    address: Literal["brand", "you"] = "brand"
    title: str = Field(default="", max_length=200)
    sections: list[str] = Field(default_factory=lambda: list(SECTIONS), min_length=1)
    rows: Rows = Rows()
    branding: BrandingEntry = BrandingEntry()

    @field_validator("paper", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("language")
    @classmethod
    def _is_spoken(cls, value: str) -> str:
        if value and value not in languages():
            raise ValueError(f"no language {value!r}: there are {', '.join(languages())}")
        return value

    @field_validator("sections")
    @classmethod
    def _are_known(cls, values: list[str]) -> list[str]:
        if unknown := [name for name in values if name not in SECTIONS]:
            raise ValueError(f"no section {', '.join(unknown)}: there are {', '.join(SECTIONS)}")
        if repeated := {name for name in values if values.count(name) > 1}:
            raise ValueError(f"{', '.join(sorted(repeated))} stands there twice")
        return values

    def dressed(self, folder: Path) -> Branding:
        """The branding with its pictures read from beside the file; raises `UsageError` where one cannot be used."""
        of = self.branding
        return Branding(
            agency=Party(of.agency.name, _picture(folder, of.agency.logo)),
            client=Party(of.client.name, _picture(folder, of.client.logo)),
            colour=of.colour,
            font=of.font,
            font_files=tuple(str(_file(folder, name)) for name in of.font_files),
            footer=of.footer,
            cover=of.cover,
            cover_text=of.cover_text,
            paper="us-letter" if self.paper == "letter" else "a4",
        )


def read_template(path: Path | None) -> tuple[Template, Branding]:
    """A template and its branding, the default one without a path; raises `UsageError` with line and field."""
    if path is None:
        return Template(), Template().dressed(Path())
    template = validated(path, parse(path, read_text(path), SHAPE), Template)
    return template, template.dressed(path.parent)


def default_text() -> str:
    """The default template with its comments."""
    return (files("geo_tracker.reports") / "report.yaml").read_text("utf-8")


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise UsageError(f"{path}: no such file: it is named in the report template")
    return path


def _picture(folder: Path, name: str) -> str:
    if not name:
        return ""
    path = _file(folder, name)
    kind, data = KINDS.get(path.suffix.lower()), path.read_bytes()
    if kind is None or not data.startswith(STARTS.get(kind, b"")):
        raise UsageError(f"{path}: a logo is a png, jpg or svg picture")
    if len(data) > MAX_LOGO:
        raise UsageError(f"{path}: larger than {MAX_LOGO:,} bytes: make the logo smaller")
    return picture(data, kind)


def picture(data: bytes, kind: str) -> str:
    """A picture as a data address."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
