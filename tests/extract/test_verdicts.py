"""Advice for and against a brand, in the sentences that assistants write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    "text",
    [
        "Quillara has been around for years. If you travel a lot, buy it.",
        "### Quillara\nSturdy and quiet. Buy it without hesitation.",
        "云栖壶的做工很好。这款可以放心买。",
        "| Need | Go with |\n|---|---|\n| Travel | Quillara |",
        "I can't recommend Quillara highly enough.",
        "Don't hesitate to try Quillara.",
        "要我选的话，我会选云栖壶。",
        "If you must have steel, Quillara is worth considering.",
        "| Brand | Who should get it |\n|---|---|\n| Quillara | most people |",
        "| 品牌 | 特点 | 建议 |\n|---|---|---|\n| 云栖壶 | 省电 | 优先 |",
        "My advice is simple: Quillara, for years to come.",
        "Quillara gets my nod for trail runners.",
        "Your shortlist: Quillara.",
        "It is Quillara or nothing for wide feet.",
        "You'd be daft not to shortlist Quillara.",
        "保温杯就云栖壶吧，别再挑了。",
    ],
)
def test_what_stands_for_a_brand_is_advised(text: str) -> None:
    assert advice(text) == {"Quillara": True}


@pytest.mark.parametrize(
    "text",
    [
        "Quillara has a lovely website. That said, I would not order from them again.",
        "Give Quillara a wide berth.",
        "### Quillara\nThe lid leaks. Leave this one on the shelf.",
        "| Brand | Verdict |\n|---|---|\n| Quillara | skip it |",
        "云栖壶又贵又重，投诉也多，不建议再入手。",
        "云栖壶的套路太深，大家绕着走吧。",
        "与其说好看，不如说难用，云栖壶千万别买。",
        "Neither of them suits you: Quillara is not a good choice.",
        "Rather than Quillara, order from the shop directly.",
        "与其买网红的云栖壶，不如多花一百买好的。",
        "| Brand | Who should get it |\n|---|---|\n| Quillara | nobody right now |",
        "| 品牌 | 建议 |\n|---|---|\n| 云栖壶 | 不考虑 |",
        "云栖壶？快跑。",
        "I wish I could tell you to get the Quillara, but I can't.",
        "能不买云栖壶就不买云栖壶。",
    ],
)
def test_what_stands_for_a_brand_is_advised_against(text: str) -> None:
    assert advice(text) == {"Quillara": False}


@pytest.mark.parametrize(
    "text",
    [
        "Quillara has a steel lid. Should I buy Quillara or look further?",
        "Many people choose Quillara because of its adverts.",
        "Before you buy Quillara, check that it fits your bag.",
        "There is no need to avoid Quillara; the recall is over.",
        "I'd rather not say more. I was told to avoid Quillara.",
        "Quillara recommends changing the seal every year.",
        "选择云栖壶的用户大多看重外观。",
        "云栖壶建议每三个月更换一次密封圈。",
        "很多人推荐云栖壶，其实它很一般。",
        "它的吸盘能轻松避开障碍物，云栖壶成立于2009年。",
        "| Brand | Our verdict |\n|---|---|\n| Quillara | not tested |",
        "用起来就像云栖壶。",
        "可通过云栖壶，或者电话预约。",
        "Instead of Quillara he had bought a kettle.",
    ],
)
def test_what_others_do_or_may_do_is_no_advice(text: str) -> None:
    assert advice(text) == {"Quillara": None}


def test_what_is_compared_with_is_not_advised() -> None:
    assert advice("I'd recommend Quillara over Veltrio.") == {"Quillara": True, "Veltrio": None}
    assert advice("与其买云栖壶，不如上澜芷。") == {"Quillara": False, "Veltrio": True}


def test_an_offer_ends_with_its_section() -> None:
    text = "## Best bottles\n- Quillara: light\n\n## How the market looks\n- Veltrio: founded in 1998"
    assert advice(text) == {"Quillara": True, "Veltrio": None}
    listed = "Here are the best:\n\n### Steel\n- Quillara\n\n### Glass\n- Veltrio"
    assert advice(listed) == {"Quillara": True, "Veltrio": True}


def test_a_heading_that_picks_one_brand_offers_no_list() -> None:
    text = "### My pick: Quillara\nQuiet.\n\n### Veltrio\nAn ordinary bottle."
    assert advice(text) == {"Quillara": True, "Veltrio": None}


@given(
    st.text(
        alphabet=st.sampled_from("aZ9 ,.:?|\n*#-Q买别推荐不它\ua840\ue058\ue000\0İß")
        | st.characters(exclude_categories=["Cs"]),
        max_size=60,
    )
)
def test_any_text_around_a_name_is_read(text: str) -> None:
    found = advice(f"{text}Quillara{text} buy Quillara\n{text}")
    assert set(found) <= {"Quillara", "Veltrio"}


def test_the_drawbacks_of_one_item_do_not_reject_the_next() -> None:
    assert advice("**云栖壶**\n缺点：贵\n\n**澜芷**\n优点：轻") == {"Quillara": None, "Veltrio": None}


@pytest.mark.parametrize("text", ["Quillara or Veltrio? Quillara, for sleep.", "云栖壶还是澜芷？云栖壶。"])
def test_an_answer_that_begins_with_one_of_those_asked_about(text: str) -> None:
    assert advice(text)["Quillara"] is True


def test_an_answer_that_only_speaks_of_one_advises_nothing() -> None:
    assert advice("Quillara or Veltrio? Quillara was founded in 2009.")["Quillara"] is None
