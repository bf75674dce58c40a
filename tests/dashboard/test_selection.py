"""What is shown is what was chosen: workspace, days, surface, filters; the address holds it."""

from __future__ import annotations

import re

from geo_tracker.i18n import translate
from tests.support.pages import SELECTED, Open, listed, source, words


def test_another_own_brand_can_be_chosen(open_page: Open) -> None:
    app = open_page(lang="en")
    before = app.metric[0].value
    app.selectbox(key="brand").select("Aurora Desk").run()
    assert app.metric[0].value != before
    assert app.query_params["brand"] == "Aurora Desk"


def test_surfaces_are_never_pooled_silently(open_page: Open) -> None:
    t = translate("en")
    app = open_page(lang="en")
    assert app.selectbox(key="surface").value == "api"
    assert t("dashboard.other_surfaces", surfaces="web") in words(app)
    pooled = open_page(lang="en", surface="all")
    assert t("dashboard.pooled", surfaces="API, web") in words(pooled)


def test_branded_prompts_are_off_by_default(open_page: Open) -> None:
    without, with_branded = (open_page(lang="en", **more) for more in ({}, {"branded": "1"}))
    planned = [re.search(r"of (\d+) planned", words(app)) for app in (without, with_branded)]
    assert [match and int(match[1]) for match in planned] == [7 * 6 * 2, 7 * 7 * 2]


def test_the_address_holds_the_selection(open_page: Open) -> None:
    app = open_page(lang="en", engine="perplexity", period="14", compare="none", topic=["small teams"])
    assert app.multiselect(key="engine").value == ["perplexity"]
    assert app.selectbox(key="period").value == "14"
    app.multiselect(key="engine").set_value([]).run()
    assert "engine" not in app.query_params
    assert app.query_params["topic"] == "small teams"


def test_what_the_address_cannot_mean_is_ignored(open_page: Open) -> None:
    app = open_page(
        lang="xx", engine="nobody", period="-3", days=["yesterday"], surface="moon", branded="perhaps"
    )
    assert app.multiselect(key="engine").value == []
    assert app.selectbox(key="period").value == "7"
    assert not app.toggle(key="branded").value


def test_the_selection_stays_over_pages_and_languages(open_page: Open) -> None:
    app = open_page(lang="en", engine="perplexity", period="14")
    app.switch_page("app_pages/competitors.py").run()
    app.segmented_control(key="lang").set_value("zh").run()
    assert f"<h1>{translate('zh')('dashboard.competitors')}</h1>" in source(app)
    assert app.multiselect(key="engine").value == ["perplexity"]
    assert app.selectbox(key="period").value == "14"


def test_another_workspace_drops_what_it_does_not_have(open_page: Open) -> None:
    app = open_page(lang="en", engine="perplexity", brand="Aurora Desk", period="14")
    app.selectbox(key="workspace").select("masks").run()
    assert not app.exception
    assert app.multiselect(key="engine").value == []
    assert app.selectbox(key="period").value == "14"
    assert "敏感肌面膜" in words(app)


def test_chosen_days(open_page: Open) -> None:
    app = open_page(lang="en", period="custom", days=["2026-11-20", "2026-11-21"])
    assert "Nov 20, 2026 to Nov 21, 2026" in words(app)
    backwards = open_page(lang="en", period="custom", days=["2030-01-01", "2026-11-20"])
    assert "Nov 20, 2026 to Nov 23, 2026" in words(backwards)


def test_a_selection_without_answers_says_what_to_do(open_page: Open) -> None:
    for page in SELECTED:
        app = open_page(page, lang="en", surface="web", engine="perplexity")
        assert translate("en")("dashboard.nothing_help") in words(app)
        assert not app.metric


def test_a_reader_chooses_the_columns(open_page: Open) -> None:
    usual = listed(open_page("answers", lang="en"))[0]
    assert list(usual) == ["Prompt", "Date", "Engine", "Status", "Brands named", "Citations"]
    chosen = listed(open_page("answers", lang="en", answer_columns=["topic", "model", "no such"]))[0]
    assert list(chosen) == ["Prompt", "Topic", "Model"]
    grid = open_page("sources", lang="zh", sources_columns=["3", "1"]).dataframe[0].value
    assert list(grid) == ["信源", "引用数", "类型"]
