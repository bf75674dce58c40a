"""Every engine against its fixture folder: what it asks, what it reads, how it fails."""

from __future__ import annotations

import json

import pytest

from geo_tracker.engines import engines
from geo_tracker.engines.base import Engine, EngineError, EngineResponse, ErrorKind, answer_from
from geo_tracker.engines.base import Prompt as AskedPrompt
from tests.support.engines import KEY, as_json, asked, bodies, compact, folder, read_json

ALL = [pytest.param(engine, id=name) for name, engine in engines().items()]
FAILURES = [
    pytest.param(engine, case, id=f"{name}-{case['kind']}-{number}")
    for name, engine in engines().items()
    for number, case in enumerate(read_json(folder(engine) / "errors.json"))
]


def answered(engine: Engine) -> list[EngineResponse]:
    return [EngineResponse(200, body) for body in bodies(engine)]


@pytest.mark.parametrize("engine", ALL)
def test_it_asks_as_documented(engine: Engine) -> None:
    requests, _ = asked(engine, answered(engine))
    assert [as_json(request) for request in requests] == read_json(folder(engine) / "requests.json")[
        "requests"
    ]


@pytest.mark.parametrize("engine", ALL)
def test_it_reads_the_answer(engine: Engine) -> None:
    _, answer = asked(engine, answered(engine))
    assert compact(answer) == read_json(folder(engine) / "expected.json")


@pytest.mark.parametrize("engine", ALL)
def test_stored_bodies_replay_to_the_same_answer(engine: Engine) -> None:
    _, answer = asked(engine, answered(engine))
    assert answer_from(engine, answered(engine), AskedPrompt("as it was asked")) == answer


@pytest.mark.parametrize("engine", ALL)
def test_the_last_body_alone_holds_the_text(engine: Engine) -> None:
    text = engine.parse(bodies(engine)[-1]).text
    assert text and read_json(folder(engine) / "expected.json")["text"].endswith(text)


@pytest.mark.parametrize("engine", [p for p in ALL if (folder(p.values[0]) / "stream.sse").exists()])
def test_the_stream_says_the_same(engine: Engine) -> None:
    whole, stream = (
        engine.parse(bodies(engine)[-1]),
        engine.parse((folder(engine) / "stream.sse").read_bytes()),
    )
    assert (stream.text, stream.citations, stream.queries) == (whole.text, whole.citations, whole.queries)


@pytest.mark.parametrize("engine", [p for p in ALL if (folder(p.values[0]) / "stream.sse").exists()])
def test_a_stream_that_is_cut_off_gives_what_it_says_so_far(engine: Engine) -> None:
    stream = (folder(engine) / "stream.sse").read_bytes()
    whole = engine.parse(stream)
    assert not whole.cut
    told = set[str]()
    for end in range(stream.index(b"data:") + 5, len(stream)):
        try:
            found = engine.parse(stream[:end])
        except EngineError as error:
            assert error.kind is ErrorKind.TRANSIENT and str(error).startswith(f"{engine.name}: ")
        else:
            assert whole.text.startswith(found.text)
            assert found.cut or found.text == whole.text
            told.add(found.text)
    assert told


@pytest.mark.parametrize("engine", [p for p in ALL if (folder(p.values[0]) / "stream.sse").exists()])
def test_a_stream_that_is_cut_off_is_worth_another_try_when_asking(engine: Engine) -> None:
    stream = (folder(engine) / "stream.sse").read_bytes()
    for part in (len(stream) // 3, len(stream) // 2):
        with pytest.raises(EngineError) as error:
            asked(engine, [*answered(engine)[:-1], EngineResponse(200, stream[:part])])
        assert error.value.kind is ErrorKind.TRANSIENT


@pytest.mark.parametrize("engine", ALL)
def test_a_body_that_is_cut_off_is_worth_another_try(engine: Engine) -> None:
    body = bodies(engine)[-1].rstrip()
    for end in (0, len(body) // 2, len(body) - 1):
        with pytest.raises(EngineError) as error:
            engine.parse(body[:end])
        assert error.value.kind is ErrorKind.TRANSIENT, body[:end][-80:]


@pytest.mark.parametrize("engine", ALL)
def test_spans_stand_in_the_text(engine: Engine) -> None:
    _, answer = asked(engine, answered(engine))
    spans = [(citation, span) for citation in answer.citations for span in citation.spans]
    for citation, (start, end) in spans:
        assert 0 <= start < end <= len(answer.text)
        assert citation.role == "cited"


@pytest.mark.parametrize(("engine", "case"), FAILURES)
def test_it_fails_with_the_right_kind(engine: Engine, case: dict[str, object]) -> None:
    body = case["body"] if isinstance(case["body"], str) else json.dumps(case["body"], ensure_ascii=False)
    headers = case.get("headers", {})
    assert isinstance(headers, dict) and isinstance(case["status"], int)
    failure = EngineResponse(case["status"], body.replace("KEY", KEY).encode(), headers)
    after = case.get("after", 0)
    assert isinstance(after, int)
    with pytest.raises(EngineError) as error:
        asked(engine, [*answered(engine)[:after], failure])
    assert (error.value.kind, error.value.retry_after) == (case["kind"], case.get("retry_after"))
    assert KEY not in str(error.value) and str(error.value).startswith(f"{engine.name}: ")


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "auth"),
        (429, "rate_limit"),
        (500, "transient"),
        (503, "transient"),
        (400, "request"),
        (404, "request"),
    ],
)
def test_a_status_alone_is_enough(engine: Engine, status: int, kind: str) -> None:
    with pytest.raises(EngineError) as error:
        asked(engine, [EngineResponse(status, b"<html>gateway</html>", {"retry-after": "7"})])
    assert (error.value.kind, error.value.retry_after) == (kind, 7.0)


@pytest.mark.parametrize("engine", ALL)
def test_the_sandbox_or_a_proxy_can_take_its_place(engine: Engine) -> None:
    from dataclasses import replace

    from tests.support.engines import access_of, prompt_of

    access = replace(access_of(engine), base_url="http://127.0.0.1:9/engines/it/")
    request = next(engine.ask(prompt_of(engine), access))
    assert request.url.startswith("http://127.0.0.1:9/engines/it") and "//" not in request.url[7:]
