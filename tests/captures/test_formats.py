"""Recorded and exported formats: what each fixture holds, and what hostile files do not do."""

from __future__ import annotations

import base64
import io
import json
import random
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_tracker.captures import _document, capture_named, captures, recognise
from geo_tracker.captures._document import DocumentError, outline, records
from geo_tracker.captures.assistants import _page
from geo_tracker.captures.assistants._kimi import received
from geo_tracker.captures.assistants._patch import Patched
from geo_tracker.captures.assistants._turbo import hydrated
from geo_tracker.captures.base import BadRow, CapturedAnswer, Note, Read
from geo_tracker.captures.canonical import dump, load
from geo_tracker.captures.har import mended
from geo_tracker.engines import engines
from tests.support.captures import FILES, described, read


def answers(found: list[Read]) -> list[CapturedAnswer]:
    return [item for item in found if isinstance(item, CapturedAnswer)]


def reasons(found: list[Read]) -> list[str]:
    return [item.reason for item in found if isinstance(item, BadRow)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_fixture_is_recognised_and_read(path: Path) -> None:
    capture = recognise(path.read_bytes()[:65536])
    assert capture is not None
    assert capture.name == path.parent.name
    expected = json.loads(path.with_name("expected.json").read_text("utf-8"))[path.name]
    assert described(path) == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_file_is_recognised_by_one_format_alone(path: Path) -> None:
    head = path.read_bytes()[:65536]
    assert [capture.name for capture in captures().values() if capture.recognises(head)] == [path.parent.name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_spans_lie_within_the_text_and_records_survive_the_archive(path: Path) -> None:
    for found in answers(read(path.read_bytes())):
        length = len(found.answer.text)
        assert all(0 <= start < end <= length for c in found.answer.citations for start, end in c.spans)
        kept = load(dump(found))
        assert kept.answer.text == found.answer.text
        assert [c.spans for c in kept.answer.citations] == [c.spans for c in found.answer.citations]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_of_account_session_or_other_traffic_is_kept(path: Path) -> None:
    for found in answers(read(path.read_bytes())):
        kept = (found.raw or b"") + dump(found)
        assert not re.search(rb"secret-session|someone@example\.com|\+10000|a replaced answer", kept)


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.suffix != ".zip"], ids=lambda path: path.name
)
def test_a_file_cut_anywhere_gives_whole_answers_or_none(path: Path) -> None:
    data = path.read_bytes()
    whole = {(found.prompt, found.answer.text) for found in answers(read(data))}
    capture = capture_named(path.parent.name)
    for end in random.Random(0).sample(range(len(data) - 2), 60):
        found = list(capture.read(io.BytesIO(data[:end])))
        assert {(item.prompt, item.answer.text) for item in answers(found)} <= whole
        assert reasons(found) or any(isinstance(item, Note) for item in found), "the cut is reported"


def test_a_zip_cut_short_is_reported() -> None:
    data = next(path for path in FILES if path.suffix == ".zip").read_bytes()
    found = list(capture_named("chatgpt").read(io.BytesIO(data[:-40])))
    assert answers(found) == []
    assert reasons(found)[0].startswith("zip: cannot be unpacked")


def zipped(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def test_zip_bombs_and_other_zips_are_not_unpacked() -> None:
    [bomb] = reasons(read(zipped("conversations.json", b"[" + b" " * 5_000_000 + b"]")))
    assert "not a chat, not read" in bomb
    [other] = reasons(read(zipped("holiday.txt", b"sun")))
    assert other == "packed: nothing in it is in a format that is known by its content"


def har(*responses: str, url: str = "https://yuanbao.tencent.com/api/chat/1") -> bytes:
    def entry(text: str) -> dict[str, Any]:
        request = {"url": url, "postData": {"text": '{"prompt": "q"}'}}
        return {"request": request, "response": {"status": 200, "content": {"text": text}}}

    return json.dumps({"log": {"entries": [entry(text) for text in responses]}}).encode()


SAID = 'data: {"type":"text","msg":"云纱"}\n\ndata: [DONE]\n\n'


def test_a_record_beyond_its_budget_is_named_and_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_document, "MAX_RECORD", 1000)
    found = read(har("x" * 2000, SAID))
    assert reasons(found) == ["entry: too large"]
    assert [item.answer.text for item in answers(found)] == ["云纱"]


def test_a_string_without_end_stops_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_document, "MAX_STRING", 10_000)
    monkeypatch.setattr(_document, "CHUNK", 1000)
    found = read(har(SAID, "x" * 100_000))
    assert [item.answer.text for item in answers(found)] == ["云纱"]
    assert reasons(found) == ["entry: a string of more than 10,000 bytes"]


@pytest.mark.parametrize(
    "data", [b"[" * 100_000, b'{"a":' * 100_000, b'{"log":{"entries":[' + b"[" * 100_000]
)
def test_deep_nesting_is_refused(data: bytes) -> None:
    for name in ("har", "chatgpt", "perplexity", "serpapi"):
        assert "nested deeper than 256 levels" in str(next(capture_named(name).read(io.BytesIO(data))))


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("<html><body>" + "<div>" * 1000 + "</html>", "page: nested deeper than 400 levels"),
        ("<html><body><p class='ds-markdown'>half of an ans", "page: cut off before its end"),
        ("<html><body>hello</body></html>", "page: no answer in the markup of a known assistant"),
        ("<html></html>", "page: no answer in the markup of a known assistant"),
        ("<html><body><p class='ds-markdown'>x</p></html>", "deepseek: the question is not in the file"),
    ],
)
def test_pages_that_cannot_be_read_say_why(page: str, reason: str) -> None:
    [found] = reasons(read(page.encode()))
    assert found.startswith(reason)


def test_large_pages_are_refused_before_they_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_page, "MAX_TAGS", 50)
    [found] = reasons(read(b"<html><body>" + b"<p></p>" * 1000 + b"</html>"))
    assert "or 50 elements" in found


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_json_and_pages_in_other_encodings_are_read(encoding: str) -> None:
    data = json.dumps(json.loads(har(SAID)), ensure_ascii=False).encode(encoding)
    assert [item.answer.text for item in answers(list(capture_named("har").read(io.BytesIO(data))))] == [
        "云纱"
    ]
    page = next(path for path in FILES if path.name == "doubao-page.html").read_text("utf-8").encode(encoding)
    [found] = answers(list(capture_named("html").read(io.BytesIO(page))))
    assert found.prompt == "敏感肌适合用什么样的面膜?"


def test_har_bodies_in_base64_or_with_damaged_encoding_are_read() -> None:
    entry = json.loads(har(SAID))
    content = entry["log"]["entries"][0]["response"]["content"]
    content.update(text=base64.b64encode(SAID.encode()).decode(), encoding="base64")
    assert [item.answer.text for item in answers(read(json.dumps(entry).encode()))] == ["云纱"]
    damaged = SAID.encode().decode("latin-1")
    assert mended(damaged) == SAID
    assert mended("crème brûlée") == "crème brûlée"
    assert [item.answer.text for item in answers(read(har(damaged)))] == ["云纱"]


def test_a_har_without_answers_says_which_apps_are_known() -> None:
    [note] = read(har(SAID, url="https://doubao.com.evil.example/chat/completion"))
    assert isinstance(note, Note)
    assert "doubao.com" in note.text


def test_the_history_of_an_answer_that_was_streamed_is_the_same_answer() -> None:
    assert len(answers(read(har(SAID, SAID)))) == 1


@pytest.mark.parametrize("cut", [10, 60, -3])
def test_kimi_frames_are_found_by_length_or_by_their_own_ends(cut: int) -> None:
    parts = [json.dumps({"block": {"text": {"content": "{面膜}" * n}}}).encode() for n in range(1, 9)]
    body = b"".join(b"\0" + len(part).to_bytes(4, "big") + part for part in parts)
    whole, ended = received(body)
    assert (len(whole), ended) == (8, True)
    as_text = body.decode("utf-8", "replace").encode()
    assert received(as_text) == (whole, True)
    assert received(as_text[: len(parts[0]) * 2 + cut])[1] is False


def test_a_frame_whose_length_looks_like_a_brace_is_read() -> None:
    part = json.dumps({"a": "x" * (0x7B - 9)}).encode()
    assert len(part) == 0x7B
    body = b"\0" + len(part).to_bytes(4, "big") + part
    assert received(body * 2) == received(b"?" + body * 2)


def test_patches_continue_where_the_last_one_was() -> None:
    patched = Patched()
    for patch in (
        {"p": "", "o": "add", "v": {"list": [{"content": "a"}], "n": 1}},
        {"p": "list/-1/content", "v": "b"},
        {"v": "c"},
        {"p": "list", "o": "APPEND", "v": [{"content": ""}]},
        {"p": "", "o": "BATCH", "v": [{"p": "n", "v": 2}, {"p": "list/1/content", "v": "d"}]},
        {"p": "list/99/content", "o": "SET", "v": "nowhere"},
    ):
        patched.apply(patch)
    assert patched.value == {"list": [{"content": "abc"}, {"content": "d"}], "n": 2}


def test_flat_values_are_hydrated_and_cycles_cut() -> None:
    assert hydrated([{"_1": 2, "_3": -5}, "a", [4, 0], "b", "c"]) == {"a": ["c", None], "b": None}


def test_records_come_one_by_one_from_any_shape() -> None:
    assert list(records(io.BytesIO(b'[1, {"a": [2]}]'))) == [1, {"a": [2]}]
    assert list(records(io.BytesIO(b'{"a": 1}\n{"a": 2}'))) == [{"a": 1}, {"a": 2}]
    assert list(records(io.BytesIO(b'{"x": {"y": [[1], 2]}, "y": [3]}'), ("x", "y"))) == [[1], 2]
    reading = records(io.BytesIO(b'[{"a": 1}, {"a"'))
    assert next(reading) == {"a": 1}
    with pytest.raises(DocumentError):
        next(reading)


def test_an_outline_shows_paths_not_contents() -> None:
    assert outline(b'{"text": "\\"mapping\\": {", "log": {"entries": [{"request":') == {
        "text",
        "log",
        "log.entries",
        "log.entries[].request",
    }


def test_vendors_records_name_adapters_that_exist() -> None:
    from geo_tracker.captures import brightdata, cloro, dataforseo, oxylabs, serpapi

    modules = (brightdata, cloro, dataforseo, oxylabs, serpapi)
    named = {name for module in modules for name in module.ENGINES.values()}
    assert named <= set(engines())


@given(st.binary(max_size=300))
def test_no_bytes_make_a_format_raise(data: bytes) -> None:
    recognise(data)
    for capture in captures().values():
        for start in (b"", b'{"log":{"entries":[', b"PK\x03\x04", b"<html>", b'[{"mapping":'):
            found = list(capture.read(io.BytesIO(start + data)))
            assert all(isinstance(item, (CapturedAnswer, BadRow, Note)) for item in found)


VALUE = re.compile(r'(?<=[:\[,]) *("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null)')
TOKENS = ["null", "[]", "{}", "-1", "1e400", '""', '"x"', "true", '"\\ud800"', "[[1]]", '{"a":{}}', "9" * 30]
JSON_FILES = [path for path in FILES if path.suffix in (".har", ".json", ".jsonl")]


def with_value(text: str, at: int, token: str) -> str:
    """JSON text, or a stream of it, with one of its values replaced."""
    places = list(VALUE.finditer(text))
    if not places:
        return text
    place = places[at % len(places)]
    return text[: place.start(1)] + token + text[place.end(1) :]


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(JSON_FILES), st.integers(0, 10**6), st.sampled_from(TOKENS))
def test_values_of_any_type_anywhere_are_read_or_reported(path: Path, at: int, token: str) -> None:
    text = path.read_text("utf-8")
    if path.suffix == ".har":
        recorded = json.loads(text)
        entries = recorded["log"]["entries"]
        content = entries[at % len(entries)]["response"]["content"]
        if "encoding" not in content:
            content["text"] = with_value(content["text"], at, token)
        text = json.dumps(recorded)
    else:
        text = with_value(text, at, token)
    for found in capture_named(path.parent.name).read(io.BytesIO(text.encode())):
        assert isinstance(found, (BadRow, Note)) or load(dump(found)).prompt == found.prompt
