"""Bring the database to what a workspace file declares; says what changed, does nothing the second time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import Session, select

from geo_tracker.storage.models import Brand, Panel, Prompt, Workspace
from geo_tracker.storage.spending import ask_what_waited
from geo_tracker.workspaces.brands import forget_scores, mark_branded
from geo_tracker.workspaces.file import (
    AliasEntry,
    BrandEntry,
    PanelEntry,
    ProductEntry,
    PromptEntry,
    WorkspaceFile,
)

Row = TypeVar("Row", Brand, Prompt, Panel)
Declarable = TypeVar("Declarable", Brand, Prompt)


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what `apply` did."""

    action: str
    """add | change | archive | restore"""
    kind: str
    name: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.name}" + (f": {self.detail}" if self.detail else "")


def apply(session: Session, file: WorkspaceFile, now: datetime) -> list[Change]:
    """Create or update the workspace; what the file no longer names is archived, its history stays.

    A section that the file does not have (`prompts`, `panels`, `signals`, `budget`, `retention`) is left alone, and so
    is what never stood in it: prompts that came with imported answers, brands added from `discover`. Call inside a
    writing transaction.
    """
    workspace, changes = _workspace(session, file)
    brands = session.exec(select(Brand).where(Brand.workspace_id == workspace.id)).all()
    wanted = {part.name: _brand(part, position) for position, part in enumerate(file.brands)}
    have = _declared({brand.name: brand for brand in brands}, wanted)
    changes += _sync(session, Brand, have, wanted, workspace.id, now)
    if file.prompts is not None:
        changes += _sync_prompts(session, workspace, file.prompts, now)
    if file.panels is not None:
        panels = session.exec(select(Panel).where(Panel.workspace_id == workspace.id)).all()
        wanted = {part.name: _panel(part) for part in file.panels}
        changes += _sync(session, Panel, {p.name: p for p in panels}, wanted, workspace.id, now)
    changes += _bound(session, workspace, file)
    session.flush()
    mark_branded(session, workspace)
    if any(change.kind == "brand" or change.kind == "workspace" for change in changes):
        forget_scores(session, workspace)
    return changes


def _workspace(session: Session, file: WorkspaceFile) -> tuple[Workspace, list[Change]]:
    part = file.workspace
    values: dict[str, Any] = {
        "name": part.name,
        "locale": part.locale,
        "timezone": part.timezone,
        "topics": list(file.topics),
        "attributes": list(file.attributes),
        "platforms": list(file.platforms),
        "source_types": dict(file.sources),
        "recrawl_days": part.recrawl_days,
    }
    row = session.exec(select(Workspace).where(Workspace.slug == part.slug)).first()
    if row is None:
        row = Workspace(slug=part.slug, **values)
        session.add(row)
        session.flush()
        return row, [Change("add", "workspace", part.slug)]
    detail = _update(row, values)
    return row, [Change("change", "workspace", part.slug, detail)] if detail else []


def _bound(session: Session, workspace: Workspace, file: WorkspaceFile) -> Iterator[Change]:
    """Who is told, what may be spent, what is kept: it changes no number, so that nothing is scored again."""
    for name in ("signals", "budget", "retention"):
        part = getattr(file, name)
        if part is None or part.model_dump() == getattr(workspace, name):
            continue
        setattr(workspace, name, part.model_dump())
        if name == "budget":
            ask_what_waited(session, workspace)
        yield Change("change", name, workspace.slug)


def _sync_prompts(
    session: Session, workspace: Workspace, parts: Sequence[PromptEntry], now: datetime
) -> Iterator[Change]:
    rows = session.exec(select(Prompt).where(Prompt.workspace_id == workspace.id)).all()
    have = {(p.text, p.language, p.country, p.persona): p for p in rows}
    wanted = {(p.text, p.language, p.country, p.persona): _prompt(p, at) for at, p in enumerate(parts)}
    return _sync(session, Prompt, _declared(have, wanted), wanted, workspace.id, now)


def _declared(have: Mapping[Any, Declarable], wanted: Mapping[Any, Any]) -> dict[Any, Declarable]:
    """The rows that the file is about: those it names or once named."""
    return {key: row for key, row in have.items() if row.declared or key in wanted}


def _sync(
    session: Session,
    table: type[Row],
    have: Mapping[Any, Row],
    wanted: Mapping[Any, dict[str, Any]],
    workspace_id: int,
    now: datetime,
) -> Iterator[Change]:
    kind = table.__name__.lower()
    for key, values in wanted.items():
        row, name = have.get(key), key[0] if isinstance(key, tuple) else key
        if row is None:
            session.add(table(workspace_id=workspace_id, **values))
            yield Change("add", kind, name)
            continue
        restored, row.archived_at = row.archived_at is not None, None
        detail = _update(row, values)
        session.add(row)
        if restored or detail:
            yield Change("restore" if restored else "change", kind, name, detail)
    for key, row in have.items():
        if key not in wanted and row.archived_at is None:
            row.archived_at = now
            session.add(row)
            yield Change("archive", kind, key[0] if isinstance(key, tuple) else key)


def _update(row: Any, values: Mapping[str, Any]) -> str:
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return ", ".join(name for name in changed if name != "position")


def _alias(part: AliasEntry) -> dict[str, Any]:
    return {
        "text": part.text,
        "requires": part.requires,
        "excludes": part.excludes,
        "case_sensitive": part.case == "sensitive",
        **({"includes": part.includes} if part.includes else {}),
    }


def _product(part: ProductEntry) -> dict[str, Any]:
    return {
        **_alias(part),
        "sku": part.sku,
        "gtin": part.gtin,
        "price": part.price,
        "currency": part.currency,
    }


def _brand(part: BrandEntry, position: int) -> dict[str, Any]:
    return {
        "name": part.name,
        "own": part.role == "own",
        "aliases": [_alias(alias) for alias in part.aliases],
        "products": [_product(product) for product in part.products],
        "domains": part.domains,
        "declared": True,
        "position": position,
    }


def _prompt(part: PromptEntry, position: int) -> dict[str, Any]:
    return {**part.model_dump(), "position": position, "declared": True}


def _panel(part: PanelEntry) -> dict[str, Any]:
    return {**part.model_dump(exclude={"budget"}), "budget": part.budget.model_dump()}
