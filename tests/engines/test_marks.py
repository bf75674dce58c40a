"""An app's private marks become the words that it shows, and every span moves with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.engines._marks import Resolution, Target, readable
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation, ParsedOffer

URL = "https://www.hub.example/a"
CHIP = f"([hub.example]({URL}))"
TARGETS = {"turn0search1": Target(URL), "turn0product2": Target(None, "Lumora Mask")}


def mark(*fields: str) -> str:
    return "\ue200" + "\ue202".join(fields) + "\ue201"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (mark("entity", '["company","HubSpot",0]'), "HubSpot"),
        (mark("entity", '["HubSpot"]'), "HubSpot"),
        ('\ue200entity["company","蓝溪"]\ue201', "蓝溪"),
        (r'\ue200entity\ue202["company","HubSpot"]\ue201', "HubSpot"),
        (mark("product", "turn0product1", "Lumora"), "Lumora"),
        (mark("product_entity", "turn0product2"), "Lumora Mask"),
        (mark("products", '{"selections":[["turn0product5","Title"]],"tags":["best"]}'), ""),
        (mark("cite", "turn0search9", "turn0search1"), CHIP),
        (mark("cite", "turn0search9"), ""),
        (mark("filecite", "turn0file1"), ""),
        (mark("url", "the page", URL), f"[the page]({URL})"),
        (mark("link_title", "the page", "turn0search1"), f"[the page]({URL})"),
        (mark("url", "the page", "javascript:alert(1)"), "the page"),
        (mark("navlist", "More on CRM", "turn0news1,turn0news2"), "More on CRM"),
        (mark("image_group", '{"query":["crm"],"captions":["Acme desk"]}'), "Acme desk"),
        (mark("i", "turn0image1", "turn0image2"), ""),
        ("\ue203supported\ue204\ue206", "supported"),
        ("\ue200cite\ue202turn0search1", ""),
        ("\ue200cite\ue202turn0search1 and more", " and more"),
        ('\ue200entity\ue202["company","Hub', ""),
    ],
)
def test_marks_are_what_the_app_shows(raw: str, shown: str) -> None:
    answer = readable(ParsedAnswer(f"A {raw}"), TARGETS)
    assert answer.text == f"A {shown}" and not answer.unknown_blocks


def test_an_unknown_kind_keeps_its_prose_and_is_counted() -> None:
    raw = mark("poll", '{"kind":"choice","label":"Which CRM?","ref":"turn0search1"}')
    answer = readable(ParsedAnswer(f"A {raw}!"))
    assert answer.text == "A Which CRM?!"
    assert answer.unknown_blocks == ({"type": "poll", "mark": raw},)


def test_a_citations_place_is_its_source_and_moves() -> None:
    first, second = mark("entity", '["company","HubSpot"]'), mark("cite", "turn5view1")
    text = f"{first} leads.{second} Acme too."
    at = text.index(second)
    cited = ParsedCitation(URL, spans=((at, at + len(second)),))
    words = text.index("Acme")
    answer = readable(ParsedAnswer(text, (cited,), offers=(ParsedOffer("card", span=(words, words + 4)),)))
    assert answer.text == f"HubSpot leads.{CHIP} Acme too."
    assert [answer.text[slice(*span)] for span in answer.citations[0].spans] == [CHIP]
    assert answer.offers[0].span and answer.text[slice(*answer.offers[0].span)] == "Acme"


PIECES = st.lists(
    st.text("ab 蓝😀.\n", max_size=6)
    | st.sampled_from(
        ["Brand", mark("entity", '["x","Name"]'), mark("cite", "turn0search1"), mark("i"), "\ue203"]
    ),
    max_size=8,
)


@given(PIECES, st.data())
def test_spans_keep_their_words(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    answer = readable(ParsedAnswer(text, (ParsedCitation("u", spans=((start, end),)),)), TARGETS)
    assert not any("\ue200" <= char <= "\ue20f" for char in answer.text)
    if not any("\ue200" <= char <= "\ue20f" for char in text[start:end]) and "\ue200" not in text:
        assert [answer.text[slice(*span)] for span in answer.citations[0].spans] == [
            text[start:end].replace("\ue203", "")
        ] or start == end
    for first, last in answer.citations[0].spans:
        assert 0 <= first <= last <= len(answer.text)
    assert readable(answer, TARGETS) == answer


@given(PIECES, st.data())
def test_a_place_in_the_shown_words_is_found_again_in_the_given_text(
    pieces: list[str], data: st.DataObject
) -> None:
    text = "".join(["<", *pieces, ">"])
    shown = Resolution(text, TARGETS)
    start = data.draw(st.integers(0, len(shown.text) - 1))
    end = data.draw(st.integers(start + 1, len(shown.text)))
    first, last = shown.given((start, end))
    assert 0 <= first < last <= len(text)
    within = [mark for mark in MARKS if mark in text[first:last]]
    if CHIP not in shown.text and not within:
        assert text[first:last].replace("\ue203", "") == shown.text[start:end]
    assert shown.given((0, len(shown.text))) == (0, len(text))


MARKS = [mark("entity", '["x","Name"]'), mark("cite", "turn0search1"), mark("i")]


@pytest.mark.parametrize(
    ("raw", "held"),
    [
        (mark("entity", '["company","HubSpot"]'), "HubSpot"),
        (mark("url", "HubSpot CRM", URL), "HubSpot"),
        (mark("entity", r'["company","Hub\u0053pot"]'), mark("entity", r'["company","Hub\u0053pot"]')),
    ],
)
def test_words_that_a_mark_shows_are_found_in_it_or_are_all_of_it(raw: str, held: str) -> None:
    text = f"A {raw} leads."
    shown = Resolution(text, {})
    at = shown.text.index("HubSpot")
    assert text[slice(*shown.given((at, at + 7)))] == held
