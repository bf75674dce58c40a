"""Every table of a selection and its raw answers in one zip: CSV, Parquet or JSON Lines."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from itertools import islice
from typing import IO, Any

import orjson
from sqlmodel import Session

from geo_tracker.queries.answers import AnswerFilters, read_answers
from geo_tracker.queries.evidence import CITED, MENTIONED, read_citations, read_mentions
from geo_tracker.reports.csv import Table, tables
from geo_tracker.reports.figures import Figures

BATCH = 10_000
IN_MEMORY = 32_000_000
"""Bytes of a bundle that are kept in memory; larger ones lie on disk while they are made."""


def bundle(session: Session, figures: Figures, format: str) -> bytes:
    """The zip's bytes."""
    filters = figures.facts.filters
    every = read_answers(session, filters, AnswerFilters(statuses=()), limit=None)
    figures = replace(figures, answers=every)  # read once while they are written: anew for each bundle
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for table in (
                *tables(figures),
                Table("citations", CITED, read_citations(session, filters)),
                Table("mentions", MENTIONED, read_mentions(session, filters)),
            ):
                with archive.open(f"{table.name}.{format}", "w", force_zip64=True) as raw:
                    _WRITERS[format](table, raw)
        file.seek(0)
        return file.read()


def _csv(table: Table, raw: IO[bytes]) -> None:
    with io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
        table.write(text)


def _jsonl(table: Table, raw: IO[bytes]) -> None:
    for row in table.rows:
        raw.write(orjson.dumps(dict(zip(table.header, row, strict=True)), default=str) + b"\n")


def _parquet(table: Table, raw: IO[bytes]) -> None:
    pa, pq = _arrow()
    rows = (dict(zip(table.header, map(_plain, row), strict=True)) for row in table.rows)
    schema: Any = None
    with tempfile.TemporaryFile() as file:
        writer: Any = None
        for batch in _batches(rows):
            if schema is None:
                schema = _schema(pa, table.header, batch)
                writer = pq.ParquetWriter(file, schema, compression="zstd")
            writer.write_table(pa.Table.from_pylist([_fitted(row, schema, pa) for row in batch], schema))
        if writer is None:
            empty = pa.schema([(name, pa.string()) for name in table.header])
            writer = pq.ParquetWriter(file, empty)
        writer.close()
        file.seek(0)
        while chunk := file.read(1 << 20):
            raw.write(chunk)


def _arrow() -> tuple[Any, Any]:
    """pyarrow and its Parquet module, loaded when asked for: 55 MB."""
    return import_module("pyarrow"), import_module("pyarrow.parquet")


def _batches(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        yield batch


def _plain(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, tuple | list) else value


def _schema(pa: Any, header: Iterable[str], batch: list[Mapping[str, Any]]) -> Any:
    """A type for each column, from what its first rows hold: text where they hold nothing or several kinds."""
    return pa.schema(
        [(name, _type(pa, {type(row[name]) for row in batch} - {type(None)})) for name in header]
    )


def _type(pa: Any, kinds: set[type]) -> Any:
    from datetime import date, datetime

    if kinds and kinds <= {int, float}:
        return pa.float64() if float in kinds else pa.int64()
    known = {bool: pa.bool_(), datetime: pa.timestamp("us", tz="UTC"), date: pa.date32()}
    return known.get(next(iter(kinds)), pa.string()) if len(kinds) == 1 else pa.string()


def _fitted(row: Mapping[str, Any], schema: Any, pa: Any) -> dict[str, Any]:
    texts = {field.name for field in schema if field.type == pa.string()}
    return {name: str(value) if name in texts and value is not None else value for name, value in row.items()}


_WRITERS: dict[str, Callable[[Table, Any], None]] = {"csv": _csv, "parquet": _parquet, "jsonl": _jsonl}
BUNDLES = tuple(_WRITERS)
