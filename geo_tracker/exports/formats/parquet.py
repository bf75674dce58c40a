"""Parquet: typed columns, a row group a batch, meanings beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from geo_tracker.exports.formats.base import Format
from geo_tracker.exports.table import Batch, Column, Table, Type, as_json

TYPES: Mapping[Type, Callable[[], Any]] = {
    "string": pa.string,
    "integer": pa.int64,
    "number": pa.float64,
    "boolean": pa.bool_,
    "date": pa.date32,
    "datetime": lambda: pa.timestamp("us", "UTC"),
    "array": lambda: pa.list_(pa.string()),
    "any": pa.string,
}


class Parquet(Format):
    """A file a table."""

    name, mediatype = "parquet", "application/vnd.apache.parquet"
    note = "Values of type any are JSON text."

    def begin(self, table: Table) -> Path:
        path = self.folder / f"{table.name}.parquet"
        self._columns = table.columns
        self._schema = pa.schema([_field(column) for column in table.columns])
        self._file = pq.ParquetWriter(path, self._schema, compression="zstd")
        return path

    def add(self, batch: Batch) -> None:
        arrays = [
            pa.array(_values(column, values), column_type.type)
            for column, column_type, values in zip(
                self._columns, self._schema, zip(*batch, strict=True), strict=True
            )
        ]
        self._file.write_batch(pa.record_batch(arrays, schema=self._schema))

    def end(self) -> dict[str, Any]:
        self._file.close()
        return {}


def _field(column: Column) -> Any:
    said = {"description": column.meaning, **({"unit": column.unit} if column.unit else {})}
    return pa.field(column.name, TYPES[column.type](), metadata=said)


def _values(column: Column, values: tuple[Any, ...]) -> Any:
    if column.type != "any":
        return values
    return [None if value is None else as_json(value) for value in values]
