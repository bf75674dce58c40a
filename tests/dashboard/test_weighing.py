"""The switch that lets all engines weigh the same, on the pages whose values pool them."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo_tracker.i18n import translate
from geo_tracker.metrics.measures import measure
from geo_tracker.queries.facts import Selection, read_facts
from geo_tracker.storage.database import open_engine, reading
from geo_tracker.words.values import interval_text, value_text
from tests.support.dashboard_data import LAST
from tests.support.pages import visit, words


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("page", "lang"), [("overview", "en"), ("competitors", "zh")])
def test_the_switch_shows_other_numbers_and_says_so(market: Path, page: str, lang: str) -> None:
    t = translate(lang)
    at = {"workspace": "crm", "lang": lang, "period": "7", "surface": "all"}
    assert t("weights.equal", count=2) not in words(visit(page, **at))
    app = visit(page, **at, weights="1")
    assert app.toggle(key="weights").value is True and t("weights.equal", count=2) in words(app)
    start = LAST.replace(day=LAST.day - 6)
    chosen = Selection("crm", start=start, end=LAST, weights="engines")
    with reading(open_engine(f"sqlite:///{market / 'geo.db'}")) as session:
        estimate = measure(read_facts(session, chosen), "mention_rate", "Aurora CRM")
    assert value_text("mention_rate", estimate.value, t) in words(app)
    if page == "overview":
        assert interval_text("mention_rate", estimate, t) in words(app)
