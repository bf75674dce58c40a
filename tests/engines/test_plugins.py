"""A new engine is one module or one entry point; nothing else names it."""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from geo_tracker import plugins
from geo_tracker.config import Settings
from geo_tracker.engines import engine_named, engines
from geo_tracker.engines.base import Engine, EngineResponse, Prompt
from geo_tracker.errors import UsageError
from tests.support.engines import ENGINES
from tests.support.places import ROOT

MODULE = '''
from geo_tracker.engines.base import Engine, EngineRequest, ParsedAnswer


class Shout(Engine):
    name = "shout"
    label = "Shout"
    base_url = "https://shout.example"
    key_variable = None
    confidence = "guess"

    def ask(self, prompt, access):
        response = yield EngineRequest("GET", self.url(access, "/say?" + prompt.text))
        return self.parse(response.body)

    def parse(self, body):
        return ParsedAnswer(body.decode().upper())


class Base(Shout):
    """No name of its own: a base of others, not an engine."""
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "plugged").mkdir()
    (tmp_path / "plugged" / "__init__.py").touch()
    (tmp_path / "plugged" / "shout.py").write_text(MODULE)
    (tmp_path / "plugged" / "_shared.py").write_text("raise AssertionError('not to be looked into')")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("plugged", "plugged.shout"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "plugged"


def test_a_module_is_enough(package: str) -> None:
    (found,) = plugins.discover(package, "no.such.group", Engine)  # type: ignore[type-abstract]
    asking = found().ask(Prompt("hello"), Settings.from_environment({}).access(found()))
    assert next(asking).url == "https://shout.example/say?hello"
    with pytest.raises(StopIteration) as stop:
        asking.send(EngineResponse(200, b"hi"))
    assert stop.value.value.text == "HI"


def test_an_entry_point_is_enough(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("shout", f"{package}.shout:Shout", "geo_tracker.engines")
    monkeypatch.setattr(
        plugins, "entry_points", lambda group: [entry] if group == "geo_tracker.engines" else []
    )
    found = plugins.discover("geo_tracker.engines", "geo_tracker.engines", Engine)  # type: ignore[type-abstract]
    assert [cls.name for cls in found] == sorted([*engines(), "shout"])


def test_the_example_of_the_docs_is_an_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = (ROOT / "docs" / "add-an-engine.md").read_text(encoding="utf-8")
    (tmp_path / "guided").mkdir()
    (tmp_path / "guided" / "__init__.py").touch()
    (tmp_path / "guided" / "example.py").write_text(guide.split("```python\n")[1].split("```")[0])
    monkeypatch.syspath_prepend(tmp_path)
    (found,) = plugins.discover("guided", "no.such.group", Engine)  # type: ignore[type-abstract]
    body = {"choices": [{"message": {"content": "云纱[1]"}}], "sources": [{"url": "https://a.example/"}]}
    (citation,) = found().parse(json.dumps(body).encode()).citations
    assert (citation.role, citation.spans) == ("cited", ((2, 5),))


def test_names_are_unique_and_stable() -> None:
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) for name in engines())
    assert sorted(path.name for path in ENGINES.iterdir()) == sorted(engines())


@pytest.mark.parametrize("engine", [pytest.param(engine, id=name) for name, engine in engines().items()])
def test_it_says_what_it_is(engine: Engine) -> None:
    assert engine.label and engine.surface in ("api", "web", "app", "serp")
    assert engine.confidence in ("recorded", "sdk", "docs", "third-party", "guess")
    assert engine.locale <= {"language", "country", "region", "city", "timezone"}
    assert engine.concurrency >= 1 and engine.delay >= 0 and engine.timeout > 0
    missing = Settings.from_environment({}).missing(engine)
    assert missing == ([] if engine.key_optional else [engine.key_variable, *engine.extra_variables])


@pytest.mark.parametrize("engine", [pytest.param(engine, id=name) for name, engine in engines().items()])
def test_the_locale_it_claims_is_what_it_sends(engine: Engine) -> None:
    plain = Prompt("hi", language="en", country="US", region="r0", city="c0", timezone="Z0")
    other = {"language": "ko", "country": "KR", "region": "Seoul-t", "city": "Mapo", "timezone": "Asia/Seoul"}
    access = Settings.from_environment({"GEO_SANDBOX_URL": "http://127.0.0.1:1"}).access(engine)
    first = next(engine.ask(plain, access))
    for part, value in other.items():
        changed = Prompt(**{"text": "hi", "language": "en", "country": "US", "region": "r0", "city": "c0",
                            "timezone": "Z0", part: value})  # fmt: skip
        request = next(engine.ask(changed, access))
        assert ((request.url, request.body) != (first.url, first.body)) == (part in engine.locale), part


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no engine named 'nope'; known: bocha, .*yuanbao"):
        engine_named("nope")
