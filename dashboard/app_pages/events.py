"""Events & experiments: what was done and when, whether it moved what it should, and what it takes to tell."""

from __future__ import annotations

import streamlit as st

from dashboard import elements, event_data, gated, planning, selection, tables
from dashboard.selection import View
from geo_tracker.errors import UsageError
from geo_tracker.queries.experiments import MEASURABLE, PAGES, Experiment, Planned
from geo_tracker.reports import event_charts
from geo_tracker.reports.work_tables import events_table, experiments_table
from geo_tracker.storage.models import Event
from geo_tracker.words.values import difference_text, value_text
from geo_tracker.workspaces.events import KINDS, LONGEST, MOST_NOTE, REST, EventDraft

TEXTS = (0, 1, 2, 3, 4, 5)


def show(view: View) -> None:
    t = view.t
    elements.heading(view, t("dashboard.events"))
    elements.html("note", text=t("events.help"))
    _events(view, event_data.events(view.url, view.slug))
    elements.html("section", title=t("events.experiments"))
    found = event_data.experiments(view.url, view.slug)
    if not found:
        elements.html("note", text=t("events.no_experiment"))
    for place, each in enumerate(found):
        _experiment(view, each, place)
    if found:
        elements.download_table(view, "experiments", lambda: experiments_table(found))
    with st.expander(t("events.fix"), icon=":material/science:"):
        _form(view, experiment=True)
    if not elements.empty(view):
        planning.show(view)


def _events(view: View, found: list[Event]) -> None:
    t = view.t
    if found:
        heads = [t(f"events.head.{name}") for name in ("name", "day", "kind", "moves", "controls", "pages")]
        tables.grid(heads, [_row(view, event) for event in reversed(found)], TEXTS)
        texts = event_data.prompts(view.url, view.slug)
        elements.download_table(view, "events", lambda: events_table(found, texts))
    else:
        elements.html("note", text=t("events.none"))
    with st.expander(t("events.add"), icon=":material/add:"):
        _form(view, experiment=False)
    if found:
        _removal(view, [event.name for event in found])


def _row(view: View, event: Event) -> tables.Row:
    t = view.t
    note = t("events.experiment") if event.window is not None else event.note
    counts = (
        t("events.prompts", n=len(each)) if each else t("number.none")
        for each in (event.moves, event.controls)
    )
    cells = [tables.Cell(event.name, note), tables.Cell(elements.day_text(event.day, t))]
    cells += [tables.Cell(t(f"events.kind.{event.kind}")), *map(tables.Cell, counts)]
    return tables.Row([*cells, tables.Cell(t("text.comma").join(event.pages) or t("number.none"))])


def _removal(view: View, names: list[str]) -> None:
    t = view.t
    left, right = st.columns((4, 1), vertical_alignment="bottom")
    with left:
        name = st.selectbox(t("events.remove_label"), names, key="event-removed")
    with right:
        pressed = gated.button(
            view, "edit", t("events.remove"), key="event-remove", icon=":material/delete:", width="stretch"
        )
    if pressed:
        try:
            event_data.unmark(view.url, view.slug, name)
        except UsageError as error:
            elements.mistake(error, view.language)
        else:
            st.rerun()


def _form(view: View, *, experiment: bool) -> None:
    t, key = view.t, "experiment" if experiment else "event"
    prompts = list(dict.fromkeys(event_data.prompts(view.url, view.slug).values()))
    with st.form(f"{key}-form", border=False):
        name = st.text_input(t("events.name"), key=f"{key}-name", max_chars=LONGEST)
        left, right = st.columns(2)
        with left:
            # Experiments begin in the future; where the data are old, an event lies among them.
            last = view.filters.end if view.filters.end and not experiment else None
            day = st.date_input(
                t("events.start" if experiment else "events.day"),
                last or "today",
                key=f"{key}-day",
                format="YYYY-MM-DD",
            )
            kind = st.selectbox(
                t("events.kind_label"),
                KINDS,
                format_func=lambda value: t(f"events.kind.{value}"),
                key=f"{key}-kind",
            )
            planned = _planned(view) if experiment else None
        with right:
            moves = st.multiselect(t("events.moves"), prompts, key=f"{key}-moves")
            help_text = t("events.controls_help") if experiment else None
            controls = st.multiselect(t("events.controls"), prompts, key=f"{key}-controls", help=help_text)
            pages = st.text_area(t("events.pages"), key=f"{key}-pages", max_chars=5000)
            note = st.text_input(t("events.note"), key=f"{key}-note", max_chars=MOST_NOTE)
        saved = gated.submit(view, "edit", t("events.save"))
    if saved:
        chosen = controls or ([REST] if experiment else [])
        _save(view, EventDraft(name, day, kind, note, moves, chosen, pages.split()), planned)


def _planned(view: View) -> Planned:
    t = view.t
    metric = st.selectbox(
        t("events.metric"), MEASURABLE, format_func=lambda name: _metric(view, name), key="experiment-metric"
    )
    brand = st.selectbox(t("report.brand"), [each.name for each in view.facts.brands], key="experiment-brand")
    before, after = st.columns(2)
    with before:
        days_before = st.number_input(t("events.before"), 3, 60, 28, key="experiment-before")
    with after:
        days_after = st.number_input(t("events.after"), 3, 60, 28, key="experiment-after")
    return Planned(int(days_before), int(days_after), metric, brand or "")


def _save(view: View, draft: EventDraft, planned: Planned | None) -> None:
    try:
        event_data.mark_event(view.url, view.slug, draft, planned)
    except UsageError as error:
        elements.mistake(error, view.language)
    else:
        st.toast(view.t("events.saved", name=draft.name))
        st.rerun()


def _metric(view: View, name: str) -> str:
    return view.t("events.metric_pages") if name == PAGES else view.t(f"metric.{name}.label")


def _experiment(view: View, of: Experiment, place: int) -> None:
    t = view.t
    with st.container(border=True):
        elements.html("section", title=of.name)
        if of.effect.value is not None:
            elements.html("headline", text=_outcome(view, of))
        for line in _lines(view, of):
            elements.html("note", text=line)
        if of.effect.value is not None and of.placebos:
            chart = event_charts.placebos(of, t, width="container", style=view.style)
            elements.draw(view, chart, t("events.chart", name=of.name), f"experiment-{place}")


def _lines(view: View, of: Experiment) -> list[str]:
    """What is to be said of an experiment, in order."""
    t = view.t
    first, last, start = (elements.day_text(day, t) for day in (of.span.first, of.span.last, of.span.start))
    days = {"before": of.span.before, "after": of.span.after}
    lines = [t(f"events.{of.status}", first=first, last=last, start=start, **days)]
    if of.detectable:
        points = difference_text(_shown(of), of.detectable.points, t, signed=False)
        lines.append(
            t("events.finds", points=points, power=f"{of.detectable.power:.0%}", days=of.detectable.days)
        )
    else:
        lines.append(t("events.finds_unknown"))
    if of.status == "planned":
        return lines
    if of.effect.value is None:
        return [*lines, t("events.effect_none")]
    return [*lines, *_effect(view, of), *(t(note) for note in of.notes)]


def _shown(of: Experiment) -> str:
    """The metric whose format the effect is written in."""
    return "citation_rate" if of.metric == PAGES else of.metric


def _outcome(view: View, of: Experiment) -> str:
    """Whether it moved what it should, in a sentence."""
    t, effect = view.t, of.effect
    real = effect.p is not None and effect.p <= 0.05
    key = "noise" if not real else "up" if (effect.value or 0) > 0 else "down"
    points = difference_text(_shown(of), abs(effect.value or 0), t, signed=False)
    brand = of.brand if of.metric != PAGES else view.facts.name
    return t(f"events.effect_{key}", points=points, metric=_metric(view, of.metric), brand=brand)


def _effect(view: View, of: Experiment) -> list[str]:
    t, effect, metric = view.t, of.effect, _shown(of)
    low, high = (difference_text(metric, bound, t) for bound in (effect.low, effect.high))
    told = [
        t("events.interval", low=low, high=high),
        t(
            "events.sides",
            treated=effect.treated.prompts,
            control=effect.control.prompts,
            treated_n=f"{effect.treated.answers:,}",
            control_n=f"{effect.control.answers:,}",
            **{
                f"{side}_{when}": value_text(metric, getattr(getattr(effect, side), when), t)
                for side in ("treated", "control")
                for when in ("before", "after")
            },
        ),
    ]
    if not effect.across:
        told.append(t("events.days_alone"))
    placebos = (
        t("events.placebos", n=len(of.placebos), m=of.exceeded) if of.placebos else t("events.no_placebos")
    )
    return [*told, placebos]


show(selection.current())
