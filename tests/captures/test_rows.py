"""Generic rows: JSON Lines and CSV as people and spreadsheets write them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.captures import capture_named, recognise
from geo_tracker.captures._lines import MAX_LINE
from geo_tracker.captures._times import read_time
from geo_tracker.captures.base import BadRow, CapturedAnswer, Note, Read
from geo_tracker.captures.engine_names import engine_name
from tests.support.places import SHARED

ROW = {"prompt": "敏感肌适合用什么样的面膜?", "engine": "豆包", "text": "云纱舒缓面膜温和。"}


def read(name: str, data: bytes) -> list[Read]:
    return list(capture_named(name).read(io.BytesIO(data)))


def jsonl(*rows: Any) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def table(*rows: Sequence[str], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def answers(found: list[Read]) -> list[CapturedAnswer]:
    return [item for item in found if isinstance(item, CapturedAnswer)]


def reasons(found: list[Read]) -> list[tuple[int, str]]:
    return [(item.line, item.reason) for item in found if isinstance(item, BadRow)]


def test_every_documented_column_is_read() -> None:
    row = {
        **ROW,
        "surface": "app",
        "language": "zh-CN",
        "country": "cn",
        "asked_at": "2026-03-01T08:30:00+08:00",
        "model": "doubao-1.5",
        "run": "march",
        "repeat": 2,
        "id": 17,
        "topic": "敏感肌",
        "citations": [
            "https://a.example/1",
            {"url": "https://b.example", "title": "B", "site": "b", "ordinal": 3, "role": "retrieved"},
            {"url": "", "title": "no address"},
        ],
        "offers": [
            {"url": "https://shop.example/1", "title": "面膜", "price": 99.5, "merchant": "云纱旗舰店"}
        ],
        "raw": {"any": "thing"},
    }
    [answer] = answers(read("jsonl", jsonl(row)))
    assert (answer.surface, answer.language, answer.country) == ("app", "zh", "CN")
    assert answer.asked_at == datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    assert (answer.run, answer.repeat, answer.id, answer.topic) == ("march", 2, "17", "敏感肌")
    assert answer.answer.model == "doubao-1.5"
    first, second, third = answer.answer.citations
    assert (first.url, first.role, first.ordinal) == ("https://a.example/1", "cited", None)
    assert (second.ordinal, second.title, second.site, second.role) == (3, "B", "b", "retrieved")
    assert (third.url, third.title) == ("", "no address")
    [offer] = answer.answer.offers
    assert (offer.price_raw, offer.merchant, offer.placement) == ("99.5", "云纱旗舰店", "card")
    assert answer.raw == b'{"any": "thing"}'


def test_private_marks_in_a_row_are_the_words_that_the_app_shows() -> None:
    text = '\ue200entity\ue202["company","云纱"]\ue201很好[1]'
    source = {
        "url": "https://a.example/1",
        "spans": [[text.index("["), len(text)], [len(text) - 3, len(text)]],
    }
    [answer] = answers(read("jsonl", jsonl({**ROW, "text": text, "citations": [source]})))
    assert answer.answer.text == "云纱很好[1]"
    assert [answer.answer.text[a:b] for a, b in answer.answer.citations[0].spans] == ["云纱很好[1]", "[1]"]


def test_csv_and_jsonl_of_one_row_are_one_answer() -> None:
    columns = ["prompt", "engine", "text", "repeat", "citations", "asked_at"]
    cells = [*ROW.values(), "2", '[{"url": "https://a.example", "ordinal": 1}]', "2026-03-01 08:30:00"]
    row = {
        **ROW,
        "repeat": 2,
        "citations": [{"url": "https://a.example", "ordinal": 1}],
        "asked_at": 1772353800,
    }
    [from_csv] = answers(read("csv", table(columns, cells).encode()))
    [from_json] = answers(read("jsonl", b"\n" + jsonl(row)))
    assert from_csv == from_json


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"prompt": " "}, "prompt: missing"),
        ({"engine": None}, "engine: missing"),
        ({"text": None}, "text: missing"),
        ({"text": ["a"]}, "text: not a string"),
        ({"engine": {"name": "x"}}, "engine: not a string"),
        ({"engine": "x" * 201}, "engine: longer than 200 characters"),
        ({"repeat": 0}, "repeat: '0' is not a whole number from 1 to 100,000"),
        ({"repeat": "2.5"}, "repeat: '2.5' is not a whole number from 1 to 100,000"),
        ({"country": "China"}, "country: 'China' is not a two-letter code such as CN"),
        ({"language": "中文"}, "language: '中文' is not a language tag such as zh"),
        ({"asked_at": "yesterday"}, "asked_at: 'yesterday' is not a time such as 2026-01-31T08:30:00Z"),
        ({"asked_at": "28/5/2025"}, "asked_at: '28/5/2025' is not a time such as 2026-01-31T08:30:00Z"),
        ({"asked_at": 0}, "asked_at: '0' is not a time such as 2026-01-31T08:30:00Z"),
        ({"citations": {"url": "x"}}, "citations: not a list"),
        ({"citations": [3]}, "citations[0]: neither a URL nor an object"),
        ({"citations": ["https://a.example", {"title": "x"}]}, "citations[1]: no url"),
        (
            {"citations": [{"url": "u", "role": "read"}]},
            "citations[0].role: 'read' is none of retrieved, opened, cited",
        ),
        ({"offers": ["x"]}, "offers[0]: not an object"),
        ({"offers": "[1"}, "offers: not a JSON list: the body is empty or cut off"),
    ],
)
def test_a_bad_value_names_its_column_and_the_rest_goes_in(change: dict[str, Any], reason: str) -> None:
    found = read("jsonl", jsonl(ROW, {**ROW, **change}, ROW))
    assert reasons(found) == [(2, reason)]
    assert [answer.line for answer in answers(found)] == [1, 3]


def test_lines_that_are_no_rows_are_reported_with_their_line() -> None:
    good = jsonl(ROW)
    data = good + b"{oops\n[1]\n\n" + b"\xff\xfe{}\n" + b"[" * 5000 + b"\n" + good + b'{"prompt": "cut'
    assert [line for line, _ in reasons(read("jsonl", data))] == [2, 3, 5, 6, 8]
    assert len(answers(read("jsonl", data))) == 2


def test_a_line_without_end_is_skipped_not_kept() -> None:
    found = read("jsonl", b"x" * (MAX_LINE * 2))
    assert reasons(found) == [(1, f"row: longer than {MAX_LINE:,} characters")]


def test_unknown_columns_are_noted_once() -> None:
    found = read("jsonl", jsonl({**ROW, "market": 1}, {**ROW, "market": 2, "source": "x"}))
    assert [item for item in found if isinstance(item, Note)] == [Note("columns not read: market, source")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_spreadsheets_are_read_as_they_save(encoding: str, delimiter: str) -> None:
    text = table(
        ["Prompt ", "ENGINE", "text"],
        ["面膜?", "Kimi", '第一行, "引号"; 第二行\n第三行'],
        delimiter=delimiter,
    )
    data = text.encode(encoding)
    capture = recognise(data[:65536])
    assert capture is not None
    assert capture.name == "csv"
    [answer] = answers(list(capture.read(io.BytesIO(data))))
    assert (answer.prompt, answer.answer.text) == ("面膜?", '第一行, "引号"; 第二行\n第三行')


def test_excel_separator_line_and_empty_rows() -> None:
    found = read("csv", b"sep=;\r\nprompt;engine;text;;\r\n;;;;\r\np;Kimi;t;;\r\n")
    assert [(answer.prompt, answer.line) for answer in answers(found)] == [("p", 4)]
    assert reasons(found) == []


def test_csv_rows_that_break_are_named_and_the_next_is_read() -> None:
    data = b'prompt,engine,text\np,"Kimi"x,t\np,Kimi,t,more\np,Kimi,caf\xe9\np,Kimi,t\np,Kimi,"open'
    found = read("csv", data)
    assert [line for line, _ in reasons(found)] == [2, 3, 4, 6]
    assert "put quotes around the text" in dict(reasons(found))[3]
    assert "not UTF-8" in dict(reasons(found))[4]
    assert [answer.line for answer in answers(found)] == [5]


def test_a_windows_code_page_is_not_taken_for_chinese() -> None:
    data = "prompt,engine,text\np,Kimi,une réponse très développée à côté\n".encode("cp1252")
    assert reasons(read("csv", data)) == [(2, "not UTF-8: save the file as UTF-8")]


@pytest.mark.parametrize("header", ["prompt,engine", "prompt,engine,text,TEXT", ""])
def test_a_header_that_misses_or_repeats_a_column_is_reported(header: str) -> None:
    [(line, reason)] = reasons(read("csv", header.encode() + b"\n1,2,3\n"))
    assert line in (1, 2)
    assert reason.startswith("header: ")


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("2026-01-31T08:30:00Z", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2026-01-31 08:30", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2025-06-27 00:50:46 UTC", datetime(2025, 6, 27, 0, 50, 46, tzinfo=UTC)),
        ("2026/1/31 8:30", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2026年1月31日 8:30:15", datetime(2026, 1, 31, 8, 30, 15, tzinfo=UTC)),
        ("1/31/2026 08:30", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01", datetime(2026, 1, 1, 10, tzinfo=UTC)),
        ("2026", datetime(2026, 1, 1, 10, tzinfo=UTC)),
        (1769848200, datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("1769848200000", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        (None, None),
        ("", None),
    ],
)
def test_times(written: Any, time: datetime | None) -> None:
    assert read_time(written) == time


@given(st.text() | st.integers() | st.floats() | st.booleans() | st.lists(st.integers()))
def test_a_time_is_read_or_refused(value: Any) -> None:
    try:
        time = read_time(value)
    except ValueError:
        return
    assert time is None or time.tzinfo is not None


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("豆包 Doubao", "doubao"),
        (" CHATGPT ", "chatgpt"),
        ("通义千问", "qwen"),
        ("Google AI Overview", "google-ai-overview"),
        ("Claude (web search)", "Claude (web search)"),
        ("LLM:gpt-4", "LLM:gpt-4"),
    ],
)
def test_only_whole_spellings_are_mapped(written: str, name: str) -> None:
    assert engine_name(written) == name


@given(
    st.binary(max_size=400)
    | st.text(alphabet='{}[]",:;\n\r\tpromptenginetext0é面\ud800', max_size=200).map(
        lambda text: text.encode("utf-8", "surrogatepass")
    )
)
def test_no_bytes_make_a_reader_raise(data: bytes) -> None:
    recognise(data)
    for name in ("jsonl", "csv"):
        for found in read(name, b"prompt,engine,text\n" + data if name == "csv" else data):
            assert isinstance(found, (CapturedAnswer, BadRow, Note))


@pytest.mark.parametrize("name", ["en", "zh"])
def test_every_published_answer_is_read(name: str) -> None:
    path = SHARED / "answers" / f"{name}.jsonl"
    if not path.exists():
        pytest.skip("the shared data is not here")
    with path.open("rb") as file:
        found = list(capture_named("jsonl").read(file))
    assert reasons(found) == []
    assert len(answers(found)) == sum(1 for line in path.read_bytes().splitlines() if line.strip())
