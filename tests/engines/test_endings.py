"""Whether an answer is whole, and what of a body is the answer: by small bodies of every shape."""

from __future__ import annotations

import json
from typing import Any

import pytest

from geo_tracker.engines import engine_named
from geo_tracker.engines._endings import is_cut
from geo_tracker.engines.base import Access, EngineError, ErrorKind, ParsedAnswer, Prompt


def read(engine: str, body: Any) -> ParsedAnswer:
    raw = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
    return engine_named(engine).parse(raw)


def stream(*events: Any) -> str:
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events)


def chat(text: str, reason: str | None) -> dict[str, Any]:
    return {"choices": [{"message": {"content": text}, "finish_reason": reason}]}


def response(text: str, **fields: Any) -> dict[str, Any]:
    message = {"type": "message", "content": [{"type": "output_text", "text": text}]}
    return {"status": "completed", "output": [message], **fields}


def claude(reason: str, *blocks: dict[str, Any]) -> dict[str, Any]:
    return {"model": "claude-a", "stop_reason": reason, "content": list(blocks)}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


SEARCH = {"type": "server_tool_use", "name": "web_search", "input": {"query": "crm"}}
FOUND = {"type": "web_search_tool_result", "content": []}


@pytest.mark.parametrize(
    ("engine", "body", "cut"),
    [
        ("glm", chat("Acme", "stop"), False),
        ("glm", chat("Acme", "length"), True),
        ("wenxiaoyan", chat("Acme", "content_filter"), True),
        ("kimi", chat("Let me look", "tool_calls"), True),
        ("openai", response("Acme"), False),
        (
            "openai",
            response("A", status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
            True,
        ),
        ("grok", response("A", status="in_progress"), True),
        ("claude", claude("end_turn", text("Acme")), False),
        ("claude", claude("max_tokens", text("Acme")), True),
        ("claude", claude("refusal", text("Acme is")), True),
        ("gemini", {"candidates": [{"content": {"parts": [{"text": "A"}]}, "finishReason": "STOP"}]}, False),
        (
            "gemini",
            {"candidates": [{"content": {"parts": [{"text": "A"}]}, "finishReason": "MAX_TOKENS"}]},
            True,
        ),
        ("gemini", {"candidates": [{"content": {"parts": [{"text": "A"}]}, "finishReason": "SAFETY"}]}, True),
        (
            "gemini-interactions",
            {"status": "incomplete", "steps": [{"type": "model_output", "content": [text("A")]}]},
            True,
        ),
    ],
)
def test_the_reason_to_stop_says_whether_an_answer_is_whole(engine: str, body: Any, cut: bool) -> None:
    assert read(engine, body).cut is cut


@pytest.mark.parametrize(
    "reason", [None, "", "stop", "end_turn", "STOP", "completed", "finished_successfully"]
)
def test_any_other_reason_is_an_end(reason: str | None) -> None:
    assert not is_cut(reason)


@pytest.mark.parametrize(
    ("engine", "body"),
    [
        ("glm", chat("", "sensitive")),
        (
            "openai",
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}, "output": []},
        ),
        ("claude", claude("refusal")),
        ("gemini", {"candidates": [{"finishReason": "SAFETY"}]}),
    ],
)
def test_a_filter_that_lets_no_word_through_is_a_refusal(engine: str, body: Any) -> None:
    with pytest.raises(EngineError) as error:
        read(engine, body)
    assert error.value.kind is ErrorKind.REFUSED


def test_deltas_of_an_unfinished_message_are_kept_beside_finished_items() -> None:
    added = {"type": "response.output_item.added", "output_index": 0}
    done = {"type": "response.output_item.done", "output_index": 0}
    note = {"type": "message", "phase": "commentary", "content": [{"type": "output_text", "text": "Looking"}]}
    delta = {"type": "response.output_text.delta", "output_index": 1, "delta": "Acme le"}
    answer = read("openai", stream({**added, "item": note}, {**done, "item": note}, delta))
    assert (answer.text, answer.cut) == ("Acme le", True)
    other = {"type": "response.output_text.delta", "output_index": 0, "delta": "Looking"}
    assert read("openai", stream({**added, "item": note}, other, delta)).text == "Acme le"


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([text("HubSpot"), SEARCH, FOUND, text("Acme CRM")], "HubSpot\n\nAcme CRM"),
        ([text("HubSpot.\n"), SEARCH, text("\nAcme")], "HubSpot.\n\nAcme"),
        ([SEARCH, FOUND, text("Acme "), text("leads")], "Acme leads"),
        ([text("Acme "), {"type": "fallback", "to": {"model": "claude-b"}}, text("leads")], "Acme leads"),
    ],
)
def test_texts_round_a_tools_call_are_paragraphs(blocks: list[dict[str, Any]], expected: str) -> None:
    answer = read("claude", claude("end_turn", *blocks))
    assert answer.text == expected and not answer.unknown_blocks
    assert answer.model == ("claude-b" if blocks[1].get("type") == "fallback" else "claude-a")


def test_a_restarted_stream_says_everything_again() -> None:
    begin = {"type": "message_start", "message": {"model": "m"}}
    blocks = [{"type": "content_block_start", "index": i, "content_block": text("Globex")} for i in (0, 1)]
    again = {"type": "content_block_start", "index": 0, "content_block": text("Acme")}
    assert read("claude", stream(begin, *blocks, begin, again, {"type": "message_stop"})).text == "Acme"


def test_a_search_for_tools_is_no_web_search() -> None:
    call = {"type": "server_tool_use", "name": "tool_search_tool_regex", "input": {"query": "weather"}}
    result = {"type": "tool_search_tool_result", "content": {"tool_references": []}}
    answer = read("claude", claude("end_turn", call, result, text("Acme")))
    assert (answer.search, answer.queries, answer.unknown_blocks) == ("no", (), ())


@pytest.mark.parametrize("part", [1, None])
def test_a_segments_offsets_count_in_its_part(part: int | None) -> None:
    parts = [{"text": "毛病, "}, {"text": "蓝溪 leads."}]
    segment = {
        "partIndex": part,
        "startIndex": 0 if part else 8,
        "endIndex": 6 if part else 14,
        "text": "蓝溪",
    }
    grounding = {
        "groundingChunks": [{"web": {"uri": "https://a.example/"}}],
        "groundingSupports": [{"segment": segment, "groundingChunkIndices": [0]}],
    }
    answer = read("gemini", {"candidates": [{"content": {"parts": parts}, "groundingMetadata": grounding}]})
    [citation] = answer.citations
    assert [answer.text[slice(*span)] for span in citation.spans] == ["蓝溪"]


def test_a_tools_call_between_parts_begins_a_paragraph_and_spans_follow() -> None:
    parts = [{"text": "HubSpot"}, {"toolCall": {"args": {}}}, {"text": "Acme leads."}]
    segment = {"startIndex": 7, "endIndex": 18, "text": "Acme leads."}
    grounding = {
        "groundingChunks": [{"web": {"uri": "https://a.example/"}}],
        "groundingSupports": [{"segment": segment, "groundingChunkIndices": [0]}],
    }
    context = {
        "urlMetadata": [
            {"retrievedUrl": "https://b.example/", "urlRetrievalStatus": "URL_RETRIEVAL_STATUS_SUCCESS"}
        ]
    }
    candidate = {"content": {"parts": parts}, "groundingMetadata": grounding, "urlContextMetadata": context}
    answer = read("gemini", {"candidates": [candidate]})
    assert answer.text == "HubSpot\n\nAcme leads."
    assert [(c.url, c.role, c.spans) for c in answer.citations] == [
        ("https://a.example/", "cited", ((9, 20),)),
        ("https://b.example/", "opened", ()),
    ]


def test_places_are_cited_and_pages_that_failed_are_not_opened() -> None:
    note = {
        "type": "place_citation",
        "name": "Café",
        "url": "https://maps.example/1",
        "start_index": 0,
        "end_index": 4,
    }
    pages = [
        {"url": "https://a.example/", "status": "success"},
        {"url": "https://b.example/", "status": "error"},
    ]
    steps = [
        {"type": "model_output", "content": [{**text("Acme Café"), "annotations": [note]}]},
        {"type": "url_context_result", "result": pages},
        {"type": "model_output", "content": [text("Open daily.")]},
    ]
    answer = read("gemini-interactions", {"status": "completed", "steps": steps})
    assert answer.text == "Acme Café\n\nOpen daily." and not answer.unknown_blocks
    assert [(c.url, c.role, c.title) for c in answer.citations] == [
        ("https://maps.example/1", "cited", "Café"),
        ("https://a.example/", "opened", None),
    ]


@pytest.mark.parametrize("mark", ["[web:2]", "[2]", "[web:1, web:2]"])
def test_perplexitys_web_marks_name_results(mark: str) -> None:
    results = [{"id": n, "url": f"https://{n}.example/"} for n in (1, 2)]
    body = response(f"Acme {mark}.")
    body["output"].insert(0, {"type": "search_results", "results": results})
    answer = read("perplexity", body)
    second = next(c for c in answer.citations if c.ordinal == 2)
    assert second.role == "cited" and answer.text[slice(*second.spans[0])] == mark


@pytest.mark.parametrize(("model", "key"), [("perplexity/sonar", "model"), ("pro-search", "preset")])
def test_perplexity_is_asked_for_a_model_or_a_preset(model: str, key: str) -> None:
    request = next(engine_named("perplexity").ask(Prompt("crm"), Access("k", model=model)))
    assert json.loads(request.body)[key] == model


@pytest.mark.parametrize(
    ("snippet", "shown"),
    [
        ("Arrive early. Xenia Events +1", "Arrive early."),
        ("Book ahead. Booking.com +12", "Book ahead."),
        ("最好提前到。 大众点评 +2", "最好提前到。"),
        ("For ages 18 +1", "For ages 18 +1"),
        ("Acme leads. Globex follows.", "Acme leads. Globex follows."),
    ],
)
def test_serpapis_source_labels_are_no_text(snippet: str, shown: str) -> None:
    assert read("serpapi-ai-mode", {"text_blocks": [{"type": "paragraph", "snippet": snippet}]}).text == shown


def test_kimis_words_before_a_search_are_a_paragraph() -> None:
    document = {**chat("Acme CRM", "stop"), "messages": [{"content": "HubSpot"}], "calls": [], "outputs": []}
    assert read("kimi", document).text == "HubSpot\n\nAcme CRM"
