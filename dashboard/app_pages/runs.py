"""Runs: what ran, runs and waits, why answers failed and what to do, cost and the next due time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

import streamlit as st

from dashboard import controls, elements, gated, importing, reads, running, selection, tables
from dashboard.selection import View
from geo_tracker.engines.base import ErrorKind
from geo_tracker.errors import GeoTrackerError
from geo_tracker.queries.runs import Failure, RunRow
from geo_tracker.reports.work_tables import failures_table, runs_table
from geo_tracker.storage.models import EnginePace
from geo_tracker.storage.spending import Limit
from geo_tracker.words.mistakes import foreign_text
from geo_tracker.words.names import engine_text

ROWS, AT_ONCE = 10, 500
"""Runs on screen, and read at once for a file."""
KINDS = frozenset(map(str, ErrorKind))


def show(view: View) -> None:
    t = view.t
    elements.html("heading", t=t, title=t("dashboard.runs"), workspace=view.facts.name, **NO_NUMBERS)
    _running(view)
    _held_up(view)
    _budget(view)
    importing.show(view)
    _panels(view)
    _runs(view)


NO_NUMBERS = {"period": "", "before": "", "sandbox": False, "notes": ()}


def _running(view: View) -> None:
    """What was started here and is still at work, its last messages, and the way to stop it."""
    t, known = view.t, running.last(view.slug)
    waiting = reads.waiting(view.url, view.slug)
    if known and known.alive:
        st.info(t("runs.at_work", count=f"{waiting:,}"), icon=":material/progress_activity:")
        stop, refresh, _ = st.columns((1, 1, 3))
        with stop:
            if gated.button(view, "run", t("runs.stop"), icon=":material/pause:", width="stretch"):
                reads.stop(view.url, view.slug)
                st.rerun()
        with refresh:
            st.button(t("runs.refresh"), icon=":material/refresh:", width="stretch")
    elif waiting:
        elements.html("note", text=t("runs.waiting", count=f"{waiting:,}"))
        if gated.button(view, "run", t("runs.resume"), icon=":material/play_arrow:"):
            reads.start(view.url, view.slug, "--resume")
            st.rerun()
    if known and (said := known.messages.strip()):
        with st.expander(t("runs.messages"), expanded=not known.alive and known.process.returncode != 0):
            st.code(said, language=None)


def _held_up(view: View) -> None:
    """Engines that all workers ask more slowly or not at all, and why."""
    t = view.t
    found = reads.held_up(view.url, view.slug)
    if not found:
        return
    elements.html("section", title=t("runs.held_up"))
    rows = [
        tables.Row(
            (
                tables.Cell(engine_text(of.engine)),
                tables.Cell(_state(view, of), foreign_text(of.reason, view.language)),
            )
        )
        for of in found
    ]
    tables.grid((t("report.engine"), t("runs.kind")), rows, (0, 1))


def _state(view: View, of: EnginePace) -> str:
    until = elements.time_text(of.until, view.facts.timezone, view.t)
    return view.t(f"runs.state_{of.state}", until=until, failures=of.failures, delay=f"{of.delay:.1f}")


def _budget(view: View) -> None:
    """What the month has used of the workspace's limits, and what waits for more."""
    t, found = view.t, reads.budget(view.url, view.slug, datetime.now(UTC))
    if not found.limits:
        return
    elements.html("section", title=t("runs.budget"))
    heads = (t("report.engine"), t("runs.budget_head"), t("dashboard.cost"))
    tables.grid(heads, [_used(view, each) for each in found.limits], (0, 1, 2))
    if found.waiting:
        until = found.until.date().isoformat()
        st.warning(
            t("runs.budget_waiting", count=f"{found.waiting:,}", until=until), icon=":material/pause_circle:"
        )


def _used(view: View, of: Limit) -> tables.Row:
    t = view.t
    name = engine_text(of.engine) if of.engine else t("runs.budget_whole")
    limit, money = _limit(view, of.calls, ""), _limit(view, of.money, "")
    return tables.Row(
        (
            tables.Cell(name, t("runs.budget_spent") if of.spent else ""),
            tables.Cell(t("runs.budget_calls", used=f"{of.calls_used:,}", limit=limit)),
            tables.Cell(
                t("runs.budget_money", used=f"{of.money_used:.2f}", limit=money, currency=of.currency)
            ),
        )
    )


def _panels(view: View) -> None:
    t = view.t
    panels = reads.panels(view.url, view.slug, datetime.now(UTC))
    elements.html("section", title=t("workspace.panels"))
    if not panels:
        elements.html("empty", title=t("runs.no_panels"), text=t("runs.no_panels_help"))
        return
    for panel in panels:
        with st.container(border=True):
            about, start, rest = st.columns((4, 1, 1), vertical_alignment="center")
            with about:
                elements.html(
                    "change", head=panel.name, lines=_facts(view, panel), undone=_paused(view, panel)
                )
            known = running.last(view.slug)
            with start:
                busy = bool(known and known.alive)
                if gated.button(
                    view, "run", t("runs.start"), key=f"start-{panel.name}", width="stretch", disabled=busy
                ):
                    reads.start(view.url, view.slug, "--panel", panel.name)
                    st.rerun()
            with rest:
                label = t("runs.go_on" if panel.paused else "runs.pause")
                if gated.button(view, "run", label, key=f"pause-{panel.name}", width="stretch"):
                    reads.pause(view.url, view.slug, panel.name, paused=not panel.paused)
                    st.rerun()


def _paused(view: View, panel: reads.PanelState) -> str:
    return view.t("runs.paused") if panel.paused else ""


def _facts(view: View, of: reads.PanelState) -> list[str]:
    """Engines, next due time, and what the month has cost against its budget."""
    t = view.t
    engines = t("text.comma").join(engine_text(name) for name in of.engines)
    due = elements.time_text(of.next_due, view.facts.timezone, t) if of.next_due else t("runs.no_due")
    return [
        t("runs.asks", engines=engines, repeats=of.repeats),
        t("runs.next", due=due),
        t("runs.calls", used=f"{of.spent.calls:,}", limit=_limit(view, of.calls, "")),
        t(
            "runs.money",
            used=f"{of.spent.money:.2f}",
            currency=of.currency,
            limit=_limit(view, of.money, of.currency),
        ),
    ]


def _limit(view: View, value: float, unit: str) -> str:
    return f"{value:,g} {unit}".strip() if value else view.t("runs.no_limit")


def _runs(view: View) -> None:
    t = view.t
    total = reads.runs_count(view.url, view.slug)
    elements.html("section", title=t("runs.all"))
    if not total:
        elements.html(
            "empty", title=t("dashboard.no_answers"), text=t("dashboard.no_answers_help", workspace=view.slug)
        )
        return
    page = controls.page("page", -(-total // ROWS))
    rows = reads.runs(view.url, view.slug, ROWS * (page - 1), ROWS)
    heads = (
        *(t("runs.run"), t("runs.due"), t("runs.progress"), t("runs.captured"), t("runs.failed")),
        *(t("dashboard.cost"), t("runs.newest")),
    )
    tables.grid(heads, [_run(view, row) for row in rows], (0, 1))
    elements.download_table(view, "runs", lambda: runs_table(_all(view, total)))
    _failures(view, rows)


def _all(view: View, total: int) -> Iterator[RunRow]:
    """Every run, read in parts."""
    for offset in range(0, total, AT_ONCE):
        yield from reads.runs(view.url, view.slug, offset, AT_ONCE)


def _run(view: View, row: RunRow) -> tables.Row:
    t, zone = view.t, view.facts.timezone
    bad = {name: row.counts[name] for name in ("failed", "refused", "empty", "cut") if row.counts.get(name)}
    told = t("text.comma").join(f"{t(f'status.{name}')} {count:,}" for name, count in bad.items())
    cost = t("text.comma").join(f"{value:.2f} {currency}".strip() for currency, value in row.costs.items())
    return tables.Row(
        (
            tables.Cell(f"#{row.id} {row.panel or row.label or ''}", _kind(view, row)),
            tables.Cell(elements.time_text(row.due_at, zone, t)),
            tables.Cell(f"{row.done:,} / {row.total:,}", link=_answers(view, row)),
            tables.Cell(f"{row.counts.get('captured', 0):,}", link=_answers(view, row, "captured")),
            tables.Cell(
                f"{sum(bad.values()):,}",
                told if len(bad) > 1 else "",
                link=_answers(view, row, *bad) if bad else "",
            ),
            tables.Cell(cost or t("number.none")),
            tables.Cell(elements.time_text(row.last, zone, t)),
        )
    )


def _answers(view: View, row: RunRow, *statuses: str) -> str:
    """The answers of a run, whatever the sidebar says."""
    here = {"workspace": view.slug, "lang": view.language, "period": "all", "branded": "1"}
    everywhere = {"surface": "all"} if len(view.choices.values["surface"]) > 1 else {}
    chosen = {**here, **everywhere, "of_run": str(row.id), "status": statuses}
    return f"answers?{urlencode(chosen, doseq=True)}"


def _kind(view: View, row: RunRow) -> str:
    """Whether it is an import, and whether the sandbox answered."""
    t = view.t
    parts = ("" if row.panel else t("runs.imported"), t("report.sandbox") if row.sandbox else "")
    return " · ".join(filter(None, parts))


def _failures(view: View, rows: Sequence[RunRow]) -> None:
    """Of one run: what failed, by engine and class, with what to do about it, and the way to ask it again."""
    t = view.t
    failed = [row for row in rows if row.done > row.counts.get("captured", 0)]
    if not failed:
        elements.html("note", text=t("runs.none_failed"))
        return
    names = {str(row.id): f"#{row.id} {row.panel or row.label or ''}" for row in failed}
    elements.html("section", title=t("runs.why"))
    chosen = controls.one_of(
        t("runs.run"), "run", tuple(names), next(iter(names)), names.__getitem__, width=360
    )
    found = reads.failures(view.url, view.slug, int(chosen))
    heads = (t("report.engine"), t("runs.kind"), t("report.answers"), t("runs.todo"))
    tables.grid(heads, [_failure(view, each) for each in found], (0, 1, 3))
    elements.download_table(view, "failures", lambda: failures_table(int(chosen), found))
    if next(row for row in failed if str(row.id) == chosen).panel and gated.button(
        view, "run", t("runs.again"), icon=":material/replay:", help=t("runs.again_help")
    ):
        _again(view, int(chosen))


def _failure(view: View, of: Failure) -> tables.Row:
    t, kind = view.t, of.kind if of.kind in KINDS else "other"
    return tables.Row(
        (
            tables.Cell(engine_text(of.engine)),
            tables.Cell(t(f"runs.kinds.{kind}"), foreign_text(of.example, view.language)),
            tables.Cell(f"{of.answers:,}"),
            tables.Cell(t(f"runs.do.{kind}")),
        )
    )


def _again(view: View, run_id: int) -> None:
    try:
        count = reads.again(view.url, view.slug, run_id)
    except GeoTrackerError as error:
        elements.mistake(error, view.language)
        return
    if count:
        reads.start(view.url, view.slug, "--resume")
    st.rerun()


show(selection.current())
