"""workspace.yaml: what a marketer declares, read with errors that name line and field, applied idempotently."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from geo_tracker.errors import UsageError
from geo_tracker.extract.commerce.platforms import Platforms
from geo_tracker.extract.pages.source_types import SOURCE_TYPES
from geo_tracker.extract.records import BrandSpec
from geo_tracker.workspaces.budget import RetentionEntry, WorkspaceBudgetEntry
from geo_tracker.workspaces.declared import Entry, mistake_text, mistakes, parse, read_text, validated
from geo_tracker.workspaces.entries import (
    BrandEntry,
    ChannelEntry,
    PanelEntry,
    PromptEntry,
    SignalsEntry,
    WorkspaceEntry,
)

SHAPE = "a workspace file is a mapping with 'brands:' and more; see 'geo-tracker init'"


class WorkspaceFile(Entry):
    """The whole file. A section that is absent is None: `apply` leaves what it has of it alone."""

    workspace: WorkspaceEntry = WorkspaceEntry()
    brands: list[BrandEntry]
    topics: list[str] = Field(default_factory=list)
    attributes: list[str] = Field(default_factory=list)
    platforms: list[dict[str, Any]] = Field(default_factory=list)
    """Shops that are not built in, see docs/commerce.md."""
    sources: dict[str, str] = Field(default_factory=dict)
    """Domain or domain/path -> type of source, where the built-in rules are wrong or silent."""
    prompts: list[PromptEntry] | None = None
    panels: list[PanelEntry] | None = None
    signals: SignalsEntry | None = None
    budget: WorkspaceBudgetEntry | None = None
    retention: RetentionEntry | None = None

    @field_validator("brands")
    @classmethod
    def _tracks_somebody(cls, values: list[BrandEntry], info: ValidationInfo) -> list[BrandEntry]:
        if not values and not (info.context or {}).get("stored"):
            raise ValueError("a workspace needs a brand to look for: add one")
        return values

    @field_validator("platforms")
    @classmethod
    def _known_shape(cls, values: list[dict[str, Any]]) -> list[dict[str, Any]]:
        try:
            Platforms(values)
        except UsageError as error:
            raise ValueError(str(error)) from None
        return values

    @field_validator("sources")
    @classmethod
    def _known_types(cls, values: dict[str, str]) -> dict[str, str]:
        for name, kind in values.items():
            if kind not in SOURCE_TYPES:
                raise ValueError(f"{name}: {kind!r} is none of {', '.join(SOURCE_TYPES)}")
        return values

    @property
    def specs(self) -> tuple[BrandSpec, ...]:
        """The brands as the extractor takes them."""
        return tuple(brand.spec() for brand in self.brands)


def _repeated(file: WorkspaceFile) -> Iterator[dict[str, Any]]:
    """The brands, prompts and panels that stand there again, as errors with their location."""
    keys: dict[tuple[str, str], list[Any]] = {
        ("brands", "name"): [brand.name.casefold() for brand in file.brands],
        ("prompts", "text"): [(p.text, p.language, p.country, p.persona) for p in file.prompts or []],
        ("panels", "name"): [panel.name for panel in file.panels or []],
        ("signals.channels", "name"): [
            re.sub("[^a-z0-9]+", "_", channel.name.lower()) for channel in _channels(file)
        ],
    }
    for (section, name), values in keys.items():
        first: dict[Any, int] = {}
        for at, key in enumerate(values):
            if first.setdefault(key, at) != at:
                says = f"the same as {section}[{first[key]}], stands there twice: merge the two"
                yield {"loc": (*section.split("."), at, name), "msg": says, "type": "repeated"}


def _channels(file: WorkspaceFile) -> list[ChannelEntry]:
    return file.signals.channels if file.signals else []


def read_workspace(path: Path) -> WorkspaceFile:
    """Read a workspace file (YAML or JSON); raises `UsageError` with line and field of every mistake."""
    return workspace_of(path, read_text(path))


def workspace_of(path: Path, text: str) -> WorkspaceFile:
    """The workspace that the text of a file declares; `path` names it in errors."""
    data = parse(path, text, SHAPE)
    file = validated(path, data, WorkspaceFile)
    if repeated := list(_repeated(file)):
        raise mistakes(path, data, repeated)
    if not file.workspace.slug:
        file.workspace.slug = slug_of(path)
    file.workspace.name = file.workspace.name or file.workspace.slug
    return file


def checked(data: Mapping[str, Any], *, stored: bool = False) -> WorkspaceFile:
    """The workspace that plain values declare; raises `UsageError` with the field of every mistake, as of a file.

    One that is `stored` may have no brand yet: it is created before its first one.
    """
    try:
        file = WorkspaceFile.model_validate(data, context={"stored": stored})
    except ValidationError as error:
        raise UsageError("\n".join(map(mistake_text, error.errors()))) from None
    if repeated := list(_repeated(file)):
        raise UsageError("\n".join(map(mistake_text, repeated)))
    return file


def slug_of(path: Path) -> str:
    """A slug from a file name: `Zh Travel.workspace.json` gives `zh-travel`."""
    stem = path.name.split(".")[0].lower()
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-") or "workspace"
