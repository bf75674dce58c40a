"""The fictional web: what its pages hold and how they are marked up."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date, timedelta
from itertools import product
from urllib.parse import urlsplit

import pytest
from rapidfuzz import fuzz

from geo_tracker.extract.pages.duplicates import CitedPage, campaigns, signature
from geo_tracker.extract.pages.page import read_page
from geo_tracker.extract.records import PageContent
from geo_tracker.sandbox import jumps
from geo_tracker.sandbox.answering import AnswerEngine
from geo_tracker.sandbox.pages import WebPage
from geo_tracker.sandbox.web import Web, WebReply
from tests.support.sandbox_files import workspace

START = date(2026, 10, 27)
WEB = Web(START)


def fetch(url: str, day: int = 27) -> WebReply:
    address = urlsplit(url)
    return WEB.fetch(address.netloc, address.path + (f"?{address.query}" if address.query else ""), day)


def html(url: str, day: int = 27) -> str:
    return fetch(url, day).body.decode()


def content(url: str) -> PageContent:
    reply = fetch(url)
    return read_page(reply.body, url, reply.headers["Content-Type"])


def pages(kind: str, language: str = "zh") -> list[WebPage]:
    return [page for page in WEB.pages if page.kind == kind and page.language == language]


def test_it_is_large_and_varied_enough() -> None:
    kinds = Counter((page.language, page.kind) for page in WEB.pages)
    assert len(WEB.pages) >= 150
    for language in ("zh", "en"):
        assert sum(n for (each, _), n in kinds.items() if each == language) >= 60
        for kind in ("brand", "shop", "review", "forum", "qa", "news", "encyclopedia", "deal", "soft"):
            assert kinds[language, kind] >= 2


def test_hosts_are_fictional() -> None:
    assert all(page.host.endswith(".example") for page in WEB.pages)


def test_every_page_can_be_fetched_by_its_address() -> None:
    for page in WEB.pages:
        reply = fetch(page.url)
        gone = page.listing and page.listing.product.is_gone(27) and page.listing.factor >= 1
        expected = 404 if gone else page.service.status
        assert reply.status == expected, page.url
        assert reply.drop == page.service.drop
        if expected == 200 and not page.service.drop and page.service.layout in ("article", "thread"):
            assert page.title in reply.body.decode(page.service.encoding).replace("&#39;", "'")


def test_tracking_parameters_lead_to_the_same_page() -> None:
    url = "http://www.pingce.example/p/1001.html"
    assert fetch(url).body == fetch(f"{url}?utm_source=openai&spm=a.b").body
    product = "http://mall.doulian.example/views/product/detail?id=100201"
    assert fetch(product).body == fetch(f"{product}&utm_source=union&pid=1").body
    assert fetch(product).body != fetch(product.replace("100201", "100202")).body


@pytest.mark.parametrize(
    ("url", "markup"),
    [
        ("http://www.pingce.example/p/1001.html", '"datePublished": "2026-09-23"'),
        ("http://www.chengfenbiao.example/article/b5-mask", 'article:published_time" content="2026-10-15'),
        ("http://bbs.fuxiaozu.example/t/88101", '<time datetime="2026-09-30">'),
        ("http://www.pifuke-hospital.example/kepu/mask", "发布时间: 2026-07-29"),
    ],
)
def test_dates_are_marked_up_in_many_ways(url: str, markup: str) -> None:
    assert markup in html(url)


def test_a_page_in_gbk_says_so_only_in_its_head() -> None:
    reply = fetch("http://old.meirong-bbs.example/thread-30211-1-1.html")
    assert reply.headers["Content-Type"] == "text/html"
    assert b'<meta charset="gbk">' in reply.body
    assert "芷安堂" in reply.body.decode("gbk")


def test_plain_text_walls_and_pages_made_by_script() -> None:
    text = fetch("http://www.saleswiki.example/wiki/crm-pricing.txt")
    assert text.headers["Content-Type"].startswith("text/plain")
    assert b"<" not in text.body
    assert "请登录" in html("http://www.pifuke-hospital.example/kepu/vip")
    script = html("http://www.pifuke-hospital.example/kepu/app")
    assert '<div id="app"></div>' in script
    assert "__DATA__" in script


def test_a_mobile_twin_names_the_page_it_copies() -> None:
    url = "http://m.pingce.example/p/1001.html"
    assert '<link rel="canonical" href="http://www.pingce.example/p/1001.html">' in html(url)
    paragraphs = re.findall("<p>(.*?)</p>", html(url))
    assert paragraphs[:5] == re.findall("<p>(.*?)</p>", html(url.replace("//m.", "//www.")))[:5]


def test_shops_mark_their_goods_up_and_change_their_prices() -> None:
    def offer(day: int) -> dict[str, object]:
        found = re.search(r'ld\+json">(.*?)</script>', html("http://item.haogou.example/100201.html", day))
        assert found
        product: dict[str, dict[str, object]] = json.loads(found[1])
        return product["offers"]

    assert (offer(0)["price"], offer(20)["price"]) == (168, 139)
    assert offer(0)["priceCurrency"] == "CNY"
    assert 'itemprop="price" content="131"' in html(
        "http://mall.doulian.example/views/product/detail?id=100201", 20
    )


def test_a_dead_product_is_deleted_in_one_shop_and_sold_out_in_the_other() -> None:
    dear, cheap = (
        "http://item.haogou.example/100602.html",
        "http://mall.doulian.example/views/product/detail?id=100602",
    )
    assert (fetch(dear, 15).status, fetch(dear, 16).status) == (200, 404)
    assert "商品已下架" in html(dear, 16)
    assert "InStock" in html(cheap, 15)
    assert "OutOfStock" in html(cheap, 16)


def test_short_links_of_deal_pages_lead_to_the_product_hop_by_hop() -> None:
    links = re.findall(
        r'href="(http://go\.zhihaojia\.example/[0-9a-f]+/\w+)"', html("http://www.zhihaojia.example/p/70012/")
    )
    url, hops = links[0], 0
    while (reply := fetch(url)).status in (301, 302):
        url, hops = reply.headers["Location"], hops + 1
    assert hops >= 2
    assert re.match(r"http://(item\.haogou|mall\.doulian)\.example/\S*100301\S*utm_source=union", url)
    assert reply.status == 200


@pytest.mark.parametrize("host", [jumps.HOST, jumps.LINK_HOST])
def test_an_engines_redirect_leads_to_the_page(host: str) -> None:
    page = "http://www.hufubaike.example/wiki/%E6%95%8F"
    reply = fetch(jumps.jump(page, host))
    assert (reply.status, reply.headers["Location"]) == (302, page)
    assert fetch(f"http://{host}/grounding-api-redirect/AUZIYQ%%%").status == 502


def test_a_page_of_tomorrow_does_not_exist_yet() -> None:
    url = "http://www.pingce.example/p/1006.html"
    assert (fetch(url, 10).status, fetch(url, 11).status) == (404, 200)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_campaigns_articles_are_near_copies(language: str) -> None:
    first, *others = (page.text for page in pages("soft", language))
    assert all(fuzz.token_sort_ratio(first, other) > 60 and first != other for other in others)
    assert {page.published for page in pages("soft", language)} == {14}


def first_citations(language: str) -> dict[str, date]:
    """The day on which each page is cited first by the demo's engines, by its canonical address."""
    file, mind = workspace(language), AnswerEngine(WEB, seed=1)
    engines = [name for panel in file.panels or () for name in panel.engines]
    own = {page.url: page.service.canonical or page.url for page in WEB.pages}
    first: dict[str, date] = {}
    for day in (START + timedelta(days=number) for number in range(0, 28, 3)):
        for engine, prompt in product(engines, file.prompts or ()):
            answer = mind.answer(engine, prompt.text, day, 1)
            for index in answer.cited:
                first.setdefault(own[answer.sources[index].url], day)
    return first


@pytest.mark.parametrize("language", ["zh", "en"])
def test_exactly_the_campaign_is_flagged_among_all_that_is_cited(language: str) -> None:
    cited = []
    for number, (url, day) in enumerate(first_citations(language).items()):
        reply = fetch(url)
        if reply.status == 200 and not reply.drop:
            content = read_page(reply.body, url, reply.headers["Content-Type"])
            cited.append(CitedPage(number, urlsplit(url).netloc, signature(content.text), day))
    assert len(cited) > 60
    (found,) = campaigns(cited)
    assert set(found.domains) == {page.host for page in pages("soft", language)}
    assert START + timedelta(days=14) <= found.first <= found.last <= START + timedelta(days=24)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_has_every_kind_of_page_that_a_crawl_meets(language: str) -> None:
    own = [page for page in WEB.pages if page.language == language]
    layouts = {page.service.layout for page in own}
    assert layouts == {"article", "thread", "product", "wall", "script", "captcha", "text", "pdf"}
    served = [
        page for page in own if not page.service.drop and page.service.status == 200 and not page.listing
    ]
    walls = {page.service.layout: content(page.url).wall for page in served}
    expected = {"wall": "login", "captcha": "captcha", "script": "javascript"}
    assert walls == {layout: expected.get(layout) for layout in walls}
    assert any("/amp/" in page.url for page in own if page.service.canonical)
    assert any("//m." in page.url for page in own if page.service.canonical)
    assert {page.service.status for page in own} == {200, 404, 500}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_pdf_gives_its_text_back(language: str) -> None:
    (page,) = (each for each in WEB.pages if each.service.layout == "pdf" and each.language == language)
    found = content(page.url)
    assert page.published is not None
    assert (found.title, found.published) == (page.title, str(WEB.date_of(page.published)))
    assert re.sub(r"\s", "", found.text) == re.sub(r"\s", "", page.text)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_is_rewritten_one_day_and_known_by_its_tag(language: str) -> None:
    (page,) = (each for each in WEB.pages if each.later and each.language == language)
    before, after = fetch(page.url, page.revised - 1), fetch(page.url, page.revised)
    assert {each.brand for each in page.statements} != {each.brand for each in page.on(27).statements}
    assert before.body != after.body and before.headers["ETag"] != after.headers["ETag"]
    address = urlsplit(page.url)
    again = WEB.fetch(address.netloc, address.path, page.revised - 1, before.headers["ETag"])
    changed = WEB.fetch(address.netloc, address.path, page.revised, before.headers["ETag"])
    assert (again.status, again.body, changed.status) == (304, b"", 200)


def test_text_and_pdf_have_tags_too() -> None:
    for page in WEB.pages:
        if page.service.layout in ("text", "pdf"):
            reply = fetch(page.url)
            address = urlsplit(page.url)
            assert WEB.fetch(address.netloc, address.path, 27, reply.headers["ETag"]).status == 304
