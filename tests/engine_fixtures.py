"""Reads the fixture folder of an engine: `tests/data/engines/<name>/`, described in docs/add-an-engine.md."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from geo_tracker.engines.base import Access, Engine, EngineRequest, EngineResponse, ParsedAnswer, Prompt

ENGINES = Path(__file__).parent / "data" / "engines"
KEY = "k3y-for-tests"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def folder(engine: Engine) -> Path:
    return ENGINES / engine.name


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def bodies(engine: Engine) -> list[bytes]:
    """The stored responses of one asking, in order."""
    return [path.read_bytes() for path in sorted(folder(engine).glob("answer-*"))]


def access_of(engine: Engine) -> Access:
    extra = {name: f"{name.lower()}-for-tests" for name in engine.extra_variables}
    return Access(KEY, model=engine.default_model, extra=extra, now=NOW)


def prompt_of(engine: Engine) -> Prompt:
    return Prompt(**read_json(folder(engine) / "requests.json")["prompt"])


def asked(engine: Engine, responses: list[EngineResponse]) -> tuple[list[EngineRequest], ParsedAnswer]:
    """Runs `ask` against these responses; raises what the engine raises."""
    asking = engine.ask(prompt_of(engine), access_of(engine))
    requests = [next(asking)]
    try:
        for response in responses:
            requests.append(asking.send(response))
    except StopIteration as stop:
        return requests, stop.value
    raise AssertionError(f"{engine.name} asks for more than {len(responses)} responses: {requests[-1].url}")


def as_json(request: EngineRequest) -> dict[str, Any]:
    """A request as the fixture writes it: the body parsed, the key named."""
    body = json.loads(request.body) if request.body else None
    headers = {name: value.replace(KEY, "KEY") for name, value in request.headers.items()}
    url = request.url.replace(KEY, "KEY")
    return {"method": request.method, "url": url, "headers": headers, "body": body}


def compact(answer: ParsedAnswer) -> dict[str, Any]:
    """An answer as JSON without the fields that are empty."""
    record = json.loads(json.dumps(asdict(answer)))
    for name in ("citations", "offers"):
        record[name] = [{k: v for k, v in row.items() if v not in (None, [], {})} for row in record[name]]
    return {
        name: value for name, value in record.items() if value not in (None, [], {}) and value is not False
    }
