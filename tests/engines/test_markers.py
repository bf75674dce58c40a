"""Printed markers: found in every style, resolved to the right source, with spans that hold."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.engines import _markers as m
from geo_tracker.engines._spans import checked
from geo_tracker.engines.base import ParsedCitation

STYLES = {
    "[{}]": m.BRACKETS,
    "^[{}]^": m.CARETS,
    "[ref_{}]": m.REF,
    "[[{}]]": m.DOUBLE,
    "[[引用:{}]]": m.QUOTED,
    "[citation:{}]": m.CITATION,
    "[reference:{}]": m.REFERENCE,
    "[^{}^]": m.FOOTNOTE,
    "【{}†source】": m.DAGGER,
}
WORDS = st.text(st.characters(blacklist_characters="[]^【】`(", blacklist_categories=("Cs",)), max_size=12)


@pytest.mark.parametrize(("form", "style"), STYLES.items())
@given(st.lists(st.tuples(WORDS, st.integers(0, 30)), max_size=6))
def test_what_is_printed_is_found(form: str, style: re.Pattern[str], pieces: list[tuple[str, int]]) -> None:
    text = "".join(words + form.format(number) for words, number in pieces)
    found = list(m.markers(text, style))
    assert [marker.ordinals for marker in found] == [(number,) for _, number in pieces]
    assert [text[slice(*marker.span)] for marker in found] == [form.format(number) for _, number in pieces]


def test_several_numbers_in_one_marker() -> None:
    found = [
        marker.ordinals for marker in m.markers("a[1, 2] b[3、4] c^[5][6]^", m.either(m.CARETS, m.BRACKETS))
    ]
    assert found == [(1, 2), (3, 4), (5, 6)]


def test_code_is_code() -> None:
    text = "a[1] `b[2]` ```\nc[3]\n``` d[4]\n```py\ne[5]"
    assert [marker.ordinals[0] for marker in m.markers(text, m.BRACKETS)] == [1, 4]


def sources(*urls: str) -> list[ParsedCitation]:
    return [ParsedCitation(url, "retrieved", ordinal) for ordinal, url in enumerate(urls, 1)]


def test_a_source_is_cited_only_where_a_marker_names_it() -> None:
    text = "云纱[1]温和,雪岭[3][1]也好[9]。"
    found = m.resolved(text, sources("https://a.example/", "https://b.example/", ""), m.BRACKETS)
    assert [(row.role, row.ordinal, row.url) for row in found] == [
        ("cited", 1, "https://a.example/"),
        ("retrieved", 2, "https://b.example/"),
        ("cited", 3, ""),
    ]
    assert [text[slice(*span)] for row in found for span in row.spans] == ["[1]", "[1]", "[3]"]


def test_a_marker_may_carry_its_own_address() -> None:
    text = "A [2](https://b.example/x_(y)) and [7](https://new.example/)."
    found = m.resolved(text, [ParsedCitation("https://b.example/x_(y)", "retrieved")], m.BRACKETS)
    assert [(row.role, row.ordinal, row.url) for row in found] == [
        ("cited", 2, "https://b.example/x_(y)"),
        ("cited", 7, "https://new.example/"),
    ]


def test_repeats_are_one_record_per_role_with_all_spans() -> None:
    rows = [ParsedCitation("https://a.example/", spans=((5, 6),)), ParsedCitation("https://a.example/", "opened"),
            ParsedCitation("https://a.example/", title="T", spans=((1, 2), (5, 6)))]  # fmt: skip
    assert m.merged(rows) == (
        ParsedCitation("https://a.example/", title="T", spans=((1, 2), (5, 6))),
        ParsedCitation("https://a.example/", "opened"),
    )


@given(st.text(st.characters(blacklist_categories=("Cs",)), min_size=1), st.data())
def test_a_span_is_right_in_any_unit_or_dropped(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    words = text[start:end]
    before = text[:start]
    units = [(len(before), end), (len(before.encode()), len(text[:end].encode())),
             (len(before.encode("utf-16-le")) // 2, len(text[:end].encode("utf-16-le")) // 2)]  # fmt: skip
    for first, last in units:
        (span,) = checked(text, first, last, words.__eq__)
        assert text[slice(*span)] == words
    assert checked(text, start, end, lambda _: False) == ()
    assert checked(text, -1, end, words.__eq__) == checked(text, start, None, words.__eq__) == ()


HOSTILE = ["[", "[1](http://", "`", "`a`[1]", "```", "【1†", "^[1]", "[1,", "([", "[x](http://a(", "[[引用:"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    for style in (*STYLES.values(), m.either(*STYLES.values())):
        start = time.process_time()
        list(m.markers(piece * (100_000 // len(piece)), style))
        assert time.process_time() - start < 5, style.pattern
    m.placed(piece * (100_000 // len(piece)), [])
