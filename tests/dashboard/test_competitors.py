"""Competitors by topic and head to head, against counts in plain Python; every number leads to as many answers."""

from __future__ import annotations

import io
import re
from collections import Counter
from html import unescape
from urllib.parse import parse_qs, urlsplit

import openpyxl
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from dashboard.topic_matrix import DARKEST
from geo_tracker.reports.csv import Table
from geo_tracker.reports.sheet import workbook
from geo_tracker.storage.database import open_engine, reading
from geo_tracker.storage.models import Answer, AnswerStatus, Brand, Prompt, Score
from tests.support.dashboard_data import LAST
from tests.support.pages import Open, listed, source, visit, words


def named(url: str) -> list[tuple[str, set[str]]]:
    """Topic and named brands of each valid answer of the page's default selection: the last week of the API."""
    with reading(open_engine(url)) as session:
        chosen = (
            *(Answer.workspace_id == 1, Answer.surface == "api", Answer.status == AnswerStatus.CAPTURED),
            *(col(Answer.day) >= LAST.replace(day=LAST.day - 6), ~col(Prompt.branded)),
        )
        answers = session.exec(select(Answer.id, Prompt.topic).join(Prompt).where(*chosen)).all()
        scores = select(Score.answer_id, Brand.name).join(Brand).where(Score.mentions > 0)
        brands: dict[int, set[str]] = {}
        for answer, brand in session.exec(scores).all():
            brands.setdefault(answer, set()).add(brand)
    return [(topic, brands.get(answer, set())) for answer, topic in answers]


def behind(link: str) -> int:
    """How many answers a link of the dashboard leads to."""
    parts = urlsplit(unescape(link))
    address = {
        name: values if len(values) > 1 else values[0] for name, values in parse_qs(parts.query).items()
    }
    count = re.search(r"(\d+) answers", words(visit(parts.path, **address)))
    assert count
    return int(count[1])


def links(app: AppTest, *parts: str) -> list[str]:
    """The links of table cells whose address has these parts."""
    found = [unescape(link) for link in re.findall(r'<a href="([^"]*)" target="_self">', source(app))]
    return [link for link in found if all(part in link for part in parts)]


def test_topics_by_brands(database: str) -> None:
    answers = named(database)
    app = visit("competitors", lang="en", tab="topics")
    for row in listed(app):
        topic = re.sub(r" \d+ prompts$", "", row.pop("Topic"))
        of_topic = [brands for each, brands in answers if each == topic]
        assert of_topic
        for brand, shown in row.items():
            value, n = re.match(r"([\d.]+)%.* n (\d+)", shown).groups()  # type: ignore[union-attr]
            assert float(value) == round(100 * sum(brand in each for each in of_topic) / len(of_topic), 1)
            assert int(n) == len(of_topic)
    shades = [int(each) for each in re.findall(r"--shade: (\d+)%", source(app))]
    assert max(shades) == DARKEST
    [link] = links(app, "answers?", "small+teams", "named=Basalt")
    assert behind(link) == sum(topic == "small teams" and "Basalt" in brands for topic, brands in answers)


def test_head_to_head(database: str) -> None:
    answers = named(database)
    app = visit("competitors", lang="en", tab="pair", first="Basalt", second="Copperleaf")
    counts = Counter(("Basalt" in brands, "Copperleaf" in brands) for _, brands in answers)
    lines = {row["Answers that name"]: row for row in listed(app) if "Answers that name" in row}
    for text, key in (
        ("Basalt and Copperleaf", (True, True)),
        ("Basalt without Copperleaf", (True, False)),
        ("Copperleaf without Basalt", (False, True)),
        ("Neither", (False, False)),
    ):
        assert lines[text]["Answers"] == str(counts[key])
    [first] = [
        link for link in links(app, "named=Basalt", "naming=yes", "without=") if "question" not in link
    ]
    assert behind(first) == counts[True, False]


def test_files_hold_numbers_and_what_they_rest_on(database: str) -> None:
    sheet = openpyxl.load_workbook(
        io.BytesIO(workbook(Table("t", ("a", "b"), [("=1+1", 0.5), (None, ("x", "y"))])))
    )
    assert [[cell.value for cell in row] for row in sheet["t"].rows] == [
        ["a", "b"],
        ["=1+1", 0.5],
        [None, "x; y"],
    ]
    assert sheet["t"]["A2"].data_type == "s"


def test_competitors_lists_every_brand_with_intervals(open_page: Open) -> None:
    app = open_page("competitors", lang="zh", workspace="masks")
    table = source(app)
    order = [table.index(f">{name}</a>") for name in ("云纱", "沐禾集", "初屿", "白露研")]
    assert len(set(order)) == 4
    assert re.search(r"<small>\d+\.\d–\d+\.\d%</small>", table)
    assert "自有" in table


def test_competitors_are_ordered_by_the_chosen_metric(open_page: Open) -> None:
    app = open_page("competitors", lang="en", metric="mean_rank")
    ranks = re.findall(r"<tr.*?</tr>", source(app), re.S)[1:]
    values = [float(re.search(r'data-head="Mean rank"><span>([\d.]+)', row)[1]) for row in ranks]  # type: ignore[index]
    assert values == sorted(values)
