"""Signals: what changed and is worth telling, each once, with its evidence and its life."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import controls, elements, gated, selection, signal_card, signal_data
from dashboard.selection import View
from geo_tracker.errors import UsageError
from geo_tracker.reports.work_tables import signals_table
from geo_tracker.signals.kinds import KINDS
from geo_tracker.signals.life import LIVE, MARKS
from geo_tracker.signals.text import kind_text
from geo_tracker.storage.models import Signal, SignalStatus
from geo_tracker.words.mistakes import foreign_text

ROWS = 20
OPEN, ALL = "open", "all"
ICONS = {
    "seen": ":material/visibility:",
    "expected": ":material/event_available:",
    "resolved": ":material/check:",
}


def show(view: View) -> None:
    t = view.t
    elements.heading(view, t("dashboard.signals"))
    if view.choices.first is None:
        elements.empty(view)
        return
    elements.html("note", text=t("dashboard.signals_help"))
    _undelivered(view)
    shown = _chosen(view, signal_data.signals(view.url, view.slug))
    if gated.button(view, "mark", t("dashboard.signals_look"), icon=":material/refresh:", key="look"):
        with st.spinner(t("dashboard.reading")):
            found = signal_data.look_for_signals(view.url, view.slug)
        st.session_state["looked"] = t("dashboard.signals_found", count=found)
        st.rerun()
    if "looked" in st.session_state:
        st.success(st.session_state.pop("looked"))
    if not shown:
        elements.html("empty", title=t("dashboard.signals_none"), text=t("dashboard.signals_none_help"))
        return
    page = controls.page("page", -(-len(shown) // ROWS))
    for row in shown[ROWS * (page - 1) : ROWS * page]:
        _signal(view, row)
    elements.download_table(view, "signals", lambda: signals_table(shown, view.slug))


def _undelivered(view: View) -> None:
    """What did not reach the people it was meant for is never silent."""
    t = view.t
    for delivery, row in signal_data.undelivered_signals(view.url, view.slug):
        key = "failed" if delivery.status == "failed" else "given_up"
        kind = kind_text(row.kind, t)
        st.warning(
            t(
                f"dashboard.signal_{key}",
                kind=kind,
                channel=delivery.channel,
                error=elements.plain(foreign_text(delivery.error, view.language)),
            )
        )


def _chosen(view: View, rows: Sequence[Signal]) -> list[Signal]:
    t = view.t
    life, kind = st.columns(2)
    with life:
        names = (OPEN, *SignalStatus, ALL)
        chosen = controls.one_of(
            t("dashboard.status"), "life", names, OPEN, lambda name: _status_text(view, name)
        )
    with kind:
        kinds = ("", *KINDS)
        of = controls.one_of(
            t("dashboard.signal_kind"),
            "of-kind",
            kinds,
            "",
            lambda name: kind_text(name, t) if name else t("dashboard.everything"),
        )
    wanted = {OPEN: LIVE, ALL: tuple(SignalStatus)}.get(chosen, (chosen,))
    return [row for row in rows if row.status in wanted and of in ("", row.kind)]


def _status_text(view: View, name: str) -> str:
    return view.t(f"dashboard.signals_{name}") if name in (OPEN, ALL) else view.t(f"signal.status.{name}")


def _signal(view: View, row: Signal) -> None:
    t = view.t
    with st.container(border=True):
        signal_card.show(view, row, signal_data.signal_steps(view.url, row.id))
        actions = st.container(key=f"actions-{row.id}")
        reason, *places = actions.columns((4, *(1 for _ in MARKS)), vertical_alignment="bottom")
        with reason:
            why = st.text_input(t("dashboard.signal_reason"), key=f"reason-{row.id}", max_chars=500)
        for column, status in zip(places, MARKS, strict=True):
            with column:
                pressed = gated.button(
                    view,
                    "mark",
                    t(f"signal.status.{status}"),
                    key=f"{status}-{row.id}",
                    icon=ICONS[status],
                    width="stretch",
                    disabled=row.status == status,
                )
            if pressed:
                _mark(view, row, str(status), why)


def _mark(view: View, row: Signal, status: str, why: str) -> None:
    if status == SignalStatus.EXPECTED and not why.strip():
        st.error(view.t("dashboard.signal_needs_reason"))
        return
    try:
        signal_data.mark_signal(view.url, view.slug, row.fingerprint, status, why)
    except UsageError as error:  # gone meanwhile
        elements.mistake(error, view.language)
        return
    st.rerun()


show(selection.current())
