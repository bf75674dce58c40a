"""Brands with their aliases, products and domains, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard import controls, edit_draft, edit_forms, elements, gated
from dashboard.edit_draft import lines
from dashboard.selection import View

NEW = ""
ROLES = ("own", "competitor")


def show(view: View) -> None:
    """Choose a brand or a new one, change it, see what that would move."""
    t = view.t
    _, data = edit_draft.data_of(view)
    if not data["brands"]:
        elements.html("empty", title=t("workspace.first_brand"), text=t("workspace.first_brand_help"))
    names = (*(brand["name"] for brand in data["brands"]), NEW)
    name = controls.one_of(
        t("report.brand"), "edited", names, names[0], lambda each: each or t("workspace.new_brand"), width=360
    )
    found: dict[str, Any] = next((brand for brand in data["brands"] if brand["name"] == name), {})
    with st.form(f"brand-{name}", enter_to_submit=False):
        wanted = _fields(view, found or {"role": "competitor" if data["brands"] else "own"})
        elements.html("note", text=t("workspace.brands_help"))
        kept = gated.submit(view, "edit", t("workspace.see"), type="primary", icon=":material/visibility:")
        gone = name != NEW and gated.submit(
            view, "edit", t("workspace.archive_brand"), icon=":material/archive:"
        )
    if found:
        edit_forms.show(view, data, found)
    if kept or gone:
        brands = [brand for brand in data["brands"] if brand["name"] != name]
        at = len(brands) if name == NEW else names.index(name)
        edit_draft.propose(view, {**data, "brands": brands if gone else [*brands[:at], wanted, *brands[at:]]})


def _fields(view: View, found: dict[str, Any]) -> dict[str, Any]:
    t = view.t
    left, right = st.columns(2)
    with left:
        name = st.text_input(t("workspace.name"), found.get("name", ""), max_chars=200)
        role = st.selectbox(
            t("workspace.role"),
            ROLES,
            ROLES.index(found.get("role", "competitor")),
            format_func=lambda each: t(f"workspace.role_{each}"),
        )
        domains = st.text_area(t("workspace.domains"), "\n".join(found.get("domains", ())))
    with right:
        aliases = st.text_area(t("workspace.aliases"), _texts(found.get("aliases", ())))
        products = st.text_area(t("workspace.products"), _texts(found.get("products", ())))
    return {
        "name": name,
        "role": role,
        "aliases": forms(aliases, found.get("aliases", ())),
        "products": forms(products, found.get("products", ())),
        "domains": lines(domains),
    }


def forms(text: str, known: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A form a line; one that was there keeps its conditions, numbers and price."""
    by_text = {form["text"]: form for form in known}
    return [by_text.get(line, {"text": line}) for line in lines(text)]


def _texts(known: Sequence[dict[str, Any]]) -> str:
    return "\n".join(form["text"] for form in known)
