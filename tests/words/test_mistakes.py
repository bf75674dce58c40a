"""Errors in the reader's language: every one that the dashboard may show is known in Chinese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from geo_tracker.collect.imports import EMPTY, FUTURE, NO_ANSWER, NO_FORMAT, NOTHING
from geo_tracker.i18n import languages, translate
from geo_tracker.words.mistakes import foreign_text, mistake_text
from geo_tracker.workspaces.file import checked
from tests.support.places import ROOT

SHOWN = (
    *("dashboard", "geo_tracker/workspaces", "geo_tracker/queries", "geo_tracker/collect/imports.py"),
    *("geo_tracker/collect/plan.py", "geo_tracker/collect/session.py", "geo_tracker/collect/readings.py"),
    *(
        "geo_tracker/people/members.py",
        "geo_tracker/people/bookmarks.py",
        "geo_tracker/people/permissions.py",
    ),
    *("geo_tracker/signals/life.py", "geo_tracker/storage/tokens.py", "geo_tracker/storage/archive.py"),
    *("geo_tracker/storage/database.py", "geo_tracker/metrics/clusters.py", "geo_tracker/metrics/planner.py"),
    *("geo_tracker/metrics/changes.py", "geo_tracker/metrics/definitions.py", "geo_tracker/score"),
    *("geo_tracker/extract/commerce/platforms.py", "geo_tracker/extract/pages/source_types.py"),
    *("geo_tracker/reports/making.py", "geo_tracker/reports/frozen.py", "geo_tracker/reports/figures.py"),
    *("geo_tracker/reports/months.py", "geo_tracker/reports/template.py", "geo_tracker/reports/renderers"),
    *("geo_tracker/engines/__init__.py", "geo_tracker/captures/__init__.py", "geo_tracker/captures/_rows.py"),
    *(
        "geo_tracker/captures/_lines.py",
        "geo_tracker/captures/_times.py",
        "geo_tracker/captures/_document.py",
    ),
    *("geo_tracker/captures/_unpacking.py", "geo_tracker/captures/csv.py", "geo_tracker/captures/jsonl.py"),
)
"""Modules whose errors come to a page of the dashboard."""
HAN = re.compile("[\u4e00-\u9fff]")


def raised() -> Iterator[tuple[str, str]]:
    """Where an error is raised and how it reads; what is filled in stands as `7` or `'x'`."""
    for place in SHOWN:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                    text = _text(node.exc.args[-1])
                    if text is not None:
                        yield f"{file.relative_to(ROOT)}:{node.lineno}", text


def _text(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=values):
            return "".join(_filled(each) for each in values)
    return None


def _filled(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "'x'" if isinstance(node, ast.FormattedValue) and node.conversion == ord("r") else "7"


@pytest.mark.parametrize("language", [name for name in languages() if name != "en"])
def test_every_error_of_a_page_is_known_in_every_language(language: str) -> None:
    found = dict(raised())
    assert len(found) > 90, "the walk finds the errors"
    foreign = translate(language)("dashboard.said_in_english", text="")
    unknown = [f"{where} {text}" for where, text in found.items() if foreign in mistake_text(text, language)]
    assert unknown == []


@pytest.mark.parametrize(
    ("described", "told"),
    [
        ({"brands": [{"name": ""}]}, "品牌 第 1 个 名称：至少 1 个字"),
        ({"brands": [{"name": "A", "role": "rival"}]}, "品牌 第 1 个 角色：只能是 'own' 或 'competitor'"),
        (
            {"brands": [{"name": "A", "domains": ["no"]}]},
            "品牌 第 1 个 域名：'no' 不是域名，例如 example.com",
        ),
        ({"brands": [{"name": "A"}, {"name": "a"}]}, "品牌 第 2 个 名称：与 brands[0] 相同，重复了，请合并"),
        ({"brands": [{"name": "A", "colour": "red"}]}, "品牌 第 1 个 colour：没有这个字段，请检查拼写"),
        (
            {"brands": [{"name": "A"}], "panels": [{"name": "p", "engines": ["kimi"], "repeats": 0}]},
            "监测计划 第 1 个 每题次数：不能小于 1",
        ),
    ],
)
def test_mistakes_of_a_form_name_the_field(described: dict[str, object], told: str) -> None:
    with pytest.raises(Exception) as caught:
        checked(described)
    assert mistake_text(str(caught.value), "zh") == told
    assert mistake_text(str(caught.value), "en") == str(caught.value)


def test_several_mistakes_are_a_line_each() -> None:
    with pytest.raises(Exception) as caught:
        checked({"brands": [{"name": ""}, {"name": "x" * 201}]})
    assert (
        mistake_text(str(caught.value), "zh")
        == "品牌 第 1 个 名称：至少 1 个字\n品牌 第 2 个 名称：最多 200 个字"
    )


def test_what_is_not_known_says_that_it_is_english_and_a_sentence_within_one_is_translated() -> None:
    assert mistake_text("something else", "zh") == translate("zh")(
        "dashboard.said_in_english", text="something else"
    )
    told = mistake_text("'a' may not edit in that workspace: ask one of its admins for another role", "zh")
    assert told == "'a'在 该工作区 没有“编辑”权限，请联系管理员"


@pytest.mark.parametrize(
    "note",
    [
        EMPTY,
        NO_FORMAT.format(known="csv, har"),
        NOTHING,
        f"7 of the new answers are {FUTURE}",
        *(f"7 of the new answers {words}: counted as coverage only" for words in NO_ANSWER.values()),
        "columns not read: colour",
        "7 records have no answer: Takeout keeps none for some prompts",
        "no answer of an assistant in 7 entries; known are those of kimi.com",
    ],
)
def test_what_is_told_of_a_file_is_known_in_every_language(note: str) -> None:
    told = foreign_text(note, "zh")
    assert HAN.search(told) and not told.startswith("原文")


def test_the_words_of_an_engine_are_marked_as_its_own() -> None:
    assert foreign_text("quota used up", "zh") == "原文：quota used up"
    assert foreign_text("额度已用完", "zh") == "额度已用完"
    assert foreign_text("quota used up", "en") == "quota used up" and foreign_text("", "zh") == ""
