"""What the reader looks at: workspace, days, comparison and filters, chosen in the sidebar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import controls, data, person
from dashboard.place_names import language_text
from geo_tracker.config import Settings
from geo_tracker.i18n import Translate, language, languages, read_strings, translate
from geo_tracker.metrics.dimensions import CHOSEN
from geo_tracker.metrics.records import Facts, Selection, TrackedBrand, previous
from geo_tracker.queries.facts import Choices
from geo_tracker.reports.charts import DARK, LIGHT, Style
from geo_tracker.reports.colours import brand_colours
from geo_tracker.words.names import engine_texts, mode_text, surface_text

PERIODS = ("28", "14", "7")
"""Days, longest first; the default is the longest with as much history before it."""
ALL, CUSTOM = "all", "custom"
VIEW, WORDS, SLUG = "view", "words", "slug"
ALWAYS = ("engine", "surface", "language", "topic")
"""Dimensions with a control even where there is one value: they say what the numbers are of."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One reader's selection, its numbers and the words to show them in."""

    url: str
    t: Translate
    language: str
    style: Style
    filters: Selection
    before: Selection | None
    """The period compared with."""
    choices: Choices
    facts: Facts

    @property
    def slug(self) -> str:
        return self.filters.workspace

    @property
    def own(self) -> tuple[TrackedBrand, ...]:
        """Brands that the pages can be about: the own ones, or all where none is."""
        return tuple(brand for brand in self.facts.brands if brand.own) or self.facts.brands

    @property
    def colours(self) -> dict[str, str]:
        """The colour of every brand."""
        return brand_colours(self.facts.brands, self.style)

    @property
    def own_names(self) -> tuple[str, ...]:
        """Of the brands that the pages can be about."""
        return tuple(brand.name for brand in self.own)

    @property
    def step(self) -> str:
        """What one point of a trend stands for."""
        return self.facts.step


def current() -> View:
    """The selection of this run."""
    view: View = st.session_state[VIEW]
    return view


def words_of_run() -> Translate:
    """The words of this run."""
    t: Translate = st.session_state[WORDS]
    return t


def workspace_of_run() -> str:
    """The workspace of this run, also on a page without numbers; empty where there is none."""
    slug: str = st.session_state.get(SLUG, "")
    return slug


def choose_language(url: str) -> tuple[str, Translate]:
    """The reader's language: as chosen, else the browser's, else the workspace's."""
    names = {code: read_strings(code)["dashboard.language"] for code in languages()}
    code = controls.one_of(
        "Language / 语言",
        "lang",
        tuple(names),
        _preferred(url),
        names.__getitem__,
        st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )
    st.session_state[WORDS] = translate(code)
    return code, words_of_run()


def _preferred(url: str) -> str:
    browser = (st.context.locale or "").split("-")[0].lower()
    slugs = seen(url)
    if browser in languages() or not slugs:
        return language(browser)
    asked = st.query_params.get("workspace", "")
    return language(data.locale(url, asked if asked in slugs else next(iter(slugs))))


def seen(url: str) -> dict[str, str]:
    """Names by slug of the workspaces that the reader may see; the address can name no other."""
    names = data.workspaces(url)
    return {slug: names[slug] for slug in person.current().among(list(names))}


def choose(
    settings: Settings, code: str, t: Translate, waiting: DeltaGenerator, *, numbers: bool
) -> View | None:
    """Draw the filters and read the selection, a spinner in `waiting`.

    None where there is no workspace yet, and for a page that shows no `numbers`.
    """
    url = settings.database_url
    names = seen(url)
    st.session_state[SLUG] = ""
    if not names:
        return None
    slug = controls.one_of(
        t("dashboard.workspace"), "workspace", tuple(names), next(iter(names)), names.__getitem__
    )
    st.session_state[SLUG] = slug
    choices = data.choices(url, slug)
    filters, before = Selection(slug), None
    if choices.first and choices.last:
        start, end = _period(choices.first, choices.last, t)
        before = _compared(start, end, t)
        filters = _narrowed(Selection(slug, start, end), choices, t)
    if not numbers:
        return None
    with waiting, st.spinner(t("dashboard.reading")):
        facts = data.facts(url, filters)
    view = View(
        url=url,
        t=t,
        language=code,
        style=theme(),
        filters=filters,
        before=replace(filters, start=before[0], end=before[1]) if before else None,
        choices=choices,
        facts=facts,
    )
    if view.facts.sandbox:
        view = replace(view, style=replace(view.style, note=t("report.sandbox")))
    st.session_state[VIEW] = view
    return view


def _period(first: date, last: date, t: Translate) -> tuple[date, date]:
    history = (last - first).days + 1
    default = next((days for days in PERIODS if 2 * int(days) <= history), ALL)
    options = (*sorted((*PERIODS, "90"), key=int), ALL, CUSTOM)
    chosen = controls.one_of(
        t("dashboard.period"),
        "period",
        options,
        default,
        lambda value: _period_text(value, t),
        help=t("dashboard.period_help"),
    )
    if chosen == CUSTOM:
        return controls.days(t("dashboard.days"), "days", first, last, format="YYYY-MM-DD")
    return (first if chosen == ALL else max(first, last - timedelta(days=int(chosen) - 1))), last


def _period_text(value: str, t: Translate) -> str:
    return t("dashboard.last_days", days=value) if value.isdigit() else t(f"dashboard.period_{value}")


def _compared(start: date, end: date, t: Translate) -> tuple[date, date] | None:
    options = ("previous", "none")
    chosen = controls.one_of(
        t("dashboard.compare"), "compare", options, "previous", lambda value: t(f"dashboard.compare_{value}")
    )
    return previous(start, end) if chosen == "previous" else None


def _narrowed(selection: Selection, choices: Choices, t: Translate) -> Selection:
    """A control for each dimension that has something to choose from."""
    chosen = {
        each.name: _values(each.name, choices.values[each.name], t)
        for each in CHOSEN
        if len(choices.values[each.name]) > (each.name not in ALWAYS)
    }
    branded = controls.switch(t("dashboard.branded"), "branded", help=t("dashboard.branded_help"))
    return replace(selection.only(**chosen), branded=branded)


def _values(name: str, known: tuple[str, ...], t: Translate) -> tuple[str, ...]:
    if name == "surface":
        return _surfaces(known, t)
    texts = {
        "engine": engine_texts(known).__getitem__,
        "language": lambda code: language_text(code, st.session_state["lang"]),
        "mode": lambda name: mode_text(name, t),
    }
    return controls.some_of(
        t(f"dimension.{name}"), name, known, texts.get(name, str), placeholder=t("dashboard.everything")
    )


def _surfaces(known: tuple[str, ...], t: Translate) -> tuple[str, ...]:
    """One surface, the busiest by default: a total over several is only shown to those who ask for it."""
    several = (ALL,) if len(known) > 1 else ()
    chosen = controls.one_of(
        t("dimension.surface"),
        "surface",
        (*known, *several),
        known[0],
        lambda name: t("dashboard.surface_all") if name == ALL else surface_text(name, t),
        help=t("dashboard.surface_help"),
    )
    return () if chosen == ALL else (chosen,)


def theme() -> Style:
    """The colours of the reader's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT
