"""The one report: sections of a few shapes. Sections are made of figures; renderers know only these shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import TypeAdapter

from geo_tracker.metrics.records import Estimate

Kind = Literal["text", "count", "measure", "change", "share", "spread", "number", "day"]
"""What a column holds: `measure` and `change` a `Measure`, of which one shows the value and one the difference;
`spread` a share above or below a reference."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric's value as a cell, with what says how far to trust it."""

    metric: str
    estimate: Estimate
    change: float | None = None
    change_verdict: str = ""
    """Empty where nothing is compared."""


Cell = str | int | float | Measure | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    kind: Kind = "text"
    wide: bool = False
    """Takes the room that is left."""
    quiet: bool = False
    """The table's note says of all its measures that their samples are thin."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two; `look` says how loud."""

    text: str
    look: Literal["lead", "text", "note", "step", "warning"] = "text"
    head: str = ""
    """Words in front that stand out."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under typed columns; `marked` are the numbers of rows that stand out."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    marked: tuple[int, ...] = ()
    note: str = ""
    tiles: bool = False
    """Drawn as tiles where the page allows: the first column names a measure."""

    def without(self, kind: Kind) -> Table:
        """The same without columns of that kind."""
        kept = [at for at, column in enumerate(self.columns) if column.kind != kind]
        rows = tuple(tuple(row[at] for at in kept) for row in self.rows)
        return replace(self, columns=tuple(self.columns[at] for at in kept), rows=rows)


@dataclass(frozen=True, slots=True)
class Series:
    """The values of a chart under one name, one for each of its categories; None leaves a gap."""

    name: str
    values: tuple[float | None, ...]
    own: bool = False
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    """The bounds of the values' intervals; empty where the chart does not show them."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture as a Vega-Lite spec, and its numbers, of which office programs draw a chart of their own."""

    title: str
    alt: str
    """What it shows, for those who do not see it."""
    form: Literal["line", "bar", "grid"]
    """`grid`: a field of shaded cells, a row a category and a column a series."""
    metric: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    spec: dict[str, Any] = field(repr=False)
    wide: bool = True
    marked: tuple[int, ...] = ()
    """Numbers of the categories that stand out in a chart of one series; without any all do."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of an answer, and where they were said."""

    text: str
    source: str
    tone: str


@dataclass(frozen=True, slots=True)
class Quotes:
    """Words of answers under a title."""

    title: str
    items: tuple[Quote, ...]


Block = Paragraph | Table | Chart | Quotes


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of the report."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Party:
    """An agency or a client: a name and a logo as a data address."""

    name: str = ""
    logo: str = ""


@dataclass(frozen=True, slots=True)
class Branding:
    """Whose report it is and how it looks."""

    agency: Party = Party()
    client: Party = Party()
    colour: str = "#0072B2"
    font: str = ""
    """Name of a font family that comes before the built-in one."""
    font_files: tuple[str, ...] = ()
    footer: str = ""
    cover: bool = True
    cover_text: str = ""
    paper: Literal["a4", "us-letter"] = "a4"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a renderer needs; plain data that can be kept."""

    workspace: str
    language: str
    title: str
    subtitle: str
    period: str
    made: str
    sandbox: bool
    sections: tuple[Section, ...]
    branding: Branding = Branding()
    labels: Mapping[str, str] = field(default_factory=dict)
    """Words of the frame around the sections, such as `page`."""
    notices: tuple[str, ...] = ()
    """What the reader must know first: a month still coming in, what would differ today."""

    def tables(self) -> Iterator[tuple[Section, Table]]:
        """Every table with its section."""
        for section in self.sections:
            yield from ((section, block) for block in section.blocks if isinstance(block, Table))

    def charts(self) -> Iterator[Chart]:
        """Every chart."""
        for section in self.sections:
            yield from (block for block in section.blocks if isinstance(block, Chart))

    def noticed(self, *notices: str) -> Report:
        """The same with more to know first."""
        return replace(self, notices=(*self.notices, *notices))


_REPORT = TypeAdapter(Report)


def pack(report: Report) -> bytes:
    """The report as JSON, to be kept."""
    return _REPORT.dump_json(report)


def unpack(data: bytes) -> Report:
    """A report that was kept."""
    return _REPORT.validate_json(data)
