"""Platforms: every form of their addresses, look-alikes, affiliates, and those that a workspace adds."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from geo_tracker.errors import UsageError
from geo_tracker.extract.commerce.offers import find_offers
from geo_tracker.extract.commerce.platforms import Platforms
from geo_tracker.extract.data import toml
from tests.support.places import DATA
from tests.support.places import SHARED as ALL_SHARED

SHARED = ALL_SHARED / "shop"
PLATFORMS = Platforms()
TABLE: list[tuple[str, dict[str, Any]]] = [
    (platform["name"], link) for platform in toml("any/platforms")["platform"] for link in platform["link"]
]
HOSTILE = [
    line
    for line in (DATA / "hostile_urls.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(
    ("platform", "rules"), TABLE, ids=lambda value: value if isinstance(value, str) else value["test"]
)
def test_every_form_of_address_gives_its_platform_and_ids(platform: str, rules: dict[str, Any]) -> None:
    link = PLATFORMS.read(rules["test"], proven=platform if rules.get("proof") else None)
    assert link is not None
    assert (link.platform, link.item_id, link.sku_id) == (
        platform,
        rules.get("test_item"),
        rules.get("test_sku"),
    )
    assert link.kind == ("product" if rules.get("to") and link.item_id else rules["kind"])


def test_an_offers_own_address_leads_to_the_same_product() -> None:
    for platform, rules in TABLE:
        link = PLATFORMS.read(rules["test"], proven=platform if rules.get("proof") else None)
        assert link is not None
        again = PLATFORMS.read(link.canonical_url, proven=platform if rules.get("proof") else None)
        assert again is not None
        assert (again.platform, again.item_id, again.canonical_url) == (
            platform,
            link.item_id,
            link.canonical_url,
        )


def test_there_are_a_hundred_hostile_addresses() -> None:
    assert len(HOSTILE) >= 100


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_addresses_are_no_offers(url: str) -> None:
    assert [offer.url for offer in find_offers(f"推荐：{url} 不错")] == []
    assert [offer.url for offer in find_offers(f"- [面膜]({url})：¥99")] == []


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data set is not here")
def test_real_product_addresses() -> None:
    rows = list(csv.DictReader((SHARED / "product_urls.csv").open(encoding="utf-8")))
    products = [row for row in rows if row["kind"] == "product"]
    read = [PLATFORMS.read(row["url"]) for row in products]
    right = [
        link is not None and (link.platform, link.item_id) == (row["platform"], row["id"])
        for link, row in zip(read, products, strict=True)
    ]
    assert sum(right) / len(right) >= 0.99
    short = [PLATFORMS.read(row["url"]) for row in rows if row["kind"].startswith("short")]
    assert all(link is not None and link.kind == "short" and link.item_id is None for link in short)


def test_affiliates_are_kept_and_then_dropped_from_the_address() -> None:
    link = PLATFORMS.read(
        "https://item.taobao.com/item.htm?id=540430775263&pid=mm_1_2_3&activityId=9&spm=a.b"
    )
    assert link is not None
    assert link.affiliate is not None
    assert (link.affiliate.network, link.affiliate.pid, link.affiliate.campaign) == (
        "淘宝联盟",
        "mm_1_2_3",
        "9",
    )
    assert link.canonical_url == "https://item.taobao.com/item.htm?id=540430775263"


def test_a_workspace_adds_a_platform_without_code() -> None:
    own = {
        "name": "harbour",
        "currency": "GBP",
        "hosts": ["harbour.example"],
        "link": [
            {
                "match": r"shop\.harbour\.example/p/(?P<item>\d+)$",
                "canonical": "https://shop.harbour.example/p/{item}",
            }
        ],
    }
    (offer,) = find_offers(
        "Mask £18.50 https://shop.harbour.example/p/77?utm_source=x", platforms=Platforms([own])
    )
    assert (offer.platform, offer.item_id, offer.price, offer.currency) == ("harbour", "77", 18.5, "GBP")
    assert find_offers("https://shop.harbour.example/p/77") == ()


def test_one_text_stands_for_a_list_of_one() -> None:
    link = {"match": r"shop\.harbour\.example/item$", "item": "id", "sku": "variant"}
    own = {"name": "harbour", "hosts": "harbour.example", "schemes": "harbourapp", "link": [link]}
    known = Platforms([{**own, "affiliate": {"network": "Partners", "pid": "partner"}}])
    found = known.read("https://shop.harbour.example/item?id=77&variant=2&partner=me")
    assert found is not None and found.affiliate is not None
    assert (found.platform, found.item_id, found.sku_id, found.affiliate.pid) == ("harbour", "77", "2", "me")
    assert known.app("harbourapp://item/77") == "harbour"
    assert known.read("https://shop.a/item?id=77") is None


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"hosts": ["a.example"]}, "name and hosts"),
        ({"name": "x", "hosts": 5}, "hosts must be a text or a list of texts"),
        ({"name": "x", "hosts": ["a.example", 5]}, "hosts must be a text or a list of texts"),
        ({"name": "x", "hosts": "a.example", "schemes": {"a": 1}}, "schemes must be a text"),
        ({"name": "x", "hosts": ["a.example"], "link": [{"kind": "product"}]}, "needs match"),
        ({"name": "x", "hosts": ["a.example"], "link": [{"match": "("}]}, "no expression"),
        (
            {"name": "x", "hosts": ["a.example"], "link": [{"match": "a", "kind": "shop"}]},
            "kind must be one of",
        ),
        ({"name": "x", "hosts": ["a.example"], "affiliate": {"pid": ["p"]}}, "needs a network"),
    ],
)
def test_a_broken_platform_is_named(rules: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Platforms([rules])
