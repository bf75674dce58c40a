"""The first page of an installation without a workspace: make one here, or take the demo, a file or an import."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import available_timezones

import streamlit as st

from dashboard import controls, elements, reads
from dashboard.edit_draft import lines
from geo_tracker.errors import UsageError
from geo_tracker.i18n import Translate, languages, read_strings
from geo_tracker.workspaces.file import checked, slug_of

WAYS = ("demo", "apply", "import")
ZONES = {"zh": "Asia/Shanghai", "en": "UTC"}
LOCALES = {"zh": "zh-CN", "en": "en"}


def show(url: str, code: str, t: Translate) -> None:
    """A form for the first workspace, and the commands of the other ways."""
    elements.html("empty", title=t("dashboard.welcome"), text=t("dashboard.welcome_help"))
    _form(url, code, t)
    for way in WAYS:
        elements.html("note", text=t(f"dashboard.welcome_{way}"))
        st.code(t(f"dashboard.command_{way}"), language="bash")


def _form(url: str, code: str, t: Translate) -> None:
    with st.form("welcome", enter_to_submit=False):
        elements.html("section", title=t("welcome.title"))
        left, right = st.columns(2)
        with left:
            name = st.text_input(t("welcome.name"), max_chars=100)
            brand = st.text_input(t("welcome.brand"), max_chars=200)
            domains = st.text_area(t("workspace.domains"), height=70)
        with right:
            zones = sorted(available_timezones())
            zone = st.selectbox(t("workspace.field.timezone"), zones, zones.index(ZONES.get(code, "UTC")))
            spoken = st.selectbox(
                t("welcome.language"),
                languages(),
                languages().index(code),
                format_func=lambda each: read_strings(each)["dashboard.language"],
            )
            rivals = st.text_area(t("welcome.rivals"), height=70)
        pressed = st.form_submit_button(t("welcome.create"), type="primary", icon=":material/add:")
    if pressed:
        own = {"name": brand, "role": "own", "domains": lines(domains)}
        slug = slug_of(Path(name.replace(".", " ")))
        about = {"slug": slug, "name": name or brand, "locale": LOCALES.get(spoken, spoken), "timezone": zone}
        _create(url, code, {"workspace": about, "brands": [own, *({"name": each} for each in lines(rivals))]})


def _create(url: str, code: str, described: dict[str, object]) -> None:
    try:
        slug = reads.create(url, checked(described))
    except UsageError as error:
        elements.mistake(error, code)
        return
    controls.put(workspace=slug)
    st.switch_page("app_pages/workspace.py")
