"""Bodies that an engine's formats allow beside the one that its adapter is answered with; brands are fictional."""

from __future__ import annotations

import json
from typing import Any

import pytest

from geo_tracker.engines import engine_named, engines
from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer

PAGE = "https://pages.example/"


def encoded(*bodies: Any, done: bool = False) -> bytes:
    """A JSON body, or several as the frames of a stream."""
    if len(bodies) == 1 and not done:
        return json.dumps(bodies[0], ensure_ascii=False).encode()
    frames = [f"data: {json.dumps(body, ensure_ascii=False)}\n\n" for body in bodies]
    return "".join([*frames, "data: [DONE]\n\n" if done else ""]).encode()


def parsed(engine: str, *bodies: Any, done: bool = False) -> ParsedAnswer:
    return engine_named(engine).parse(encoded(*bodies, done=done))


def failure(engine: str, *bodies: Any, done: bool = False) -> EngineError:
    with pytest.raises(EngineError) as error:
        parsed(engine, *bodies, done=done)
    return error.value


def cited(answer: ParsedAnswer) -> list[tuple[str, int | None, str, list[str]]]:
    return [(c.role, c.ordinal, c.url, [answer.text[slice(*s)] for s in c.spans]) for c in answer.citations]


def completion(text: str, **fields: Any) -> dict[str, Any]:
    return {
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        **fields,
    }


def chunk(text: str, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}], **fields}


@pytest.mark.parametrize("name", sorted(engines()))
def test_a_body_of_something_else_is_malformed_and_no_empty_answer(name: str) -> None:
    assert failure(name, {"hello": "world"}).kind is ErrorKind.MALFORMED


@pytest.mark.parametrize("name", ["deepseek", "mistral", "oxylabs-chatgpt", "openai"])
def test_a_body_that_is_nothing_but_a_complaint_is_a_failure(name: str) -> None:
    error = failure(name, {"message": "Authentication fails: no such key"})
    assert error.kind is ErrorKind.AUTH
    assert str(error).startswith(f"{name}: ")


def test_ark_bot() -> None:
    results = [{"url": f"{PAGE}3", "title": "third", "publish_time": 1744079400}]
    output = {"data": {"data": {"results": results}}}
    tools = [{"name": "search", "input": {"query": "面膜"}, "output": output}]
    used = {"model_usage": [{"total_tokens": 9}], "action_details": [{"name": "p", "tool_details": tools}]}
    references = [
        {"url": f"{PAGE}1", "title": "first", "publish_time": "2025年04月08日 10:30:00(CST) 星期二"},
        {"url": f"{PAGE}2", "publish_time": "1970年01月01日 08:00:00(CST) 星期四"},
    ]
    answer = parsed(
        "doubao", completion("露岚不错[1]。", references=references, bot_usage=used, model="bot-1")
    )
    assert cited(answer) == [
        ("cited", 1, f"{PAGE}1", ["[1]"]),
        ("retrieved", 2, f"{PAGE}2", []),
        ("retrieved", None, f"{PAGE}3", []),
    ]
    assert [c.published for c in answer.citations][:2] == ["2025-04-08T10:30:00+08:00", None]
    assert (answer.queries, answer.search, answer.usage) == (
        ("面膜",),
        "yes",
        {"model_usage": [{"total_tokens": 9}]},
    )
    stream = parsed("doubao", chunk("露岚", references=references), chunk("不错[1]。", "stop"), done=True)
    assert (stream.text, cited(stream)) == (answer.text, cited(answer)[:2])


def test_a_responses_stream_that_never_repeats_the_message() -> None:
    note = {"type": "url_citation", "url": f"{PAGE}1", "title": "first"}
    search = {"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "面膜"}}
    answer = parsed(
        "doubao",
        {"type": "response.output_item.done", "output_index": 0, "item": search},
        {"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "露岚"},
        {"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "不错"},
        {
            "type": "response.output_text.annotation.added",
            "output_index": 1,
            "content_index": 0,
            "annotation": note,
        },
        {"type": "response.completed", "response": {"model": "m", "status": "completed"}},
    )
    assert (answer.text, answer.queries, cited(answer)) == (
        "露岚不错",
        ("面膜",),
        [("cited", None, f"{PAGE}1", [])],
    )


def test_a_responses_stream_that_says_beside_the_response_why_it_failed() -> None:
    error = {"code": "rate_limit_exceeded", "message": "slow down"}
    events = (
        {"type": "response.created"},
        {"type": "response.failed", "error": error, "response": {"status": "failed"}},
    )
    assert failure("perplexity", *events).kind is ErrorKind.RATE_LIMIT


@pytest.mark.parametrize(
    ("engine", "frame", "kind"),
    [
        ("yuanbao", {"ErrorMsg": {"Code": 4001, "Msg": "rate limit reached"}}, "rate_limit"),
        ("yuanbao", {"ErrorMsg": {"Code": 2003, "Msg": "content illegal"}}, "refused"),
        ("yuanbao", {"Response": {"Error": {"Code": "AuthFailure.SignatureExpire", "Message": "m"}}}, "auth"),
        ("metaso", {"errCode": 3000, "errMsg": "余额不足"}, "quota"),
        ("wenxiaoyan", {"code": "rpm_rate_limit_exceeded", "message": "m", "request_id": "r"}, "rate_limit"),
    ],
)
def test_a_failure_inside_a_stream_keeps_its_kind(engine: str, frame: dict[str, Any], kind: str) -> None:
    assert failure(engine, chunk("露"), frame).kind == kind


def test_hunyuan_stream_whose_last_chunk_adds_to_the_search_info() -> None:
    results = [{"Index": 1, "Title": "first", "Url": f"{PAGE}1", "Text": "镜湖"}]
    answer = parsed(
        "yuanbao",
        {"Choices": [{"Delta": {"Content": "露岚[1]"}}], "SearchInfo": {"SearchResults": results}},
        {
            "Choices": [{"Delta": {"Content": ""}, "FinishReason": "stop"}],
            "SearchInfo": {"Timeline": [{"Title": "t"}]},
        },
    )
    assert cited(answer) == [("cited", 1, f"{PAGE}1", ["[1]"])]
    assert answer.citations[0].site == "镜湖"


def test_lkeap_lists_its_sources_in_the_message() -> None:
    row = {
        "Index": 1,
        "Url": f"{PAGE}1",
        "Name": "first",
        "Snippet": "s",
        "Site": "镜湖",
        "PublishedTime": "2026-01-02",
    }
    message = {"Role": "assistant", "Content": "露岚[1]", "SearchResults": [row]}
    answer = parsed("yuanbao", {"Response": {"Choices": [{"Message": message, "FinishReason": "stop"}]}})
    assert cited(answer) == [("cited", 1, f"{PAGE}1", ["[1]"])]
    found = answer.citations[0]
    assert (found.title, found.site, found.snippet, found.published) == ("first", "镜湖", "s", "2026-01-02")


def test_qianfan_says_how_the_search_goes_outside_the_answer() -> None:
    status = {"choices": [{"index": 0, "delta": {"content": "正在搜索"}, "delta_tag": "search_status"}]}
    results = [{"index": 1, "url": f"{PAGE}1", "title": "first"}]
    answer = parsed(
        "wenxiaoyan-qianfan", status, chunk("露岚^[1]^", "stop", search_results=results), done=True
    )
    assert (answer.text, cited(answer)) == ("露岚^[1]^", [("cited", 1, f"{PAGE}1", ["^[1]^"])])


def test_spark_tool_messages_hold_sources_and_no_answer() -> None:
    outputs = [{"index": 1, "url": f"{PAGE}1", "title": "first"}]
    tool = {"role": "tool", "content": "searched", "tool_calls": [{"web_search": {"outputs": outputs}}]}
    expected = ("露岚[1]", [("cited", 1, f"{PAGE}1", ["[1]"])])
    whole = parsed(
        "spark",
        {
            "code": 0,
            "choices": [{"index": 0, "message": tool}, {"index": 1, "message": {"content": "露岚[1]"}}],
        },
    )
    stream = parsed(
        "spark", {"code": 0, "choices": [{"index": 0, "delta": tool}]}, chunk("露岚"), chunk("[1]"), done=True
    )
    assert (whole.text, cited(whole)) == (stream.text, cited(stream)) == expected


def test_dashscope_responses() -> None:
    action = {"type": "search", "query": "面膜", "sources": [{"type": "url", "url": f"{PAGE}1"}]}
    message = {"type": "message", "content": [{"type": "output_text", "text": "露岚", "annotations": []}]}
    body = {"status": "completed", "output": [{"type": "web_search_call", "action": action}, message]}
    whole, stream = (
        parsed("tongyi", body),
        parsed(
            "tongyi",
            {"type": "response.created", "response": {}},
            {"type": "response.completed", "response": body},
        ),
    )
    assert (whole.text, whole.queries, cited(whole)) == (
        "露岚",
        ("面膜",),
        [("retrieved", None, f"{PAGE}1", [])],
    )
    assert stream == whole


def test_sonar_results_that_are_no_citations_are_retrieved() -> None:
    results = [{"url": f"{PAGE}1", "title": "first"}, {"url": f"{PAGE}2", "title": "second"}]
    answer = parsed("perplexity", completion("Lulan [1].", citations=[f"{PAGE}1"], search_results=results))
    assert cited(answer) == [("cited", 1, f"{PAGE}1", ["[1]"]), ("retrieved", None, f"{PAGE}2", [])]


@pytest.mark.parametrize("offsets", [(6, 9), (0, 3)], ids=["right", "wrong"])
def test_markers_of_the_agent_count_beside_annotations(offsets: tuple[int, int]) -> None:
    note = {"type": "url_citation", "url": f"{PAGE}1", "start_index": offsets[0], "end_index": offsets[1]}
    results = [{"id": 1, "url": f"{PAGE}1"}, {"id": 2, "url": f"{PAGE}2"}, {"id": 3, "url": f"{PAGE}3"}]
    content = [{"type": "output_text", "text": "Lulan [1][2].", "annotations": [note]}]
    body = {
        "output": [{"type": "search_results", "results": results}, {"type": "message", "content": content}]
    }
    assert cited(parsed("perplexity", body)) == [
        ("cited", 1, f"{PAGE}1", ["[1]"]),
        ("cited", 2, f"{PAGE}2", ["[2]"]),
        ("retrieved", 3, f"{PAGE}3", []),
    ]


def test_gemini_chunks_after_the_grounding_do_not_wipe_it_out() -> None:
    segment = {"endIndex": 6, "text": "Lulan."}
    chunks = [{"web": {"uri": PAGE, "title": "pages.example"}}]
    grounding = {
        "groundingChunks": chunks,
        "groundingSupports": [{"segment": segment, "groundingChunkIndices": [0]}],
    }
    answer = parsed(
        "gemini",
        {"candidates": [{"content": {"parts": [{"text": "Lulan."}]}, "groundingMetadata": grounding}]},
        {
            "candidates": [
                {"content": {"parts": [{"text": ""}]}, "groundingMetadata": {}, "finishReason": "STOP"}
            ]
        },
    )
    assert cited(answer) == [("cited", None, PAGE, ["Lulan."])]


def test_grok_pages_opened_by_a_custom_tool() -> None:
    call = {"type": "custom_tool_call", "name": "open_page", "input": json.dumps({"url": f"{PAGE}1"})}
    message = {"type": "message", "content": [{"type": "output_text", "text": "Lulan"}]}
    assert cited(parsed("grok", {"output": [call, message]})) == [("opened", None, f"{PAGE}1", [])]


@pytest.mark.parametrize(("code", "kind"), [(429, "rate_limit"), (402, "quota"), (502, "transient")])
def test_openrouter_choices_fail_in_the_words_of_their_host(code: int, kind: str) -> None:
    choice = {"error": {"code": code, "message": "the host says no credit" if code == 402 else "no"}}
    assert failure("openrouter", {"choices": [choice]}).kind == kind


@pytest.mark.parametrize(
    ("engine", "body"),
    [
        ("cloro-chatgpt", {"task": {"id": "t", "status": "FAILED"}}),
        ("cloro-chatgpt", {"task": {"id": "t", "status": "QUEUED"}}),
        ("brightdata-chatgpt", {"status": "starting", "message": "not ready"}),
        ("oxylabs-chatgpt", {"id": "1", "status": "pending"}),
    ],
)
def test_a_job_that_has_not_finished_is_no_empty_answer(engine: str, body: dict[str, Any]) -> None:
    assert failure(engine, body).kind is ErrorKind.TRANSIENT


def test_cloro_task_whose_response_is_a_whole_body() -> None:
    inner = {
        "success": True,
        "result": {"text": "Lulan", "citationPills": [{"citationPillId": 0, "url": PAGE}]},
    }
    answer = parsed("cloro-chatgpt", {"task": {"status": "COMPLETED"}, "response": inner})
    assert (answer.text, cited(answer)) == ("Lulan", [("cited", 0, PAGE, [])])


def test_bright_data_links_are_citations_where_it_lists_none() -> None:
    record = {
        "answer_text_markdown": f"Lulan [p]({PAGE})",
        "citations": None,
        "links_attached": [{"url": PAGE}],
    }
    assert cited(parsed("brightdata-chatgpt", [record])) == [("cited", None, PAGE, [f"[p]({PAGE})"])]


def test_dataforseo_products_under_the_plain_name_are_known() -> None:
    found = {"markdown": "Lulan", "items": [{"type": "products", "items": [{"title": "mask", "price": 9}]}]}
    answer = parsed(
        "dataforseo-chatgpt", {"status_code": 20000, "tasks": [{"status_code": 20000, "result": [found]}]}
    )
    assert [offer.title for offer in answer.offers] == ["mask"] and not answer.unknown_blocks


@pytest.mark.parametrize(
    ("engine", "body", "kind"),
    [
        ("serpapi-ai-overview", {"error": "An AI Overview is not available for this search"}, "empty"),
        ("claude", {"type": "error", "error": {"type": "request_too_large", "message": "m"}}, "request"),
        ("openai", {"error": {"code": "content_policy_violation", "message": "m"}}, "refused"),
        ("bocha", {"code": "403", "message": "You do not have enough money", "log_id": "l"}, "quota"),
    ],
)
def test_failures_in_200_by_their_words(engine: str, body: dict[str, Any], kind: str) -> None:
    assert failure(engine, body).kind == kind


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_stream_kept_as_one_object_a_line_reads_like_the_stream(end: str) -> None:
    chunks = chunk("露岚\u2028"), chunk("[ref_1]", "stop", web_search=[{"link": PAGE, "refer": "ref_1"}])
    lines = end.join(json.dumps(each, ensure_ascii=False) for each in chunks)
    assert engine_named("glm").parse(lines.encode()) == parsed("glm", *chunks, done=True)


def test_the_text_so_far_beside_an_empty_piece_is_not_read_again() -> None:
    first = {"choices": [{"index": 0, "delta": {"content": "Lulan"}, "message": {"content": "Lulan"}}]}
    last = {"choices": [{"index": 0, "delta": {}, "message": {"content": "Lulan"}, "finish_reason": "stop"}]}
    assert parsed("perplexity", first, last).text == "Lulan"


def test_a_connector_that_was_not_called_is_no_search() -> None:
    body = {
        "outputs": [{"type": "message.output", "content": "Lulan"}],
        "usage": {"connectors": {"web_search": 0}},
    }
    assert parsed("mistral", body).search == "no"


@pytest.mark.parametrize("name", ["openai", "grok", "doubao", "perplexity"])
def test_what_a_search_found_shows_that_it_ran(name: str) -> None:
    note = {"type": "url_citation", "url": PAGE}
    message = {
        "type": "message",
        "content": [{"type": "output_text", "text": "Lulan", "annotations": [note]}],
    }
    assert parsed(name, {"output": [message]}).search == "yes"


@pytest.mark.parametrize(
    ("engine", "body"),
    [
        (
            "brightdata-perplexity",
            [{"answer_text": "Lulan[1].", "citations": [{"url": PAGE, "position": 1}]}],
        ),
        (
            "cloro-perplexity",
            {"result": {"text": "Lulan[1].", "citationPills": [{"citationPillId": 1, "url": PAGE}]}},
        ),
    ],
)
def test_numbers_that_perplexitys_page_prints_have_a_place(engine: str, body: Any) -> None:
    assert cited(parsed(engine, body)) == [("cited", 1, PAGE, ["[1]"])]
