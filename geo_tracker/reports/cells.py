"""How a cell reads on paper, and what it is in a spreadsheet."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from geo_tracker.i18n import Translate
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.reports.model import Cell, Chart, Column, Measure, Table
from geo_tracker.words.certainty import certainty, is_thin
from geo_tracker.words.values import difference_text, interval_text, value_text

NUMBERS = frozenset({"count", "measure", "change", "share", "spread", "number"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell on paper: its text, a smaller line below, and how loud it is."""

    text: str
    note: str = ""
    tone: str = ""
    """better, worse, noise, thin or empty"""


def shown(cell: Cell, column: Column, t: Translate) -> Shown:
    """A cell as people read it."""
    match cell:
        case Measure() if column.kind == "change":
            return _change(cell, t)
        case Measure():
            return _measure(cell, t, quiet=column.quiet)
        case None:
            return Shown(t("number.none"))
        case bool() | str():
            return Shown(str(cell))
        case _ if column.kind == "share":
            return Shown(f"{cell:.1%}")
        case _ if column.kind == "spread":
            return Shown(value_text("price_spread", float(cell), t))
        case int():
            return Shown(f"{cell:,}")
        case _:
            return Shown(f"{cell:,.2f}")


def _measure(cell: Measure, t: Translate, *, quiet: bool) -> Shown:
    of = cell.estimate
    if of.value is None:
        return Shown(t("number.none"), t(f"verdict.{of.verdict}"), "thin")
    sample = t("report.n", n=f"{of.n:,}")
    note = f"{interval_text(cell.metric, of, t)} · {sample}" if of.low is not None else sample
    warning = "" if quiet and is_thin(of.verdict) else t(f"verdict.{of.verdict}")
    text = value_text(cell.metric, of.value, t)
    return Shown(text, f"{note} · {warning}" if warning else note, "thin" if warning else "")


def _change(cell: Measure, t: Translate) -> Shown:
    if cell.change is None:
        return Shown(t("number.none"), t("doc.not_compared") if cell.change_verdict else "")
    sure = certainty(cell.change_verdict)
    text = difference_text(cell.metric, cell.change, t)
    return Shown(text, t(f"doc.sure.{sure}"), _direction(cell) if sure == "real" else "noise")


def _direction(cell: Measure) -> str:
    unit = METRICS[cell.metric].unit
    if not cell.change or unit == "change":  # a price above or below the reference is neither good nor bad
        return "noise"
    return "better" if (cell.change > 0) == (unit != "position") else "worse"


def shade(value: float | None, chart: Chart) -> float:
    """How dark a cell of a grid is, 0 to 1: the largest value of the grid is 1, and so is the best rank."""
    known = [each for series in chart.series for each in series.values if each is not None]
    if value is None or not known or max(known) == min(known):
        return 0.0
    part = (value - min(known)) / (max(known) - min(known))
    return 1 - part if METRICS[chart.metric].unit == "position" else part


def reach(chart: Chart) -> float | None:
    """Where the axis of shares ends so that every interval fits, 0.05 to 1; None where programs may choose."""
    highs = [each for series in chart.series for each in series.high if each is not None]
    if not highs or METRICS[chart.metric].unit != "share":
        return None
    return math.ceil(round(max(highs) * 20, 6)) / 20 or None


@dataclass(frozen=True, slots=True)
class Typed:
    """A column of a spreadsheet: its head, and its values, each with its number format."""

    head: str
    values: tuple[str | float | None, ...]
    formats: tuple[str, ...]


PLAIN = {"count": "#,##0", "share": "0.0%", "spread": "+0.0%;-0.0%;0.0%", "number": "#,##0.00"}
SPREAD = ("value", "low", "high", "n", "coverage")


def typed(table: Table, t: Translate) -> Iterator[Typed]:
    """The columns of a table as a spreadsheet has them: a measure is spread over value, bounds, n and verdict."""
    for at, column in enumerate(table.columns):
        cells = [row[at] for row in table.rows]
        measures = [cell if isinstance(cell, Measure) else None for cell in cells]
        if column.kind == "measure":
            yield from _spread(column.title, measures, t)
        elif column.kind == "change":
            yield from _spread_change(column.title, measures, t)
        else:
            plain = tuple(None if isinstance(cell, Measure) else cell for cell in cells)
            yield Typed(column.title, plain, (PLAIN.get(column.kind, ""),) * len(plain))


def number_format(metric: str) -> str:
    """The format of a metric's values."""
    unit = METRICS[metric].unit
    return {"share": "0.0%", "change": "+0.0%;-0.0%"}.get(unit, "0.00")


def _spread(title: str, measures: list[Measure | None], t: Translate) -> Iterator[Typed]:
    own = tuple(number_format(cell.metric) if cell else "" for cell in measures)
    for name in SPREAD:
        head = title if name == "value" else f"{title} · {t(f'doc.column.{name}')}"
        values = tuple(getattr(cell.estimate, name) if cell else None for cell in measures)
        yield Typed(
            head,
            values,
            own if name in SPREAD[:3] else (PLAIN["count" if name == "n" else "share"],) * len(own),
        )
    verdicts = tuple(
        (t(f"verdict.{cell.estimate.verdict}") or t("doc.column.ok")) if cell else None for cell in measures
    )
    yield Typed(f"{title} · {t('doc.column.verdict')}", verdicts, ("",) * len(own))


def _in_points(cell: Measure) -> bool:
    return METRICS[cell.metric].unit in ("share", "change")


def _difference(cell: Measure | None) -> float | None:
    """A change as it is written: of shares in percentage points, never per cent, which would be of the share before."""
    if cell is None or cell.change is None:
        return None
    return 100 * cell.change if _in_points(cell) else cell.change


def _difference_format(cell: Measure | None, t: Translate) -> str:
    if cell is None:
        return ""
    if not _in_points(cell):
        return "+0.00;-0.00;0.00"
    points = '"' + t("number.points", value="") + '"'
    return ";".join(f"{number}{points}" for number in ("+0.0", "-0.0", "0.0"))


def _spread_change(title: str, measures: list[Measure | None], t: Translate) -> Iterator[Typed]:
    yield Typed(
        title, tuple(map(_difference, measures)), tuple(_difference_format(cell, t) for cell in measures)
    )
    said = tuple(
        t(f"doc.sure.{certainty(cell.change_verdict)}") if cell and cell.change_verdict else None
        for cell in measures
    )
    yield Typed(f"{title} · {t('doc.column.verdict')}", said, ("",) * len(said))
