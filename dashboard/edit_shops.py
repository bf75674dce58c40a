"""The catalogue with its numbers and prices, shops that are not built in, and types of sources of one's own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import streamlit as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from dashboard import edit_draft, elements, gated, tables
from dashboard.edit_draft import lines
from dashboard.selection import View
from geo_tracker.words.mistakes import mistake_text

COLUMNS = ("brand", "product", "sku", "gtin", "price", "currency")
SHOWN = 50
EXAMPLE = """- name: harbour
  label: Harbour Beauty
  currency: GBP
  hosts: [harbour.example]
  link:
    - kind: product
      match: 'shop\\.harbour\\.example/p/(?P<item>\\d+)$'
      canonical: https://shop.harbour.example/p/{item}
"""


def show(view: View) -> None:
    """Three forms; each is previewed before it is saved."""
    _, data = edit_draft.data_of(view)
    _catalogue(view, data)
    _shops(view, data)
    _sources(view, data)


def _catalogue(view: View, data: dict[str, Any]) -> None:
    t = view.t
    goods = [(brand, product) for brand in data["brands"] for product in brand["products"]]
    elements.html("section", title=t("workspace.catalogue", count=len(goods)))
    if goods:
        heads = [t(f"workspace.good.{name}") for name in COLUMNS]
        rows = [_row(view, brand, product) for brand, product in goods[:SHOWN]]
        tables.grid(heads, rows, (0, 1, 2, 3, 5))
        if len(goods) > SHOWN:
            elements.html("note", text=t("workspace.more", count=len(goods) - SHOWN))
    with st.form("catalogue", enter_to_submit=False):
        help_text = t("workspace.catalogue_help", columns=", ".join(COLUMNS))
        text = st.text_area(t("workspace.catalogue_paste"), height=120, help=help_text)
        pressed = gated.submit(
            view, "edit", t("workspace.see"), icon=":material/visibility:", key="see-catalogue"
        )
    if pressed:
        try:
            brands = stocked(data["brands"], text)
        except (ValueError, csv.Error) as error:
            reason = elements.plain(mistake_text(str(error), view.language))
            st.error(t("workspace.csv_bad", reason=reason), icon=":material/error:")
            return
        edit_draft.propose(view, {**data, "brands": brands})


def _row(view: View, brand: Mapping[str, Any], product: Mapping[str, Any]) -> tables.Row:
    none = view.t("number.none")
    price = none if product["price"] is None else f"{product['price']:,g}"
    texts = (brand["name"], product["text"], ", ".join(product["sku"]), product["gtin"], price)
    cells = [tables.Cell(text or none) for text in (*texts, product["currency"])]
    return tables.Row(cells, brand["role"] == "own")


def stocked(brands: Sequence[Mapping[str, Any]], text: str) -> list[dict[str, Any]]:
    """The brands with the products of a CSV text in their catalogue; raises `ValueError` that says what is wrong."""
    found = {brand["name"]: {**brand, "products": list(brand["products"])} for brand in brands}
    for row in _rows(text):
        if row["brand"] not in found:
            raise ValueError(f"{row['brand']!r} is no brand of this workspace")
        _put(found[row["brand"]]["products"], _product(row))
    return list(found.values())


def _rows(text: str) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text.strip()))
    header = [name.strip().lower() for name in reader.fieldnames or ()]
    if not {"brand", "product"} <= set(header) <= set(COLUMNS):
        raise ValueError(f"its columns are {', '.join(header) or 'none'}")
    reader.fieldnames = header
    for row in reader:
        values = {name: str(row.get(name) or "").strip() for name in COLUMNS}
        if values["product"]:
            yield values


def _product(row: Mapping[str, str]) -> dict[str, Any]:
    numbers = [each.strip() for each in row["sku"].split(";") if each.strip()]
    given = {"sku": numbers, "gtin": row["gtin"], "currency": row["currency"].upper()}
    price = {"price": float(row["price"])} if row["price"] else {}
    return {"text": row["product"], **{name: value for name, value in given.items() if value}, **price}


def _put(products: list[dict[str, Any]], new: dict[str, Any]) -> None:
    """In place of the product of that name, whose other values stay; else at the end."""
    for at, product in enumerate(products):
        if product["text"] == new["text"]:
            products[at] = {**product, **new}
            return
    products.append(new)


def _shops(view: View, data: dict[str, Any]) -> None:
    t = view.t
    elements.html("section", title=t("workspace.shops"))
    elements.html("note", text=t("workspace.shops_help"))
    with st.form("shops", enter_to_submit=False):
        text = st.text_area(
            t("workspace.shops_text"), _yaml(data["platforms"]), height=200, placeholder=EXAMPLE
        )
        pressed = gated.submit(
            view, "edit", t("workspace.see"), icon=":material/visibility:", key="see-shops"
        )
    if pressed:
        try:
            platforms = YAML(typ="safe", pure=True).load(text) or []
        except YAMLError as error:
            reason = elements.plain(mistake_text(str(error), view.language))
            st.error(t("workspace.csv_bad", reason=reason), icon=":material/error:")
            return
        edit_draft.propose(view, {**data, "platforms": platforms})


def _yaml(values: Sequence[Any]) -> str:
    if not values:
        return ""
    text = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.dump(list(values), text)
    return text.getvalue()


def _sources(view: View, data: dict[str, Any]) -> None:
    t = view.t
    elements.html("section", title=t("workspace.field.sources"))
    with st.form("source-types", enter_to_submit=False):
        known = "\n".join(f"{name}: {kind}" for name, kind in data["sources"].items())
        text = st.text_area(t("workspace.sources_text"), known, help=t("workspace.sources_help"))
        pressed = gated.submit(
            view, "edit", t("workspace.see"), icon=":material/visibility:", key="see-sources"
        )
    if pressed:
        pairs = [line.replace("：", ":").rpartition(":") for line in lines(text)]
        wanted = {name.strip(): kind.strip() for name, _, kind in pairs}
        edit_draft.propose(view, {**data, "sources": wanted})
