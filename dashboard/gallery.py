"""Products as cards. Titles are escaped; pictures are hostile, so they stand in a frame in which no script runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup

from dashboard import elements
from dashboard.selection import View
from geo_tracker.extract.text.excerpts import plain
from geo_tracker.extract.urls import is_public_http
from geo_tracker.i18n import Translate
from geo_tracker.queries.shelf import ShownOffer
from geo_tracker.reports.shelf_charts import money

TALL = 760
"""Pixels of the frame; it scrolls."""
LONGEST = 160
"""Characters of a title, merchant or brand."""


@dataclass(frozen=True, slots=True)
class Card:
    """A product as it reads."""

    title: str
    initial: str
    price: str
    platform: str
    merchant: str
    brand: str
    own: bool
    placement: str
    store: str
    broken: Sequence[str]
    rung: str
    seen: str
    image: str | None
    link: str | None
    answer: str


def show(view: View, offers: Sequence[ShownOffer], labels: Mapping[str, str], *, pictures: bool) -> None:
    """Draw the cards; pictures are asked of the shops only where the reader says so, from within a closed frame."""
    cards = [card(offer, view, labels) for offer in offers]
    if not pictures:
        elements.html("cards", t=view.t, cards=cards, pictures=False)
        return
    css = Markup((elements.HERE / "style.css").read_text("utf-8"))  # noqa: S704 - our own file
    framed = {"t": view.t, "lang": view.language, "style": view.style, "cards": cards, "css": css}
    st.iframe(elements.render("frame", **framed, pictures=True), height=TALL, alt=view.t("shelf.cards"))


def card(offer: ShownOffer, view: View, labels: Mapping[str, str]) -> Card:
    t = view.t
    title = title_of(offer)[:LONGEST]
    platform = platform_text(offer.platform, labels, t)
    link = offer.final_url or offer.url
    return Card(
        title=title,
        initial=(offer.brand or platform)[:1].upper(),
        price="" if offer.price is None else money(offer.price, offer.currency),
        platform=platform,
        merchant=(offer.merchant or t("shelf.unknown_merchant"))[:LONGEST],
        brand=(offer.brand or t("shelf.untracked_brand"))[:LONGEST],
        own=offer.own,
        placement=t(f"shelf.placements_of.{offer.placement}"),
        store=t(f"shelf.{offer.store}") if offer.store else "",
        broken=broken_texts(offer, t),
        rung=t(f"shelf.rungs.{offer.checkout}"),
        seen=t("shelf.seen", answers=f"{offer.answers:,}", day=elements.day_text(offer.last, t)),
        image=offer.image if offer.image and is_public_http(offer.image) else None,
        link=elements.safe_url(link) if link else None,
        answer=f"answers?workspace={view.slug}&lang={view.language}&answer={offer.newest_answer}",
    )


def title_of(offer: ShownOffer) -> str:
    """What it is called where it is shown, without signs of layout; else the product's name or the address."""
    return plain(offer.title or "") or offer.product or offer.url or ""


def platform_text(name: str, labels: Mapping[str, str], t: Translate) -> str:
    """A platform as people call it."""
    return labels.get(name, name) if name else t("shelf.unknown_platform")


def broken_texts(offer: ShownOffer, t: Translate) -> list[str]:
    """What is wrong with it, if anything is."""
    found = {"dead": offer.dead is True, "sold_out": offer.available is False}
    return [t(f"shelf.{name}") for name, holds in found.items() if holds]
