"""Source types, support of sentences by pages, and near-duplicate campaigns."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.errors import UsageError
from geo_tracker.extract.data import toml
from geo_tracker.extract.pages.duplicates import CitedPage, campaigns, near_duplicates, signature
from geo_tracker.extract.pages.source_types import SOURCE_TYPES, source_type
from geo_tracker.extract.pages.support import PageEvidence
from geo_tracker.extract.records import PageContent
from geo_tracker.extract.urls import domain
from tests.support.places import DATA

SAMPLE = json.loads((DATA / "support.json").read_text("utf-8"))


def page(*types: str, text: str = "") -> PageContent:
    return PageContent(title=None, site=None, published=None, language=None, text=text, types=types)


def test_the_rules_name_at_least_300_domains_each_once() -> None:
    listed = [name for names in toml("any/source_types")["domains"].values() for name in names]
    assert len(listed) >= 300
    assert len(listed) == len(set(listed))
    assert [name for name in listed if domain(f"https://{name}/") is None or name != name.lower()] == []
    assert set(toml("any/source_types")["domains"]) <= set(SOURCE_TYPES)


@pytest.mark.parametrize(
    ("url", "kind", "reason"),
    [
        ("https://www.thepaper.cn/newsDetail_forward_1", "editorial", "domain"),
        ("https://tech.163.com/a.html", "editorial", "domain"),
        ("https://you.163.com/item/detail?id=1", "ecommerce", "domain"),
        ("https://www.smzdm.com/p/1/", "review", "domain"),
        ("https://post.smzdm.com/p/a1/", "ugc", "domain"),
        ("https://baike.baidu.com/item/x", "reference", "domain"),
        ("https://baijiahao.baidu.com/s?id=1", "ugc", "domain"),
        ("https://mp.weixin.qq.com/s/a", "ugc", "domain"),
        ("https://www.nytimes.com/wirecutter/reviews/x", "review", "domain"),
        ("https://www.nytimes.com/2024/x", "editorial", "domain"),
        ("https://www.youtube.com/watch?v=1", "video", "domain"),
        ("https://www.xiaohongshu.com/explore/1", "social", "domain"),
        ("https://en.wikipedia.org/wiki/CRM", "reference", "domain"),
        ("https://www.g2.com/products/hubspot", "review", "domain"),
        ("https://www.gov.cn/x", "institutional", "address"),
        ("https://med.stanford.edu/x", "institutional", "address"),
        ("https://www.ox.ac.uk/", "institutional", "address"),
        ("https://bbs.someshop.example/t/1", "ugc", "address"),
        ("https://nobody.example/forum/1", "ugc", "address"),
        ("https://nobody.example/products/mask", "ecommerce", "address"),
        ("https://www.shopee.com.my/x", "ecommerce", "address"),
        ("https://wiki.nobody.example/x", "reference", "address"),
        ("https://minecraft.wiki/w/Sword", "reference", "address"),
        ("https://docs.nobody.example/start", "corporate", "address"),
        ("https://news.qq.com/rain/a/1", "editorial", "domain"),
    ],
)
def test_types_from_domains_and_addresses(url: str, kind: str, reason: str) -> None:
    assert source_type(url) == (kind, reason)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (page("Product", "BreadcrumbList"), "ecommerce"),
        (page("NewsArticle", "VideoObject"), "editorial"),
        (page("DiscussionForumPosting"), "ugc"),
        (page("og:video.other"), "video"),
        (
            page("Article", text="We may earn a commission when you buy through our affiliate links."),
            "review",
        ),
        (page("Article", text="本文含推广链接，不影响购买价格。"), "review"),
        (page("SoftwareApplication"), "corporate"),
        (page("FurnitureStore", "WebSite"), "ecommerce"),
        (page("Hospital"), "institutional"),
        (page("ScholarlyArticle"), "reference"),
    ],
)
def test_types_from_what_a_page_declares(content: PageContent, kind: str) -> None:
    assert source_type("https://nobody.example/a", content) == (kind, "page")


@pytest.mark.parametrize(
    "url",
    [
        "https://nobody.example/a",
        "https://gov.nobody.example/",
        "https://thepaper.cn.evil.example/",
        "https://y.qq.com/a",
        "x",
    ],
)
def test_unknown_stays_unknown(url: str) -> None:
    assert source_type(url) is None
    assert source_type(url, page("WebPage", "Article", "Organization")) is None


def test_brands_and_overrides_come_first() -> None:
    brands = {"owned": ["yunsha.tmall.com", "yunsha.example"], "competitors": ["qinghe.example"]}
    assert source_type("https://yunsha.tmall.com/shop", **brands) == ("owned", "brand")
    assert source_type("https://blog.qinghe.example/", **brands) == ("competitor", "brand")
    assert source_type("https://detail.tmall.com/", **brands) == ("ecommerce", "domain")
    chosen = {"yunsha.example": "corporate", "thepaper.cn": "institutional"}
    assert source_type("https://yunsha.example/", overrides=chosen, **brands) == ("corporate", "override")
    assert source_type("https://m.thepaper.cn/a", overrides=chosen) == ("institutional", "override")
    with pytest.raises(UsageError, match="'shop' is none of"):
        source_type("https://a.example/", overrides={"a.example": "shop"})


@given(st.text())
def test_no_address_raises(text: str) -> None:
    assert source_type(text) is None
    found = source_type(f"https://{text}")
    assert found is None or found.type in SOURCE_TYPES


def accuracy(name: str) -> float:
    evidence = {name: PageEvidence(text) for name, text in SAMPLE["pages"].items()}
    rows = SAMPLE[name]
    return sum(
        evidence[source].check(sentence).verdict == verdict for source, sentence, verdict in rows
    ) / len(rows)


def test_support_agrees_with_the_labelled_sample() -> None:
    assert accuracy("rows") >= 0.95
    assert accuracy("held_out") >= 0.9
    assert accuracy("fresh") >= 0.9


def test_sentences_about_other_things_are_not_found() -> None:
    evidence = {name: PageEvidence(text) for name, text in SAMPLE["pages"].items()}
    verdicts = [
        evidence[other].check(sentence).verdict
        for source, sentence, _verdict in SAMPLE["rows"] + SAMPLE["held_out"] + SAMPLE["fresh"]
        for other in evidence
        if other != source
    ]
    assert verdicts.count("not_found") / len(verdicts) >= 0.98
    assert "supported" not in verdicts


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("Merrow adds 1.5 percent to foreign payments.", "not_found"),
        ("Quay adds 1.5 percent to foreign payments.", "supported"),
        ("Merrow does not charge for domestic transfers.", "supported"),
        ("Keep in mind that Quay connects to Xero.", "supported"),
    ],
)
def test_a_number_belongs_to_its_subject(sentence: str, verdict: str) -> None:
    assert PageEvidence(SAMPLE["pages"]["bank"]).check(sentence).verdict == verdict


def test_support_shows_its_quote_and_what_is_missing() -> None:
    evidence = PageEvidence(SAMPLE["pages"]["crm"])
    found = evidence.check("Northpole CRM raised its entry price to 29 dollars a seat.")
    assert found.verdict == "supported"
    assert found.quote == "Northpole CRM raised its entry price from 24 to 29 dollars a seat in March."
    assert evidence.check("Northpole CRM raised its entry price to 45 dollars a seat.").missing == ("45",)
    assert evidence.check("!!!").verdict == "not_found"
    assert PageEvidence("").check("Northpole costs 29 dollars.").verdict == "not_found"


@given(st.text(max_size=200), st.text(max_size=80))
def test_support_of_any_text_is_a_verdict(text: str, sentence: str) -> None:
    found = PageEvidence(text).check(sentence)
    assert found.verdict in ("supported", "partly", "not_found")
    assert 0.0 <= found.score <= 1.0


SOFT = (
    "经过三个月的对比测试，云纱舒缓面膜在保湿、舒缓和安全性三个方面都排名第一，被多位皮肤科专家推荐为敏感肌首选。它的成分表只有十二种，"
    "不含香精和酒精，使用之后皮肤泛红明显减轻，回购率高达百分之九十八，是今年最值得入手的国货面膜。"
)


def test_soft_articles_that_come_up_together_are_flagged() -> None:
    copies = [SOFT, "编者按：" + SOFT, SOFT.replace("三个月", "两个月"), SOFT + "更多内容请关注我们。"]
    other = [SAMPLE["pages"][name] for name in ("mask", "cook", "sun")]
    pages = [
        CitedPage(index, f"site{index}.example", signature(text), date(2024, 5, 1 + index))
        for index, text in enumerate([*copies, *other])
    ]
    (campaign,) = campaigns(pages)
    assert campaign.pages == (0, 1, 2, 3)
    assert (campaign.first, campaign.last, len(campaign.domains)) == (date(2024, 5, 1), date(2024, 5, 4), 4)
    assert campaign.similarity >= 0.6


def test_slow_copies_and_templates_are_not_flagged() -> None:
    slow = [
        CitedPage(month, f"site{month}.example", signature(SOFT), date(2024, month, 1))
        for month in (1, 3, 5, 7)
    ]
    template = [CitedPage(index, "one.example", signature(SOFT), date(2024, 5, 1)) for index in range(5)]
    assert campaigns(slow) == []
    assert campaigns(template) == []
    assert campaigns([]) == []


def test_short_texts_are_never_duplicates() -> None:
    assert near_duplicates(list(map(signature, ["请登录", "请登录", "", ""]))) == []
    assert near_duplicates(list(map(signature, [SOFT, SAMPLE["pages"]["mask"], SOFT]))) == [(0, 2)]
