"""From the page Sources to the pages and answers behind it."""

from __future__ import annotations

import re

from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from geo_tracker.i18n import translate
from geo_tracker.storage.database import open_engine, reading
from geo_tracker.storage.models import (
    Page,
    PageStatus,
)
from tests.support.pages import Open, words


def test_sources_by_domain_and_page(open_page: Open) -> None:
    domains = open_page("sources", lang="en").dataframe[0].value
    assert list(domains["Answers"]) == sorted(domains["Answers"], reverse=True)
    assert "own site: Aurora CRM" in set(domains["Type"])
    pages = open_page("sources", lang="en", level="page", sources_columns="8").dataframe[0].value
    assert {"crawled", "failed", "not allowed"} <= set(pages["Crawl"])
    own = open_page("sources", lang="en", kind="owned").dataframe[0].value
    assert set(own["Type"]) == {"own site: Aurora CRM", "own site: Aurora Desk"}
    site = open_page("sources", lang="en", site="crm1.example").dataframe[0].value
    assert all(url.startswith("crm1.example/") for url in site["Source"])


def test_from_a_domain_to_the_answers_that_cite_it(open_page: Open) -> None:
    app = open_page("sources", lang="en", site="crm1.example", surface="all")
    next(button for button in app.button if button.label == "Answers that cite it").click().run()
    assert "Only answers that cite crm1.example." in words(app)
    assert app.selectbox(key="surface").value == "all"
    app = open_page("answers", lang="en", domain="crm1.example")
    found = _found(app)
    next(button for button in app.button if button.label == "Show all answers").click().run()
    assert _found(app) > found and "Only answers" not in words(app)


def test_one_page_and_the_answers_that_cite_it(open_page: Open, database: str) -> None:
    with reading(open_engine(database)) as session:
        fetched = select(Page).where(Page.status == PageStatus.FETCHED, col(Page.domain).startswith("crm"))
        page = session.exec(fetched).first()
    assert page
    app = open_page("sources", lang="en", shown=str(page.id))
    assert page.url in words(app)
    assert "Aurora CRM × 2" in words(app)
    cited = re.search(r"Cited by (\d+) answers", words(app))
    assert cited and int(cited[1]) > 0
    elsewhere = open_page("sources", lang="en", workspace="masks", shown=str(page.id))
    assert translate("en")("dashboard.elsewhere") in words(elsewhere)


def _found(app: AppTest) -> int:
    count = re.search(r"(\d+) answers", words(app))
    assert count
    return int(count[1])
