"""Advice for and against a brand, in the sentences that assistants write."""

from __future__ import annotations

import pytest

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.records import AliasSpec, BrandSpec
from geo_tracker.extract.scores import analyse

BRANDS = Matcher([BrandSpec("Quillara", (AliasSpec("云栖壶"),)), BrandSpec("Veltrio", (AliasSpec("澜芷"),))])


def advice(text: str) -> dict[str, bool | None]:
    return {brand.brand: brand.recommended for brand in analyse(text, BRANDS).brands}


@pytest.mark.parametrize(
    "text",
    [
        "Quillara is a great choice for small teams.",
        "For most people, Quillara is the best option.",
        "I would go with Quillara.",
        "**Quillara** — best overall, and easy to set up.",
        "Quillara is highly recommended for beginners.",
        "Quillara is well worth it.",
        "预算有限的话，首选云栖壶。",
        "云栖壶是更稳妥的选择。",
        "Verdict: Quillara for value.",
        "The Quillara Pro 2 is the smarter choice.",
        "看重静音选云栖壶，",
        "结论：云栖壶更省心。",
        "## 推荐\n- 保温壶：云栖壶 X1",
    ],
)
def test_advised(text: str) -> None:
    assert advice(text) == {"Quillara": True}


@pytest.mark.parametrize(
    "text",
    [
        "Avoid Quillara for now.",
        "I wouldn't recommend Quillara.",
        "Quillara isn't recommended for beginners.",
        "Quillara should be avoided.",
        "不推荐云栖壶。",
        "敏感肌慎用云栖壶。",
        "I wouldn't buy Quillara again.",
        "千万别碰云栖壶",
        "云栖壶投诉多，不建议。",
    ],
)
def test_advised_against(text: str) -> None:
    assert advice(text) == {"Quillara": False}


@pytest.mark.parametrize(
    "text", ["Quillara was founded in 2009.", "云栖壶成立于2009年。", "Quillara has 40 offices."]
)
def test_no_advice(text: str) -> None:
    assert advice(text) == {"Quillara": None}


@pytest.mark.parametrize(
    "text",
    [
        "I'd look at Quillara and Veltrio.",
        "Go with Quillara, or Veltrio if you travel.",
        "推荐云栖壶的杯子和澜芷。",
        "云栖壶、澜芷都是不错的选择。",
    ],
)
def test_a_whole_enumeration_is_advised(text: str) -> None:
    assert advice(text) == {"Quillara": True, "Veltrio": True}


@pytest.mark.parametrize(
    "text", ["如果选云栖壶，要注意保养。", "Should I pick a brand like that? Quillara was founded in 2009."]
)
def test_a_condition_is_no_advice(text: str) -> None:
    assert advice(text) == {"Quillara": None}


def test_the_drawbacks_of_one_item_do_not_reject_the_next() -> None:
    assert advice("**云栖壶**\n缺点：贵\n\n**澜芷**\n优点：轻") == {"Quillara": None, "Veltrio": None}
