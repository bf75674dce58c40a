"""What is told of files that are cut, packed twice, mixed or hold nothing."""

from __future__ import annotations

import io
import json
import zipfile

from geo_tracker.captures.base import BadRow, Note
from tests.support.captures import read


def test_a_recording_that_is_cut_off_says_so() -> None:
    whole = json.dumps({"log": {"creator": {}, "entries": [{"request": {"url": "https://a.example/"}}]}})
    for end in (-1, -5, -20):
        [told] = [each for each in read(whole[:end].encode()) if isinstance(each, BadRow)]
        assert told.reason == "entry: the file is cut off"
    [broken] = [each for each in read(whole.replace('"url":', '"url"').encode()) if isinstance(each, BadRow)]
    assert "not JSON from here on" in broken.reason


def test_hosts_are_named_once() -> None:
    [note] = read(b'{"log": {"creator": {}, "entries": []}}')
    assert isinstance(note, Note)
    hosts = note.text.rpartition(" of ")[2].split(", ")
    assert len(hosts) == len(set(hosts)) > 10


def _zip(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, body in members.items():
            packed.writestr(name.replace("_", "."), body)
    return made.getvalue()


def test_a_zip_in_a_zip_is_named() -> None:
    row = b'{"prompt": "q", "engine": "Kimi", "text": "a"}'
    found = read(_zip(inner_zip=_zip(a_jsonl=row), b_jsonl=row))
    assert ["inner.zip" in each.text for each in found if isinstance(each, Note)] == [True] and len(
        found
    ) == 2
    only = read(_zip(inner_zip=_zip(a_jsonl=row)))
    assert [type(each) for each in only] == [Note, BadRow]


def test_a_conversation_of_another_app_and_a_null_in_a_list_are_told() -> None:
    asked = {"inserted_at": "2026-01-01T00:00:00", "fragments": [{"type": "REQUEST", "content": "q"}]}
    said = {"inserted_at": "2026-01-01T00:00:00", "fragments": [{"type": "RESPONSE", "content": "a"}]}
    own = {
        "id": "1",
        "inserted_at": "2026-01-01",
        "mapping": {"1": {"message": asked}, "2": {"parent": "1", "message": said}},
    }
    other = {"create_time": 1, "mapping": {"a": {"message": {"author": {"role": "user"}}}}}
    told = [each.reason for each in read(json.dumps([own, other, None]).encode()) if isinstance(each, BadRow)]
    assert told == ["deepseek: no conversation of DeepSeek"] * 2
