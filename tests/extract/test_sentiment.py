"""What a text thinks of a brand: what is judged and how, comparisons, pronouns, labels."""

from __future__ import annotations

import pytest

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.records import AliasSpec, BrandSpec
from geo_tracker.extract.scores import analyse

BRANDS = Matcher(
    [
        BrandSpec("Quillara", (AliasSpec("云栖壶"),)),
        BrandSpec("Veltrio", (AliasSpec("澜芷"), AliasSpec("方太"))),
    ]
)


def polarity(text: str, brand: str = "Quillara") -> str | None:
    found = {each.brand: each.polarity for each in analyse(text, BRANDS).brands}
    return found[brand]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("云栖壶续航长。", "positive"),
        ("云栖壶续航短。", "negative"),
        ("云栖壶噪音大。", "negative"),
        ("云栖壶噪音不大。", "positive"),
        ("云栖壶价格低，质量也很好。", "positive"),
        ("云栖壶做工很差。", "negative"),
        ("云栖壶不太好。", "negative"),
        ("云栖壶价格大约在三百元。", None),
        ("云栖壶主打性价比、短途出行。", None),
        ("Quillara is cheaper than Foo.", "positive"),
        ("Foo is easier than Quillara.", "negative"),
        ("Foo is worse than Quillara.", "positive"),
        ("云栖壶不如别的牌子。", "negative"),
        ("别家比云栖壶便宜。", "negative"),
        ("Quillara sells soap. It is gentle and I love it.", "positive"),
        ("Quillara sells soap.\n\nIt is raining, which is terrible.", None),
        ("Pros of Quillara:\n- rinses off\n\nCons of Quillara:\n- one scent", "mixed"),
        ("云栖壶的缺点：\n- 一个颜色", "negative"),
        ("# Quillara\nFlexible but slow.", "mixed"),
    ],
)
def test_polarity(text: str, expected: str | None) -> None:
    assert polarity(text) == expected


def test_a_word_that_begins_within_a_name_is_read_without_it() -> None:
    assert polarity("方太贵，但是安静。", "Veltrio") == "mixed"


def test_both_sides_of_a_comparison() -> None:
    text = "云栖壶比澜芷更流畅。"
    assert (polarity(text), polarity(text, "Veltrio")) == ("positive", "negative")


@pytest.mark.parametrize(
    ("text", "clear"),
    [
        ("Quillara is excellent.", False),
        ("Quillara is excellent and gentle.", True),
        ("Quillara is excellent. It is gentle.", True),
        ("Avoid Quillara.", True),
        ("Quillara was founded in 2009.", False),
    ],
)
def test_an_opinion_on_one_word_is_unclear(text: str, clear: bool) -> None:
    (found,) = analyse(text, Matcher([BrandSpec("Quillara")])).brands
    assert found.clear is clear
