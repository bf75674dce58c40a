"""Advice for and against a brand, in the sentences that assistants write."""

from __future__ import annotations

import pytest

from geo_tracker.extract.mentions import Matcher
from geo_tracker.extract.records import AliasSpec, BrandSpec
from geo_tracker.scoring import analyse

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
    ],
)
def test_advised_against(text: str) -> None:
    assert advice(text) == {"Quillara": False}


@pytest.mark.parametrize(
    "text", ["Quillara was founded in 2009.", "云栖壶成立于2009年。", "Quillara has 40 offices."]
)
def test_no_advice(text: str) -> None:
    assert advice(text) == {"Quillara": None}
