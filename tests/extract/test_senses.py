"""Everyday words that are brands too, misspellings, and the words that a user requires or excludes."""

from __future__ import annotations

import time

import pytest

from geo_tracker.extract.brands.common_words import Kind, kind_of
from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.records import AliasSpec, BrandSpec, Findings
from geo_tracker.extract.text.sentences import read

BRANDS = [
    BrandSpec(n)
    for n in (
        "Toast",
        "Chase",
        "Ford",
        "Columbia",
        "Gusto",
        "Discover it",
        "公牛",
        "蓝月亮",
        "去哪儿",
        "美的",
        "清风",
        "如家",
        "全季",
        "Notion",
        "Monday",
        "Slack",
        "MAC",
        "Salesforce",
        "石头",
        "小米",
        "理想",
        "海信",
        "科沃斯机",
    )
]
MATCHER = Matcher(
    [*BRANDS, BrandSpec("Arc", domains=("arc.net",)), BrandSpec("Trip.com", domains=("trip.com",))]
)


def findings(text: str) -> Findings:
    return MATCHER.read(read(text))


@pytest.mark.parametrize(
    ("alias", "kind"),
    [
        ("HubSpot", Kind.NAME),
        ("Notion", Kind.WORD),
        ("Monday", Kind.CALENDAR),
        ("MAC", Kind.ACRONYM),
        ("Born This Way", Kind.PHRASE),
        ("小米", Kind.WORD),
        ("一加", Kind.WORD),
        ("完美日记", Kind.PHRASE),
        ("理肤泉", Kind.NAME),
        ("理想汽车", Kind.NAME),
        ("三只松鼠", Kind.RARE),
        ("Gusto", Kind.RARE),
    ],
)
def test_kinds_of_names(alias: str, kind: Kind) -> None:
    assert kind_of(alias) is kind


@pytest.mark.parametrize(
    ("text", "brand"),
    [
        ("Many teams use Notion for docs.", "Notion"),
        ("We tried Salesforce, Slack and Monday.", "Monday"),
        ("石头G20清洁力强", "石头"),
        ("小米、海信和理想都是国产品牌", "小米"),
        ("MAC lipstick lasts", "MAC"),
        ("1. Chase Freedom Unlimited\n2. Salesforce Essentials", "Chase"),
        ("Toast: $69 a month", "Toast"),
        ("Best for restaurants: Toast Go", "Toast"),
        ("Gusto files the taxes.", "Gusto"),
        ("**Discover it** Cash Back", "Discover it"),
        ("公牛插线板用料扎实", "公牛"),
        ("蓝月亮洗衣液去渍强", "蓝月亮"),
        ("先上去哪儿看看机票", "去哪儿"),
        ("全季比如家干净", "如家"),
        ("清風抽紙柔軟", "清风"),
        ("一台美的空调", "美的"),
    ],
)
def test_the_brand(text: str, brand: str) -> None:
    assert brand in {m.brand for m in findings(text).mentions}


@pytest.mark.parametrize(
    ("text", "brand"),
    [
        ("Chase Sapphire Reserve: $95 a year", "Chase"),
        ("Toast Capital Pro lets you borrow against sales.", "Toast"),
        ("Gusto Payroll Plus, about $6 a seat", "Gusto"),
        ("Slack shows the thread beside the channel.", "Slack"),
        ("海信机身厚，石头吸力足。", "石头"),
        ("去商场买公牛的话十块钱一个", "公牛"),
    ],
)
def test_a_product_line_a_verb_a_parallel_or_a_price_tells_the_brand(text: str, brand: str) -> None:
    assert brand in {m.brand for m in findings(text).mentions}


def test_a_brand_in_another_clause_does_not_make_camels_a_maker() -> None:
    matcher = Matcher([BrandSpec("骆驼"), BrandSpec("探路者")])
    assert {m.brand for m in matcher.find(read("骆驼走得慢，骑的时候穿探路者就够了。"))} == {"探路者"}


@pytest.mark.parametrize(
    "text",
    [
        "The notion of time is old.",
        "See you on Monday morning.",
        "Cut them some slack.",
        "My Mac is slow.",
        "一块石头挡在路中间",
        "晚饭煮了小米粥，小米很香",
        "我的理想是环游世界",
        "Toast the bread on both sides. Chase the thief.",
        "The director is Tom Ford, and Columbia University is in New York.",
        "She sings with gusto.",
        "Bridge the gap and chase them.",
        "农场里有一头公牛，公牛在吃草",
        "今晚的蓝月亮挂在夜空",
        "周末去哪儿玩",
        "美的享受",
        "《清风》是一首老歌",
        "買了兩斤小米，小米粥養胃",
    ],
)
def test_the_everyday_word(text: str) -> None:
    assert findings(text).mentions == ()


def test_the_same_word_may_stand_in_both_senses() -> None:
    text = "Toast the bread, then pay with Toast. 公牛插座便宜。远处有一头公牛。"
    assert [(m.brand, m.start) for m in findings(text).mentions] == [
        ("Toast", text.rindex("Toast")),
        ("公牛", text.index("公牛")),
    ]


def test_many_doubtful_names_take_linear_time() -> None:
    def seconds(times: int) -> float:
        text = "Notion and Slack, Toast or Chase. 小米和理想，公牛、清风。\n" * times
        document = read(text)
        start = time.process_time()
        MATCHER.read(document)
        return time.process_time() - start

    seconds(50)
    assert seconds(2_000) < 60 * max(seconds(100), 0.01)


def test_an_unsure_mention_says_why_and_does_not_count() -> None:
    unsure = [
        m for text in ("Slack water is calm.", "Notion is a word.", "石头很重") for m in findings(text).unsure
    ]
    assert all(0.25 <= m.confidence < 0.5 and m.reason for m in unsure)


def test_every_mention_has_confidence_and_reason() -> None:
    for mention in findings("Many teams use Notion and Salesforce.").mentions:
        assert 0.5 <= mention.confidence <= 1.0
        assert mention.reason


@pytest.mark.parametrize("text", ["Salesfroce is big", "Sallesforce is big", "Salesforc is big"])
def test_a_slip_of_the_pen(text: str) -> None:
    (mention,) = findings(text).mentions
    assert (mention.brand, mention.reason) == ("Salesforce", "misspelt")
    assert mention.text == text.split()[0]


@pytest.mark.parametrize("text", ["SalesforceX is big", "workforce is big", "科沃斯机", "海信心"])
def test_no_slip(text: str) -> None:
    assert all(m.reason != "misspelt" for m in findings(text).mentions)


def test_required_and_excluded_words() -> None:
    arc = AliasSpec("Arc", requires=("browser",))
    matcher = Matcher([BrandSpec("The Browser Company", (arc, AliasSpec("Dia", excludes=("beads",))))])
    assert matcher.find(read("Arc is fast")) == ()
    assert len(matcher.find(read("Arc is a fast browser"))) == 1
    assert matcher.find(read("Dia beads are pretty")) == ()


def test_domains_are_counted_apart() -> None:
    found = findings("Open arc.net or Trip.com today.")
    assert [(d.brand, d.text) for d in found.domains] == [("Arc", "arc.net")]
    assert [m.text for m in found.mentions] == ["Trip.com"]


def test_table_cells_know_their_column() -> None:
    (mention,) = findings("| Tool | Note |\n|---|---|\n| x | Salesforce |").mentions
    assert (mention.where, mention.column) == ("table_cell", 1)


def test_a_longer_known_name_is_not_the_brand() -> None:
    matcher = Matcher([BrandSpec("阿里巴巴", (AliasSpec("阿里"),))])
    assert matcher.find(read("阿里云和阿里山")) == ()
