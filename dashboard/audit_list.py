"""Who did what and when in the workspace, and for the agency's own admins in all of them at once."""

from __future__ import annotations

from typing import Any

from dashboard import controls, elements, membership, person, tables
from dashboard.selection import View
from geo_tracker.exports.table import as_json
from geo_tracker.reports.csv import Table
from geo_tracker.storage.models import Audit

ROWS = 25
MOST = 10_000
SHOWN = 3
LONGEST = 80


def show(view: View) -> None:
    t = view.t
    everywhere = person.allowed("administer", None)
    total = membership.audit_count(view.url, view.slug, everywhere=everywhere)
    if not total:
        elements.html("note", text=t("people.no_audit"))
        return
    page = controls.page("page", -(-total // ROWS))
    found = membership.audit(view.url, view.slug, ROWS * (page - 1), ROWS, everywhere=everywhere)
    heads = [t(f"people.head.{name}") for name in ("when", "by", "kind", "what", "reason")]
    tables.grid(heads, [_row(view, row) for row in found], (0, 1, 2, 3, 4))
    elements.download_table(view, "audit", lambda: _table(view, everywhere=everywhere))


def _row(view: View, row: Audit) -> tables.Row:
    t = view.t
    about = [_told(each) for each in row.changes[:SHOWN]]
    if len(row.changes) > SHOWN:
        about.append(t("workspace.more", count=len(row.changes) - SHOWN))
    texts = (
        elements.time_text(row.at, view.facts.timezone, t),
        elements.who_text(row.who, t),
        t(f"people.kind.{row.kind}"),
    )
    via = t(f"people.via.{row.via.replace(' ', '_')}")
    return tables.Row([*map(tables.Cell, texts), tables.Cell(via, "; ".join(about)), tables.Cell(row.reason)])


def _told(change: dict[str, Any]) -> str:
    """What it is about and, where short enough to read, from what to what."""
    key = change["key"] if isinstance(change["key"], str) else " ".join(map(str, change["key"] or ()))
    values = [each for each in (change["before"], change["after"]) if isinstance(each, str | int)]
    return f"{key}: {' → '.join(map(str, values))}"[:LONGEST] if values else key[:LONGEST]


def _table(view: View, *, everywhere: bool) -> Table:
    header = ("change_id", "changed_at", "who", "kind", "via", "reason", "undone", "changes")
    rows = membership.audit(view.url, view.slug, 0, MOST, everywhere=everywhere)
    values = (
        (row.id, row.at, row.who, row.kind, row.via, row.reason, row.undone, as_json(row.changes))
        for row in rows
    )
    return Table("audit", header, values)
