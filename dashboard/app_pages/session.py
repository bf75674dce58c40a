"""Session: what is to be asked by hand in the assistants' apps, what became of it, and what could not be asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from dashboard import elements, gated, selection, signal_data, tables
from dashboard.selection import View
from dashboard.tables import Cell, Row
from geo_tracker.collect.session import REASONS, Due
from geo_tracker.reports.work_tables import session_table
from geo_tracker.words.names import engine_text

SHOWN = 50
"""Rows with buttons at once: a person asks one after the other."""


def show(view: View) -> None:
    t = view.t
    elements.heading(view, t("dashboard.session"))
    rows = signal_data.session(view.url, view.slug)
    if not rows:
        elements.html("empty", title=t("session.none"), text=t("session.none_help"))
        st.code("panels:\n  - name: apps\n    apps: [doubao, kimi, chatgpt]", language="yaml")
        return
    elements.html("note", text=t("session.help"))
    names = {row.engine: engine_text(row.engine) for row in rows}
    _progress(view, rows, names)
    _listed(view, t("session.open"), [row for row in rows if row.open], names, _skip)
    _listed(view, t("session.failed"), [row for row in rows if _failed(row)], names, _again)


def _failed(row: Due) -> bool:
    return not row.open and row.status != "captured"


def _progress(view: View, rows: Sequence[Due], names: dict[str, str]) -> None:
    """One line an app: how many of its answers there are, are to come, and failed."""
    t = view.t
    by_app: dict[str, list[Due]] = defaultdict(list)
    for row in rows:
        by_app[row.engine].append(row)
    captured = sum(row.status == "captured" for row in rows)
    st.progress(captured / len(rows), t("session.progress", captured=captured, planned=len(rows)))
    heads = [t(f"session.head_{name}") for name in ("app", "captured", "open", "failed")]
    found = [
        Row(
            [
                Cell(names[app]),
                Cell(
                    t("session.of", captured=sum(row.status == "captured" for row in each), planned=len(each))
                ),
                Cell(str(sum(row.open for row in each))),
                Cell(str(sum(map(_failed, each)))),
            ]
        )
        for app, each in by_app.items()
    ]
    tables.grid(heads, found, (0,))
    elements.download_table(view, "session", lambda: session_table(rows))


def _listed(
    view: View,
    title: str,
    rows: Sequence[Due],
    names: dict[str, str],
    action: Callable[[View, Due], None],
) -> None:
    if not rows:
        return
    st.subheader(title)
    for row in rows[:SHOWN]:
        with st.container(border=True):
            about, button = st.columns((4, 1), vertical_alignment="center")
            with about:
                elements.html("prompt_due", app=names[row.engine], prompt=row.prompt, about=_about(view, row))
            with button:
                action(view, row)
    if len(rows) > SHOWN:
        elements.html("note", text=view.t("session.more", n=len(rows) - SHOWN))


def _about(view: View, row: Due) -> str:
    t = view.t
    about = t("session.repeat", repeat=row.repeat, panel=row.panel)
    if not row.reason:
        return about
    reason = t(f"session.reason_{row.reason}")
    told = t("session.last_try", reason=reason) if row.open else reason
    return f"{about} - {told}"


def _skip(view: View, row: Due) -> None:
    t = view.t
    with st.popover(t("session.skip"), width="stretch", key=f"skip-{row.row}"):
        for reason in REASONS:
            gated.button(
                view,
                "run",
                t(f"session.skip_{reason}"),
                key=f"{reason}-{row.row}",
                width="stretch",
                on_click=partial(signal_data.skip_due, view.url, view.slug, row.row, reason),
            )


def _again(view: View, row: Due) -> None:
    gated.button(
        view,
        "run",
        view.t("session.again"),
        key=f"again-{row.row}",
        width="stretch",
        on_click=partial(signal_data.retry_due, view.url, view.slug, row.row),
    )


show(selection.current())
