"""The fictional web: what its pages hold and how they are marked up."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from urllib.parse import urlsplit

import pytest
from rapidfuzz import fuzz

from geo_tracker.sandbox import jumps
from geo_tracker.sandbox.pages import WebPage
from geo_tracker.sandbox.web import Web, WebReply

START = date(2026, 10, 27)
WEB = Web(START)


def fetch(url: str, day: int = 27) -> WebReply:
    address = urlsplit(url)
    return WEB.fetch(address.netloc, address.path + (f"?{address.query}" if address.query else ""), day)


def html(url: str, day: int = 27) -> str:
    return fetch(url, day).body.decode()


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


def test_an_engines_redirect_leads_to_the_page() -> None:
    page = "http://www.hufubaike.example/wiki/%E6%95%8F"
    reply = fetch(jumps.jump(page))
    assert (reply.status, reply.headers["Location"]) == (302, page)
    assert fetch(f"http://{jumps.HOST}/grounding-api-redirect/AUZIYQ%%%").status == 502


def test_a_page_of_tomorrow_does_not_exist_yet() -> None:
    url = "http://www.pingce.example/p/1006.html"
    assert (fetch(url, 10).status, fetch(url, 11).status) == (404, 200)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_campaigns_articles_are_near_copies(language: str) -> None:
    first, *others = (page.text for page in pages("soft", language))
    assert all(fuzz.token_sort_ratio(first, other) > 60 and first != other for other in others)
    assert {page.published for page in pages("soft", language)} == {14}
