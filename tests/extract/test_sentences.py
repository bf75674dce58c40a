"""Blocks, sentences, words and masks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.extract.text.blocks import chinese_number
from geo_tracker.extract.text.masks import BLANK, is_chip
from geo_tracker.extract.text.sentences import count_words, read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("HubSpot is a CRM.", 4),
        ("敏感肌适合用什么样的面膜?", 12),
        ("理肤泉B5修复霜 50ml", 8),
        ("カタカナ ひらがな 한국어", 11),
        ("don't stop", 3),
        ("cafe\u0301 cr\u00e8me", 2),
        ("", 0),
        ("--- ***", 0),
    ],
)
def test_words(text: str, words: int) -> None:
    assert count_words(text) == words


def sentences(text: str) -> list[str]:
    document = read(text)
    return [document.text[s.start : s.end] for s in document.sentences]


def test_paragraphs_split_at_full_stops_but_not_at_abbreviations_or_decimals() -> None:
    text = "Dr. Wu uses it, e.g. daily. It costs 3.5 dollars vs. 4.0 there. Is it worth it? Yes! See Trip.com now."
    assert sentences(text) == [
        "Dr. Wu uses it, e.g. daily.",
        "It costs 3.5 dollars vs. 4.0 there.",
        "Is it worth it?",
        "Yes!",
        "See Trip.com now.",
    ]


def test_chinese_sentences_keep_their_closing_quotes() -> None:
    assert sentences("他说：“很好用。”我同意！真的？真的。") == [
        "他说：“很好用。”",
        "我同意！",
        "真的？",
        "真的。",
    ]


def test_headings_list_items_and_table_rows_are_one_sentence_each() -> None:
    text = (
        "# Best picks\n\n1. **Alpha**: cheap. It lasts.\n2) Beta\n- loose. item\n\n"
        "| Name | Price |\n|---|---|\n| Alpha | 3 |\n\n> quoted words\n"
    )
    document = read(text)
    assert [(s.kind, s.ordinal) for s in document.sentences] == [
        ("heading", None),
        ("list_item", 1),
        ("list_item", 2),
        ("list_item", None),
        ("table_row", None),
        ("table_row", None),
        ("quote", None),
    ]
    assert document.words == 2 + 5 + 2 + 2 + 2 + 2 + 2


@pytest.mark.parametrize(
    ("line", "ordinal"),
    [
        ("1. 薇诺娜", 1),
        ("**2. 理肤泉**", 2),
        ("### 3、玉泽", 3),
        ("④ 雅漾", 4),
        ("第二名：珂润", 2),
        ("十二、至本", 12),
        ("🥇 薇诺娜", 1),
        ("3️⃣ Avène", 3),
        ("Top 5: CeraVe", 5),
        ("2025 年最好的面膜", None),
        ("3.5 分", None),
        ("10:30 开门", None),
        ("plain", None),
    ],
)
def test_ordinals(line: str, ordinal: int | None) -> None:
    assert read(line).sentences[0].ordinal == ordinal


@pytest.mark.parametrize(
    ("printed", "value"), [("一", 1), ("十", 10), ("十二", 12), ("二十", 20), ("九十九", 99), ("", None)]
)
def test_chinese_numbers(printed: str, value: int | None) -> None:
    assert chinese_number(printed) == value


@pytest.mark.parametrize(
    "masked",
    [
        "https://hubspot.com/crm?x=1",
        "[1]",
        "[ref_8]",
        "[[3]]",
        "[[引用:2]]",
        "[citation:4]",
        "[reference:0]",
        "^[1][2]^",
        "[^3^]",
        "【7†source】",
        "[[source_group_web_1]]",
        "<websource>source_group_web_1</websource>",
        "[](@replace=1)",
        "[2](https://hubspot.com/a)",
        "([hubspot.com](https://hubspot.com/?utm_source=openai))",
        "[京东+2](https://jd.com/x)",
        "```\nHubSpot\n```",
        "\n~~~py\nHubSpot\n~~~",
        "<think>HubSpot?</think>",
        "<antThinking>HubSpot?</antThinking>",
        "\ue200cite\ue202turn0search1\ue201",
        "([HubSpot][1])",
        "-\n2\n-\n14\n",
        ":contentReference[oaicite:0]{index=0}",
    ],
)
def test_what_is_not_prose_is_masked_in_place(masked: str) -> None:
    text = f"Good tool.{masked} Really"
    document = read(text)
    assert len(document.clean) == len(text)
    inside = document.clean[len("Good tool.") : -len(" Really")]
    assert not any(c.isalnum() for c in inside)
    assert document.words == 3


def test_reasoning_whose_opening_tag_is_lost_is_masked() -> None:
    document = read("Maybe HubSpot</think>Use Zoho.")
    assert "HubSpot" not in document.clean
    assert document.words == 2


def test_labels_that_are_content_stay() -> None:
    document = read(
        "Buy at [HubSpot store](https://hubspot.com/store). ![a HubSpot screen](https://x.io/a.png)"
    )
    assert [(document.text[a:b], where) for a, b, where in document.labels] == [
        ("HubSpot store", "link_label"),
        ("a HubSpot screen", "image_alt"),
    ]
    assert "hubspot.com" not in document.clean


@pytest.mark.parametrize(
    ("label", "target", "chip"),
    [
        ("swimingo", "https://www.swimingo.com/x", True),
        ("Swimingo", "https://www.swimingo.com/x", False),
        ("m.vmall.com+3consumer.huawei.com+3", "https://m.vmall.com", True),
        ("12", "https://a.com", True),
        ("悠蜜官方商城", "https://umeet.moutai.com.cn/ymsc", False),
    ],
)
def test_chips(label: str, target: str, chip: bool) -> None:
    assert is_chip(label, target) is chip


def test_an_assistants_own_link_is_a_chip_only_after_a_finished_sentence() -> None:
    link = "[苏宁易购](https://www.suning.com/1?utm_source=chatgpt.com)"
    assert "苏宁易购" in read(f"购买链接：{link}").clean
    assert "苏宁易购" not in read(f"可关注优惠信息。{link}").clean


def test_an_echoed_prompt_is_not_part_of_the_answer() -> None:
    prompt = "Is HubSpot good?"
    assert read(prompt, prompt=prompt).words == 0
    assert read(f"> {prompt}\n\nYes, it is.", prompt=prompt).words == 3
    assert read("Yes. HubSpot is.", prompt=prompt).words == 3


@given(st.text(alphabet=st.sampled_from("a1 。.!\n*#|-[]()`<>/:hwtps【†】^中ー👍\0\u0301"), max_size=80))
def test_reading_never_moves_a_character(text: str) -> None:
    document = read(text)
    assert len(document.clean) == len(text)
    assert all(a == b or b == BLANK for a, b in zip(text, document.clean, strict=True))
    ends = [0, *(s.end for s in document.sentences)]
    assert all(end <= s.start < s.end for end, s in zip(ends, document.sentences, strict=False))
    assert document.words == sum(s.words for s in document.sentences)
    assert document.words >= count_words(document.clean) - document.clean.count("\n")
