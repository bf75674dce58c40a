"""The answer engines: what there is, and whether one works."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from geo_tracker.cli._console import Json, emit, progress, say, show, warn
from geo_tracker.collect.engine_check import EngineCheck, check_engine
from geo_tracker.config import Settings
from geo_tracker.engines import engine_named
from geo_tracker.engines import engines as known_engines
from geo_tracker.engines.base import Engine, EngineResponse, ErrorKind, Prompt
from geo_tracker.engines.prices import estimated_cost

app = typer.Typer(help="The answer engines: what there is, and whether one works.")

QUESTION = "Which CRM suits a small business? Name three, in one sentence."
SURFACES = {
    "api": "APIs",
    "web": "Web apps (asked through vendors of results)",
    "app": "Phone apps",
    "serp": "Search pages (asked through vendors of results)",
}
COLUMNS = {"engine": 22, "what it is": 25, "key": 25, "takes": 15, "gives": 5, "format": 11}
"""Widths, so that the tables stand one under the other, within 120 characters."""
SHOWN_TEXT = 600
SHOWN_SOURCES = 10
ADVICE = {
    ErrorKind.AUTH: "check the key in {keys}, its permissions, and the address of its region in {prefix}_BASE_URL",
    ErrorKind.QUOTA: "top up the account behind {keys}, or wait for the plan's next period",
    ErrorKind.BUDGET: "raise the budget in the workspace file, or wait for the next month",
    ErrorKind.RATE_LIMIT: "wait and try again; runs slow down by themselves",
    ErrorKind.REFUSED: "the engine's filter declined this question: try another with --prompt",
    ErrorKind.EMPTY: "the engine works but has nothing to say to this question: try another with --prompt",
    ErrorKind.CUT: "the engine works and its answer stops early: ask something shorter with --prompt",
    ErrorKind.NO_SEARCH: "try again; if it stays so, see whether web search is enabled for the account behind {keys}",
    ErrorKind.TRANSIENT: "try again; if it stays so, check the network and {prefix}_BASE_URL",
    ErrorKind.MALFORMED: "keep the response with --body FILE and report it: the engine may have changed its format",
    ErrorKind.REQUEST: "check the model in {prefix}_MODEL and the address in {prefix}_BASE_URL",
}


@app.callback(invoke_without_command=True)
def engines(context: typer.Context, json: Json = False) -> None:
    """The answer engines: surface, key, what they give and how sure their format is."""
    if context.invoked_subcommand:
        return
    records = [_record(each, Settings.from_environment()) for each in known_engines().values()]
    emit(records, json=True) if json else _list(records)


def _record(engine: Engine, settings: Settings) -> dict[str, Any]:
    return {
        "name": engine.name,
        "label": engine.label,
        "surface": engine.surface,
        "key_variable": engine.key_variable,
        "extra_variables": list(engine.extra_variables),
        "ready": not settings.missing(engine),
        "citations": engine.has_citations,
        "offers": engine.has_offers,
        "locale": sorted(engine.locale),
        "confidence": engine.confidence,
        "price": engine.price,
    }


def _list(records: list[dict[str, Any]]) -> None:
    """A table for each surface and one of prices, where what is the same for many engines stands once."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    for surface, title in SURFACES.items():
        if found := [each for each in records if each["surface"] == surface]:
            console.print(_table(title, found))
    console.print(_prices(records))
    say("key: ● ready, ○ not set. takes: what of place and language it has a parameter for.")
    say("gives: S sources, C product cards. format: what the adapter was written from.")
    say("'geo-tracker engines test NAME' asks one of them a question.")


def _table(title: str, records: Iterable[dict[str, Any]]) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    for name, width in COLUMNS.items():
        table.add_column(name, width=width, overflow="fold")
    for record in records:
        table.add_row(*map(Text, _cells(record)))
    return table


def _cells(record: dict[str, Any]) -> tuple[str, ...]:
    gives = [letter for letter, given in (("S", record["citations"]), ("C", record["offers"])) if given]
    return (
        record["name"],
        record["label"],
        f"{'●' if record['ready'] else '○'} {record['key_variable'] or 'none'}",
        ", ".join(record["locale"]) or "-",
        " ".join(gives) or "-",
        record["confidence"],
    )


def _prices(records: Iterable[dict[str, Any]]) -> Table:
    table = Table(title="Prices", box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    table.add_column("price")
    table.add_column("engines")
    priced = sorted((str(each["price"]), each["name"]) for each in records if each["price"])
    for price, group in groupby(priced, key=lambda pair: pair[0]):
        table.add_row(Text(price), Text(", ".join(name for _, name in group)))
    return table


@app.command()
def test(
    name: Annotated[str, typer.Argument(help="Name of the engine; 'geo-tracker engines' lists them.")],
    prompt: Annotated[str, typer.Option(help="What to ask.")] = QUESTION,
    language: Annotated[str | None, typer.Option(help="Language, e.g. zh.")] = None,
    country: Annotated[str | None, typer.Option(help="Country to ask from, e.g. CN.")] = None,
    body: Annotated[
        Path | None, typer.Option(help="Write the last response there; 'geo-tracker parse' reads it.")
    ] = None,
    json: Json = False,
) -> None:
    """Ask an engine one cheap question and show the answer it gave, or exactly what failed (exit 1)."""
    engine, settings = engine_named(name), Settings.from_environment()
    asked = Prompt(prompt, language, country.upper() if country else None)
    with progress(f"asking {name}") as bar:
        check = check_engine(engine, asked, settings, bar)
    if body and check.bodies:
        body.write_bytes(check.bodies[-1].body)
    record = _result(engine, asked, check, settings)
    emit([record], json=True) if json else _show(record)
    if check.failure:
        raise typer.Exit(1)


def _result(engine: Engine, prompt: Prompt, check: EngineCheck, settings: Settings) -> dict[str, Any]:
    answer = check.answer
    estimate = estimated_cost(engine.name, answer) if answer else None
    return {
        "engine": engine.name,
        "sandbox": bool(settings.sandbox_url),
        "prompt": prompt.text,
        "unsupported": list(engine.unsupported(prompt)),
        **(asdict(answer) if answer else {}),
        "estimated_cost": asdict(estimate) if estimate else None,
        "seconds": check.seconds,
        "responses": [_response(each) for each in check.bodies],
        "error": _error(engine, check),
    }


def _response(response: EngineResponse) -> dict[str, int]:
    return {"status": response.status, "bytes": len(response.body)}


def _error(engine: Engine, check: EngineCheck) -> dict[str, Any] | None:
    if check.failure is None:
        return None
    keys = ", ".join(filter(None, (engine.key_variable, *engine.extra_variables))) or "the environment"
    prefix = f"GEO_{engine.name.upper().replace('-', '_')}"
    advice = ADVICE[ErrorKind(check.failure.kind)].format(keys=keys, prefix=prefix)
    return {**asdict(check.failure), "advice": advice, "log": list(check.messages)}


def _show(record: dict[str, Any]) -> None:
    label = " (SANDBOX: a simulated answer)" if record["sandbox"] else ""
    say(f"{record['engine']}{label}: {record['prompt']}")
    if record["unsupported"]:
        say(f"not supported by this engine, so not sent: {', '.join(record['unsupported'])}")
    responses = ", ".join(f"HTTP {each['status']}, {each['bytes']:,} bytes" for each in record["responses"])
    say(f"responses: {responses or 'none'}")
    _show_failure(record["error"]) if record["error"] else _show_answer(record)


def _show_failure(error: dict[str, Any]) -> None:
    wait = f" (asked to wait {error['retry_after']:.0f} s)" if error["retry_after"] is not None else ""
    warn(f"{error['kind']}: {error['message']}{wait}")
    say(f"what to do: {error['advice']}")
    for line in error["log"]:
        say(f"log: {line}")


def _show_answer(record: dict[str, Any]) -> None:
    text = record["text"]
    show(text if len(text) <= SHOWN_TEXT else f"{text[:SHOWN_TEXT]}… ({len(text):,} characters)")
    emit(({"answer": name, "value": value} for name, value in _facts(record)), json=False)
    if record["citations"]:
        rows = record["citations"][:SHOWN_SOURCES]
        columns = ({"#": c["ordinal"], "role": c["role"], "title": c["title"], "url": c["url"]} for c in rows)
        emit(columns, json=False, title=f"{len(rows)} of {len(record['citations'])} sources")


def _facts(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "search", f"{record['search']}: {'; '.join(record['queries']) or 'no query reported'}"
    yield "model", record["model"]
    yield "finish reason", f"{record['finish_reason']}{', so it is CUT' if record['cut'] else ''}"
    yield "offers", len(record["offers"])
    yield "unknown blocks", len(record["unknown_blocks"])
    yield "usage", record["usage"]
    yield "cost, reported", _money(record["cost"], record["currency"])
    estimate = record["estimated_cost"]
    if estimate:
        amount = _money(estimate["amount"], estimate["currency"])
        yield "cost, ESTIMATE", f"at least {amount} for its searches, list price of {estimate['seen']}"
    yield "latency", None if record["seconds"] is None else f"{record['seconds']:.1f} s"


def _money(amount: float | None, currency: str | None) -> str:
    return (
        "not reported" if amount is None else f"{amount:.6f}".rstrip("0").rstrip(".") + f" {currency or ''}"
    )
