"""The dashboard: `geo-tracker dashboard` serves this file with Streamlit."""

from __future__ import annotations

import logging

import sqlalchemy as sa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import controls, data, elements, selection, welcome
from dashboard.navigation import SECTIONS
from geo_tracker.config import Settings
from geo_tracker.errors import GeoTrackerError
from geo_tracker.i18n import Translate, language, translate


def main() -> None:
    """Draw language, filters and the page that was asked for."""
    st.set_page_config(page_title="GEO Tracker", page_icon=str(elements.HERE / "icon.png"), layout="wide")
    elements.stylesheet()
    controls.open_address()
    settings = Settings.from_environment()
    waiting = st.empty()
    t = translate(language(st.context.locale or ""))
    try:
        with data.one_view(settings.database_url):
            _draw(settings, t, waiting)
    except (GeoTrackerError, sa.exc.SQLAlchemyError) as error:
        _unreadable(error, t)


def _draw(settings: Settings, t: Translate, waiting: DeltaGenerator) -> None:
    """The filters, and the page."""
    with st.sidebar:
        code, t = selection.choose_language(settings.database_url)
    page = _navigation(t)
    numbers = page.url_path != "definitions"
    with st.sidebar:
        view = selection.choose(settings, code, t, waiting, numbers=numbers)
    if view is None and numbers:
        welcome.show(settings.database_url, code, t)
    else:
        _show(page, t)
    controls.close_address()


def _navigation(t: Translate) -> st.Page:
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
        ]
        for section, pages in SECTIONS.items()
    }
    return st.navigation(sections, position="top")


def _show(page: st.Page, t: Translate) -> None:
    try:
        page.run()
    except GeoTrackerError as error:
        elements.html("empty", title=t("dashboard.cannot"), text=str(error))
    except sa.exc.SQLAlchemyError as error:
        _unreadable(error, t)


def _unreadable(error: Exception, t: Translate) -> None:
    logging.getLogger(__name__).error("the database cannot be read: %s", error)
    reason = str(error) if isinstance(error, GeoTrackerError) else t("dashboard.see_log")
    elements.html("empty", title=t("dashboard.no_database"), text=reason)


main()
