"""Months that were frozen: kept with their figures and files, opened again with what would differ today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from geo_tracker.errors import UsageError
from geo_tracker.i18n import Translate, translate
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.records import Estimate
from geo_tracker.queries.evidence import rests_on
from geo_tracker.reports.figures import Figures
from geo_tracker.reports.model import Cell, Column, Measure, Paragraph, Report, Section, Table, pack, unpack
from geo_tracker.reports.months import Month
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import FrozenReport

KEPT = ("value", "low", "high", "n")
ROUNDING = 1e-9
"""Sums added in another order differ by less: no figure shows it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that would be another one today; None where there is none of that name."""

    metric: str
    brand: str | None
    frozen: Mapping[str, Any] | None
    today: Mapping[str, Any] | None


def find_frozen(session: Session, slug: str, month: Month, language: str) -> FrozenReport | None:
    """The frozen report of a month, if there is one."""
    mine = FrozenReport.workspace_id == workspace_named(session, slug).id
    chosen = (mine, FrozenReport.month == str(month), FrozenReport.language == language)
    return session.exec(select(FrozenReport).where(*chosen)).first()


def list_frozen(session: Session, slug: str) -> list[FrozenReport]:
    """All frozen reports of a workspace, newest month first."""
    mine = select(FrozenReport).where(FrozenReport.workspace_id == workspace_named(session, slug).id)
    return list(session.exec(mine.order_by(col(FrozenReport.month).desc(), col(FrozenReport.language))).all())


def refuse_frozen(session: Session, slug: str, month: Month, language: str) -> None:
    """Raise `UsageError` where the month is frozen for good."""
    found = find_frozen(session, slug, month, language)
    if found and found.complete:
        raise UsageError(
            f"{slug}: {month} is frozen in {language} since {found.frozen_at:%Y-%m-%d}: its numbers stay; "
            f"'geo-tracker report --month {month}' opens it"
        )


def freeze(
    session: Session,
    archive: Archive,
    month: Month,
    report: Report,
    figures: Figures,
    files: Sequence[tuple[str, str, bytes]],
    *,
    complete: bool,
) -> FrozenReport:
    """Keep a report with its files (format, name, bytes); one that was incomplete is replaced."""
    slug = report.workspace
    refuse_frozen(session, slug, month, report.language)
    row = find_frozen(session, slug, month, report.language) or FrozenReport(
        workspace_id=workspace_named(session, slug).id, month=str(month), language=report.language, report=""
    )
    row.frozen_at, row.complete = datetime.now(UTC), complete
    row.report = archive.put(pack(report))
    row.figures = kept(figures)
    row.rests_on = rests_on(session, figures.facts)
    row.files = [
        {"format": format, "name": name, "sha256": archive.put(data), "bytes": len(data)}
        for format, name, data in files
    ]
    session.add(row)
    return row


def kept(figures: Figures) -> list[dict[str, Any]]:
    """The figures of a selection as they are kept."""
    return [
        {"metric": row.metric, "brand": row.brand, **{name: getattr(row.estimate, name) for name in KEPT}}
        for row in figures.tables["brands"]
    ]


def differences(row: FrozenReport, figures: Figures) -> list[Difference]:
    """What would be counted otherwise today, in the order of metrics and brands."""
    was, now = (
        {(each["metric"], each["brand"]): each for each in kept} for kept in (row.figures, kept(figures))
    )
    return [
        Difference(*key, was.get(key), now.get(key))
        for key in {**now, **was}
        if not _same(was.get(key), now.get(key))
    ]


def _same(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    if one is None or other is None:
        return one is other
    pairs = [(one[name], other[name]) for name in KEPT]
    return all(a == b or (None not in (a, b) and abs(a - b) <= ROUNDING) for a, b in pairs)


def changed_since(session: Session, row: FrozenReport, figures: Figures) -> list[str]:
    """What the figures rest on and what is not the same any more: answers, sums, brands, rules."""
    today = rests_on(session, figures.facts)
    return [name for name, value in today.items() if row.rests_on.get(name) != value]


def open_frozen(
    archive: Archive, row: FrozenReport, found: Sequence[Difference], reasons: Sequence[str]
) -> Report:
    """The report as it was frozen, with a note, and a chapter of what would differ today where something does."""
    report = unpack(archive.get(row.report))
    t = translate(report.language)
    day = t("dashboard.day", day=row.frozen_at)
    if not found:
        return report.noticed(t("doc.frozen", day=day))
    since = Section("since", t("doc.since"), tuple(_since(found, reasons, t)))
    noted = report.noticed(t("doc.frozen_note", day=day, count=len(found)))
    return replace(noted, sections=(*report.sections, since))


def _since(found: Sequence[Difference], reasons: Sequence[str], t: Translate) -> Iterator[Paragraph | Table]:
    yield Paragraph(t("doc.since_text"))
    if reasons:
        named = t("text.comma").join(t(f"doc.reason.{name}") for name in reasons)
        yield Paragraph(t("doc.since_reasons", reasons=named), "note")
    heads = (
        Column(t("report.brand"), wide=True),
        Column(t("doc.figure"), wide=True),
        Column(t("doc.frozen_value"), "measure"),
        Column(t("doc.today_value"), "measure"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            each.brand or t("number.none"),
            t(f"metric.{each.metric}.label") if each.metric in METRICS else each.metric,
            _measure(each.metric, each.frozen),
            _measure(each.metric, each.today),
        )
        for each in found
    ]
    yield Table(t("doc.since"), heads, tuple(rows))


def _measure(metric: str, kept: Mapping[str, Any] | None) -> Measure | None:
    if kept is None or metric not in METRICS:
        return None
    values = {name: kept[name] for name in KEPT}
    verdict = "no data" if kept["value"] is None else "ok"
    rest: dict[str, Any] = {"numerator": None, "denominator": None, "prompts": 0, "coverage": None}
    return Measure(metric, Estimate(**values, **rest, verdict=verdict))  # type: ignore[arg-type]
