"""Words of answers as they are quoted: never a sign of Markdown, a mark of a source or a bar of a table."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.extract.text.excerpts import quotation

SIGNS = re.compile(r"\*\*|`|~~|\||\[\d|【\d|^#|^- ")
MARKED = (
    "## Picks\n",
    "1. **Aurora** is *gentle* [1][2].\n",
    "- `Aurora` ~~never~~ often helps【3†source】.\n",
    "| Brand | Price |\n|---|---|\n| **Aurora** | 9 |\n",
    "敏感肌可以用**云纱**[citation:4]。\n",
    "See [the shop](https://shop.example/a) for Aurora [5].\n",
)


@pytest.mark.parametrize(
    ("text", "said", "quoted"),
    [
        ("1. **Aurora** is *gentle* [1][2].", "Aurora", "Aurora is gentle."),
        ("| **Aurora** | 9 EUR |\n", "Aurora", "Aurora · 9 EUR"),
        ("推荐**云纱**：温和[citation:4]。再见。", "云纱", "推荐 云纱: 温和。"),
        ("First.\n\nUse `Aurora`, 5*3 times. Bye.", "Aurora", "Use Aurora, 5*3 times."),
        ("```\nAurora x\n```", "Aurora", "Aurora"),
        ("你好。\n\n我 喜欢\t云纱。再见。", "云纱", "我 喜欢 云纱。"),
    ],
)
def test_a_quotation_is_the_bare_sentence(text: str, said: str, quoted: str) -> None:
    at = text.index(said)
    assert quotation(text, at, at + len(said)).replace("： ", ": ").replace("：", ": ") == quoted


def test_a_long_sentence_is_cut_around_the_span() -> None:
    text = "First. " + "long " * 400 + "HERE " + "long " * 400 + ". Last."
    at = text.index("HERE")
    cut = quotation(text, at, at + 4, 60)
    assert cut.startswith("…") and cut.endswith("…") and "HERE" in cut and len(cut) <= 62


@given(st.lists(st.sampled_from(MARKED), min_size=1, max_size=6), st.data())
def test_no_sign_is_left_wherever_a_brand_stands(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    places = [found.span() for found in re.finditer("Aurora|云纱", text)]
    if places:
        start, end = data.draw(st.sampled_from(places))
        said = quotation(text, start, end)
        assert text[start:end] in said
        assert not SIGNS.search(said), said
