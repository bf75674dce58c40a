"""The conditions of one written form: words near it that let it count or not; of a product its numbers and price."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import edit_draft, elements, gated
from dashboard.edit_draft import lines
from dashboard.selection import View

WORDS = ("requires", "excludes", "includes")
KINDS = ("aliases", "products")
LISTED = 300
"""Forms to choose from at once."""


def show(view: View, data: dict[str, Any], brand: Mapping[str, Any]) -> None:
    """Choose an alias or a product of the brand and change what it needs to count."""
    t = view.t
    forms = [(kind, at) for kind in KINDS for at in range(len(brand.get(kind, ())))][:LISTED]
    elements.html("section", title=t("workspace.forms"))
    if not forms:
        elements.html("note", text=t("workspace.no_forms"))
        return
    chosen = st.selectbox(
        t("workspace.form"),
        forms,
        format_func=lambda place: brand[place[0]][place[1]]["text"],
        key=f"form-of-{brand['name']}",
        width=360,
    )
    kind, at = chosen
    found = brand[kind][at]
    with st.form(f"form-{brand['name']}-{kind}-{at}", enter_to_submit=False):
        wanted = {**found, **_conditions(view, found)}
        if kind == "products":
            wanted |= _goods(view, found)
        pressed = gated.submit(
            view, "edit", t("workspace.see"), icon=":material/visibility:", key=f"see-{kind}-{at}"
        )
    if pressed:
        forms_of = [wanted if place == at else form for place, form in enumerate(brand[kind])]
        changed = {**brand, kind: forms_of}
        brands = [changed if each["name"] == brand["name"] else each for each in data["brands"]]
        edit_draft.propose(view, {**data, "brands": brands})


def _conditions(view: View, found: Mapping[str, Any]) -> dict[str, Any]:
    t = view.t
    columns = st.columns(len(WORDS))
    wanted: dict[str, Any] = {}
    for column, name in zip(columns, WORDS, strict=True):
        with column:
            text = "\n".join(found.get(name, ()))
            wanted[name] = lines(st.text_area(t(f"workspace.{name}"), text, help=t(f"workspace.{name}_help")))
    sensitive = st.toggle(
        t("workspace.case"), found.get("case") == "sensitive", help=t("workspace.case_help")
    )
    return {**wanted, "case": "sensitive" if sensitive else "insensitive"}


def _goods(view: View, found: Mapping[str, Any]) -> dict[str, Any]:
    """What tells a product on a shelf and what its offers are compared with."""
    t = view.t
    numbers, code, price, currency = st.columns((3, 2, 2, 1))
    with numbers:
        sku = st.text_input(t("workspace.sku"), ", ".join(found.get("sku", ())), help=t("workspace.sku_help"))
    with code:
        gtin = st.text_input(t("workspace.gtin"), found.get("gtin", ""))
    with price:
        asked = st.number_input(t("workspace.price"), 0.0, None, float(found.get("price") or 0.0))
    with currency:
        unit = st.text_input(t("workspace.currency"), found.get("currency", ""), max_chars=3)
    several = [each.strip() for each in sku.replace("，", ",").split(",") if each.strip()]
    return {"sku": several, "gtin": gtin.strip(), "price": asked or None, "currency": unit.strip().upper()}
