"""No word on a page, in a report or in a template stands in one language only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo_tracker.i18n import read_strings
from tests.support.places import ROOT

DASHBOARD = sorted((ROOT / "dashboard").rglob("*.py"))
TEMPLATES = sorted(
    [
        *(ROOT / "dashboard" / "templates").glob("*.html"),
        *(ROOT / "geo_tracker" / "reports" / "templates").rglob("*.html"),
    ]
)
SHOWN = {
    *("button", "caption", "checkbox", "date_input", "download_button", "error", "expander", "file_uploader"),
    *(
        "form_submit_button",
        "header",
        "info",
        "link_button",
        "markdown",
        "metric",
        "multiselect",
        "number_input",
    ),
    *(
        "popover",
        "progress",
        "segmented_control",
        "selectbox",
        "spinner",
        "subheader",
        "success",
        "text",
        "text_area",
    ),
    *(
        "text_input",
        "title",
        "toast",
        "toggle",
        "warning",
        "write",
        "one_of",
        "some_of",
        "switch",
        "words",
        "days",
        "Cell",
    ),
}
"""Calls whose first argument a reader sees."""
KEYWORDS = {"help", "placeholder", "label", "text", "title", "note", "warning"}
BOTH = {"Language / 语言", "example.com"}
WORD = re.compile(r"[A-Za-z\u4e00-\u9fff]{2,}")


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Texts that a reader would see as they stand in the code."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if (name not in SHOWN and name != "html") or "getLogger" in ast.unparse(node.func):
            continue
        first = node.args[:1] if name in SHOWN else []
        for value in (*first, *(each.value for each in node.keywords if each.arg in KEYWORDS)):
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and WORD.search(value.value):
                yield node.lineno, value.value


@pytest.mark.parametrize("path", DASHBOARD, ids=lambda path: path.stem)
def test_code_shows_translated_words_only(path: Path) -> None:
    assert [each for each in literals(path) if each[1] not in BOTH] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_templates_hold_no_words(path: Path) -> None:
    text = re.sub(
        r"<style.*?</style>|<script.*?</script>|{#.*?#}|{%.*?%}|{{.*?}}",
        " ",
        path.read_text("utf-8"),
        flags=re.S,
    )
    text = re.sub(r"<[^>]*>|&\w+;", " ", text, flags=re.S)
    assert WORD.findall(text) == []


def test_chinese_is_chinese_and_english_is_english() -> None:
    english, chinese = read_strings("en"), read_strings("zh")
    han = re.compile("[\u4e00-\u9fff]")
    assert [key for key, text in english.items() if han.search(text) and key != "dashboard.language"] == []
    plain = {key: re.sub(r"{\w+[^}]*}", "", text) for key, text in english.items()}
    left = [
        key
        for key, text in plain.items()
        if len(re.findall("[A-Za-z]{3,}", text)) > 1
        and not han.search(chinese[key])
        and not key.startswith("dashboard.command_")
    ]
    assert left == []


def test_chinese_has_its_own_marks() -> None:
    """No comma, question mark or bracket of Latin text beside a Chinese character."""
    beside = re.compile("[\u4e00-\u9fff][,;?!(]|[,;?!)][\u4e00-\u9fff]")
    assert {key: text for key, text in read_strings("zh").items() if beside.search(text)} == {}
