"""Aliases in text: spellings, boundaries, longest match, offsets."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.records import AliasSpec, BrandSpec, Mention
from geo_tracker.extract.text.folding import fold
from geo_tracker.extract.text.sentences import read


def brand(name: str, *aliases: str, products: tuple[str, ...] = ()) -> BrandSpec:
    specs = (*map(AliasSpec, aliases), *(AliasSpec(p, product=True) for p in products))
    return BrandSpec(name, specs)


def find(text: str, *names: str | BrandSpec) -> list[Mention]:
    brands = [name if isinstance(name, BrandSpec) else brand(name) for name in names]
    mentions = list(Matcher(brands).find(read(text)))
    assert all(text[m.start : m.end] == m.text for m in mentions)
    return mentions


def names(text: str, *brands: str | BrandSpec) -> list[str]:
    return [m.text for m in find(text, *brands)]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("hubspot", "HubSpot"),
        ("ＨｕｂＳｐｏｔ", "HubSpot"),
        ("Hub Spot", "HubSpot"),
        ("Hub-Spot", "HubSpot"),
        ("Hub**Spot", "HubSpot"),
        ("Hub\u200bSpot", "HubSpot"),
        ("𝐇𝐮𝐛𝐒𝐩𝐨𝐭", "HubSpot"),
        ("La Roche Posay", "La Roche-Posay"),
        ("LA ROCHE‑POSAY", "La Roche-Posay"),
        ("L’Oréal", "L'Oréal"),
        ("LOreal", "L'Oréal"),
        ("Avene", "Avène"),
        ("Ave\u0300ne", "Avène"),
        ("7–11", "7-11"),
        ("薇諾娜", "薇诺娜"),
        ("RODE", "RØDE"),
        ("i 茅台", "i茅台"),
        ("AO Smith", "A.O. Smith"),
    ],
)
def test_spellings_of_a_name(written: str, name: str) -> None:
    found = find(f"Try {written}, or 试试{written}。", name)
    assert [(m.text, m.alias, m.brand) for m in found] == [(written, name, name)] * 2


def test_marks_after_a_name_do_not_move_the_next_one() -> None:
    assert names("cafe\u0301 **Hub**Spot, ﬁne Straße: HubSpot", "HubSpot") == ["Hub**Spot", "HubSpot"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a pineapple a day", "Apple"),
        ("the search box", "Arc"),
        ("KeePassXC is a fork", "KeePass"),
        ("KeePass2Android syncs", "KeePass"),
        ("mail support@hubspot.com or see hubspot.com/crm", "HubSpot"),
        ("https://hubspot.com and [1](https://hubspot.com)", "HubSpot"),
        ("the hub spot on the map", "HubSpot"),
        ("精美的礼盒", "美的"),
        ("国美的价格", "美的"),
        ("北京东路", "京东"),
        ("以中国美术馆为例", "国美"),
        ("理智行为", "智行"),
        ("电话 112306", "12306"),
    ],
)
def test_not_a_mention(text: str, name: str) -> None:
    assert names(text, name) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Zoho's price", "Zoho"),
        ("a HubSpot-style CRM", "HubSpot"),
        ("two YubiKeys", "YubiKey"),
        ("新款iPhone15很好", "iPhone"),
        ("理肤泉B5面霜", "理肤泉"),
        ("用大宝SOD蜜", "大宝"),
        ("삼성전자와 비교", "삼성전자"),
        ("推荐薇诺娜舒缓面膜", "薇诺娜"),
        ("book on Booking.com", "Booking.com"),
        ("美的空调和格力", "美的"),
    ],
)
def test_a_mention(text: str, name: str) -> None:
    assert [m.brand for m in find(text, name)] == [name]


def test_the_longest_name_wins_across_brands() -> None:
    assert [m.brand for m in find("Microsoft Teams beats Microsoft", "Microsoft", "Microsoft Teams")] == [
        "Microsoft Teams",
        "Microsoft",
    ]
    assert [m.brand for m in find("微信支付比微信", "微信", "微信支付")] == ["微信支付", "微信"]


def test_an_alias_that_contains_the_name_counts_once() -> None:
    assert names("在京东商城买", brand("京东", "京东商城")) == ["京东商城"]


def test_brand_and_product_are_one_name_in_english_and_two_in_chinese() -> None:
    naked = brand("Urban Decay", products=("Naked",))
    assert names("the Urban Decay Naked palette", naked) == ["Urban Decay Naked"]
    dji = brand("大疆", "DJI", products=("ROMO",))
    assert names("大疆 DJI ROMO 很好", dji) == ["大疆", "DJI", "ROMO"]


def test_case_sensitive_alias() -> None:
    spec = BrandSpec("MAC", (AliasSpec("NARS", case_sensitive=True),))
    assert names("nars and NARS", spec) == ["NARS"]


def test_where_a_mention_stands() -> None:
    text = (
        "Zoho here.\n# Zoho\n- Zoho\n| Zoho | 1 |\n|---|---|\n> Zoho\n\n[Zoho shop](https://a.io) and "
        "![Zoho app](https://a.io/b.png)"
    )
    places = [m.where for m in find(text, "Zoho")]
    assert places == ["prose", "heading", "list_item", "table_cell", "quote", "link_label", "image_alt"]


def test_mentions_know_their_sentence() -> None:
    assert [m.sentence for m in find("One. Zoho two. Three Zoho.", "Zoho")] == [1, 2]


SPOTS = Matcher([brand("HubSpot", "薇诺娜"), brand("Spot")])


@given(st.text(alphabet=st.sampled_from("HubSpot ﬁéß**薇諾娜\u0301\u200bİ-' .\n"), max_size=60))
def test_offsets_always_index_the_original(text: str) -> None:
    mentions = SPOTS.find(read(text))
    assert all(text[m.start : m.end] == m.text for m in mentions)
    assert all(a.end <= b.start for a, b in itertools.pairwise(mentions))


@given(st.text(max_size=60))
def test_folding_maps_every_character_back_in_order(text: str) -> None:
    folded = fold(text)
    starts = [folded.start(i) for i in range(len(folded.text))]
    assert starts == sorted(starts)
    assert all(0 <= start < len(text) for start in starts)


def test_a_misspelt_chinese_name_counts_once() -> None:
    assert [(m.text, m.reason) for m in find("我觉得芮玥珂澜的面膜很好用。", "薇玥珂澜")] == [
        ("芮玥珂澜", "misspelt")
    ]


def test_a_chinese_word_one_slip_from_two_names_is_neither() -> None:
    assert not find("我觉得芮玥珂澜的面膜很好用。", "薇玥珂澜", "蔻玥珂澜")
