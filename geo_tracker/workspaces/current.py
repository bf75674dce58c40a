"""What a workspace declares now, as the file that would declare it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from geo_tracker.storage.models import Brand, Panel, Prompt, Workspace
from geo_tracker.workspaces.file import PanelEntry, PromptEntry, WorkspaceFile, checked

ALIAS = ("text", "requires", "excludes", "includes")
PRODUCT = (*ALIAS, "sku", "gtin", "price", "currency")
PROMPT, PANEL = (tuple(entry.model_fields) for entry in (PromptEntry, PanelEntry))


def file_of(session: Session, workspace: Workspace, *, tracked: bool = False) -> WorkspaceFile:
    """Brands, prompts and panels that are declared and active; with `tracked` also brands that no file declares."""
    return checked(
        {
            "workspace": {
                name: getattr(workspace, name)
                for name in ("slug", "name", "locale", "timezone", "recrawl_days")
            },
            "brands": [_brand(row) for row in _active(session, Brand, workspace) if row.declared or tracked],
            "topics": workspace.topics,
            "attributes": workspace.attributes,
            "platforms": workspace.platforms,
            "sources": workspace.source_types,
            "signals": workspace.signals or None,
            "budget": workspace.budget or None,
            "retention": workspace.retention or None,
            "prompts": [_some(row, PROMPT) for row in _active(session, Prompt, workspace) if row.declared],
            "panels": [_some(row, PANEL) for row in _active(session, Panel, workspace)],
        }
    )


def _active(session: Session, table: Any, workspace: Workspace) -> list[Any]:
    mine = select(table).where(table.workspace_id == workspace.id, col(table.archived_at).is_(None))
    order = (table.id,) if table is Panel else (table.position, table.id)
    return list(session.exec(mine.order_by(*order)).all())


def _some(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _brand(row: Brand) -> dict[str, Any]:
    return {
        "name": row.name,
        "role": "own" if row.own else "competitor",
        "aliases": [_form(form, ALIAS) for form in row.aliases],
        "products": [_form(form, PRODUCT) for form in row.products],
        "domains": row.domains,
    }


def _form(form: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    case = "sensitive" if form.get("case_sensitive") else "insensitive"
    return {**{name: form[name] for name in names if form.get(name) is not None}, "case": case}
