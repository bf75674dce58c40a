"""The dashboard: `geo-tracker dashboard` serves this file with Streamlit."""

from __future__ import annotations

import logging

import sqlalchemy as sa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import caching, controls, elements, selection
from geo_tracker.config import Settings
from geo_tracker.errors import GeoTrackerError
from geo_tracker.i18n import Translate, language, translate

PAGES = {
    "overview": ":material/monitoring:",
    "prompts": ":material/quiz:",
    "competitors": ":material/leaderboard:",
    "answers": ":material/forum:",
    "sources": ":material/link:",
    "shelf": ":material/storefront:",
    "perception": ":material/record_voice_over:",
    "signals": ":material/notifications:",
    "discover": ":material/travel_explore:",
    "session": ":material/checklist:",
    "events": ":material/event:",
    "reports": ":material/description:",
    "runs": ":material/schedule:",
    "workspace": ":material/tune:",
    "definitions": ":material/menu_book:",
}


def main() -> None:
    """Draw language, filters and the page that was asked for."""
    st.set_page_config(page_title="GEO Tracker", page_icon=str(elements.HERE / "icon.png"), layout="wide")
    elements.stylesheet()
    controls.open_address()
    settings = Settings.from_environment()
    waiting = st.empty()
    t = translate(language(st.context.locale or ""))
    try:
        with caching.one_view(settings.database_url):
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
        _welcome(t)
    else:
        _show(page, t)
    controls.close_address()


def _navigation(t: Translate) -> st.Page:
    pages = [
        st.Page(
            f"app_pages/{name}.py",
            title=t(f"dashboard.{name}"),
            icon=icon,
            url_path=name,
            default=name == "overview",
        )
        for name, icon in PAGES.items()
    ]
    return st.navigation(pages, position="top")


def _show(page: st.Page, t: Translate) -> None:
    try:
        page.run()
    except GeoTrackerError as error:
        elements.html("empty", title=t("dashboard.cannot"), text=str(error))
    except sa.exc.SQLAlchemyError as error:
        _unreadable(error, t)


def _welcome(t: Translate) -> None:
    """What to do while there is no workspace."""
    elements.html("empty", title=t("dashboard.welcome"), text=t("dashboard.welcome_help"))
    for step in ("demo", "apply", "import"):
        elements.html("note", text=t(f"dashboard.welcome_{step}"))
        st.code(t(f"dashboard.command_{step}"), language="bash")


def _unreadable(error: Exception, t: Translate) -> None:
    logging.getLogger(__name__).error("the database cannot be read: %s", error)
    reason = str(error) if isinstance(error, GeoTrackerError) else t("dashboard.see_log")
    elements.html("empty", title=t("dashboard.no_database"), text=reason)


main()
