"""Scores per answer and brand, against the formulas worked out by hand."""

from __future__ import annotations

import json
from math import exp

import pytest

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.records import AliasSpec, Analysis, BrandScore, BrandSpec
from geo_tracker.extract.scores import analyse, carrying, citation_weights, to_json
from geo_tracker.extract.text.sentences import read

MATCHER = Matcher(
    [BrandSpec("Alphacor", (AliasSpec("阿尔法科"),)), BrandSpec("Betacor"), BrandSpec("Gammacor")]
)


def scores(text: str, prompt: str | None = None) -> dict[str, BrandScore]:
    return {score.brand: score for score in analyse(text, MATCHER, prompt=prompt).brands}


def test_brands_without_a_mention_are_absent() -> None:
    assert analyse("Nothing here.", MATCHER) == Analysis(2, 1, ())


def test_shares_and_position_by_hand() -> None:
    found = scores("We like Alphacor most. Alphacor and Betacor differ. The end of it.")
    whole = 4 + 4 * exp(-1 / 3) + 4 * exp(-2 / 3)
    assert found["Alphacor"].word_share == pytest.approx((4 + 4 / 2) / 12)
    assert found["Betacor"].word_share == pytest.approx(2 / 12)
    assert found["Alphacor"].prominence == pytest.approx((4 + 2 * exp(-1 / 3)) / whole)
    assert found["Betacor"].prominence == pytest.approx(2 * exp(-1 / 3) / whole)
    assert found["Alphacor"].first_position == pytest.approx(2 / 12)
    assert found["Betacor"].first_position == pytest.approx(6 / 12)


def test_an_answer_about_one_brand_alone_has_prominence_one() -> None:
    found = scores("阿尔法科很好。阿尔法科很便宜。")["Alphacor"]
    assert (found.word_share, found.prominence, found.first_position) == (1.0, pytest.approx(1.0), 0.0)


def test_rank_is_the_printed_ordinal_of_one_list() -> None:
    found = scores(
        "Gammacor is known, but my order is:\n1. **Betacor** - cheap\n2. Othercor\n3. Alphacor: solid\n"
    )
    assert {brand: score.rank for brand, score in found.items()} == {
        "Betacor": 1,
        "Alphacor": 3,
        "Gammacor": 4,
    }


def test_a_list_of_two_is_a_list() -> None:
    found = scores("Gammacor is known, but my order is:\n1. **Betacor** - cheap\n2. Gammacor: solid\n")
    assert {brand: score.rank for brand, score in found.items()} == {"Betacor": 1, "Gammacor": 2}


def test_rank_without_a_list_is_the_order_of_first_mention() -> None:
    found = scores("Gammacor beats Alphacor. Alphacor beats Betacor.")
    assert {brand: score.rank for brand, score in found.items()} == {
        "Gammacor": 1,
        "Alphacor": 2,
        "Betacor": 3,
    }


def test_rank_of_two_lists_that_disagree_is_the_order_of_first_mention() -> None:
    found = scores("Cheap:\n1. Betacor\n2. Alphacor\nBest:\n1. Gammacor\n2. Betacor\n")
    assert {brand: score.rank for brand, score in found.items()} == {
        "Betacor": 1,
        "Alphacor": 2,
        "Gammacor": 3,
    }


def test_a_brand_that_leads_two_items_of_a_list_has_the_better_rank() -> None:
    found = scores("My order:\n1. Betacor One\n2. Alphacor\n3. Betacor Two\n")
    assert {brand: score.rank for brand, score in found.items()} == {"Betacor": 1, "Alphacor": 2}


def test_steps_that_mention_a_brand_later_are_no_ranking() -> None:
    found = scores("1. Open the page of Betacor\n2. Then log in to Alphacor\n")
    assert {brand: score.rank for brand, score in found.items()} == {"Betacor": 1, "Alphacor": 2}
    found = scores("5. Open the page of Betacor\n6. Then log in to Alphacor\n")
    assert {brand: score.rank for brand, score in found.items()} == {"Betacor": 1, "Alphacor": 2}


def test_chinese_ranking() -> None:
    found = scores("推荐顺序：\n第一名：Betacor\n第二名：阿尔法科\n")
    assert {brand: score.rank for brand, score in found.items()} == {"Betacor": 1, "Alphacor": 2}


@pytest.mark.parametrize("ticks", ["`", "``", "```"])
def test_a_name_in_backticks_is_a_mention(ticks: str) -> None:
    assert [*scores(f"Use {ticks}Alphacor{ticks} today.")] == ["Alphacor"]
    assert [*scores(f"Use {ticks}open(){ticks} of Alphacor.")] == ["Alphacor"]


def test_an_answer_that_only_repeats_its_prompt_mentions_nothing() -> None:
    assert scores("Is Alphacor good?", prompt="Is Alphacor good?") == {}


def test_json_record() -> None:
    record = to_json("a1", analyse("Alphacor wins.", MATCHER))
    assert json.loads(json.dumps(record)) == record
    assert record["id"] == "a1"
    assert (record["words"], record["sentences"]) == (2, 1)
    (brand,) = record["brands"]
    assert brand["brand"] == "Alphacor"
    assert brand["rank"] == 1
    assert brand["mentions"][0] | {"start": 0, "end": 8, "text": "Alphacor"} == brand["mentions"][0]


def test_polarity_recommendation_and_evidence() -> None:
    text = "Alphacor is cheap, but Betacor is far more reliable. Avoid Gammacor: it is buggy."
    found = scores(text)
    assert {brand: score.polarity for brand, score in found.items()} == {
        "Alphacor": "positive",
        "Betacor": "positive",
        "Gammacor": "negative",
    }
    assert {brand: score.recommended for brand, score in found.items()} == {
        "Alphacor": None,
        "Betacor": None,
        "Gammacor": False,
    }
    evidence = found["Gammacor"].evidence
    assert evidence is not None
    assert "Gammacor" in text[slice(*evidence)]


def test_a_comparison_praises_one_and_blames_the_other() -> None:
    found = scores("Alphacor is better than Betacor.")
    assert [found[b].polarity for b in ("Alphacor", "Betacor")] == ["positive", "negative"]
    found = scores("阿尔法科比Betacor更稳定。")
    assert [found[b].polarity for b in ("Alphacor", "Betacor")] == ["positive", "negative"]


def test_a_brand_of_which_nothing_is_known_is_absent() -> None:
    analysis = analyse("I couldn't find any information about Alphacor. Betacor is well known.", MATCHER)
    assert [brand.brand for brand in analysis.brands] == ["Betacor"]
    assert analysis.absent == ("Alphacor",)


def test_attributes_of_the_workspace_and_common_ones() -> None:
    matcher = Matcher([BrandSpec("Alphacor")], attributes=["性价比", "包装"])
    (brand,) = analyse("Alphacor温和不刺激，性价比高，但是包装很难看。", matcher).brands
    notes = {(note.attribute, note.polarity) for note in brand.attributes}
    assert ("温和", "positive") in notes
    assert ("性价比", "positive") in notes
    assert any(name == "包装" for name, _ in notes)


def test_untracked_names_are_discovered() -> None:
    text = "Options:\n1. **Alphacor**: fine\n2. **Zuvexa**: fine\n3. **Morning routine**: fine\n\nSalesforce is big."
    analysis = analyse(text, MATCHER)
    assert [(d.name, text[d.start : d.end]) for d in analysis.discovered] == [
        ("Zuvexa", "Zuvexa"),
        ("Salesforce", "Salesforce"),
    ]


LATE = exp(-1 / 2)
"""Weight of the second of two sentences."""


@pytest.mark.parametrize(
    ("text", "spans", "shares"),
    [
        ("One two three four[1]. Five six[2].", [[(18, 21)], [(31, 34)]], [4, 2 * LATE]),
        ("敏感肌可以用云纱。[1]泛红时少用。[2]", [[(9, 12)], [(18, 21)]], [8, 5 * LATE]),
        ("One two three[1][2].", [[(13, 16)], [(16, 19)]], [1, 1]),
        ("One two three[1]. Four.", [[(13, 16)], []], [1, None]),
        ("One two. Three four.", [[(0, 20)], [(9, 20)]], [2 + LATE, LATE]),
        ("- One two [1]\n- Three [2]", [[(10, 13)], [(22, 25)]], [2, LATE]),
        ("[1] One two.", [[(0, 3)]], [None]),
        ("No sources here.", [[]], [None]),
        ("", [[(0, 0)]], [None]),
    ],
)
def test_citation_weights(text: str, spans: list[list[tuple[int, int]]], shares: list[float | None]) -> None:
    """A marker belongs to the sentence before it, a passage to all sentences in it; shared sentences are halved."""
    whole = sum(share for share in shares if share is not None)
    expected = [share if share is None else pytest.approx(share / whole) for share in shares]
    assert list(citation_weights(read(text), spans)) == expected


def test_a_marker_on_a_line_of_markers_belongs_to_the_sentence_before_them() -> None:
    text = "Alphacor one.\n\n- [1][2]\n\nBetacor two."
    assert carrying(read(text), text.index("[2]"), text.index("[2]") + 3) == {0}


@pytest.mark.parametrize(
    ("piece", "mentions"),
    [
        ("Alphacor-", 20_001),
        ("Alphacor/", 20_001),
        ("Alphacor, ", 20_001),
        ("Alphacor.", 20_001),
        ("![", 1),
        ("【1†", 1),
        ("<websource>", 1),
        ("\ue200", 1),
        ("([", 1),
        (":contentReference[", 1),
    ],
)
def test_an_answer_that_repeats_itself_does_not_hold_up_the_others(piece: str, mentions: int) -> None:
    """Each takes a second; from each occurrence to the end of the text it would be hours."""
    (brand,) = analyse(piece * 20_000 + " Alphacor ", MATCHER).brands
    assert len(brand.mentions) == mentions


def test_names_beside_two_tracked_brands_are_discovered() -> None:
    found = analyse("We compared Alphacor, Zuvexa, Betacor, Kelvira and Gammacor.", MATCHER).discovered
    assert [each.name for each in found] == ["Zuvexa", "Kelvira"]
