"""How an answer's text is cut and which addresses a reader may follow."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.elements import _templates, safe_url
from dashboard.highlight import pieces
from geo_tracker.i18n import translate
from geo_tracker.metrics.records import TrackedBrand
from geo_tracker.queries.answers import NamedSpan
from geo_tracker.queries.support import CheckedSentence
from geo_tracker.reports.charts import DARK, LIGHT
from geo_tracker.reports.colours import brand_colours, dashes

BRANDS = (
    TrackedBrand("云纱", own=True),
    *(TrackedBrand(f"Rival {number}", turn=number) for number in range(7)),
)


def span(start: int, end: int) -> NamedSpan:
    return NamedSpan(start, end, "", "云纱", True, "prose")


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50)), max_size=8))
def test_the_text_stays_whole_whatever_the_spans(text: str, spans: list[tuple[int, int]]) -> None:
    cut = list(pieces(text, [span(*each) for each in spans]))
    assert "".join(piece.text for piece in cut) == text


def test_mentions_are_marked_where_they_stand() -> None:
    cut = list(pieces("用云纱或云纱护肤", [span(1, 3), span(4, 6), span(4, 8)]))
    assert [(piece.text, piece.named is not None) for piece in cut] == [
        ("用", False),
        ("云纱", True),
        ("或", False),
        ("云纱", True),
        ("护肤", False),
    ]


@pytest.mark.parametrize("style", [LIGHT, DARK])
def test_rivals_are_told_apart_and_never_look_like_the_own_brand(style: object) -> None:
    found = brand_colours(BRANDS, style)  # type: ignore[arg-type]
    assert len({found[f"Rival {number}"] for number in range(5)}) == 5
    assert found["云纱"] not in {found[brand.name] for brand in BRANDS[1:]}
    some = brand_colours([BRANDS[3], BRANDS[1]], style)  # type: ignore[arg-type]
    assert some == {name: found[name] for name in some}, "a colour does not hang on what else is shown"
    lines = dashes([brand.name for brand in BRANDS], found)
    assert len({(found[brand.name], *line) for brand, line in zip(BRANDS, lines, strict=True)}) == len(BRANDS)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://shop.example/a?b=c#d", True),
        ("http://例子.example/面膜", True),
        ("HTTPS://SHOP.example", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,<script>alert(1)</script>", False),
        ("vbscript:x", False),
        ("//shop.example", False),
        ("https:shop", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_only_web_addresses_become_links(url: str, safe: bool) -> None:
    assert safe_url(url) == (url if safe else None)


def test_what_a_page_says_is_shown_without_signs_of_layout() -> None:
    of = CheckedSentence(1, 1, "| **云纱** | 9 元 |", "supported", None, "## 云纱 | `9` 元 |")
    shown = str(_templates().get_template("support.html").module.checked(of, translate("zh")))  # type: ignore[attr-defined]
    assert "云纱 · 9 元" in shown
    assert not {"|", "#", "*", "`"} & set(re.sub(r"<[^>]*>", "", shown))
