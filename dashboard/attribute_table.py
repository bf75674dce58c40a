"""Attributes that answers give to the brand and to its rivals, and the words they do it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import controls, data, elements, reads, tables
from dashboard.selection import View
from geo_tracker.metrics.records import Estimate
from geo_tracker.queries.attributes import POLARITIES, AttributeRate
from geo_tracker.reports.csv import attributes_table
from geo_tracker.words.names import engine_texts, surface_text
from geo_tracker.words.values import interval_text

BRANDS = 5
"""Beside each other: the brand and its rivals with most answers; more columns have no room."""
ROWS = 20
QUOTES = 10
NAMED = "mention_rate"


def show(view: View, brand: str) -> None:
    """A row an attribute, a column a brand; then the words on one of them."""
    t = view.t
    brands = _brands(view, brand)
    rates = reads.attributes(view.url, view.filters, brands)
    if not rates:
        elements.html("empty", title=t("perception.no_words"), text=t("perception.no_words_help"))
        return
    names = list(dict.fromkeys(rate.attribute for rate in rates))
    found = {(rate.attribute, rate.brand, rate.polarity): rate.share for rate in rates}
    rows = [
        tables.Row((tables.Cell(name), *(_cell(view, found, name, each) for each in brands)))
        for name in names[:ROWS]
    ]
    tables.grid((t("perception.attribute"), *brands), rows, (0,))
    elements.html("note", text=t("perception.words_help"))
    elements.download_table(view, "attributes", lambda: attributes_table(rates, sandbox=view.facts.sandbox))
    _quotes(view, brands, rates)


def _brands(view: View, brand: str) -> tuple[str, ...]:
    rates = {
        row.brand: row.estimate.value or 0.0
        for row in data.measured(view.url, view.filters, (), (NAMED,))
        if row.brand and row.brand != brand
    }
    return (brand, *sorted(rates, key=lambda name: (-rates[name], name))[: BRANDS - 1])


def _cell(view: View, found: Mapping[tuple[str, str, str], Estimate], name: str, brand: str) -> tables.Cell:
    """How many of the answers naming the brand praise it for that, and how many blame it."""
    t = view.t
    good, bad = (found.get((name, brand, polarity)) for polarity in ("positive", "negative"))
    if good is None and bad is None:
        return tables.Cell(t("number.none"))
    shown = [
        (t(f"perception.{key}", share=f"{share.value:.0%}"), interval_text("mention_rate", share, t))
        for key, share in (("praised", good), ("blamed", bad))
        if share is not None and share.value is not None
    ]
    n = max(share.n for share in (good, bad) if share is not None)
    (first, interval), *more = shown
    notes = (interval, *(line for each in more for line in each), t("report.n", n=f"{n:,}"))
    return tables.Cell(first, "\n".join(notes))


def _quotes(view: View, brands: Sequence[str], rates: Sequence[AttributeRate]) -> None:
    t = view.t
    elements.html("section", title=t("perception.quotes"))
    whose, about, how = st.columns(3, vertical_alignment="bottom")
    with whose:
        brand = controls.one_of(t("report.brand"), "whose", brands, brands[0])
    names = tuple(dict.fromkeys(rate.attribute for rate in rates if rate.brand == brand))
    if not names:
        elements.html("note", text=t("perception.no_words_help"))
        return
    with about:
        name = controls.one_of(t("perception.attribute"), "attribute", names, names[0])
    spoken = [rate.polarity for rate in rates if (rate.brand, rate.attribute) == (brand, name)]
    known = tuple(polarity for polarity in POLARITIES if polarity in spoken)
    with how:
        polarity = controls.one_of(
            t("perception.polarity"), "polarity", known, known[0], lambda each: t(f"polarity.{each}")
        )
    quotes = reads.attribute_quotes(view.url, view.filters, brand, name, polarity, QUOTES)
    engines = engine_texts(each.engine for each in quotes)
    lines = [
        {
            "text": each.text,
            "polarity": each.polarity,
            "note": " · ".join(
                (
                    engines[each.engine],
                    surface_text(each.surface, t),
                    elements.day_text(each.day, t),
                    each.prompt,
                )
            ),
            "link": elements.answer_address(view, each.answer),
        }
        for each in quotes
    ]
    elements.html("quotes", t=t, lines=lines)
