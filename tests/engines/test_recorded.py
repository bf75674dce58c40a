"""Bodies that engines really returned, where they are at hand: every citation and query, offsets that check."""

from __future__ import annotations

import json
import re
from itertools import groupby
from operator import itemgetter
from typing import Any

import pytest
from ruamel.yaml import YAML

from geo_tracker.engines import engine_named
from geo_tracker.engines.base import Access, EngineError, EngineResponse, ErrorKind, ParsedAnswer, Prompt
from tests.support.places import SHARED

RECORDED = SHARED / "recorded"

pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="the recorded bodies are not here")


def parsed(engine: str, path: str) -> tuple[Any, ParsedAnswer]:
    body = (RECORDED / path).read_bytes()
    return json.loads(body), engine_named(engine).parse(body)


def urls(answer: ParsedAnswer, role: str) -> list[str]:
    return [citation.url for citation in answer.citations if citation.role == role]


@pytest.mark.parametrize("name", ["web-search-1", "azure-preview"])
def test_openai(name: str) -> None:
    body, answer = parsed("openai", f"openai/{name}.json")
    actions = [item["action"] for item in body["output"] if item["type"] == "web_search_call"]
    notes = [
        note
        for item in body["output"]
        if item["type"] == "message"
        for note in item["content"][0]["annotations"]
    ]
    assert list(answer.queries) == [action["query"] for action in actions if action["type"] == "search"]
    assert urls(answer, "cited") == list(dict.fromkeys(note["url"] for note in notes))
    assert urls(answer, "opened") == list(dict.fromkeys(a["url"] for a in actions if "url" in a))
    sources = [source["url"] for action in actions for source in action.get("sources", [])]
    assert urls(answer, "retrieved") == list(dict.fromkeys(sources))
    spans = sorted(span for citation in answer.citations for span in citation.spans)
    assert spans == sorted((note["start_index"], note["end_index"]) for note in notes)
    assert answer.search == "yes" and answer.model == body["model"] and answer.usage == body["usage"]


def test_anthropic() -> None:
    body, answer = parsed("claude", "anthropic/web-search-1.json")
    blocks = body["content"]
    written = [[b["text"] for b in g] for kind, g in groupby(blocks, itemgetter("type")) if kind == "text"]
    assert answer.text == "\n\n".join("".join(texts) for texts in written) and len(written) > 1
    assert list(answer.queries) == [b["input"]["query"] for b in blocks if b["type"] == "server_tool_use"]
    results = [
        row for b in blocks if b["type"] == "web_search_tool_result" for row in b["content"] if "url" in row
    ]
    assert urls(answer, "retrieved") == list(dict.fromkeys(row["url"] for row in results))
    supported = {block["text"] for block in blocks if block.get("citations")}
    cited = [citation for citation in answer.citations if citation.role == "cited"]
    assert {answer.text[slice(*span)] for citation in cited for span in citation.spans} == supported
    assert answer.search == "yes" and not answer.unknown_blocks


def test_gemini() -> None:
    cassette = YAML(typ="safe").load(RECORDED / "gemini" / "web-search-1.cassette.yaml")
    for interaction in cassette["interactions"]:
        body = interaction["response"]["parsed_body"]
        answer = engine_named("gemini").parse(json.dumps(body).encode())
        grounding = body["candidates"][0]["groundingMetadata"]
        assert list(answer.queries) == grounding["webSearchQueries"]
        assert [c.url for c in answer.citations] == [
            chunk["web"]["uri"] for chunk in grounding["groundingChunks"]
        ]
        found = {answer.text[slice(*span)] for citation in answer.citations for span in citation.spans}
        assert found == {support["segment"]["text"] for support in grounding["groundingSupports"]}


def test_gemini_says_in_the_body_how_long_to_wait() -> None:
    engine = engine_named("gemini")
    asking = engine.ask(Prompt("hello"), Access("key"))
    next(asking)
    with pytest.raises(EngineError) as error:
        asking.send(EngineResponse(429, (RECORDED / "gemini" / "429-retry-info.json").read_bytes()))
    assert (error.value.kind, error.value.retry_after) == (ErrorKind.RATE_LIMIT, 34.4)


def test_perplexity_sonar() -> None:
    body, answer = parsed("perplexity", "perplexity/sonar-citations.json")
    assert [(c.ordinal, c.url) for c in answer.citations] == list(enumerate(body["citations"], 1))
    for citation in answer.citations:
        assert {answer.text[slice(*span)] for span in citation.spans} <= {f"[{citation.ordinal}]"}
    printed = re.findall(r"\[[0-9]\]", answer.text)
    assert sum(len(citation.spans) for citation in answer.citations) == len(printed)
    assert urls(answer, "retrieved") == [body["citations"][3]], "number 4 is printed nowhere"


def test_xai() -> None:
    body, answer = parsed("grok", "xai/x-search-1.json")
    notes = body["output"][1]["content"][0]["annotations"]
    assert urls(answer, "cited") == list(dict.fromkeys(note["url"] for note in notes))
    assert answer.queries == ("AI artificial intelligence",) and answer.search == "yes"
    assert answer.cost is None, "this recording has no ticks"
