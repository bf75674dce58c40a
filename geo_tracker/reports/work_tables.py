"""What was done and is to be done, as files: events, experiments, runs, failures, signals, questions asked by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, fields
from typing import Any

from geo_tracker.collect.session import Due
from geo_tracker.queries.experiments import Experiment
from geo_tracker.queries.runs import Failure, RunRow
from geo_tracker.reports.csv import Table
from geo_tracker.signals.records import AS_STORED, record
from geo_tracker.storage.models import AnswerStatus, Event, Signal

_SIGNAL = (*AS_STORED, "since", "last_seen", "status", "reason", "text_en", "text_zh")
_EXPERIMENT = (
    *("name", "status", "start", "from", "to", "metric", "brand", "effect", "low", "high", "p", "across"),
    *("placebos_as_large", "moves", "controls", "pages", "sandbox"),
)


def events_table(rows: Iterable[Event], prompts: Mapping[int, str]) -> Table:
    """Events, the earliest first; `prompts` are their texts by id, and one that is gone keeps its number."""

    def texts(ids: Iterable[int]) -> tuple[str, ...]:
        return tuple(prompts.get(each, f"#{each}") for each in ids)

    header = ("name", "day", "kind", "note", "moves", "controls", "pages", "experiment")
    cells = (
        (
            *(row.name, row.day, row.kind, row.note, texts(row.moves), texts(row.controls)),
            *(tuple(row.pages), row.window is not None),
        )
        for row in rows
    )
    return Table("events", header, cells)


def experiments_table(rows: Iterable[Experiment]) -> Table:
    """Experiments with what came of them; what was not measured yet is empty."""
    told = (row.record() for row in rows)
    return Table("experiments", _EXPERIMENT, ([_joined(each[name]) for name in _EXPERIMENT] for each in told))


def runs_table(rows: Iterable[RunRow]) -> Table:
    """Runs with their answers by status, and what they cost by currency."""
    header = ("run", "panel", "label", "due_at", "newest", "answers", *AnswerStatus, "costs", "sandbox")
    cells = (
        (
            *(row.id, row.panel, row.label, row.due_at, row.last, row.total),
            *(row.counts.get(status, 0) for status in AnswerStatus),
            *(tuple(f"{value:.6f} {currency}".strip() for currency, value in row.costs.items()), row.sandbox),
        )
        for row in rows
    )
    return Table("runs", header, cells)


def failures_table(run: int, rows: Iterable[Failure]) -> Table:
    """Why answers of a run failed, a row each engine and class."""
    header = ("run", *(field.name for field in fields(Failure)))
    return Table("failures", header, ((run, *astuple(row)) for row in rows))


def signals_table(rows: Iterable[Signal], slug: str) -> Table:
    """Signals with their numbers as they were told, and their sentences in both languages."""
    told = (record(row, slug) for row in rows)
    return Table("signals", _SIGNAL, ([each[name] for name in _SIGNAL] for each in told))


def session_table(rows: Iterable[Due]) -> Table:
    """What is asked by hand: one row an answer that is due, captured or could not be asked."""
    return Table("session", [field.name for field in fields(Due)], map(astuple, rows))


def _joined(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
