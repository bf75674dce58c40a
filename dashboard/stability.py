"""How alike repeated answers are, per prompt and engine, beside what chance gives."""

from __future__ import annotations

from dashboard import controls, data, elements, tables
from dashboard.selection import View
from geo_tracker.queries.stability import PromptStability
from geo_tracker.words.names import engine_texts, surface_text

SHOWN = 50
COLUMNS = ("pairs", "jaccard", "jaccard_floor", "rbo", "rbo_floor")


def show(view: View) -> None:
    """Read only when it is asked for: it looks at every answer of the selection."""
    t = view.t
    if not controls.switch(t("stability.show"), "stability", help=t("stability.help")):
        return
    found = [each for each in data.stability(view.url, view.filters) if each.of.pairs]
    if not found:
        elements.html("note", text=t("stability.none"))
        return
    names = engine_texts({each.engine for each in found})
    heads = [t("dashboard.prompt"), t("report.engine"), *(t(f"stability.{name}") for name in COLUMNS)]
    tables.grid(heads, [_row(view, each, names[each.engine]) for each in found[:SHOWN]], (0, 1))
    elements.html("note", text=t("stability.note", shown=min(SHOWN, len(found)), of=len(found)))


def _row(view: View, each: PromptStability, engine: str) -> tables.Row:
    likeness = (each.of.jaccard, each.of.jaccard_floor, each.of.rbo, each.of.rbo_floor)
    numbers = ("–" if value is None else f"{value:.2f}" for value in likeness)
    texts = (each.prompt, f"{engine} · {surface_text(each.surface, view.t)}", f"{each.of.pairs:,}", *numbers)
    return tables.Row([*map(tables.Cell, texts)])
