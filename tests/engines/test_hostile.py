"""No body makes a parser do anything but return an answer that can be stored, or raise EngineError."""

from __future__ import annotations

import copy
import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_tracker.engines import engines
from geo_tracker.engines._json import MAX_BYTES, MAX_DEPTH, load
from geo_tracker.engines.base import Engine, EngineError, ErrorKind, ParsedAnswer
from tests.support.engines import bodies, compact, folder

ALL = [pytest.param(engine, id=name) for name, engine in engines().items()]
EXAMPLES = int(os.environ.get("GEO_TEST_EXAMPLES", "6"))
"""Per engine and test; thousands of them are a campaign for a quiet hour."""
QUICK = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**20)
    | st.floats()
    | st.sampled_from(
        ["", " ", "[1]", "\ud83d", "a\0b", "https://x.example/", "1", "{", '{"url": 1}', "😀" * 3]
    )
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
).map(lambda value: {"k": value})


def parsed(engine: Engine, body: bytes) -> ParsedAnswer | None:
    """The answer, checked to be storable, or None where the body was refused as it should be."""
    try:
        answer = engine.parse(body)
    except EngineError as error:
        assert str(error)
        str(error).encode()
        return None
    json.dumps(compact(answer), allow_nan=False, ensure_ascii=False).encode()
    assert answer.text.strip() and "\0" not in answer.text
    for citation in answer.citations:
        assert isinstance(citation.url, str) and citation.role in ("retrieved", "opened", "cited")
        assert all(0 <= start < end <= len(answer.text) for start, end in citation.spans)
    assert all(isinstance(query, str) and query for query in answer.queries)
    return answer


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a body."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def replaced(body: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    whole = copy.deepcopy(body)
    holder = whole
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = junk
    return whole


@pytest.mark.parametrize("engine", ALL)
@QUICK
@given(body=st.binary(max_size=200) | st.binary(max_size=80).map(lambda raw: b"data: " + raw))
def test_any_bytes(engine: Engine, body: bytes) -> None:
    parsed(engine, body)


@pytest.mark.parametrize("engine", ALL)
@QUICK
@given(data=st.data())
def test_a_real_body_with_anything_in_any_place(engine: Engine, data: st.DataObject) -> None:
    body = json.loads(bodies(engine)[-1])
    path = data.draw(st.sampled_from(places(body)))
    parsed(engine, json.dumps(replaced(body, path, data.draw(JUNK))).encode())


@pytest.mark.parametrize("engine", [p for p in ALL if (folder(p.values[0]) / "stream.sse").exists()])
@QUICK
@given(data=st.data())
def test_a_real_stream_with_frames_lost_doubled_or_damaged(engine: Engine, data: st.DataObject) -> None:
    frames = (folder(engine) / "stream.sse").read_bytes().split(b"\n\n")
    kept = data.draw(st.lists(st.sampled_from(frames), max_size=len(frames) + 2))
    stream = b"\n\n".join(kept) + b"\n\n"
    parsed(engine, stream)
    cut = data.draw(st.integers(0, len(stream)))
    parsed(engine, stream[:cut] + data.draw(st.binary(max_size=3)) + stream[cut:])


@pytest.mark.parametrize("engine", ALL)
def test_nesting_and_size_are_bounded(engine: Engine) -> None:
    for deep in (b"[" * 200_000, b'{"a":' * 200_000, b'{"output":' * 100 + b"1" + b"}" * 100, b"1" * 5000):
        with pytest.raises(EngineError):
            engine.parse(deep)
    with pytest.raises(EngineError, match="more than an answer"):
        engine.parse(b" " * (MAX_BYTES + 1))


@settings(max_examples=50, deadline=None)
@given(JSON)
def test_every_part_of_a_body_is_known_to_be_cut_off(value: Any) -> None:
    body = json.dumps(value, ensure_ascii=False).encode()
    assert load(body) == json.loads(json.dumps(value).replace("\\u0000", "\ufffd"))
    for end in range(len(body)):
        with pytest.raises(EngineError) as error:
            load(body[:end])
        assert error.value.kind is ErrorKind.TRANSIENT, (body[:end], str(error.value))


def test_what_no_database_takes_is_replaced() -> None:
    found = load(b'{"a": "x\\u0000y\\ud83d", "b": [1e999, NaN], "\\udc00": "\\ud83d\\ude00"}')
    assert found == {"a": "x\ufffdy?", "b": [None, None], "?": "😀"}
    assert load(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
