"""The shelf read from a database: the catalogue's products, daily sums, prices, products and broken links."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from geo_tracker.engines.base import ParsedOffer
from geo_tracker.errors import UsageError
from geo_tracker.metrics.measures import Measurement, measure
from geo_tracker.metrics.shelf import Shelf, concentration, ladder, shares
from geo_tracker.queries.facts import Selection, read_facts
from geo_tracker.queries.offered import read_offered, read_spread
from geo_tracker.queries.shelf import read_offers, read_prices, read_shelf
from geo_tracker.score.answers import score
from geo_tracker.score.rollup import roll_up
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, writing
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Citation,
    DailyShelf,
    Offer,
    Page,
    PageStatus,
    Prompt,
    Workspace,
)
from geo_tracker.workspaces.brands import Brands
from tests.support.shelf_data import DAY, OTHER, OWN_CARD, RESOLD, RIVAL, SHOP, answer, declare


@pytest.fixture
def workspace(engine: sa.Engine) -> Workspace:
    return declare(engine)


def scored(engine: sa.Engine, workspace: Workspace) -> None:
    score(engine, Archive("memory://"), workspace)


def offers_of(engine: sa.Engine) -> list[Offer]:
    with reading(engine) as session:
        return list(session.exec(select(Offer).order_by(col(Offer.answer_id), col(Offer.position))).all())


def read(engine: sa.Engine, selection: Selection = Selection("w")) -> Shelf:  # noqa: B008 - frozen
    with reading(engine) as session:
        return read_shelf(session, read_facts(session, selection))


def shares_of(engine: sa.Engine, by: tuple[str, ...] = ()) -> list[Measurement]:
    with reading(engine) as session:
        return shares(read_offered(session, read_facts(session, Selection("w")), by))


def concentration_of(engine: sa.Engine) -> list[Measurement]:
    with reading(engine) as session:
        return concentration(read_spread(session, read_facts(session, Selection("w"))))


def test_an_unknown_group_says_what_there_is(engine: sa.Engine, workspace: Workspace) -> None:
    with pytest.raises(UsageError, match=r"cannot group by aisle: use engine.*merchant, checkout"):
        shares_of(engine, ("aisle",))


def test_products_are_known_by_item_id_sku_gtin_and_name(engine: sa.Engine, workspace: Workspace) -> None:
    by_gtin = ParsedOffer("card", title="修护膜", raw={"gtin13": "0690123456789"})
    by_short_gtin = ParsedOffer("card", title="修护膜", raw={"gtin14": "00690123456789"})
    by_name = ParsedOffer("card", title="云纱舒缓面膜 温和")
    answer(engine, OWN_CARD, RESOLD, by_gtin, by_short_gtin, by_name, RIVAL, OTHER)
    scored(engine, workspace)
    names = [offer.product for offer in offers_of(engine)]
    soothing, mending = "云纱舒缓面膜", "云纱修护膜"
    assert names == [soothing, mending, mending, mending, soothing, "Aurora Mask", None]


def test_offers_know_store_price_and_reference(engine: sa.Engine, workspace: Workspace) -> None:
    dollars = ParsedOffer("card", title="云纱舒缓面膜", price_raw="$20", currency="USD", merchant="云纱 shop")
    answer(engine, OWN_CARD, RESOLD, OTHER, dollars, text="[买](https://www.yunsha.example/products/1)")
    scored(engine, workspace)
    found = [(o.store, o.price, o.currency, o.reference_price, o.platform) for o in offers_of(engine)]
    assert found == [
        ("official", 120, "CNY", 100, "harbour"),
        ("reseller", 190, "CNY", 200, "harbour"),
        (None, 9, "CNY", None, "jd"),
        ("reseller", 20, "USD", None, None),
    ]


def test_the_shelf_of_a_selection(engine: sa.Engine, workspace: Workspace) -> None:
    answer(engine, OWN_CARD, RESOLD, RIVAL, OTHER)
    answer(engine, OWN_CARD, prompt=1)
    answer(engine, RIVAL, surface="api", engine="doubao", text="看 https://go.harbour.example/x1")
    answer(engine)
    scored(engine, workspace)
    of = read(engine)
    assert of.labels == {"harbour": "Harbour Beauty", "jd": "京东"}
    found = {row.brand: row.estimate for row in shares_of(engine)[:3]}
    assert {brand: (it.numerator, it.n) for brand, it in found.items()} == {
        "云纱": (3, 3),
        "Aurora Care": (2, 3),
        None: (2, 3),
    }
    assert found["云纱"].denominator == measure(of.facts, "shelf_share", "云纱").denominator == 7
    assert measure(of.facts, "trigger_rate").value == 2 / 3
    assert measure(of.facts, "official_store_share", "云纱").value == 2 / 3
    assert measure(of.facts, "price_spread", "云纱").value == pytest.approx((0.2 - 0.05 + 0.2) / 3)


def test_an_api_in_other_words_is_left_out_of_the_trigger_rate(
    engine: sa.Engine, workspace: Workspace
) -> None:
    answer(engine, OWN_CARD)
    answer(engine, prompt=1)
    answer(engine, RIVAL, surface="api, web search")
    answer(engine, prompt=1, surface="api, no web search")
    scored(engine, workspace)
    rate = measure(read(engine).facts, "trigger_rate")
    assert (rate.numerator, rate.n) == (1, 2)


def test_the_groups_of_the_shelf_are_the_whole_of_the_daily_sums(
    engine: sa.Engine, workspace: Workspace
) -> None:
    answer(engine, OWN_CARD, RESOLD, OTHER, text="看 https://go.harbour.example/x1")
    answer(engine, RIVAL, OTHER, prompt=1, day=DAY - timedelta(days=1))
    scored(engine, workspace)
    with writing(engine) as session:  # the short link leads on to another platform: it counts half for each
        short = session.exec(select(Page).where(Page.url == "https://go.harbour.example/x1")).one()
        short.status, short.fetched_at = PageStatus.FETCHED, datetime.now(UTC)
        short.final_url = "https://item.jd.com/100012043978.html"
        session.add(short)
    scored(engine, workspace)
    of = read(engine)
    for by in (("placement",), ("platform",), ("merchant",), ("engine", "platform"), ("day", "checkout")):
        rows = [row for row in shares_of(engine, by) if row.metric == "shelf_share"]
        for brand in ("云纱", "Aurora Care"):
            total = sum(row.estimate.numerator for row in rows if row.brand == brand)
            assert total == measure(of.facts, "shelf_share", brand).numerator
    jd = next(
        row
        for row in shares_of(engine, ("platform",))
        if row.group == {"platform": "jd"} and row.brand is None
    )
    assert jd.estimate.numerator == 2.5
    assert concentration_of(engine)[0].estimate.value == pytest.approx((3.5 / 6) ** 2 + (2.5 / 6) ** 2)


def test_filters_choose_the_offers(engine: sa.Engine, workspace: Workspace) -> None:
    answer(engine, OWN_CARD)
    answer(engine, RIVAL, engine="doubao", surface="app", day=DAY - timedelta(days=3))
    scored(engine, workspace)
    assert {rung.engine for rung in ladder(read(engine))} == {"kimi", "doubao"}
    everything = Selection("w")
    for filters in (
        everything.only(engine=("doubao",)),
        everything.only(surface=("app",)),
        Selection("w", end=DAY - timedelta(days=1)),
    ):
        (rung,) = ladder(read(engine, filters))
        assert (rung.engine, rung.surface, rung.checkout, rung.last) == (
            "doubao",
            "app",
            3,
            DAY - timedelta(days=3),
        )
        with reading(engine) as session:
            assert [offer.brand for offer in read_offers(session, filters)] == ["Aurora Care"]
            assert [price.brand for price in read_prices(session, filters)] == ["Aurora Care"]


def test_a_shelf_without_offers_is_empty_and_still_measured(engine: sa.Engine, workspace: Workspace) -> None:
    answer(engine)
    scored(engine, workspace)
    of = read(engine)
    assert (shares_of(engine), concentration_of(engine), ladder(of)) == ([], [], [])
    assert measure(of.facts, "trigger_rate").value == 0
    with reading(engine) as session:
        assert read_offers(session, Selection("w")) == read_prices(session, Selection("w")) == []


def test_prices_of_a_product_per_merchant(engine: sa.Engine, workspace: Workspace) -> None:
    cheaper = ParsedOffer(
        "card", url=f"{SHOP}/1001", title="面膜", price_raw="¥90", merchant="云纱官方旗舰店"
    )
    answer(engine, RIVAL)
    answer(engine, OWN_CARD, day=DAY - timedelta(days=2))
    answer(engine, cheaper, RESOLD)
    scored(engine, workspace)
    with reading(engine) as session:
        first, second, rival = read_prices(session, Selection("w"))
        assert read_prices(session, Selection("w"), limit=1) == [first]
    assert (first.product, first.merchant, first.platform) == ("云纱舒缓面膜", "云纱官方旗舰店", "harbour")
    assert (first.shown, first.shown_low, first.shown_high, first.currency) == (105, 90, 120, "CNY")
    assert (first.reference, first.spread, first.shop, first.n) == (100, pytest.approx(0.05), None, 2)
    assert (first.first, first.last) == (DAY - timedelta(days=2), DAY)
    assert (second.product, second.spread) == ("云纱修护膜", pytest.approx(-0.05))
    assert (rival.brand, rival.own, rival.reference, rival.spread) == ("Aurora Care", False, None, None)


def test_a_shop_page_tells_its_price_and_what_is_dead(engine: sa.Engine, workspace: Workspace) -> None:
    answer(engine, OWN_CARD, RIVAL, RESOLD)
    scored(engine, workspace)
    with writing(engine) as session:
        pages = {page.url: page for page in session.exec(select(Page)).all()}
        own, gone, abroad = (pages[f"{SHOP}/{item}"] for item in (1001, 5, 88))
        own.status, gone.status, gone.http_status = PageStatus.FETCHED, PageStatus.FAILED, 404
        abroad.status = PageStatus.FETCHED
        for page in (own, gone, abroad):
            page.fetched_at = datetime.now(UTC)
            session.add(page)
        declared = {"source_path": "json-ld", "price": 115.0, "currency": "CNY", "available": False}
        common = {"workspace_id": workspace.id, "placement": "reference_page", "position": 0}
        session.add(Offer(page_id=own.id, **common, **declared))
        session.add(Offer(page_id=abroad.id, **common, source_path="json-ld", price=30.0, currency="USD"))
    scored(engine, workspace)
    with reading(engine) as session:
        shops = {
            price.product: (price.shop, price.shop_spread) for price in read_prices(session, Selection("w"))
        }
        assert shops["云纱舒缓面膜"][0] == 115
        assert shops["云纱修护膜"] == (None, None), "dollars beside yuan"
        broken = read_offers(session, Selection("w"), broken=True)
        assert {(each.brand, each.dead, each.available) for each in broken} == {
            ("云纱", False, False),
            ("Aurora Care", True, None),
        }
        assert [each.brand for each in read_offers(session, Selection("w"), brand="云纱", broken=True)] == [
            "云纱"
        ]


def test_products_are_one_row_each_newest_first_and_bounded(engine: sa.Engine, workspace: Workspace) -> None:
    answer(engine, RIVAL, day=DAY - timedelta(days=1))
    answer(engine, OTHER, OWN_CARD, day=DAY - timedelta(days=1))
    answer(engine, OWN_CARD)
    scored(engine, workspace)
    with reading(engine) as session:
        own, *rest = read_offers(session, Selection("w"))
        assert [offer.brand for offer in rest] == [None, "Aurora Care"]
        assert (own.answers, own.first, own.last, own.newest_answer) == (2, DAY - timedelta(days=1), DAY, 3)
        assert (own.title, own.price, own.image, own.checkout) == ("舒缓面膜 5片", 120, OWN_CARD.image, 3)
        assert (own.platform, own.merchant, own.store, own.own) == (
            "harbour",
            "云纱官方旗舰店",
            "official",
            True,
        )
        assert read_offers(session, Selection("w"), limit=1) == [own]
        assert [offer.title for offer in read_offers(session, Selection("w"), brand="")] == ["别家面膜"]


def test_a_cited_pages_offer_counts_once_for_every_answer(engine: sa.Engine, workspace: Workspace) -> None:
    with Session(engine) as session:
        prompt = session.exec(select(Prompt)).first()
        assert prompt is not None
        session.add(Page(id=1, url="https://deal.example/1", domain="deal.example"))
        session.flush()
        common = {
            "workspace_id": workspace.id,
            "run_id": 1,
            "prompt_id": prompt.id,
            "engine": "kimi",
            "day": DAY,
        }
        captured = {"status": AnswerStatus.CAPTURED, "text": "x"}
        session.add_all(Answer(id=n, key=str(n), **common, **captured) for n in (1, 2, 3))
        session.flush()
        for n, role in ((1, "cited"), (1, "cited"), (2, "cited"), (3, "retrieved")):
            cited = {"url": "https://deal.example/1", "domain": "deal.example"}
            session.add(Citation(answer_id=n, page_id=1, position=n, role=role, **cited))
        session.add(
            Offer(workspace_id=workspace.id, page_id=1, position=0, placement="reference_page", title="面膜")
        )
        session.flush()
        (offer,) = read_offers(session, Selection("w"))
        assert (offer.answers, offer.placement) == (2, "reference_page")


def test_all_of_an_offer_is_split_over_the_platforms_it_counts_for(
    engine: sa.Engine, workspace: Workspace
) -> None:
    answer(engine, OWN_CARD)
    scored(engine, workspace)
    with writing(engine) as session:
        (offer,) = session.exec(select(Offer)).all()
        offer.final_platform, offer.dead, offer.available, offer.store = "jd", True, False, "official"
        session.flush()
        roll_up(session, workspace, [DAY], Brands(session, workspace))
        rows = session.exec(select(DailyShelf)).all()
        sums = {(r.platform, r.offers, r.official, r.dead, r.unavailable) for r in rows}
    assert sums == {("harbour", 0.5, 0.5, 0.5, 0.5), ("jd", 0.5, 0.5, 0.5, 0.5)}


def test_a_product_looks_as_its_last_offer_of_its_last_day(engine: sa.Engine, workspace: Workspace) -> None:
    for day, price in ((DAY, "¥120"), (DAY, "¥110"), (DAY - timedelta(days=1), "¥150")):  # imported late
        answer(engine, replace(OWN_CARD, price_raw=price), day=day)
    scored(engine, workspace)
    with reading(engine) as session:
        (row,) = read_offers(session, Selection("w"), limit=1)
        newest = session.exec(
            select(Answer.id).where(Answer.day == DAY).order_by(col(Answer.id).desc())
        ).first()
    assert (row.price, row.answers, row.newest_answer) == (110, 3, newest)
    assert (row.first, row.last) == (DAY - timedelta(days=1), DAY)


def test_offers_of_cited_pages_are_not_looked_up_in_the_whole_workspace_for_each_answer(
    tmp_path: Path,
) -> None:
    """Which is quadratic: the page took ten minutes over 100,000 answers."""
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    migrate(engine)
    with writing(engine) as session:
        session.add(Workspace(slug="w", name="W"))
    plans: list[str] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def explain(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("WITH seen"):
            plan = connection.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            plans.append("\n".join(str(row[3]) for row in plan))

    narrowed = Selection("w", date(2026, 1, 1), date(2026, 6, 30)).only(surface=("web",))
    for filters in (Selection("w"), narrowed):
        with reading(engine) as session:
            read_offers(session, filters)
            read_prices(session, filters)
    engine.dispose()
    assert len(plans) == 4
    assert not any("ix_offer_workspace_id" in plan for plan in plans)
