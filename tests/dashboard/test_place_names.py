"""Languages and countries by name, in the language of the reader."""

from __future__ import annotations

from dashboard.place_names import country_text, language_text


def test_codes_are_named_in_the_language_of_the_reader() -> None:
    assert (language_text("zh", "en"), language_text("zh", "zh")) == ("Chinese", "中文")
    assert (language_text("zh-TW", "en"), language_text("en", "zh")) == (
        "Chinese (Traditional, Taiwan)",
        "英语",
    )
    assert (country_text("CN", "zh"), country_text("gb", "en")) == ("中国", "United Kingdom")


def test_what_is_no_known_code_stays() -> None:
    assert (language_text("qqx", "en"), language_text("", "zh")) == ("qqx", "")
    assert (country_text("Q0", "zh"), country_text("", "en")) == ("Q0", "")
