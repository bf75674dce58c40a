"""Changes that wait to be saved: what they are, what they would move, and the two buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard import decisions, elements, gated, reads, tables
from dashboard.selection import View
from geo_tracker.errors import UsageError
from geo_tracker.i18n import DEFAULT, read_strings
from geo_tracker.queries.preview import Effect, Preview
from geo_tracker.workspaces.edits import Difference, differences
from geo_tracker.workspaces.file import WorkspaceFile, checked

DRAFT, SAID = "workspace.draft", "workspace.said"
SHOWN = 20
SCORED = ("brands", "workspace")
"""Sections whose changes have all answers scored again."""


def propose(view: View, data: dict[str, Any], reason: str = "") -> None:
    """Have the difference between the workspace and `data` wait to be saved; a mistake is told and nothing waits."""
    before = reads.workspace_file(view.url, view.slug)
    try:
        found = differences(before, checked(data))
    except UsageError as error:
        elements.mistake(error, view.language)
        return
    if not found:
        st.info(view.t("workspace.nothing"))
        return
    st.session_state[DRAFT] = {"slug": view.slug, "changes": found, "reason": reason}
    st.rerun()


def data_of(view: View) -> tuple[WorkspaceFile, dict[str, Any]]:
    """The workspace as a file, and as values that a form changes."""
    file = reads.workspace_file(view.url, view.slug)
    return file, file.model_dump(mode="json")


def lines(text: str) -> list[str]:
    """The lines of a field that hold something, each once."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def waiting(view: View) -> bool:
    """Whether changes of this workspace wait; says what became of the last ones."""
    if said := st.session_state.pop(SAID, None):
        st.success(said, icon=":material/check:")
    return bool(st.session_state.get(DRAFT, {}).get("slug") == view.slug)


def show(view: View) -> None:
    """What would change and what that would move; nothing is stored before it is saved."""
    t, draft = view.t, st.session_state[DRAFT]
    changes: Sequence[Difference] = draft["changes"]
    elements.html("section", title=t("workspace.draft"))
    elements.html("lines", lines=[told(view, each) for each in changes[:SHOWN]])
    if len(changes) > SHOWN:
        elements.html("note", text=t("workspace.more", count=len(changes) - SHOWN))
    if any(each.section == "brands" for each in changes):
        _preview(view, reads.preview(view.url, view.slug, changes))
    save, discard, _ = st.columns((1, 1, 3))
    with discard:
        if st.button(t("workspace.discard"), width="stretch"):
            del st.session_state[DRAFT]
            st.rerun()
    with save:
        pressed = gated.button(
            view, "edit", t("workspace.save"), type="primary", width="stretch", icon=":material/save:"
        )
    if pressed:
        _save(view, changes, draft["reason"])


def _save(view: View, changes: Sequence[Difference], reason: str) -> None:
    t = view.t
    try:
        reads.change(view.url, view.slug, changes, reason)
    except UsageError as error:
        elements.mistake(error, view.language)
        return
    del st.session_state[DRAFT]
    st.session_state[SAID] = t("workspace.saved", count=len(changes))
    score_again(view, changes)
    st.rerun()


def score_again(view: View, changes: Sequence[Difference]) -> None:
    """Score all answers where the changes are about what is looked for in them."""
    if any(each.section in SCORED for each in changes):
        reads.score_again(view.url, view.slug, decisions.advancing(view))
    reads.forget()


def told(view: View, of: Difference) -> str:
    """One change in words: what is new, gone, or which parts of it are other ones."""
    t = view.t
    name = t(f"workspace.field.{of.key}") if of.section == "workspace" else of.name
    what = t(f"workspace.{of.action}", section=t(f"workspace.one_{of.section}"), name=name)
    return t("text.term", term=what, meaning=_parts(view, of)) if of.action == "change" else what


def _parts(view: View, of: Difference) -> str:
    """The values that changed, before and after, without signs of programs."""
    if not isinstance(of.before, dict) or not isinstance(of.after, dict):
        return f"{_value(view, of.before)} → {_value(view, of.after)}"
    changed = [key for key in of.after if of.before.get(key) != of.after[key]]
    return "; ".join(
        f"{_part(view, key)}: {_value(view, of.before.get(key))} → {_value(view, of.after[key])}"
        for key in changed
    )


def _value(view: View, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_value(view, each) for each in value) or "–"
    if isinstance(value, dict):
        return _entry(view, value) or "–"
    return "–" if value in (None, "") else str(value)


USUAL = {"case": "insensitive"}
"""Values that go without saying."""


def _entry(view: View, value: dict[str, Any]) -> str:
    """A written form with its conditions, or any other entry with its parts."""
    parts = {key: each for key, each in value.items() if key != "text" and each and USUAL.get(key) != each}
    told = "; ".join(f"{_part(view, key)} {_value(view, each)}" for key, each in parts.items())
    text = str(value.get("text") or "")
    return f"{text} ({told})" if text and told else text or told


def _part(view: View, key: str) -> str:
    return view.t(f"workspace.part.{key}") if key in PARTS else key


PARTS = frozenset(
    key.removeprefix("workspace.part.") for key in read_strings(DEFAULT) if key.startswith("workspace.part.")
)


def _preview(view: View, found: Preview) -> None:
    t = view.t
    elements.html("section", title=t("workspace.preview"))
    note = t("workspace.looked_at", count=f"{found.looked_at:,}")
    elements.html("note", text=note if found.whole else f"{note} {t('workspace.not_whole')}")
    if not found.effects:
        elements.html("note", text=t("workspace.no_effect"))
        return
    elements.html("lines", lines=_sentences(view, found.effects))
    heads = (t("report.brand"), t("workspace.was"), t("workspace.would_be"), t("dashboard.mentions"))
    rows = [
        tables.Row(
            (
                tables.Cell(each.brand),
                tables.Cell(t(f"workspace.state.{each.before}")),
                tables.Cell(t(f"workspace.state.{each.after}")),
                tables.Cell(f"{each.mentions:,}", t("workspace.in_answers", count=f"{len(each.answers):,}")),
            )
        )
        for each in found.effects
    ]
    tables.grid(heads, rows, (0, 1, 2))
    lines = [
        {
            "text": text,
            "polarity": "",
            "note": f"{each.brand} · {t(f'workspace.state.{each.after}')} · {elements.day_text(day, t)}",
            "link": elements.answer_address(view, answer),
        }
        for each in found.effects[:4]
        for answer, day, text in each.samples
    ]
    elements.html("quotes", t=t, lines=lines)


def _sentences(view: View, effects: Sequence[Effect]) -> list[str]:
    """By brand: how many mentions come and go, in how many answers, and how many of the new ones are unsure."""
    t = view.t
    lines = []
    for brand in dict.fromkeys(each.brand for each in effects):
        of = [each for each in effects if each.brand == brand]
        new = [each for each in of if each.before == "no mention"]
        gone = [each for each in of if each.after == "no mention"]
        for key, some in (("adds", new), ("drops", gone)):
            if some:
                lines.append(
                    t(
                        f"workspace.{key}",
                        brand=brand,
                        mentions=sum(each.mentions for each in some),
                        answers=len(set().union(*(each.answers for each in some))),
                        unsure=sum(e.mentions for e in some if "unsure" in (e.before, e.after)),
                    )
                )
    return lines
