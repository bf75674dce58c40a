# ruff: noqa: E501 - a page is easier to compare with its app on one line
"""The apps' data exports and packed files: told apart by content, bounded, nothing of the account kept."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from random import Random
from typing import Any

import pytest

from geo_tracker.captures import _unpacking, capture_named, recognise
from geo_tracker.captures.base import BadRow, CapturedAnswer, Note, Read
from geo_tracker.captures.canonical import dump
from tests.support.captures import DATA, read

Json = dict[str, Any]


def told(found: list[Read]) -> list[tuple[str, str, str]]:
    return [
        (each.engine, each.prompt, each.answer.text) for each in found if isinstance(each, CapturedAnswer)
    ]


def reasons(found: list[Read]) -> list[str]:
    return [each.reason for each in found if isinstance(each, BadRow)]


def zipped(**members: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data if isinstance(data, (str, bytes)) else json.dumps(data))
    return out.getvalue()


def export(name: str) -> bytes:
    return (DATA / name).read_bytes()


@pytest.mark.parametrize(
    ("conversation", "name"),
    [
        ({"mapping": {}, "create_time": 1, "current_node": "a"}, "chatgpt"),
        ({"mapping": {}, "inserted_at": "2026-11-20"}, "deepseek"),
        ({"uuid": "u", "chat_messages": []}, "claude"),
        ({"platform": "Kimi", "messages": [{"role": "user", "content": "q"}]}, "extension"),
    ],
)
@pytest.mark.parametrize("listed", [True, False])
def test_conversations_are_told_apart_by_what_only_one_format_has(
    conversation: Json, name: str, listed: bool
) -> None:
    capture = recognise(json.dumps([conversation] if listed else conversation).encode())
    assert capture is not None and capture.name == name


@pytest.mark.parametrize(
    "file",
    [
        "claude/conversations.json",
        "deepseek/conversations.json",
        "grok/prod-grok-backend.json",
        "gemini/MyActivity.json",
    ],
)
def test_an_export_is_read_the_same_from_its_zip_and_gzip(file: str) -> None:
    plain = told(read(export(file)))
    account = [{"user_id": "secret-session", "email": "someone@example.com"}]
    packed = zipped(
        **{"user.json": account, f"ttl/30d/{Path(file).name}": export(file), "chat.html": "<html></html>"}
    )
    assert plain
    assert told(read(packed)) == told(read(gzip.compress(export(file)))) == plain
    assert reasons(read(packed)) == []


def test_an_export_of_several_files_is_read_whole() -> None:
    def asked(number: int) -> list[Json]:
        messages = [{"sender": "human", "text": f"q{number}"}, {"sender": "assistant", "text": "a"}]
        return [{"uuid": str(number), "chat_messages": messages}]

    found = read(zipped(**{"conversations-1.json": asked(1), "conversations-2.json": asked(2)}))
    assert [prompt for _, prompt, _ in told(found)] == ["q1", "q2"]


def test_a_saved_page_in_a_zip_is_read_where_nothing_else_is() -> None:
    page = export("html/deepseek-page.html")
    found = read(zipped(**{"archive_browser.html": "<html><body>Takeout</body></html>", "a.html": page}))
    assert told(found) == told(read(page))
    assert reasons(found) == []


def test_what_was_attached_to_a_question_is_kept_nowhere() -> None:
    for found in read(export("claude/conversations.json")):
        assert isinstance(found, CapturedAnswer)
        assert b"someone@example.com" not in (found.raw or b"") + dump(found)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (gzip.compress(b'{"log": {"entries": [' + b" " * 5_000_000), "unpacks to more than"),
        (gzip.compress(export("har/yuanbao.har"))[:-40], "cannot be unpacked"),
        (b"\x1f\x8b\x08\x00damaged", "cannot be unpacked"),
        (zipped(**{"holiday.txt": "sun"}), "nothing in it is in a format"),
        (zipped(**{"inner.zip": zipped(**{"a.json": []})}), "nothing in it is in a format"),
        (zipped(**{"a.json": "[" + " " * 5_000_000 + "]"}), "not a chat, not read"),
    ],
    ids=["gzip bomb", "cut gzip", "damaged gzip", "other zip", "zip in a zip", "zip bomb"],
)
def test_packed_files_that_cannot_be_read_say_why(body: bytes, reason: str) -> None:
    assert any(reason in each for each in reasons(read(body)))


def test_a_gzip_may_be_read_up_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    body = export("har/yuanbao.har")
    monkeypatch.setattr(_unpacking, "MAX_UNPACKED", len(body))
    assert told(read(gzip.compress(body)))
    monkeypatch.setattr(_unpacking, "MAX_UNPACKED", len(body) - 1)
    assert not told(read(gzip.compress(body)))


def activity(title: str, html: str = "<p>a</p>", **more: Any) -> Json:
    return {
        "header": "Gemini Apps",
        "title": title,
        "time": "2026-11-20T08:00:00Z",
        "products": ["Gemini Apps"],
        "safeHtmlItem": [{"html": html}],
        **more,
    }


def takeout(*records: Json) -> list[Read]:
    return list(capture_named("gemini").read(io.BytesIO(json.dumps(records).encode())))


@pytest.mark.parametrize("verb", ["Prompted ", "Prompted with: ", "Asked Gemini: ", "Said "])
def test_the_verb_of_a_title_is_not_asked(verb: str) -> None:
    assert told(takeout(activity(f"{verb}best mask? Attached 2 files."))) == [("gemini", "best mask?", "a")]


def test_a_verb_of_another_language_is_learned_from_several_titles_and_never_guessed() -> None:
    three = [activity(f"已输入提示：{asked}") for asked in ("甲?", "乙: 丙?", "丁?")]
    assert [prompt for _, prompt, _ in told(takeout(*three))] == ["甲?", "乙: 丙?", "丁?"]
    found = takeout(three[0])
    assert told(found) == [] and "is not known: the account's own words" in reasons(found)[0]


def test_other_products_and_prompts_without_an_answer_are_no_answers() -> None:
    silent = {key: value for key, value in activity("Prompted q").items() if key != "safeHtmlItem"}
    found = takeout(activity("Searched for q", header="Search", products=["Search"]), silent)
    assert told(found) == []
    assert [each.text for each in found if isinstance(each, Note)] == [
        "1 records have no answer: Takeout keeps none for some prompts"
    ]


def test_the_html_of_an_answer_may_be_one_object() -> None:
    item = activity("Prompted q", safeHtmlItem={"htmlValue": "<p>b</p>"})
    assert told(takeout(item)) == [("gemini", "q", "b")]


def test_an_unfinished_answer_of_claude_is_cut() -> None:
    messages = [
        {"sender": "human", "text": "q"},
        {"sender": "assistant", "text": "a", "stop_reason": "max_tokens"},
    ]
    [found] = read(json.dumps([{"chat_messages": messages}]).encode())
    assert isinstance(found, CapturedAnswer) and found.answer.cut


def cell(
    title: str, answer: str, header: str = "Gemini Apps", time: str = "Nov 20, 2026, 8:00:00\u202fAM UTC"
) -> str:
    return (
        f'<div class="outer-cell mdl-cell"><div class="mdl-grid"><div class="header-cell mdl-cell"><p>{header}<br></p></div>'
        f'<div class="content-cell mdl-cell mdl-typography--body-1">{title}<br>{time}<br>{answer}</div>'
        '<div class="content-cell mdl-cell mdl-typography--body-1 mdl-typography--text-right"></div>'
        '<div class="content-cell mdl-cell mdl-typography--caption"><b>Products:</b><br>Gemini Apps<br></div></div></div>'
    )


def test_the_page_of_takeout_is_read_like_its_json() -> None:
    link = '<p>Lumora is calm, says <a href="https://lumora.example">its page</a>.</p>'
    cells = [
        cell("Prompted&nbsp;best mask?<br>for me", link),
        cell("Searched for someone@example.com", "x", header="Search"),
        cell("Used Gemini Apps", ""),
    ]
    [found] = read(f"<!DOCTYPE html><html><body>{''.join(cells)}</body></html>".encode())
    assert isinstance(found, CapturedAnswer)
    assert told([found]) == [("gemini", "best mask?\nfor me", "Lumora is calm, says its page.")]
    assert found.asked_at is not None and found.asked_at.isoformat() == "2026-11-20T08:00:00+00:00"
    assert [(c.role, c.url) for c in found.answer.citations] == [("cited", "https://lumora.example")]


def test_the_page_of_takeout_in_another_language_is_read_from_three_prompts() -> None:
    cells = [
        cell(f"已输入提示：{asked}", "<p>a</p>", time="2026年11月20日 08:00")
        for asked in ("甲?", "乙?", "丙?")
    ]
    found = read(f"<html><body>{''.join(cells)}</body></html>".encode())
    assert [prompt for _, prompt, _ in told(found)] == ["甲?", "乙?", "丙?"]


def test_a_gzip_that_is_cut_is_read_up_to_there_and_reported() -> None:
    rows = [{"prompt": f"p{n}", "engine": "Kimi", "text": Random(n).randbytes(3000).hex()} for n in range(40)]
    packed = gzip.compress("\n".join(map(json.dumps, rows)).encode())
    found = read(packed[: len(packed) // 2])
    answers = [each for each in found if isinstance(each, CapturedAnswer)]
    assert 10 < len(answers) < 30 and [each.prompt for each in answers] == [
        f"p{n}" for n in range(len(answers))
    ]
    assert [each.reason for each in found if isinstance(each, BadRow)][-1].startswith(
        "gzip: cannot be unpacked further"
    )


def extension(*messages: Json) -> list[tuple[str, str]]:
    """Questions and answers of an extension's file."""
    found = read(json.dumps({"platform": "Kimi", "messages": messages}).encode())
    assert all(isinstance(each, CapturedAnswer) for each in found), found
    return [(each.prompt, each.answer.text) for each in found if isinstance(each, CapturedAnswer)]


def test_only_what_user_and_assistant_say_is_read_of_an_extensions_file() -> None:
    assert extension(
        {"role": "system", "content": "You sell Globex"},
        {"role": "user", "content": "best crm"},
        {"role": "tool", "content": "Globex found"},
        {"role": "assistant", "content": "Acme"},
    ) == [("best crm", "Acme")]


def test_thoughts_in_an_extensions_file_are_no_answer() -> None:
    parts = [{"type": "thinking", "text": "maybe Globex"}, {"type": "text", "text": "Acme"}]
    assert extension({"role": "user", "content": "q"}, {"role": "assistant", "content": parts}) == [
        ("q", "Acme")
    ]


@pytest.mark.parametrize(
    "asker",
    [
        {"author": "You"},
        {"author": "user"},
        {"author": {"role": "user"}},
        {"role": "用户"},
        {"sender": "Human"},
    ],
)
def test_the_asker_in_an_extensions_file_is_known_by_every_usual_name(asker: Json) -> None:
    assert extension({**asker, "content": "q"}, {"author": "Kimi", "content": "Acme"}) == [("q", "Acme")]
