"""The engine as judge of sentiment: what it is asked, what of its reply counts, what it may cost."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.collect.judge import kappa
from geo_tracker.extract.opinions.judgements import question, read_reply
from tests.support import commands

TEXT = "Quillara is gentle and cheap. Veltrio broke me out. Sorabel is sold in Ohio."


def reply(*entries: dict[str, Any]) -> str:
    return json.dumps({"judgements": list(entries)})


def entry(brand: str, polarity: str, evidence: str) -> dict[str, Any]:
    return {"brand": brand, "polarity": polarity, "evidence": evidence}


def test_the_question_holds_the_text_and_the_brands() -> None:
    asked = question(TEXT, ["Quillara", "薇诺娜"])
    assert TEXT in asked and '"Quillara", "薇诺娜"' in asked


@pytest.mark.parametrize("around", ["{}", "Here you are:\n```json\n{}\n```", "{{not json}} {}"])
def test_a_judgement_with_a_quotation_counts(around: str) -> None:
    said = (
        around.replace("{}", reply(entry("Quillara", "positive", "gentle and cheap")))
        .replace("{{", "{")
        .replace("}}", "}")
    )
    found = read_reply(said, TEXT, ["Quillara"])
    (judgement,) = found.judgements
    assert (judgement.brand, judgement.polarity) == ("Quillara", "positive")
    assert TEXT[judgement.start : judgement.end] == "gentle and cheap"
    assert found.rejected == ()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (reply(entry("Quillara", "positive", "I love it")), "not in the text"),
        (reply(entry("Quillara", "splendid", "gentle")), "no such polarity"),
        (reply(entry("Quillara", "positive", " ")), "no quotation"),
        (reply(entry("Apple", "positive", "gentle")), "not asked about"),
        (reply(), "not judged"),
        ("It is gentle.", "no JSON"),
        ('{"judgements": [7]}', "no object"),
        ("[" * 50_000, "no JSON"),
    ],
)
def test_what_is_not_in_the_text_is_rejected(said: str, reason: str) -> None:
    found = read_reply(said, TEXT, ["Quillara"])
    assert found.judgements == ()
    assert any(reason in each for each in found.rejected)


@given(st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_reply_is_read(said: str) -> None:
    found = read_reply(said, TEXT, ["Quillara"])
    assert found.judgements or found.rejected


class Judge(ThreadingHTTPServer):
    """A chat server that finds every brand positive on the text's first word, for two cents an answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        judge = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                prompt = body["messages"][-1]["content"]
                judge.asked.append(prompt)
                brands = json.loads(prompt.split("Brands: ")[1].split("\n")[0])
                first = prompt.split("<<<TEXT\n")[1].split()[0]
                said = reply(*(entry(brand, "positive", first) for brand in brands))
                message = {"role": "assistant", "content": said}
                document = {
                    "id": "1",
                    "model": "judge",
                    "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                    "usage": {"cost": 0.02},
                }
                payload = json.dumps(document).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *args: object) -> None:
                """Nothing on stderr."""

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def server() -> Iterator[Judge]:
    with Judge() as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield running
        running.shutdown()


def run(
    folder: Path,
    server: Judge,
    texts: list[str],
    *options: str,
    engine: str = "openrouter",
    more: Mapping[str, str] | None = None,
) -> tuple[int, list[dict[str, Any]]]:
    done = command(folder, server, texts, "--json", *options, engine=engine, more=more)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def command(
    folder: Path,
    server: Judge,
    texts: list[str],
    *options: str,
    engine: str = "openrouter",
    more: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    brands = "".join(f"  - name: {name}\n" for name in ("Quillara", "Veltrio"))
    (folder / "w.yaml").write_text(f"workspace: {{slug: w, name: W}}\nbrands:\n{brands}")
    lines = [json.dumps({"id": str(number), "text": text}) for number, text in enumerate(texts)]
    (folder / "texts.jsonl").write_text("\n".join(lines))
    url = f"http://127.0.0.1:{server.server_port}"
    given = ("judge", str(folder / "texts.jsonl"), "-w", str(folder / "w.yaml"), "-e", engine, *options)
    keys = {"OPENROUTER_API_KEY": "k", "GEO_OPENROUTER_BASE_URL": url}
    return commands.run(given, folder, {**os.environ, **keys, "GEO_HOME": str(folder), **(more or {})})


def test_agreement_with_the_default_is_reported(tmp_path: Path, server: Judge) -> None:
    texts = ["Quillara is excellent.", "Veltrio is terrible.", "Nothing is named here."]
    code, records = run(tmp_path, server, texts)
    assert code == 0
    *judged, last = records
    assert [[(j["judge"], j["default"]) for j in each["judgements"]] for each in judged] == [
        [("positive", "positive")],
        [("positive", "negative")],
    ]
    summary = last["summary"]
    assert (summary["texts"], summary["agreed"], summary["compared"], summary["agreement"]) == (2, 1, 2, 0.5)
    assert 0 < summary["low"] < 0.5 < summary["high"] < 1
    assert summary["cost"] == pytest.approx(0.04)
    assert len(server.asked) == 2, "a text without a brand costs nothing"


def test_agreement_is_told_in_a_sentence(tmp_path: Path, server: Judge) -> None:
    done = command(tmp_path, server, ["Quillara is excellent.", "Veltrio is terrible."])
    assert "2 texts, 0 without a judgement" in done.stderr
    assert "agrees on 1 of 2 brands: 0.50 (95 % 0.09 to 0.91)" in done.stderr
    assert "nothing to compare" in command(tmp_path, server, ["Nothing is named here."]).stderr


def test_a_reply_is_asked_for_once_and_a_stopped_run_goes_on(tmp_path: Path, server: Judge) -> None:
    texts = ["Quillara is excellent.", "Veltrio is terrible."]
    first = run(tmp_path, server, texts[:1])[1][-1]["summary"]
    kept = tmp_path / "judge-replies.jsonl"
    kept.write_text(kept.read_text() + '\n{"key": "torn')
    code, (*judged, last) = run(tmp_path, server, texts)
    assert (code, len(server.asked), last["summary"]["known"]) == (0, 2, 1)
    assert [each["cost"] for each in judged] == [0.0, pytest.approx(0.02)]
    assert run(tmp_path, server, texts)[1][-1]["summary"]["known"] == 2, "a torn line loses no other"
    assert first["known"] == 0 and '"k"' not in kept.read_text()


def test_kappa_takes_chance_away() -> None:
    pairs = [("positive", "positive")] * 20 + [("positive", "negative")] * 5
    pairs += [("negative", "positive")] * 10 + [("negative", "negative")] * 15
    value, low, high = kappa(pairs)
    assert value == pytest.approx(0.4)
    assert (low, high) == (
        pytest.approx(0.4 - 1.96 * 0.12961, abs=1e-4),
        pytest.approx(0.4 + 1.96 * 0.12961, abs=1e-4),
    )
    assert kappa([("neutral", "neutral")] * 3) == kappa([]) == (None, None, None)


def test_a_local_model_needs_no_key(tmp_path: Path, server: Judge) -> None:
    url = f"http://127.0.0.1:{server.server_port}/v1"
    environment = {"GEO_OPENAI_COMPATIBLE_BASE_URL": url}
    code, records = run(
        tmp_path, server, ["Quillara is excellent."], engine="openai-compatible", more=environment
    )
    assert (code, records[-1]["summary"]["agreed"]) == (0, 1)


def test_texts_and_money_are_capped(tmp_path: Path, server: Judge) -> None:
    texts = [f"Quillara {number} is good." for number in range(12)]
    assert run(tmp_path, server, texts, "--max-cost", "0.05")[1][-1]["summary"]["texts"] == 5
    assert len(server.asked) == 5, "one batch, then the money is spent"
    assert run(tmp_path, server, texts, "--limit", "2")[1][-1]["summary"]["texts"] == 2
    assert len(server.asked) == 5, "both are known by now"


def test_a_missing_key_asks_nothing(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("workspace: {slug: w, name: W}\nbrands:\n  - name: Quillara\n")
    (tmp_path / "a.md").write_text("Quillara is good.")
    call = ("judge", str(tmp_path / "a.md"), "-w", str(tmp_path / "w.yaml"), "-e", "openrouter")
    environment = {name: value for name, value in os.environ.items() if name != "OPENROUTER_API_KEY"}
    done = commands.run(call, tmp_path, environment)
    assert done.returncode == 2
    assert "OPENROUTER_API_KEY" in done.stderr
