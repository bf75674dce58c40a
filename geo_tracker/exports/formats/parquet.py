"""Parquet: typed columns, a row group a batch, meanings beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from geo_tracker.exports.formats.base import Format
from geo_tracker.exports.table import Batch, Column, Table, Type, as_json

# pyarrow is of an extra: the other formats do without it, so it is loaded where a file begins.


def _type(name: Type) -> Any:
    import pyarrow as pa

    match name:
        case "datetime":
            return pa.timestamp("us", "UTC")
        case "array":
            return pa.list_(pa.string())
        case "integer" | "number" | "boolean" | "date":
            return {"integer": pa.int64, "number": pa.float64, "boolean": pa.bool_, "date": pa.date32}[name]()
        case _:
            return pa.string()


class Parquet(Format):
    """A file a table."""

    name, mediatype = "parquet", "application/vnd.apache.parquet"
    note = "Values of type any are JSON text."

    def begin(self, table: Table) -> Path:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.folder / f"{table.name}.parquet"
        self._columns = table.columns
        self._schema = pa.schema([_field(column) for column in table.columns])
        self._file = pq.ParquetWriter(path, self._schema, compression="zstd")
        return path

    def add(self, batch: Batch) -> None:
        import pyarrow as pa

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
    import pyarrow as pa

    said = {"description": column.meaning, **({"unit": column.unit} if column.unit else {})}
    return pa.field(column.name, _type(column.type), metadata=said)


def _values(column: Column, values: tuple[Any, ...]) -> Any:
    if column.type != "any":
        return values
    return [None if value is None else as_json(value) for value in values]
