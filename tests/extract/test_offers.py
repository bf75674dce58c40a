"""Offers of answers, cards and pages, and the prices in them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_tracker.engines.base import ParsedOffer
from geo_tracker.extract.commerce.offers import answer_offers, card_offer, find_offers, store_of
from geo_tracker.extract.commerce.platforms import Platforms
from geo_tracker.extract.commerce.prices import read_price
from tests.support.places import DATA
from tests.support.places import SHARED as ALL_SHARED

SHARED = ALL_SHARED / "shop"
PLATFORMS = Platforms()

ANSWER = """推荐三款：
1. [云纱舒缓面膜 5片装](https://item.jd.com/100012043978.html?utm_source=x) 到手价 ¥99，原价 ¥129（云纱官方旗舰店）
2. **青禾修护面膜**：https://detail.tmall.com/item.htm?id=602661002260&skuId=5012345678901。
3. 再看一次 https://item.m.jd.com/product/100012043978.html
| 北辰 X2 | ¥2,999 | https://mobile.yangkeduo.com/goods.html?goods_id=361234567890 |
[Mask](https://amazon.com/dp/B00N150YS4) $19.99, [Mug](https://etsy.com/listing/550571276) €12,50 sold by Harbour
短链 https://u.jd.com/BdxyCqK，打开 App openapp.jdmobile://virtual
"""


def test_links_of_an_answer_become_offers_with_what_stands_beside_them() -> None:
    offers = find_offers(ANSWER)
    assert [(o.platform, o.item_id, o.price, o.price_original, o.currency, o.checkout) for o in offers] == [
        ("jd", "100012043978", 99.0, 129.0, "CNY", 2),
        ("tmall", "602661002260", None, None, None, 2),
        ("pinduoduo", "361234567890", 2999.0, None, "CNY", 2),
        ("amazon", "B00N150YS4", 19.99, None, "USD", 2),
        ("etsy", "550571276", 12.5, None, "EUR", 2),
        ("jd", None, None, None, None, 1),
    ]
    assert [o.title for o in offers[:5]] == ["云纱舒缓面膜 5片装", "青禾修护面膜", "北辰 X2", "Mask", "Mug"]
    assert (offers[0].merchant, offers[1].sku_id, offers[4].merchant) == (
        "云纱官方旗舰店",
        "5012345678901",
        "Harbour",
    )
    assert [o.order for o in offers] == [1, 2, 3, 4, 5, 6]
    assert {o.placement for o in offers} == {"inline_link"}
    for offer in offers:
        assert offer.span is not None
        assert offer.url is not None
        assert offer.url in ANSWER[slice(*offer.span)]


CARDS = [
    (
        ParsedOffer(
            "card",
            url="https://item.jd.com/100012043978.html",
            title="云纱面膜",
            price_raw="¥99.00",
            merchant="云纱旗舰店",
        ),
        3,
    ),
    (ParsedOffer("card", url="https://shop.example/p/1", title="Mask"), 2),
    (ParsedOffer("card", title="Mask", price_raw="$57.00", merchant="Example + others"), 3),
    (ParsedOffer("card", title="Mask"), 0),
    (ParsedOffer("card", url="openapp.jdmobile://virtual?params=1", title="云纱面膜"), 4),
    (
        ParsedOffer(
            "card", url="https://www.amazon.com/gp/aws/cart/add.html?ASIN.1=B00N150YS4", title="Mask"
        ),
        4,
    ),
    (
        ParsedOffer(
            "card", url="https://www.etsy.com/listing/550571276", title="Mug", raw={"checkoutable": True}
        ),
        5,
    ),
    (ParsedOffer("card", url="https://u.jd.com/BdxyCqK", title="云纱面膜"), 1),
]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("一片只要 9 元左右。10 片大约 89 元。购买链接：{link}", 89),
        ("缺点是单片接近 30 元，长期用成本不低。购买链接：{link}", None),
        ("{link} ¥129(约 12.9 元/片)", 129),
        ("{link} 每片 ¥9.9，一盒 99 元", 99),
        ("旧款 ¥59。新款原价 ¥129，现价 ¥99：{link}", 99),
        ("一盒 ¥99 {link}", 99),
    ],
)
def test_the_price_is_the_products_not_a_pieces(text: str, amount: float | None) -> None:
    (offer,) = find_offers(text.format(link="[面膜](https://item.jd.com/100012043978.html)"))
    assert offer.price == amount


@pytest.mark.parametrize(("card", "checkout"), CARDS)
def test_the_checkout_ladder_of_cards(card: ParsedOffer, checkout: int) -> None:
    offer = card_offer(card, 1)
    assert (offer.checkout, offer.placement, offer.title) == (checkout, "card", card.title)


def test_a_card_and_the_same_link_in_the_text_are_one_offer() -> None:
    card = ParsedOffer(
        "card",
        url="https://item.m.jd.com/product/100012043978.html",
        title="云纱",
        price_raw="99",
        raw={"list_price": "129"},
    )
    first, second = answer_offers(
        "见 https://item.jd.com/100012043978.html 和 https://u.jd.com/BdxyCqK", [card]
    )
    assert (first.placement, first.item_id, first.price, first.price_original, first.currency) == (
        "card",
        "100012043978",
        99,
        129,
        "CNY",
    )
    assert (second.placement, second.order, second.item_id) == ("inline_link", 2, None)


def test_stores() -> None:
    def names(text: str) -> str | None:
        return next((brand for brand in ("云纱", "青禾") if brand in text), None)

    cards = [
        ParsedOffer("card", title="云纱舒缓面膜", merchant="云纱官方旗舰店"),
        ParsedOffer("card", title="云纱舒缓面膜", merchant="美美美妆专营店"),
        ParsedOffer("card", title="修护面膜", merchant="青禾旗舰店"),
        ParsedOffer("card", title="面膜"),
    ]
    brands = ("云纱", "云纱", "青禾", None)
    offers = [replace(o, brand=b) for o, b in zip(answer_offers("", cards), brands, strict=True)]
    assert [store_of(offer, names) for offer in offers] == ["official", "reseller", "official", None]
    assert store_of(offers[3], names, own_domain=True) == "official"


def test_products_of_a_page() -> None:
    page = (DATA / "pages" / "shop-microdata.html").read_text("utf-8")
    (offer,) = find_offers(page, url="https://harbour.example/products/yunsha-calming-mask?utm_source=x")
    assert (offer.placement, offer.title, offer.price, offer.currency) == (
        "reference_page",
        "Yunsha Calming Mask 5 pcs",
        18.5,
        "GBP",
    )
    assert (offer.merchant, offer.brand, offer.rating, offer.available) == (
        "Harbour Beauty",
        "Yunsha",
        4.6,
        False,
    )
    assert (offer.platform, offer.canonical_url) == (
        None,
        "https://harbour.example/products/yunsha-calming-mask",
    )


def test_json_ld_opengraph_and_shopify_proof() -> None:
    product = {
        "@type": "Product",
        "name": "Calming Mask",
        "gtin13": "0123456789012",
        "image": ["/m.jpg"],
        "offers": {
            "@type": "AggregateOffer",
            "lowPrice": "12,50",
            "priceCurrency": "EUR",
            "availability": "InStock",
        },
    }
    script = f'<script type="application/ld+json">{json.dumps(product)}</script>'
    page = f'<html><head><link href="//cdn.shopify.com/a.css">{script}</head><body></body></html>'
    (offer,) = find_offers(page, url="https://harbour.example/en-gb/products/calming-mask?variant=42")
    assert (offer.platform, offer.item_id, offer.sku_id) == ("shopify", "calming-mask", "42")
    assert (offer.price, offer.currency, offer.available, offer.raw) == (
        12.5,
        "EUR",
        True,
        {"gtin13": "0123456789012"},
    )
    assert offer.image == "https://harbour.example/m.jpg"
    graph = """<html><head><meta property="og:title" content="Mug"><meta property="product:price:amount" content="9.99">
    <meta property="product:price:currency" content="USD"></head></html>"""
    (offer,) = find_offers(graph, url="https://mugs.example/mug")
    assert (offer.title, offer.price, offer.currency, offer.source_path) == ("Mug", 9.99, "USD", "opengraph")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//[", "mailto:a@b.example"])
def test_a_product_without_a_web_address_is_on_its_page(address: str) -> None:
    product = {
        "@type": "Product",
        "name": "Mask",
        "offers": {"price": 9, "priceCurrency": "USD", "url": address},
    }
    page = f'<html><script type="application/ld+json">{json.dumps(product)}</script></html>'
    (offer,) = find_offers(page, url="https://mugs.example/mug")
    assert (offer.title, offer.url, offer.canonical_url) == ("Mask", "https://mugs.example/mug", offer.url)


def test_shop_links_of_a_pages_content_but_not_of_its_navigation() -> None:
    page = """<html><body><nav><a href="https://item.jd.com/100000000001.html">导航</a></nav>
    <div class="sidebar ad-box"><a href="https://item.jd.com/100000000002.html">广告</a></div>
    <article><p>云纱舒缓面膜到手价 99 元，<a href="https://u.jd.com/BdxyCqK">京东购买</a>。</p>
    <p><a href="https://item.jd.com.evil.com/100000000003.html">假的</a></p></article></body></html>"""
    (offer,) = find_offers(page, url="https://www.smzdm.com/p/135347791/")
    assert (offer.url, offer.title, offer.price, offer.checkout) == (
        "https://u.jd.com/BdxyCqK",
        None,
        99.0,
        1,
    )
    assert "云纱舒缓面膜" in offer.raw["context"]


def test_a_deal_articles_own_short_links_are_offers_and_its_articles_are_not() -> None:
    page = """<html><body><article><p>到手价 99 元 <a href="https://go.smzdm.com/5f2b6c7d8e9f/ca_aa_yh_163_1">云纱舒缓面膜</a></p>
    <p><a href="https://www.smzdm.com/p/135347792/">下一篇</a></p></article></body></html>"""
    (offer,) = find_offers(page, url="https://www.smzdm.com/p/135347791/")
    assert (offer.platform, offer.title, offer.price) == ("smzdm", "云纱舒缓面膜", 99.0)


@pytest.mark.parametrize(
    ("text", "amount", "currency", "original"),
    [
        ("¥99", 99, "CNY", None),
        ("￥１９９.00", 199, "CNY", None),
        ("券后¥89.9", 89.9, "CNY", None),
        ("¥99 - ¥199", 99, "CNY", None),
        ("1.2万元", 12000, "CNY", None),
        ("3,999元起", 3999, "CNY", None),
        ("到手价 89 元，原价 129 元", 89, "CNY", 129),
        ("¥1,299.00 ~~¥1,599.00~~", 1299, "CNY", 1599),
        ("$29.99 $39.99", 29.99, "USD", 39.99),
        ("was $40 now $25", 25, "USD", 40),
        ("25 ml £18.50", 18.5, "GBP", None),
        ("EUR 12,50", 12.5, "EUR", None),
        ("1,280円", 1280, "JPY", None),
        ("₩12,000", 12000, "KRW", None),
        ("HK$ 128", 128, "HKD", None),
        ("现价¥99 原价¥99", 99, "CNY", None),
        ("买2件 99至199元", 99, "CNY", None),
        ("iPhone 15: 5999-6999元", 5999, "CNY", None),
        ("Size 40: 25 to €30", 25, "EUR", None),
        ("1. 价格 25-30元，原价 40元", 25, "CNY", 40),
        ("1-1.2万元", 10000, "CNY", None),
        ("8000-1.2万元", 8000, "CNY", None),
        ("相机 X5-99元 原价 129元", 99, "CNY", 129),
    ],
)
def test_prices(text: str, amount: float, currency: str, original: float | None) -> None:
    price = read_price(text)
    assert price is not None
    assert (price.amount, price.currency, price.original) == (amount, currency, original)


def test_the_shops_currency_decides_shared_signs() -> None:
    assert [
        getattr(read_price(text, code), "currency", None)
        for text, code in (("¥1980", "JPY"), ("$10", "CAD"), ("12", "GBP"))
    ] == [
        "JPY",
        "CAD",
        "GBP",
    ]
    assert read_price("暂无报价") is None
    assert read_price(None) is None


def test_a_former_price_is_higher_than_the_price() -> None:
    lower, higher = read_price("原价¥80 现价¥100"), read_price("原价¥120 现价¥100")
    assert lower and (lower.amount, lower.original) == (100, None)
    assert higher and (higher.amount, higher.original) == (100, 120)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data set is not here")
def test_real_price_texts() -> None:
    rows = [json.loads(line) for line in (SHARED / "price_text_gold.jsonl").read_text("utf-8").splitlines()]
    written = [row for row in rows if row["price_text"] is not None]
    right = [getattr(read_price(row["price_text"]), "amount", None) == row["amount"] for row in written]
    assert sum(right) / len(right) >= 0.975


_PIECES = [
    "https://item.jd.com/100012043978.html",
    "[面膜](",
    ")",
    "¥99",
    "原价",
    "\n",
    "|",
    "<p>",
    "</a>",
    "<a href='https://u.jd.com/abcd'>",
    "…",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(_PIECES) | st.text(max_size=10), max_size=12).map("".join))
def test_no_text_raises_and_spans_hold_their_link(text: str) -> None:
    for offer in find_offers(text, url="https://a.example/"):
        if offer.span is not None:
            assert (offer.url or "") in text[slice(*offer.span)]


JD, DEAL = "https://item.jd.com/100012043978.html", "https://m.smzdm.com/p/148364809/"


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        (f"1. **云纱舒缓面膜**：温和。[购买链接]({JD})。", ["云纱舒缓面膜"]),
        (
            f"1. **云纱舒缓面膜**：[京东购买链接]({JD})，也可在[什么值得买]({DEAL})查看。",
            ["云纱舒缓面膜", None],
        ),
        (f"- **京东**\n- 商品：云纱舒缓面膜 5片\n- 链接：[{JD}]({JD})", ["云纱舒缓面膜 5片"]),
        (f"以下是云纱面膜的购买链接：\n- [京东]({JD})：活动售价98.9元。", [None]),
        (f"口感与包装：独立包装，方便携带，保持新鲜。[什么值得买+1]({DEAL})", [None]),
        (f"500ml方形单件装，售价10.9元。{JD}", ["500ml方形单件装"]),
        (f"2) 640 + 400ml 组合：{JD}", ["640 + 400ml 组合"]),
        (f"3. Aurora Mug [Buy now]({JD})", ["Aurora Mug"]),
        (f"| Aurora Mug | [smzdm.com]({DEAL}) |", ["Aurora Mug"]),
    ],
)
def test_a_label_that_names_no_product_is_no_title(text: str, titles: list[str | None]) -> None:
    assert [offer.title for offer in find_offers(text)] == titles


def test_what_stands_around_a_link_is_kept_as_its_context() -> None:
    (offer,) = find_offers(f"以下是云纱面膜的购买链接：\n- [京东]({JD})：活动售价98.9元。")
    assert offer.raw["context"] == "以下是云纱面膜的购买链接 京东：活动售价98.9元"


@given(st.text(alphabet="云纱[]()*：:|-.1 a\n" + "购买链接", max_size=200))
def test_titles_of_odd_lines_never_fail(text: str) -> None:
    for offer in find_offers(f"{text} [链接]({JD}) {text}"):
        assert offer.title is None or offer.title.strip() == offer.title


@pytest.mark.parametrize(
    ("link", "title"),
    [
        ("云纱舒缓面膜", "云纱舒缓面膜"),
        ("去购买", "泛红时用哪款"),
        ('<img src="a.jpg" alt="云纱 B5 面膜">', "云纱 B5 面膜"),
    ],
)
def test_a_button_on_a_page_names_no_product(link: str, title: str) -> None:
    page = f'<html><body><article><h2>泛红时用哪款</h2><p>见 <a href="{JD}">{link}</a></p></article></body></html>'
    (offer,) = find_offers(page, url="https://review.example/a")
    assert offer.title == title


def test_an_answer_with_some_markup_keeps_its_plain_links() -> None:
    text = f'<p>推荐 <a href="{JD}">云纱舒缓面膜</a></p>\n\n也可看 [云纱修护膜](https://item.jd.com/100000000009.html)'
    assert [offer.title for offer in find_offers(text)] == ["云纱舒缓面膜", "云纱修护膜"]


def test_a_product_without_an_address_is_no_link() -> None:
    page = '<html><script type="application/ld+json">{"@type": "Product", "name": "Mug"}</script></html>'
    (offer,) = find_offers(page)
    assert (offer.url, offer.checkout) == (None, 0)
