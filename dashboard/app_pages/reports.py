"""Reports: chapters, language and look chosen with a live preview, files to download, months that were frozen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import streamlit as st
import streamlit.components.v1 as components

from dashboard import caching, controls, data, elements, gated, person, selection, tables
from dashboard.selection import View
from geo_tracker.config import Settings
from geo_tracker.i18n import languages, read_strings
from geo_tracker.metrics.records import Selection
from geo_tracker.reports.figures import Compare
from geo_tracker.reports.making import FORMATS, Asked, Made, make
from geo_tracker.reports.months import Month
from geo_tracker.reports.template import (
    KINDS,
    MAX_LOGO,
    SECTIONS,
    BrandingEntry,
    PartyEntry,
    Template,
    picture,
)
from geo_tracker.storage.models import FrozenReport

PERIOD = "selection"
HEIGHT = 900
"""Pixels of the preview."""
MONTHS = 24


def show(view: View) -> None:
    t = view.t
    elements.heading(view, t("dashboard.reports"))
    if elements.empty(view):
        return
    elements.html("note", text=t("dashboard.reports_help"))
    left, right = st.columns((1, 2), gap="large")
    with left:
        asked = _asked(view)
        _downloads(view, asked)
        _freeze(view, asked)
    with right:
        _preview(view, asked)
    _frozen(view)


def _asked(view: View) -> Asked:
    """What the controls ask for."""
    t = view.t
    month = controls.one_of(
        t("dashboard.period"),
        "report-month",
        (PERIOD, *_months(view)),
        PERIOD,
        lambda value: t("dashboard.report_selection") if value == PERIOD else value,
    )
    names = {code: read_strings(code)["dashboard.language"] for code in languages()}
    code = controls.one_of(
        t("dashboard.report_language"), "report-language", tuple(names), view.language, names.__getitem__
    )
    chapters = controls.some_of(
        t("dashboard.report_sections"),
        "report-sections",
        SECTIONS,
        lambda name: t(f"doc.section.{name}"),
        placeholder=t("dashboard.everything"),
    )
    template = Template(language=code, sections=list(chapters or SECTIONS), branding=_look(view))
    branding = template.dressed(Path(), Settings.from_environment().look)
    branding = replace(branding, client=replace(branding.client, logo=_logo(view)))
    if month == PERIOD:
        window = (view.before.start, view.before.end) if view.before else None
        compare: Compare = (window[0], window[1]) if window and window[0] and window[1] else "none"
        return Asked(view.filters, ("html",), None, template, branding, compare=compare)
    return Asked(Selection(view.slug), ("html",), Month.of(month), template, branding)


def _months(view: View) -> list[str]:
    """The months that have answers, newest first."""
    first, last = view.choices.first, view.choices.last
    if first is None or last is None:
        return []
    found: list[str] = []
    month = Month(last.year, last.month)
    while month.last >= first and len(found) < MONTHS:
        found.append(str(month))
        month = month.before
    return found


def _look(view: View) -> BrandingEntry:
    t, look = view.t, Settings.from_environment().look
    with st.expander(t("dashboard.report_branding")):
        client = controls.words(t("dashboard.report_client"), "report-client")
        agency = controls.words(t("dashboard.report_agency"), "report-agency")
        footer = controls.words(t("dashboard.report_footer"), "report-footer")
        colour = st.color_picker(t("dashboard.report_colour"), look.colour or "#0072B2", key="report-colour")
    return BrandingEntry(
        colour=colour,
        footer=footer,
        client=PartyEntry(name=client[:120]),
        agency=PartyEntry(name=agency[:120]),
    )


def _logo(view: View) -> str:
    """The client's logo as a data address; empty without one, or where it is too large."""
    file = st.file_uploader(view.t("dashboard.report_logo"), type=["png", "jpg", "jpeg"], key="report-logo")
    if file is None:
        return ""
    if file.size > MAX_LOGO:
        st.error(view.t("dashboard.report_logo_large", limit=f"{MAX_LOGO:,}"))
        return ""
    return picture(file.getvalue(), KINDS[f".{file.name.rpartition('.')[2].lower()}"])


def _downloads(view: View, asked: Asked) -> None:
    """A button a format; the file is made when it is asked for."""
    elements.html("section", title=view.t("dashboard.report_files"))
    with st.container(horizontal=True):
        for name in FORMATS:
            st.download_button(
                name.upper(),
                partial(_file, view, replace(asked, formats=(name,))),
                f"{view.slug}-{asked.month or _days(asked)}-{asked.template.language}{_suffix(name)}",
                key=f"report-{name}",
                on_click="ignore",
            )


def _days(asked: Asked) -> str:
    return "_".join(str(day) for day in (asked.selection.start, asked.selection.end) if isinstance(day, date))


def _suffix(name: str) -> str:
    return f".{name}" if name in FORMATS[:4] else f"-{name}.zip"


def _made(view: View, asked: Asked) -> Made:
    archive = caching.archive(Settings.from_environment().archive_url)
    return make(caching.database(view.url), archive, asked)[0]


def _kept(view: View, asked: Asked) -> None:
    """Freeze a month in the reader's name."""
    who = person.required(view.url, view.slug, "report")
    archive = caching.archive(Settings.from_environment().archive_url)
    make(caching.database(view.url), archive, asked, who=who)


def _file(view: View, asked: Asked) -> bytes:
    return _made(view, asked).data


def _freeze(view: View, asked: Asked) -> None:
    t = view.t
    if asked.month is None:
        elements.html("note", text=t("dashboard.report_freeze_help"))
        return
    if gated.button(
        view,
        "report",
        t("dashboard.report_freeze", month=asked.month),
        icon=":material/lock:",
        key="report-freeze",
    ):
        with st.spinner(t("dashboard.report_making")):
            _kept(view, replace(asked, formats=("pdf", "pptx", "xlsx", "html", "csv"), freeze=True))
        caching.look_again()
        st.success(t("dashboard.report_frozen", month=asked.month))


def _preview(view: View, asked: Asked) -> None:
    with st.spinner(view.t("dashboard.report_making")):
        made = data.report_preview(view.url, asked)
    for note in made.notes:
        st.info(note)
    components.html(made.data.decode(), height=HEIGHT, scrolling=True)


def _frozen(view: View) -> None:
    t = view.t
    elements.html("section", title=t("dashboard.report_frozen_list"))
    found = data.frozen_reports(view.url, view.slug)
    if not found:
        elements.html("note", text=t("dashboard.report_none_frozen"))
        return
    heads = [t(f"dashboard.report_head_{name}") for name in ("month", "language", "frozen", "state")]
    rows = [tables.Row(tuple(map(tables.Cell, _line(view, row)))) for row in found]
    tables.grid(heads, rows, (0, 1, 2, 3))
    for row in found:
        with st.container(horizontal=True):
            for file in row.files:
                st.download_button(
                    file["name"],
                    partial(_stored, file["sha256"]),
                    file["name"],
                    key=f"frozen-{row.id}-{file['format']}",
                    on_click="ignore",
                    type="tertiary",
                )


def _line(view: View, row: FrozenReport) -> tuple[str, ...]:
    t = view.t
    state = t("dashboard.report_complete" if row.complete else "dashboard.report_incomplete")
    frozen = elements.time_text(row.frozen_at, view.facts.timezone, t)
    return (row.month, read_strings(row.language)["dashboard.language"], frozen, state)


def _stored(sha: str) -> bytes:
    return caching.archive(Settings.from_environment().archive_url).get(sha)


show(selection.current())
