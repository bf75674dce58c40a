"""Every encoder speaks what its engine's adapter reads: text, citations, queries and offers come back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from geo_tracker.engines import engine_named, engines
from geo_tracker.engines.base import (
    Access,
    Engine,
    EngineError,
    EngineRequest,
    EngineResponse,
    ErrorKind,
    ParsedAnswer,
    Prompt,
)
from geo_tracker.sandbox import jumps
from geo_tracker.sandbox.answering import AnswerEngine, emptied, refused
from geo_tracker.sandbox.profiles import profile_of
from geo_tracker.sandbox.records import SandboxAnswer
from geo_tracker.sandbox.web import Web
from geo_tracker.sandbox.wire import wires
from geo_tracker.sandbox.wire.base import Answering, Call, Reply, Wire

START = date(2026, 10, 27)
PROMPTS = (
    "敏感肌适合用什么样的面膜?",
    "云纱和初屿哪个更适合敏感肌?",
    "What is the best CRM for a small business?",
    "Is Tidewell good for small businesses?",
)
ENGINE = AnswerEngine(Web(START), seed=1)
NAMES = sorted(wires())
SPOKEN = [name for name in NAMES if engine_named(name).surface == "api"]
CITING = [name for name in NAMES if engine_named(name).has_citations]
UNTITLED = {"gemini", "gemini-interactions", "grok"}
"""Engines that name a source by its host or number, or not at all."""


class Driver:
    """Asks through an engine's adapter; each request is answered by the engine's encoder."""

    def __init__(self, name: str, key: str = "sandbox") -> None:
        self.engine: Engine = engine_named(name)
        self.wire: Wire = wires()[name]
        self.base = f"http://127.0.0.1/engines/{name}"
        extra = dict.fromkeys(self.engine.extra_variables, key)
        now = datetime(2026, 11, 2, tzinfo=UTC)
        self.access = Access(key, self.base, self.engine.default_model, extra, now)

    def ask(self, answer: SandboxAnswer) -> ParsedAnswer:
        steps = self.steps(answer, lambda prompt: checked(answer, prompt))
        for reply in steps:
            last = reply
        assert isinstance(last, ParsedAnswer)
        return last

    def steps(self, answer: SandboxAnswer, answering: Answering) -> Iterator[Reply | ParsedAnswer]:
        """Every response on the way, then the answer."""
        asking = self.engine.ask(Prompt(answer.prompt, language=answer.language, country="CN"), self.access)
        request = next(asking)
        while True:
            reply = self.wire.reply(self.call(request), answering)
            yield reply
            headers = {key.lower(): value for key, value in reply.headers.items()}
            try:
                request = asking.send(EngineResponse(reply.status, reply.body, headers))
            except StopIteration as stop:
                yield stop.value
                return

    def call(self, request: EngineRequest) -> Call:
        url = urlsplit(request.url)
        path = url.path.removeprefix(urlsplit(self.base).path)
        headers = {key.lower(): value for key, value in request.headers.items()}
        return Call(request.method, path, dict(parse_qsl(url.query)), headers, request.body)


def checked(answer: SandboxAnswer, prompt: str) -> SandboxAnswer:
    assert prompt == answer.prompt
    return answer


@cache
def answered(name: str, prompt: str) -> SandboxAnswer:
    """An answer with citations where the engine has them: the first repeat that searched."""
    for repeat in range(20):
        answer = ENGINE.answer(name, prompt, START, repeat)
        if not answer.refused and (answer.cited or not engine_named(name).has_citations):
            return answer
    raise AssertionError(f"{name} never answers {prompt}")


def words_of(text: str) -> str:
    """The text without markdown, spaces and numbering: vendors lay answers out anew."""
    return re.sub(r"[#*|\s-]|^\d+\. ", "", text, flags=re.MULTILINE)


def page_of(url: str) -> str:
    """The page behind an address as an engine gives it."""
    address = urlsplit(url)
    path = address.path + (f"?{address.query}" if address.query else "")
    target = jumps.target_of(address.hostname or "", path)
    bare = (target or url).partition("#")[0]
    return re.sub(r"[?&]utm_source=openai", "", bare)


def test_every_engine_has_an_encoder() -> None:
    assert (
        sorted(name for name in engines() if engine_named(name).base_url != "https://tiny.example") == NAMES
    )


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("name", NAMES)
def test_the_text_comes_back_whole(name: str, prompt: str) -> None:
    answer = answered(name, prompt)
    parsed = Driver(name).ask(answer)
    for segment in answer.segments:
        assert words_of(segment.text) in words_of(parsed.text)
    assert set(parsed.queries) <= {*answer.queries, answer.prompt}


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("name", CITING)
def test_citations_come_back_with_their_sources(name: str, prompt: str) -> None:
    answer = answered(name, prompt)
    parsed = Driver(name).ask(answer)
    cited = {page_of(each.url): each for each in parsed.citations if each.role == "cited"}
    assert set(cited) == {answer.sources[index].url for index in answer.cited}
    for index in answer.cited:
        found = cited[answer.sources[index].url]
        assert name in UNTITLED or found.title == answer.sources[index].title
        assert all(0 <= start < end <= len(parsed.text) for start, end in found.spans)
    assert parsed.search == "yes"
    retrieved = {page_of(each.url) for each in parsed.citations}
    assert retrieved <= {source.url for source in answer.sources}


@pytest.mark.parametrize("name", [name for name in CITING if engine_named(name).surface == "api"])
def test_every_citation_has_its_place_where_the_format_has_places(name: str) -> None:
    answer = answered(name, PROMPTS[0])
    placed = [bool(each.spans) for each in Driver(name).ask(answer).citations if each.role == "cited"]
    assert all(placed) if name != "doubao" else not any(placed)


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("name", [name for name in NAMES if profile_of(name, 0).carded])
def test_offers_come_back(name: str, prompt: str) -> None:
    for repeat in range(60):
        answer = ENGINE.answer(name, prompt, START, repeat)
        if answer.cards and answer.searched:
            break
    found = Driver(name).ask(answer).offers
    assert [(each.title, each.url, each.merchant) for each in found] == [
        (each.title, each.url, each.merchant) for each in answer.cards
    ]
    assert all(
        f"{card.price:.2f}" in str(each.price_raw) for each, card in zip(found, answer.cards, strict=True)
    )


@pytest.mark.parametrize("name", [name for name in NAMES if type(wires()[name]).events is not Wire.events])
def test_a_stream_says_the_same_as_the_whole_body(name: str) -> None:
    driver, answer = Driver(name), answered(name, PROMPTS[0])
    replies: list[Any] = []
    last: Call | None = None
    wire = driver.wire

    class Recording(type(wire)):  # type: ignore[misc]
        def reply(self, call: Call, answering: Answering) -> Reply:
            nonlocal last
            last = call
            return wire.reply(call, answering)

    driver.wire = Recording()
    replies = list(driver.steps(answer, lambda prompt: answer))
    assert last is not None
    stream = wire.reply(streamed(last), lambda prompt: answer)
    assert stream.headers["Content-Type"] == "text/event-stream"
    parsed = driver.engine.parse(stream.body)
    whole = driver.engine.parse(replies[-2].body)
    assert replace(parsed, usage={}, unknown_blocks=()) == replace(whole, usage={}, unknown_blocks=())


def streamed(call: Call) -> Call:
    """The same request for a stream."""
    body = {**json.loads(call.body), "stream": True, "Stream": True}
    path = call.path.replace(":generateContent", ":streamGenerateContent")
    headers = {**call.headers, "x-dashscope-sse": "enable"}
    return Call(call.method, path, call.query, headers, json.dumps(body).encode())


@pytest.mark.parametrize("name", SPOKEN)
def test_a_refusal_of_an_api_is_one(name: str) -> None:
    with pytest.raises(EngineError) as error:
        Driver(name).ask(refused(answered(name, PROMPTS[0])))
    assert error.value.kind is ErrorKind.REFUSED


@pytest.mark.parametrize("name", sorted({*NAMES} - {*SPOKEN}))
def test_a_refusal_on_a_page_is_a_text(name: str) -> None:
    answer = refused(answered(name, PROMPTS[0]))
    assert answer.refused in Driver(name).ask(answer).text


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_answer_is_one(name: str) -> None:
    with pytest.raises(EngineError) as error:
        Driver(name).ask(emptied(answered(name, PROMPTS[0])))
    assert error.value.kind is ErrorKind.EMPTY


@pytest.mark.parametrize("name", NAMES)
def test_another_key_is_turned_down(name: str) -> None:
    with pytest.raises(EngineError) as error:
        Driver(name, key="stolen").ask(answered(name, PROMPTS[0]))
    assert error.value.kind is ErrorKind.AUTH


@pytest.mark.parametrize(("status", "kind"), [(429, ErrorKind.RATE_LIMIT), (500, ErrorKind.TRANSIENT)])
@pytest.mark.parametrize("name", NAMES)
def test_errors_are_told_apart(name: str, status: int, kind: ErrorKind) -> None:
    driver = Driver(name)
    asking = driver.engine.ask(Prompt(PROMPTS[0], language="zh", country="CN"), driver.access)
    next(asking)
    reply = driver.wire.error(status, "the sandbox was told to fail")
    with pytest.raises(EngineError) as error:
        asking.send(EngineResponse(reply.status, reply.body, {"retry-after": "1"} if status == 429 else {}))
    assert error.value.kind is kind


@pytest.mark.parametrize("name", NAMES)
def test_requests_that_make_no_sense_are_turned_down(name: str) -> None:
    driver = Driver(name)
    call = driver.call(driver.engine.request(Prompt("?"), driver.access))  # type: ignore[attr-defined]
    odd = [replace(call, path="/elsewhere"), replace(call, body=b"[1]", query={}), replace(call, body=b"{")]
    for each in odd if call.method == "POST" else odd[:1]:
        reply = driver.wire.reply(each, lambda prompt: answered(name, PROMPTS[0]))
        assert driver.wire.fails_with_200 or 400 <= reply.status < 500


def test_claude_pauses_and_kimi_searches_before_the_answer() -> None:
    kimi = list(Driver("kimi").steps(answer := answered("kimi", PROMPTS[0]), lambda prompt: answer))
    assert len(kimi) == 5
    paused = replace(answered("claude", PROMPTS[0]), opened=(0,))
    assert len(list(Driver("claude").steps(paused, lambda prompt: paused))) == 3


def test_an_overview_may_be_behind_a_token_and_a_record_behind_a_snapshot() -> None:
    for name, most in (("serpapi-ai-overview", 2), ("brightdata-chatgpt", 3)):
        answers = [ENGINE.answer(name, PROMPTS[0], START, repeat) for repeat in range(40)]
        steps = {len(list(Driver(name).steps(each, lambda prompt, each=each: each))) for each in answers}  # type: ignore[misc]
        assert steps == {2, most + 1}
