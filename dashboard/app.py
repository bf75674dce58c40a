"""The dashboard: `geo-tracker dashboard` serves this file with Streamlit."""

from __future__ import annotations

import logging

import sqlalchemy as sa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import caching, controls, data, elements, person, saved_views, selection, sign_in, welcome
from dashboard.navigation import PAGES, SECTIONS
from geo_tracker.config import Settings
from geo_tracker.errors import GeoTrackerError
from geo_tracker.i18n import Translate, language, translate
from geo_tracker.words.mistakes import mistake_text

FOR_ADMINS = ("people",)


def main() -> None:
    """Draw language, filters and the page that was asked for."""
    settings = Settings.from_environment()
    look = settings.look
    icon = look.logo or str(elements.HERE / "icon.png")
    st.set_page_config(page_title=look.name or sign_in.PRODUCT, page_icon=icon, layout="wide")
    if look.logo:
        st.logo(look.logo, size="large")
    elements.stylesheet()
    controls.open_address()
    waiting = st.empty()
    spoken = language(st.context.locale or "")
    t = translate(spoken)
    try:
        with caching.one_view(settings.database_url) as session:
            if person.enter(session):
                _draw(settings, t, waiting)
            else:
                sign_in.show(look, t)
    except (GeoTrackerError, sa.exc.SQLAlchemyError) as error:
        _unreadable(error, spoken)


def _draw(settings: Settings, t: Translate, waiting: DeltaGenerator) -> None:
    """The filters, and the page."""
    with st.sidebar:
        code, t = selection.choose_language(settings.database_url)
    elements.spoken(code, t)
    page = _navigation(settings, t)
    numbers = page.url_path != "definitions"
    with st.sidebar:
        view = selection.choose(settings, code, t, waiting, numbers=numbers)
        if view is not None:
            saved_views.show(view, page.url_path or "overview", PAGES)
        sign_in.badge(t)
    if view is None and numbers:
        _welcome(settings, code, t)
    else:
        _show(page, code, t)
    controls.close_address()


def _navigation(settings: Settings, t: Translate) -> st.Page:
    left_out = () if _administers(settings) else FOR_ADMINS
    sections = {
        t(f"navigation.{section}") if section else "": [
            st.Page(
                f"app_pages/{name}.py",
                title=t(f"dashboard.{name}"),
                icon=icon,
                url_path=name,
                default=name == "overview",
            )
            for name, icon in pages.items()
            if name not in left_out
        ]
        for section, pages in SECTIONS.items()
    }
    return st.navigation(sections, position="top")


def _administers(settings: Settings) -> bool:
    """Whether the reader is an admin of anything."""
    names = list(data.workspaces(settings.database_url))
    return person.allowed("administer", None) or bool(person.current().among(names, "administer"))


def _show(page: st.Page, code: str, t: Translate) -> None:
    try:
        page.run()
    except GeoTrackerError as error:
        elements.html("empty", title=t("dashboard.cannot"), text=mistake_text(str(error), code))
    except sa.exc.SQLAlchemyError as error:
        _unreadable(error, code)


def _welcome(settings: Settings, code: str, t: Translate) -> None:
    """What to do while there is no workspace, or none that the reader may see."""
    if data.workspaces(settings.database_url) or not person.allowed("administer", None):
        sign_in.nothing(t)
    else:
        welcome.show(settings.database_url, code, t)


def _unreadable(error: Exception, code: str) -> None:
    t = translate(code)
    logging.getLogger(__name__).error("the database cannot be read: %s", error)
    told = isinstance(error, GeoTrackerError) and not person.signs_in()  # it may say where the database is
    reason = mistake_text(str(error), code) if told else t("dashboard.see_log")
    elements.html("empty", title=t("dashboard.no_database"), text=reason)


main()
