"""The page Shelf, in both languages: numbers, empty states, cards, prices and hostile products."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from geo_tracker.i18n import translate
from geo_tracker.metrics.measures import measure
from geo_tracker.metrics.shelf import SHELF_METRICS
from geo_tracker.queries.facts import Selection, read_facts
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, workspace_named, writing
from geo_tracker.storage.models import Page, PageStatus
from geo_tracker.words.values import value_text
from tests.support.pages import source, visit, words
from tests.support.shelf_data import (
    DAY,
    HOSTILE,
    OTHER,
    OWN_CARD,
    PRIVATE,
    RESOLD,
    RIVAL,
    SHOP,
    answer,
    declare,
)

EN, ZH = translate("en"), translate("zh")
Home = Callable[[Callable[[sa.Engine], None]], sa.Engine]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """Makes the dashboard's database from what the test tells it to answer."""
    monkeypatch.setenv("GEO_HOME", str(tmp_path))
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")

    def made(tell: Callable[[sa.Engine], None]) -> sa.Engine:
        migrate(engine)
        workspace = declare(engine)
        tell(engine)
        score(engine, Archive("memory://"), workspace)
        return engine

    yield made
    engine.dispose()


def market(engine: sa.Engine) -> None:
    """Web answers of two days, an API that shows nothing, and hostile products."""
    for prompt in (0, 1):
        answer(engine, OWN_CARD, RIVAL, prompt=prompt)
        answer(engine, RESOLD, OTHER, prompt=prompt, day=DAY - timedelta(days=1), sandbox=True)
        answer(engine, prompt=prompt, engine="doubao", surface="api")
    answer(engine, HOSTILE, PRIVATE)


def specs(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in app.get("vega_lite_chart")]


def shelf(**address: str | list[str]) -> AppTest:
    return visit("shelf", **{"lang": "en", "workspace": "w", "period": "all", "surface": "all", **address})


def test_tiles_say_what_the_metrics_say(home: Home) -> None:
    engine = home(market)
    app = shelf()
    with reading(engine) as session:
        facts = read_facts(session, Selection("w"))
    tiles = {tile.label: tile.value for tile in app.metric}
    for name in SHELF_METRICS:
        estimate = measure(facts, name, None if name == "trigger_rate" else "云纱")
        assert tiles[EN(f"metric.{name}.label")] == value_text(name, estimate.value, EN)
        assert f"n = {estimate.n}" in words(app)
    assert tiles[EN("metric.trigger_rate.label")] == "100.0%"  # of the five web answers, not of all seven


@pytest.mark.parametrize(("lang", "t"), [("en", EN), ("zh", ZH)])
def test_the_page_speaks_both_languages_and_is_labelled(home: Home, lang: str, t: Any) -> None:
    home(market)
    app = shelf(lang=lang)
    text = words(app)
    for key in ("cards", "ladder", "hhi", "broken"):
        assert t(f"shelf.{key}") in text
    assert t("report.sandbox_help") in text
    charts = specs(app)
    titles = [chart["title"]["text"] for chart in charts]
    wanted = [t(f"shelf.{name}") for name in ("triggers", "placements", "flow")]
    assert titles == [*wanted, t("shelf.funnel", brand="云纱"), t("shelf.prices")]
    assert {chart["title"]["subtitle"] for chart in charts} == {t("report.sandbox")}


def test_a_selection_of_an_api_alone_says_so_and_leads_to_the_other_surfaces(home: Home) -> None:
    home(market)
    app = shelf(surface="api")
    text = words(app)
    assert EN("shelf.none_api_help") in text
    assert [tile.value for tile in app.metric if tile.label == EN("metric.trigger_rate.label")] == ["–"]
    (button,) = [each for each in app.button if each.label == EN("shelf.other_surfaces")]
    button.click().run()
    assert app.selectbox(key="surface").value == "all"
    assert EN("shelf.cards") in words(app)


def test_answers_without_any_product_say_what_to_do(home: Home) -> None:
    home(lambda engine: answer(engine))
    app = shelf()
    assert EN("shelf.none_help") in words(app)
    assert not specs(app)
    assert [tile.value for tile in app.metric][:3] == ["0.0%", "0.0%", "–"]


def test_cards_show_products_newest_first_and_of_one_brand(home: Home) -> None:
    home(market)
    app = shelf()
    cards = _cards(app)
    assert [re.search(r"<b>(.*?)</b>", card)[1] for card in cards[-2:]] == ["别家面膜", "修护膜"]  # type: ignore[index]
    own = next(card for card in cards if "舒缓面膜 5片" in card)
    for said in ("120 CNY", "Harbour Beauty", "云纱官方旗舰店", EN("shelf.official"), EN("shelf.rungs.3")):
        assert said in own
    assert f'href="{SHOP}/1001"' in own
    assert "answers?workspace=w&amp;lang=en&amp;answer=" in own
    chosen = shelf(whose="Aurora Care")
    assert len(_cards(chosen)) == 1 and "Aurora Mask" in source(chosen)


def _cards(app: AppTest) -> list[str]:
    return re.findall(r"<li.*?</li>", source(app), re.S)


def test_hostile_products_are_text(home: Home) -> None:
    home(market)
    app = shelf(pictures="1")
    (frame,) = app.get("iframe")
    page = frame.proto.srcdoc
    assert "&lt;script&gt;alert(&#39;title&#39;)" in page
    assert "<script" not in page and "javascript:" not in page and "192.168" not in page
    assert "<script" not in source(shelf())


def test_pictures_are_asked_for_only_when_wanted_and_from_a_closed_frame(home: Home) -> None:
    home(market)
    assert "<img" not in source(shelf()) and not shelf().get("iframe")
    page = shelf(pictures="1").get("iframe")[0].proto.srcdoc
    assert "default-src 'none'" in page and '<meta name="referrer" content="no-referrer">' in page
    assert re.findall(r"<img[^>]*>", page) == [
        f'<img src="{OWN_CARD.image}" alt="" loading="lazy" decoding="async" referrerpolicy="no-referrer">'
    ]


def test_prices_stand_beside_their_reference(home: Home) -> None:
    home(market)
    rows = re.findall(r"<tr.*?</tr>", source(shelf()), re.S)
    row = next(row for row in rows if "云纱舒缓面膜" in row and "100 CNY" in row)
    assert all(said in row for said in ("120 CNY", "+20.0%", "Harbour Beauty"))


def test_without_reference_prices_the_page_says_how_to_give_them(home: Home) -> None:
    home(lambda engine: answer(engine, RIVAL))
    assert EN("shelf.no_prices") in words(shelf())


def test_dead_links_are_listed(home: Home) -> None:
    engine = home(market)
    assert EN("shelf.no_broken") in words(shelf())
    with writing(engine) as session:
        page = session.exec(select(Page).where(Page.url == f"{SHOP}/5")).one()
        page.status, page.http_status, page.fetched_at = PageStatus.FAILED, 404, datetime.now(UTC)
        session.add(page)
        workspace = workspace_named(session, "w")
    score(engine, Archive("memory://"), workspace)
    st.cache_data.clear()
    rows = re.findall(r"<tr.*?</tr>", source(shelf()), re.S)
    assert [EN("shelf.dead") in row for row in rows if "Aurora Mask" in row][-1]


def test_tables_can_be_taken_away(home: Home) -> None:
    home(market)
    app = shelf()
    keys = {each.key for each in app.get("download_button")}
    names = ("shelf_merchant", "shelf_prices", "shelf_checkout", "shelf_offers")
    assert keys >= {f"download-{name}-{kind}" for name in names for kind in ("csv", "xlsx")}
    charts = ("shelf-engines", "shelf-brand", "shelf-flow", "shelf-funnel")
    assert keys >= {f"download-{name}-{kind}" for name in charts for kind in ("csv", "xlsx", "png", "svg")}


def test_a_reader_chooses_the_columns_of_each_list(home: Home) -> None:
    home(market)
    page = source(shelf(price_columns=["spread"], rung_columns=["offers", "no such"]))
    heads = [re.findall(r"<th(?: [^>]*)?>(.*?)</th>", table, re.S) for table in page.split("<table")[1:]]
    heads = [[each.strip() for each in row] for row in heads]
    assert [EN("shelf.product"), EN("shelf.spread")] in heads
    assert [EN("report.engine"), EN("shelf.offers")] in heads


def test_filters_of_the_sidebar_hold_here_too(home: Home) -> None:
    home(market)
    app = shelf(period="custom", days=[str(DAY - timedelta(days=1)), str(DAY - timedelta(days=1))])
    assert "修护膜" in source(app) and "Aurora Mask" not in source(app)
