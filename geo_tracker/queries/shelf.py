"""The shelf over a selection: its daily sums for the numbers, and its products, prices and broken links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, func

from geo_tracker.extract.commerce.platforms import Platforms
from geo_tracker.metrics.records import Facts, Selection
from geo_tracker.metrics.shelf import Shelf
from geo_tracker.queries.facts import dates, read_table
from geo_tracker.queries.selection import selected
from geo_tracker.score import offers
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Brand,
    Citation,
    DailyShelf,
    Offer,
    Prompt,
    Workspace,
)

ROUTE = ("engine", "surface", "platform", "merchant", "checkout")
SUMS = ("offers", "dead", "unavailable")
SHOWN = (
    *("product", "title", "price", "currency", "platform", "merchant", "store", "placement"),
    *("checkout", "url", "final_url", "image", "available", "dead"),
)
"""Columns of an offer that a list shows."""


class _Asked(NamedTuple):
    price: float | None
    reference_price: float | None


@dataclass(frozen=True, slots=True)
class Price:
    """What one merchant's offers of a product of the catalogue ask."""

    brand: str
    own: bool
    product: str
    platform: str
    merchant: str
    currency: str
    shown: float
    """Mean of the prices that answers and cited pages show."""
    shown_low: float
    shown_high: float
    reference: float | None
    """Of the workspace's catalogue."""
    spread: float | None
    """(shown - reference) / reference."""
    shop: float | None
    """Mean of what the shop's own pages ask, as crawled; only in the same currency."""
    shop_spread: float | None
    n: int
    """Answers that show such a price."""
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """A product as answers show it, at one merchant; what it looks like is from the newest answer."""

    brand: str | None
    own: bool
    product: str | None
    title: str | None
    price: float | None
    currency: str | None
    platform: str
    merchant: str
    store: str | None
    placement: str
    checkout: int
    url: str | None
    final_url: str | None
    image: str | None
    available: bool | None
    dead: bool | None
    answers: int
    first: date
    last: date
    newest_answer: int
    """Its id."""


def read_shelf(session: Session, facts: Facts) -> Shelf:
    """Where a selection's offers lead: their sums by engine, shop and rung."""
    workspace = workspace_named(session, facts.filters.workspace)
    route = [getattr(DailyShelf, name) for name in ROUTE]
    sums = [func.sum(getattr(DailyShelf, name)).label(name) for name in SUMS]
    days = (func.min(DailyShelf.day).label("first"), func.max(DailyShelf.day).label("last"))
    chosen = (
        sa.select(*route, *sums, *days).join(Prompt).where(*selected(DailyShelf, workspace, facts.filters))
    )
    routes = read_table(session, chosen.group_by(*route))
    known = Platforms(workspace.platforms)
    labels = {name: known.label(name) for name in sorted(routes["platform"].unique())}
    types = {**dict.fromkeys(SUMS, "float64"), **dates(("first", "last")), "checkout": "int64"}
    return Shelf(facts, routes.astype(types), labels)


def read_prices(session: Session, filters: Selection, *, limit: int | None = None) -> list[Price]:
    """Prices per product of the catalogue and merchant: own brands first, then the most shown."""
    workspace = workspace_named(session, filters.workspace)
    seen = _seen(workspace, filters)
    keys: list[Any] = [col(Brand.name), col(Brand.own), col(Offer.product)]
    keys += [_said(Offer.platform), _said(Offer.merchant), col(Offer.currency), col(Offer.reference_price)]
    n = func.count(sa.distinct(seen.c.answer_id))
    shop = sa.case((col(Offer.shop_currency) == col(Offer.currency), col(Offer.shop_price)))
    asked = (func.avg(Offer.price), func.min(Offer.price), func.max(Offer.price), func.avg(shop))
    names = ("price", "low", "high", "shop")
    labelled = [value.label(name) for value, name in zip(asked, names, strict=True)]
    days = (func.min(seen.c.day).label("first"), func.max(seen.c.day).label("last"))
    statement = (
        sa.select(*_labelled(keys), *labelled, n.label("n"), *days)
        .join(seen, seen.c.offer_id == Offer.id)
        .join(Brand, col(Brand.id) == col(Offer.brand_id))
        .where(*_priced())
        .group_by(*keys)
        .order_by(col(Brand.own).desc(), n.desc(), *keys)
        .limit(limit)
    )
    return [_price(row) for row in session.connection().execute(statement)]


def read_offers(
    session: Session,
    filters: Selection,
    *,
    brand: str | None = None,
    broken: bool = False,
    limit: int | None = 100,
) -> list[ShownOffer]:
    """Products that the selected answers and the pages they cite offer, newest first.

    One row per address (or title) and merchant. `brand` keeps one brand's, and the untracked with an empty name;
    `broken` keeps what leads nowhere or is sold out.
    """
    workspace = workspace_named(session, filters.workspace)
    shown = _shown_at(_seen(workspace, filters), _chosen(brand, broken)).cte("shown")
    groups = _grouped(shown, limit).cte("groups")
    newest = _newest(shown, groups).subquery()
    columns: list[Any] = [getattr(Offer, name) for name in SHOWN]
    columns += [col(Brand.name).label("brand"), col(Brand.own).label("own")]
    counted = (newest.c[name] for name in ("answer_id", "answers", "first", "last", "highest"))
    statement = (
        sa.select(*columns, *counted)
        .select_from(newest)
        .join(Offer, col(Offer.id) == newest.c.offer_id)
        .outerjoin(Brand, col(Brand.id) == col(Offer.brand_id))
        .where(newest.c.place == 1)
        .order_by(newest.c.last.desc(), newest.c.answers.desc(), newest.c.address, newest.c.seller)
    )
    return [_shown(row) for row in session.connection().execute(statement)]


def _seen(workspace: Workspace, filters: Selection) -> sa.CTE:
    """Which valid answer shows which offer, itself or through a page that it cites, each pair once."""
    chosen = (*selected(Answer, workspace, filters), col(Answer.status) == AnswerStatus.CAPTURED)
    columns: list[Any] = [col(Offer.id).label("offer_id"), col(Answer.id).label("answer_id"), col(Answer.day)]
    own = sa.select(*columns).join(Answer, col(Answer.id) == col(Offer.answer_id)).join(Prompt)
    # With `+ 0` SQLite looks up the offers of each citation's page, not all of the workspace for each answer:
    # 0.14 s over 100,000 answers, where it took more than ten minutes (2026-11-26).
    mine = col(Offer.workspace_id) + 0 == workspace.id
    cited = (
        sa.select(*columns)
        .join(Citation, col(Citation.page_id) == col(Offer.page_id))
        .join(Answer, col(Answer.id) == col(Citation.answer_id))
        .join(Prompt)
        .where(col(Citation.role) == "cited", mine)
    )
    return sa.union(own.where(*chosen), cited.where(*chosen)).cte("seen")


def _shown_at(seen: sa.CTE, chosen: Sequence[Any]) -> sa.Select[Any]:
    """The pairs of `seen` with the address (or title) and the merchant that tell products apart."""
    address = func.coalesce(Offer.canonical_url, Offer.url, Offer.title, "").label("address")
    seller = _said(Offer.merchant).label("seller")
    return (
        sa.select(seen, address, seller, col(Offer.checkout))
        .join(Offer, col(Offer.id) == seen.c.offer_id)
        .outerjoin(Brand, col(Brand.id) == col(Offer.brand_id))
        .where(*chosen)
    )


def _grouped(shown: sa.CTE, limit: int | None) -> sa.Select[Any]:
    """What each product adds up to, only those that are listed: newest first."""
    first, last = func.min(shown.c.day).label("first"), func.max(shown.c.day).label("last")
    answers = func.count(sa.distinct(shown.c.answer_id)).label("answers")
    sums = sa.select(
        *(shown.c.address, shown.c.seller, answers, first, last),
        func.max(shown.c.checkout).label("highest"),
    ).group_by(shown.c.address, shown.c.seller)
    return sums.order_by(last.desc(), answers.desc(), shown.c.address, shown.c.seller).limit(limit)


def _newest(shown: sa.CTE, groups: sa.CTE) -> sa.Select[Any]:
    """The listed products' offers of their last day, ranked; a window over all days costs a sort of all of them."""
    same = (groups.c.address == shown.c.address) & (groups.c.seller == shown.c.seller)
    place = func.row_number().over(
        partition_by=(shown.c.address, shown.c.seller),
        order_by=(shown.c.offer_id.desc(), shown.c.answer_id.desc()),
    )
    joined = sa.select(groups, shown.c.offer_id, shown.c.answer_id, place.label("place")).join(shown, same)
    return joined.where(shown.c.day == groups.c.last)


def _chosen(brand: str | None, broken: bool) -> list[Any]:
    chosen: list[Any] = []
    if brand is not None:
        chosen.append(col(Brand.name) == brand if brand else col(Offer.brand_id).is_(None))
    if broken:
        chosen.append(col(Offer.dead).is_(True) | col(Offer.available).is_(False))
    return chosen


def _priced() -> Sequence[Any]:
    return [col(column).is_not(None) for column in (Offer.product, Offer.price, Offer.currency)]


def _said(column: Any) -> Any:
    return func.coalesce(column, "")


def _labelled(keys: Sequence[Any]) -> list[Any]:
    names = ("brand", "own", "product", "platform", "merchant", "currency", "reference_price")
    return [key.label(name) for key, name in zip(keys, names, strict=True)]


def _price(row: Any) -> Price:
    return Price(
        brand=row.brand,
        own=row.own,
        product=row.product,
        platform=row.platform,
        merchant=row.merchant,
        currency=row.currency,
        shown=row.price,
        shown_low=row.low,
        shown_high=row.high,
        reference=row.reference_price,
        spread=offers.price_spread(row),
        shop=row.shop,
        shop_spread=offers.price_spread(_Asked(row.shop, row.reference_price)),
        n=row.n,
        first=row.first,
        last=row.last,
    )


def _shown(row: Any) -> ShownOffer:
    return ShownOffer(
        brand=row.brand,
        own=bool(row.own),
        product=row.product,
        title=row.title,
        price=row.price,
        currency=row.currency,
        platform=row.platform or "",
        merchant=row.merchant or "",
        store=row.store,
        placement=row.placement,
        checkout=row.highest,
        url=row.url,
        final_url=row.final_url,
        image=row.image,
        available=row.available,
        dead=row.dead,
        answers=row.answers,
        first=row.first,
        last=row.last,
        newest_answer=row.answer_id,
    )
