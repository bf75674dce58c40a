"""Values in Chinese sentences: a space beside a Latin word, none between two Chinese ones."""

from __future__ import annotations

import pytest

from geo_tracker.i18n import translate

ZH, EN = translate("zh-CN"), translate("en")


@pytest.mark.parametrize(
    ("brand", "said"),
    [
        ("云纱", "提到云纱的回答中，75% 有"),
        ("Dermévie", "提到 Dermévie 的回答中，75% 有"),
        ("薇 诺娜", "提到薇 诺娜的回答中，75% 有"),  # what the value itself has stays
        ("3M", "提到 3M 的回答中，75% 有"),
    ],
)
def test_a_name_stands_in_a_sentence_as_its_script_wants(brand: str, said: str) -> None:
    assert ZH("perception.covered", brand=brand, share="75%").startswith(said)


def test_a_template_without_spaces_gets_those_that_a_latin_name_needs() -> None:
    assert ZH("chart.engines", brand="Aurora", metric="提及率") == "Aurora 在各引擎的提及率"
    assert ZH("chart.engines", brand="云纱", metric="提及率") == "云纱在各引擎的提及率"


def test_other_languages_and_marks_stay_as_they_are() -> None:
    assert (
        ZH("dashboard.rule_is", alias="Apple", word="手机", brand="云纱") == "“Apple”与“手机”相邻时，算作云纱"
    )
    assert EN("chart.engines", brand="云纱", metric="rate") == EN(
        "chart.engines", brand="X", metric="rate"
    ).replace("X", "云纱")
