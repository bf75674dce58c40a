"""Captures of the companion: the readers of HAR files read their bodies, and nothing that cannot be read is lost."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.captures.assistants import apps
from geo_tracker.captures.assistants._page import Visible, parsed
from geo_tracker.captures.base import BadRow, CapturedAnswer, NoAnswer
from geo_tracker.captures.canonical import load
from geo_tracker.captures.companion import UNREAD, is_capture, picture_of, read_again, read_capture
from geo_tracker.captures.modes import mode_of
from geo_tracker.collect.readings import read as reading_of
from geo_tracker.engines.base import ErrorKind
from tests.support.apps import APPS, ASKED
from tests.support.captured import capture, line
from tests.support.captures import read

SHOWN = '<p>云纱面膜不错,见<a href="https://shop.example/i?id=1">商品页</a>。</p>'


def answer(seen: dict[str, Any]) -> CapturedAnswer:
    found = read_capture(line(seen))
    assert isinstance(found, CapturedAnswer), found
    return found


@pytest.mark.parametrize("app", sorted(APPS))
def test_a_capture_is_read_as_its_recording_is(app: str) -> None:
    of = APPS[app]
    recorded = of.read(of.frames(["云纱", "面膜不错。"]))
    assert isinstance(recorded, CapturedAnswer)
    found = answer(capture(app))
    assert (found.engine, found.surface, found.prompt) == (recorded.engine, "web", ASKED)
    assert (found.answer.text, found.answer.cut) == (recorded.answer.text, recorded.answer.cut)
    assert found.message == recorded.message, "HAR and companion know the same answer"
    assert found.answer.usage["mode"] == {"search": True}


def test_bytes_come_as_base64() -> None:
    seen = capture("kimi")
    [text] = seen["response"]["frames"]
    seen["response"]["frames"] = [{"base64": base64.b64encode(text.encode()).decode()}]
    assert answer(seen).answer.text == "云纱面膜不错。"


def test_where_no_stream_can_be_read_the_page_is() -> None:
    new = {"content_type": "text/event-stream", "frames": ['data: {"new": "format"}\n\n']}
    found = answer(capture(response=new, html=SHOWN))
    assert found.answer.text == "云纱面膜不错,见[商品页](https://shop.example/i?id=1)。"
    [cited] = found.answer.citations
    assert (cited.url, cited.role) == ("https://shop.example/i?id=1", "cited")
    [(start, end)] = cited.spans
    assert found.answer.text[start:end] == "[商品页](https://shop.example/i?id=1)"


@pytest.mark.parametrize("app", sorted(apps()))
def test_every_app_is_read_off_its_page(app: str) -> None:
    found = answer(capture(app, response=None, html=SHOWN))
    assert (found.engine, found.surface) == (app, apps()[app].surface)
    assert "云纱面膜不错" in found.answer.text


def test_a_format_that_nobody_knows_is_kept_and_read_once_it_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = capture()
    new = {**whole["response"], "frames": ["event: NEW\ndata: {}\n\n"]}
    found = answer({**whole, "response": new})
    assert (found.answer.text, found.answer.finish_reason) == ("", UNREAD)
    kept = reading_of(None, found)
    assert not isinstance(kept, BadRow) and kept.failed == UNREAD
    assert kept.columns.own["status"] == "failed" and kept.columns.own["error"].startswith("kept, not yet")
    again = read_again(load(kept.body), line(whole))
    assert again.answer.text == "云纱面膜不错。"
    assert read_again(again, line({**whole, "response": new})) == again, "a worse reading changes nothing"


def test_what_an_app_reports_is_no_answer() -> None:
    limited = 'event: STREAM_ERROR\ndata: {"error_code": 710022004, "error_msg": "rate limited"}\n\n'
    found = read_capture(line(capture(response={"content_type": "text/event-stream", "frames": [limited]})))
    assert isinstance(found, BadRow) and "rate limited" in found.reason


@pytest.mark.parametrize(
    ("status", "told", "kind", "words"),
    [
        (429, "", ErrorKind.RATE_LIMIT, "HTTP 429"),
        (429, '{"detail": "You have hit your limit"}', ErrorKind.RATE_LIMIT, "You have hit your limit"),
        (401, "no JSON", ErrorKind.AUTH, "HTTP 401"),
        (503, '{"code": 1, "msg": "busy"}', ErrorKind.TRANSIENT, "busy"),
        (404, "", ErrorKind.REQUEST, "HTTP 404"),
        (0, "", ErrorKind.TRANSIENT, "HTTP 0"),
    ],
)
def test_a_response_that_is_not_2xx_is_a_failure_whatever_the_page_shows(
    status: int, told: str, kind: ErrorKind, words: str
) -> None:
    response = {"content_type": "application/json", "status": status, "frames": [told]}
    found = read_capture(line(capture(response=response, html=SHOWN)))
    assert isinstance(found, NoAnswer)
    assert (found.kind, found.engine, found.prompt) == (kind, "doubao", ASKED) and words in found.reason


def test_what_the_app_itself_says_comes_before_its_status_and_an_answer_with_a_failed_status_is_none() -> (
    None
):
    limited = 'event: STREAM_ERROR\ndata: {"error_code": 710022004, "error_msg": "rate limited"}\n\n'
    said = {"content_type": "text/event-stream", "status": 500, "frames": [limited]}
    found = read_capture(line(capture(response=said)))
    assert isinstance(found, NoAnswer) and found.kind == ErrorKind.RATE_LIMIT
    whole = capture()
    assert isinstance(
        read_capture(line({**whole, "response": {**whole["response"], "status": 200}})), CapturedAnswer
    )
    assert isinstance(
        read_capture(line({**whole, "response": {**whole["response"], "status": 502}})), NoAnswer
    )


@pytest.mark.parametrize(
    "more",
    [
        {"cookies": "a=b"},
        {"request": {"url": "https://www.doubao.com/chat/completion", "headers": {"authorization": "x"}}},
        {"response": {"content_type": "", "frames": [], "set_cookie": "a"}},
        {"mode": {"account": "张三"}},
        {"request": {"url": "file:///etc/passwd", "body": ""}},
        {"response": {"content_type": "", "frames": "no list"}},
    ],
)
def test_what_a_capture_does_not_hold_is_refused_whole(more: dict[str, Any]) -> None:
    assert isinstance(read_capture(line({**capture(), **more})), BadRow)


def test_an_app_that_nobody_knows_is_refused() -> None:
    assert isinstance(read_capture(line({**capture(response=None, html=SHOWN), "app": "unknown"})), BadRow)


def test_a_file_of_captures_names_its_bad_lines() -> None:
    body = b"\n".join([line(capture()), b'{"capture": 1', line(capture("kimi"))]) + b"\n"
    good, bad, last = read(body)
    assert isinstance(good, CapturedAnswer) and good.raw == line(capture()) and is_capture(good.raw)
    assert isinstance(bad, BadRow) and bad.line == 2
    assert isinstance(last, CapturedAnswer) and last.engine == "kimi"


PNG = b"\x89PNG\r\n\x1a\n rest"


@pytest.mark.parametrize(
    ("shot", "picture"),
    [
        ("data:image/png;base64," + base64.b64encode(PNG).decode(), PNG),
        ("data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8\xff rest").decode(), b"\xff\xd8\xff rest"),
        ("data:image/png;base64," + base64.b64encode(b"<svg onload=alert(1)>").decode(), None),
        ("data:image/svg+xml;base64," + base64.b64encode(PNG).decode(), None),
        ("data:image/png;base64,A", None),
        ("https://elsewhere.example/x.png", None),
        (None, None),
    ],
)
def test_the_picture_of_a_capture_is_a_picture_or_none(shot: str | None, picture: bytes | None) -> None:
    assert picture_of(line(capture(screenshot=shot))) == picture


def test_no_other_body_has_a_picture() -> None:
    assert picture_of(b'{"screenshot": "data:image/png;base64,AAAA"}') is None
    assert picture_of(b'{"capture": 1, "screenshot": "data:ima') is None


@given(
    st.recursive(st.none() | st.booleans() | st.text(max_size=9), lambda inner: st.lists(inner), max_leaves=4)
)
def test_no_value_of_a_field_breaks_the_reader(value: Any) -> None:
    for name in capture():
        if name != "capture":
            found = read_capture(json.dumps({**capture(), name: value}).encode())
            assert isinstance(found, (CapturedAnswer, BadRow))


def test_claudes_stream_has_its_searches_and_sources() -> None:
    url = "https://claude.ai/api/organizations/-/chat_conversations/c/completion"
    events: list[tuple[str, dict[str, Any]]] = [
        ("message_start", {"message": {"uuid": "00000000-0000-4000-8000-00000000000a", "content": []}}),
        ("content_block_start", {"index": 0, "content_block": {"type": "tool_use", "name": "web_search"}}),
        (
            "content_block_delta",
            {"index": 0, "delta": {"type": "input_json_delta", "partial_json": '{"query"'}},
        ),
        (
            "content_block_delta",
            {"index": 0, "delta": {"type": "input_json_delta", "partial_json": ':"crm"}'}},
        ),
        (
            "content_block_start",
            {
                "index": 1,
                "content_block": {
                    "type": "tool_result",
                    "content": [{"type": "knowledge", "title": "T", "url": "https://a.example/"}],
                },
            },
        ),
        ("content_block_start", {"index": 2, "content_block": {"type": "text", "text": ""}}),
        ("content_block_delta", {"index": 2, "delta": {"type": "text_delta", "text": "Aurora is good."}}),
        ("message_stop", {}),
    ]
    frames = [f"event: {n}\ndata: {json.dumps({'type': n, **d})}\n\n" for n, d in events]
    seen = capture(
        "claude",
        prompt="Which CRM?",
        request={"url": url, "body": '{"prompt": "Which CRM?"}'},
        response={"content_type": "text/event-stream", "frames": frames},
    )
    found = answer(seen)
    assert (found.engine, found.prompt, found.answer.text) == ("claude", "Which CRM?", "Aurora is good.")
    assert (found.answer.queries, found.answer.search) == (("crm",), "yes")
    assert [each.url for each in found.answer.citations] == ["https://a.example/"]
    assert not found.answer.cut
    seen["response"]["frames"] = frames[:-1]
    assert answer(seen).answer.cut


@pytest.mark.parametrize(
    ("asked", "shown", "mode"),
    [
        ({"search_enabled": True, "thinking_enabled": True}, {}, "search+think"),
        ({"search_enabled": True, "thinking_enabled": True}, {"think": False}, "search"),
        ({"search_enabled": False}, {}, "plain"),
        ({"search_enabled": "yes"}, {}, ""),
    ],
)
def test_the_mode_is_what_the_page_shows_or_else_the_request_says(
    asked: dict[str, Any], shown: dict[str, Any], mode: str
) -> None:
    seen = capture("deepseek", mode={"model": None, "search": None, "think": None, **shown})
    seen["request"]["body"] = json.dumps({**json.loads(seen["request"]["body"]), **asked})
    found = read_capture(line(seen))
    assert isinstance(found, CapturedAnswer)
    assert mode_of(found.answer.usage) == mode


@pytest.mark.parametrize(
    ("html", "text", "links"),
    [
        ("<p>云纱[<button>1</button>]</p>", "云纱", 0),
        ("<p>云纱<span>[</span><img><span>]</span>。</p>", "云纱。", 0),
        (
            '<p>云纱[<a href="https://a.example/"><img></a>]，<a href="https://b.example/">b</a></p>',
            "云纱，b",
            1,
        ),
        ('<p>云纱<a href="https://a.example/">[<img>]</a></p>', "云纱[]", 1),
        ("<p>数组写作 []，注[<b>1</b>]</p>", "数组写作 []，注[1]", 0),
    ],
)
def test_brackets_about_a_mark_without_text_are_no_text(html: str, text: str, links: int) -> None:
    shown = Visible(parsed(f"<html><body>{html}</body></html>"))
    assert shown.text == text
    assert len(shown.links) == links and all(end <= len(text) for _, (_, end) in shown.links)
