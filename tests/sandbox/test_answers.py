"""The sandbox's answer engine: it retrieves before it writes, and it changes over the weeks."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_tracker.engines import engines
from geo_tracker.extract.pages.support import PageEvidence
from geo_tracker.sandbox.answering import AnswerEngine
from geo_tracker.sandbox.pages import WebPage
from geo_tracker.sandbox.records import SandboxAnswer
from geo_tracker.sandbox.web import Web
from geo_tracker.sandbox.world import LANGUAGES, market
from tests.support.sandbox_files import workspace

START = date(2026, 10, 27)
WEB = Web(START)
ENGINE = AnswerEngine(WEB, seed=1)
PAGES = {page.url: page for page in WEB.pages}


def answers(language: str, engine: str, days: range, tagged: bool = False) -> list[SandboxAnswer]:
    """The demo's answers of one engine over some days of the story."""
    prompts = [each.text for each in workspace(language).prompts or () if ("branded" in each.tags) is tagged]
    found = (
        ENGINE.answer(engine, prompt, START + timedelta(days=day), repeat)
        for day in days
        for prompt in prompts
        for repeat in (1, 2)
    )
    return [answer for answer in found if not answer.refused]


def page_of(answer: SandboxAnswer, index: int) -> WebPage:
    """A source's page as it read when the answer was given."""
    return PAGES[answer.sources[index].url].on(WEB.day_of(answer.asked))


def share(found: list[SandboxAnswer], words: str) -> float:
    return sum(words in answer.text for answer in found) / len(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_demo_workspaces_are_whole(language: str) -> None:
    file = workspace(language)
    assert file.workspace.slug == f"demo-{language}"
    assert 6 <= len(file.brands) <= 7
    assert sum(brand.role == "own" for brand in file.brands) == 1
    assert len(file.prompts or ()) == 10
    assert sum("branded" in prompt.tags for prompt in file.prompts or ()) == 2
    assert {prompt.stage for prompt in file.prompts or ()} == {"awareness", "consideration", "decision"}
    assert {prompt.topic for prompt in file.prompts or ()} == set(file.topics)
    known = market(language).brands
    domains = {brand.host.removeprefix("www.") for brand in known.values()}
    assert {domain for brand in file.brands for domain in brand.domains} < domains


def test_the_first_prompt_is_the_masks_one() -> None:
    assert (workspace("zh").prompts or [])[0].text == "敏感肌适合用什么样的面膜?"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("engine", ["openai", "doubao", "perplexity", "gemini"])
def test_what_is_cited_stands_on_the_page(language: str, engine: str) -> None:
    checked = 0
    for answer in answers(language, engine, range(20, 22)):
        for segment in answer.segments:
            for index in segment.sources:
                page = page_of(answer, index)
                checked += 1
                told = [fact for fact in facts_of(language) if fact in core(segment.text)]
                assert any(fact in core(page.text) for fact in told) or (page.listing and not told)
    assert checked > 50


@pytest.mark.parametrize("engine", ["nano-ai", "openai"])
def test_an_engine_that_errs_cites_pages_that_do_not_say_it(engine: str) -> None:
    stated, missing = 0, 0
    for answer in answers("zh", engine, range(4)):
        for segment in answer.segments:
            told = [fact for fact in facts_of("zh") if fact in core(segment.text)]
            for index in segment.sources if told else ():
                page = page_of(answer, index)
                says = any(fact in core(page.text) for fact in told)
                checked = PageEvidence(page.text).check(segment.text)
                assert says or checked.verdict != "supported"
                stated, missing = stated + says, missing + (not says)
    assert (missing / (stated + missing) > 0.05) is (engine == "nano-ai")
    assert stated > 100


def facts_of(language: str) -> list[str]:
    """All that can be known in a market, bare."""
    known = market(language)
    facts = (fact.text for brand in known.brands.values() for fact in brand.facts)
    return [core(text) for text in (*facts, *(each.text for each in known.knowledge))]


def core(text: str) -> str:
    return re.sub(r"[\W_]|的", "", text)


@pytest.mark.parametrize(
    ("language", "rising", "falling"), [("zh", "鹿小棠", "澜珀"), ("en", "Fernloop", "Relanto")]
)
def test_one_brand_gains_and_one_loses_over_the_weeks(language: str, rising: str, falling: str) -> None:
    first, last = answers(language, "openai", range(4)), answers(language, "openai", range(24, 28))
    assert share(last, rising) > share(first, rising) + 0.1
    assert share(last, falling) < share(first, falling) - 0.1


def test_an_engine_changes_its_habits_in_the_third_week() -> None:
    before, after = (Counter[str](), Counter[str]())
    for days, count in ((range(7, 14), before), (range(14, 21), after)):
        for answer in answers("zh", "doubao", days):
            count["table"] += "| --- |" in answer.text
            count["shop"] += sum("商城" in answer.sources[index].site for index in answer.cited)
    assert after["table"] > 1.3 * before["table"]
    assert after["shop"] > before["shop"]


def test_the_planted_campaign_appears_on_its_day() -> None:
    planted = {page.url for page in WEB.pages if page.kind == "soft"}
    assert len({urlsplit(url).hostname for url in planted}) >= 9
    before = answers("zh", "doubao", range(7, 14))
    after = answers("zh", "doubao", range(14, 21))
    assert not any(source.url in planted for answer in before for source in answer.sources)
    assert any(answer.sources[i].url in planted for answer in after for i in answer.cited)


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_are_as_long_as_an_assistants(language: str) -> None:
    lengths = sorted(
        len(answer.text)
        for name in ("openai", "doubao", "perplexity")
        for answer in answers(language, name, range(3))
    )
    assert lengths[0] >= 100
    assert lengths[len(lengths) // 20] >= 200
    assert 300 <= lengths[len(lengths) // 2] <= 1500
    assert lengths[-1] <= 2500


def test_answers_use_the_layouts_and_names_that_assistants_use() -> None:
    text = "\n".join(answer.text for name in engines() for answer in answers("zh", name, range(1)))
    for form in (
        "**",
        "\n- ",
        "\n1. ",
        "### ",
        "| --- |",
        "云纱护肤",
        "Yunsha",
        "Dermévie",
        "德敏薇",
        "](http://",
    ):
        assert form in text
    english = "\n".join(answer.text for answer in answers("en", "openai", range(3)))
    assert re.search(r"better than|stronger than|has the edge", english)
    assert re.search(r"However|downside|Keep in mind", english)


def test_an_engine_without_search_has_no_sources() -> None:
    found = answers("en", "openai-compatible", range(3))
    assert not any(answer.sources or answer.queries or answer.searched for answer in found)
    assert share(found, "**") > 0.5


def test_an_engine_that_searches_leaves_it_out_now_and_then() -> None:
    searched = [answer.searched for answer in answers("en", "openai", range(28))]
    assert 0.9 < sum(searched) / len(searched) < 1


def test_a_brand_that_an_engine_does_not_know() -> None:
    answer = ENGINE.answer("openai-compatible", "芷安堂的面膜怎么样?", START, 0)
    assert re.search("没有找到|未找到", answer.text)
    assert "芷安堂" in answer.text


def test_alternatives_leave_the_named_brand_out_of_the_list() -> None:
    for repeat in range(5):
        answer = ENGINE.answer("perplexity", "What are the best alternatives to Relanto?", START, repeat)
        assert "**Relanto" not in answer.text
        assert (
            len([name for name in ("Tidewell", "Pipewren", "Clientory", "Quillbase") if name in answer.text])
            > 1
        )


def test_a_question_about_something_else_gets_no_brands() -> None:
    for prompt in ("Who won the chess world cup in 1997?", "量子纠缠是怎样被证实的?"):
        answer = ENGINE.answer("openai-compatible", prompt, START, 0)
        names = (brand.name for language in LANGUAGES for brand in market(language).brands.values())
        assert not any(name in answer.text for name in names)


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=80),
    st.sampled_from(sorted(engines())),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(0, 99),
)
def test_any_question_gets_an_answer_and_the_same_again(
    prompt: str, engine: str, day: date, repeat: int
) -> None:
    answer = ENGINE.answer(engine, prompt, day, repeat)
    assert answer.refused or answer.text.strip()
    assert all(index < len(answer.sources) for index in answer.cited)
    assert ENGINE.answer(engine, prompt, day, repeat) == answer
