"""Offers of answers and cited pages as rows of a workspace: brand, product, store, and where the link ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from geo_tracker.engines.base import ParsedAnswer, ParsedCitation, ParsedOffer
from geo_tracker.extract.commerce.platforms import Platforms
from geo_tracker.extract.pages.page import read_page
from geo_tracker.score.answers import read_offers_of, score
from geo_tracker.score.offers import settle
from geo_tracker.storage.answers import save_answer
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new, reading, workspace_named, writing
from geo_tracker.storage.models import (
    Answer,
    Brand,
    DailyShelf,
    Offer,
    Page,
    PageReading,
    PageStatus,
    Prompt,
    Run,
    Workspace,
)
from geo_tracker.storage.pages import page_columns
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import read_workspace
from tests.support.stored_sums import daily

DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FILE = """
workspace: {slug: w, name: W, locale: zh-CN}
brands:
  - name: 云纱
    role: own
    domains: [yunsha.example]
    products:
      - {text: 云纱舒缓面膜, sku: [88001, "100012043978"], gtin: 6901234567892, price: 100, currency: CNY}
      - 云纱修护膜
  - {name: 沐禾集, domains: [muheji.example]}
platforms:
  - name: moonmall
    label: 月光商城
    currency: CNY
    hosts: [moonmall.example]
    link:
      - {kind: product, match: 'www\\.moonmall\\.example/item/(?P<item>\\d+)$'}
      - {kind: short, match: 's\\.moonmall\\.example/\\w+$'}
prompts: [敏感肌适合用什么样的面膜?]
"""
SHOP = """<html><head><title>云纱舒缓面膜</title><script type="application/ld+json">{"@type": "Product",
"name": "云纱舒缓面膜 5片", "sku": "88001", "brand": "云纱", "offers": {"@type": "Offer", "price": "%s",
"priceCurrency": "CNY", "availability": "https://schema.org/%s", "seller": {"name": "云纱官方旗舰店"}}}</script></head>
<body><article><h1>云纱舒缓面膜</h1><p>温和保湿的面膜，适合敏感肌在换季时使用，每盒五片。</p></article></body></html>"""
REVIEW = """<html><head><title>面膜评测</title></head><body><article><h1>面膜评测</h1>
<p>云纱舒缓面膜用了三周，泛红明显减轻，
<a href="https://www.moonmall.example/item/9">沐禾集水润面膜 ¥59</a> 也不错，还有
<a href="https://www.moonmall.example/item/8">无名面膜</a>。
</p></article></body></html>"""


@pytest.fixture
def workspace(engine: sa.Engine, tmp_path: Path) -> Workspace:
    path = tmp_path / "w.yaml"
    path.write_text(FILE, "utf-8")
    with writing(engine) as session:
        apply(session, read_workspace(path), NOW - timedelta(days=30))
        return workspace_named(session, "w")


def store(engine: sa.Engine, parsed: ParsedAnswer, surface: str = "app") -> int:
    with writing(engine) as session:
        workspace = workspace_named(session, "w")
        insert_new(session, Run, [{"workspace_id": workspace.id, "label": "r"}])
        run, prompt = session.exec(select(Run)).one(), session.exec(select(Prompt)).one()
        ids = {"workspace_id": workspace.id, "run_id": run.id, "prompt_id": prompt.id}
        key = str(len(session.exec(select(Answer)).all()))
        answer = Answer(**ids, engine="doubao", surface=surface, key=key, day=DAY)
        session.add(answer)
        session.flush()
        save_answer(session, answer, parsed, NOW)
        return answer.id


def fetched(engine: sa.Engine, archive: Archive, url: str, html: str, **values: Any) -> None:
    """Crawl a planned page, as the spider would."""
    body = html.encode()
    with writing(engine) as session:
        page = session.exec(select(Page).where(Page.url == url)).one()
        columns = {**page_columns(read_page(body, url, "text/html")), **values}
        page.sqlmodel_update({**columns, "sha256": archive.put(body), "fetched_at": datetime.now(UTC)})
        session.add(page)


def offers(engine: sa.Engine) -> list[Offer]:
    with reading(engine) as session:
        return list(session.exec(select(Offer).order_by(col(Offer.answer_id), col(Offer.id))).all())


def names(engine: sa.Engine) -> dict[int | None, str]:
    with reading(engine) as session:
        return dict(session.exec(select(Brand.id, Brand.name)).all())


@pytest.mark.parametrize(
    ("card", "brand", "product", "store_", "reference"),
    [
        (ParsedOffer("card", title="云纱舒缓面膜 5片", price_raw="¥89"), "云纱", "云纱舒缓面膜", None, 100.0),
        (ParsedOffer("card", title="云纱舒缓面膜", price_raw="$12"), "云纱", "云纱舒缓面膜", None, None),
        (
            ParsedOffer("card", url="https://item.jd.com/100012043978.html"),
            "云纱",
            "云纱舒缓面膜",
            None,
            None,
        ),
        (
            ParsedOffer("card", title="面膜", raw={"gtin": "6901234567892"}),
            "云纱",
            "云纱舒缓面膜",
            None,
            None,
        ),
        (
            ParsedOffer("card", title="云纱修护膜", merchant="美美专营店"),
            "云纱",
            "云纱修护膜",
            "reseller",
            None,
        ),
        (
            ParsedOffer("card", title="水润面膜", merchant="沐禾集官方旗舰店"),
            "沐禾集",
            None,
            "official",
            None,
        ),
        (
            ParsedOffer("card", title="云纱礼盒", url="https://shop.yunsha.example/1"),
            "云纱",
            None,
            "official",
            None,
        ),
        (ParsedOffer("card", title="无名面膜", merchant="某店"), None, None, "reseller", None),
        (ParsedOffer("card", title="面膜", raw={"context": "云纱的这款不错"}), "云纱", None, None, None),
        (ParsedOffer("card", title="面膜", raw={"context": "云纱和沐禾集都不错"}), None, None, None, None),
    ],
)
def test_brand_product_and_store(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,
    card: ParsedOffer,
    brand: str | None,
    product: str | None,
    store_: str | None,
    reference: float | None,
) -> None:
    store(engine, ParsedAnswer("看看这款。", offers=(card,)))
    score(engine, archive, workspace)
    (found,) = offers(engine)
    assert names(engine).get(found.brand_id) == brand
    assert (found.product, found.store, found.reference_price) == (product, store_, reference)


def test_links_of_the_workspaces_own_platform_are_offers(
    engine: sa.Engine, archive: Archive, workspace: Workspace
) -> None:
    text = "推荐[云纱舒缓面膜](https://www.moonmall.example/item/7)，¥89。"
    store(engine, ParsedAnswer(text))
    score(engine, archive, workspace)
    (found,) = offers(engine)
    assert (found.platform, found.item_id, found.placement) == ("moonmall", "7", "inline_link")
    assert text[found.span[0] : found.span[1]] == "[云纱舒缓面膜](https://www.moonmall.example/item/7)"


def test_a_short_link_is_followed_to_the_shop(
    engine: sa.Engine, archive: Archive, workspace: Workspace
) -> None:
    short, real = "https://s.moonmall.example/abc", "https://www.moonmall.example/item/7"
    store(engine, ParsedAnswer(f"推荐[云纱舒缓面膜]({short})，¥110。"))
    card = ParsedOffer("card", url=short, title="云纱舒缓面膜", price_raw="¥110", merchant="美美专营店")
    store(engine, ParsedAnswer("看看这款。", offers=(card,)))
    read_offers_of(engine, archive, workspace)
    with writing(engine) as session:
        planned = session.exec(select(Page)).one()
        assert (planned.url, planned.status) == (short, PageStatus.PLANNED)
        target = Page(url=real, domain="moonmall.example")
        session.add(target)
        session.flush()
        planned.status, planned.target_id, planned.fetched_at = PageStatus.MOVED, target.id, datetime.now(UTC)
    fetched(engine, archive, real, SHOP % ("95.00", "InStock"))
    score(engine, archive, workspace)
    found = next(offer for offer in offers(engine) if offer.answer_id)
    assert (found.item_id, found.final_platform, found.final_item_id) == (None, "moonmall", "7")
    assert (found.dead, found.available, found.checkout) == (False, True, 2)
    assert [offer.checkout for offer in offers(engine) if offer.answer_id] == [2, 3], "a card stays a card"
    assert daily(engine, "云纱").buyable == 2


@pytest.mark.parametrize(
    ("page", "dead", "available", "buyable"),
    [
        ({"html": SHOP % ("95.00", "InStock")}, False, True, 1),
        ({"html": SHOP % ("95.00", "OutOfStock")}, False, False, 0),
        ({"html": "gone", "status": PageStatus.FAILED, "http_status": 404}, True, None, 0),
        ({"html": "gone", "status": PageStatus.FAILED, "http_status": 410}, True, None, 0),
        ({"html": "no", "status": PageStatus.BLOCKED, "http_status": None}, None, None, 1),
    ],
)
def test_what_the_crawl_found_decides_whether_it_can_be_bought(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,
    page: dict[str, Any],
    dead: bool | None,
    available: bool | None,
    buyable: int,
) -> None:
    url = "https://www.moonmall.example/item/7"
    store(engine, ParsedAnswer(f"推荐[云纱舒缓面膜]({url})，¥110。"))
    score(engine, archive, workspace)
    assert daily(engine, "云纱").buyable == 1, "not known to be dead"
    fetched(engine, archive, url, **page)
    score(engine, archive, workspace)
    assert score(engine, archive, workspace).answers <= 1
    found = next(offer for offer in offers(engine) if offer.answer_id)
    assert (found.dead, found.available) == (dead, available)
    assert daily(engine, "云纱").buyable == buyable
    assert daily(engine, "云纱").price_spread == pytest.approx(0.1)


@pytest.mark.parametrize(("said", "stands"), [(None, False), (True, True)])
def test_a_shop_that_does_not_say_leaves_what_the_answer_says(
    engine: sa.Engine, workspace: Workspace, said: bool | None, stands: bool
) -> None:
    url = "https://www.moonmall.example/item/7"
    with writing(engine) as session:
        page = Page(url=url, domain="moonmall.example", status=PageStatus.FETCHED)
        session.add(page)
        session.flush()
        shared = {"workspace_id": workspace.id, "placement": "card", "position": 0, "target_id": page.id}
        of_shop = Offer(**shared, page_id=page.id, source_path="json-ld", price=95.0, available=said)
        shown = Offer(**shared, available=False)
        session.add_all([of_shop, shown])
        session.flush()
        settle(session, workspace, [of_shop, shown], {page.id: page}, Platforms([]))
        assert (shown.shop_price, shown.available) == (95, stands)
        assert of_shop.shop_price is None, "a shop is not compared with itself"


def test_offers_of_a_cited_page_stand_on_the_shelf_of_the_answer(
    engine: sa.Engine, archive: Archive, workspace: Workspace
) -> None:
    url = "https://review.example/a"
    store(engine, ParsedAnswer("看这篇评测。", (ParsedCitation(url),)))
    store(engine, ParsedAnswer("看这篇评测。", (ParsedCitation(url, role="retrieved"),)), surface="api")
    read_offers_of(engine, archive, workspace)
    fetched(engine, archive, url, REVIEW)
    score(engine, archive, workspace)
    assert [(o.placement, o.item_id, o.page_id is not None) for o in offers(engine)] == [
        ("reference_page", "9", True),
        ("reference_page", "8", True),
    ]
    with reading(engine) as session:
        shelves = session.exec(select(DailyShelf)).all()
    names_ = ("offers", "offers_all", "triggered", "triggered_pages", "shelf_answers")
    sums = {
        (surface, brand): tuple(getattr(daily(engine, brand, surface=surface), name) for name in names_)
        for surface in ("api", "app")
        for brand in ("云纱", "沐禾集")
    }
    assert sums == {
        ("api", "云纱"): (0, 0, 0, 0, 0),
        ("api", "沐禾集"): (0, 0, 0, 0, 0),
        ("app", "云纱"): (0, 2, 0, 1, 1),
        ("app", "沐禾集"): (1, 2, 0, 1, 1),
    }
    assert {(s.surface, s.placement, s.platform, s.offers) for s in shelves} == {
        ("app", "reference_page", "moonmall", 1.0)
    }
    assert {names(engine).get(s.brand_id) for s in shelves} == {"沐禾集", None}


def test_pages_are_read_once_until_they_or_the_brands_change(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path
) -> None:
    url = "https://review.example/a"
    store(engine, ParsedAnswer("看这篇评测。", (ParsedCitation(url),)))
    read_offers_of(engine, archive, workspace)
    fetched(engine, archive, url, REVIEW)
    score(engine, archive, workspace)
    first = [offer.id for offer in offers(engine)]
    of_page = select(PageReading).join(Page, col(Page.id) == col(PageReading.page_id)).where(Page.url == url)
    store(engine, ParsedAnswer("再看一遍。", (ParsedCitation(url),)))
    score(engine, archive, workspace)
    assert [offer.id for offer in offers(engine)] == first
    with reading(engine) as session:
        assert session.exec(of_page).one().reason != "override"
    path = tmp_path / "w.yaml"
    path.write_text(FILE + "sources: {review.example: editorial}\n", "utf-8")
    with writing(engine) as session:
        apply(session, read_workspace(path), NOW)
        workspace = workspace_named(session, "w")
    score(engine, archive, workspace)
    with reading(engine) as session:
        read = session.exec(of_page).one()
    assert (read.type, read.reason) == ("editorial", "override")


def test_a_missing_body_loses_offers_and_nothing_else(
    engine: sa.Engine, archive: Archive, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    url = "https://review.example/a"
    store(engine, ParsedAnswer("云纱温和。", (ParsedCitation(url),)))
    read_offers_of(engine, archive, workspace)
    fetched(engine, Archive("memory://elsewhere"), url, REVIEW)
    score(engine, archive, workspace)
    assert offers(engine) == []
    assert daily(engine, "云纱").mentioned == 1
    assert f"offers of {url} are missing" in caplog.text
