"""From a request to files: built or opened as frozen, rendered in every format asked for, kept where asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlmodel import Session

from geo_tracker.errors import UsageError
from geo_tracker.i18n import language, translate
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.evidence import waiting
from geo_tracker.reports import frozen
from geo_tracker.reports.build import build_report
from geo_tracker.reports.figures import Compare, Figures, read_figures
from geo_tracker.reports.model import Branding, Report
from geo_tracker.reports.months import Month
from geo_tracker.reports.renderers import FORMATS as PAGES
from geo_tracker.reports.renderers import render
from geo_tracker.reports.renderers.bundle import BUNDLES, bundle
from geo_tracker.reports.template import Template
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.journal import LOCAL, note
from geo_tracker.storage.models import FrozenReport
from geo_tracker.workspaces.days import day_of

FORMATS = (*PAGES, *BUNDLES)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to make."""

    selection: Selection
    formats: Sequence[str] = ("pdf",)
    month: Month | None = None
    template: Template = field(default_factory=Template)
    branding: Branding = field(default_factory=Branding)
    freeze: bool = False
    compare: Compare = "previous"


@dataclass(frozen=True, slots=True)
class Made:
    """One file."""

    workspace: str
    format: str
    lang: str
    name: str
    data: bytes = field(repr=False)
    frozen: bool
    notes: tuple[str, ...] = ()
    """What must be known about it: a month still coming in, what would differ today."""


def make(
    engine: sa.Engine, archive: Archive, asked: Asked, now: datetime | None = None, *, who: str = LOCAL
) -> list[Made]:
    """The files of a report, frozen in the name of `who`; raises `UsageError` for what cannot be made."""
    if unknown := [name for name in asked.formats if name not in FORMATS]:
        raise UsageError(f"no format {', '.join(unknown)}: there are {', '.join(FORMATS)}")
    if asked.freeze and asked.month is None:
        raise UsageError("a month is frozen, nothing else: give --month YYYY-MM")
    with reading(engine) as session:
        asked = _in_month(session, asked, now or datetime.now(UTC))
        kept = _kept(session, asked)
        if kept and not (asked.freeze and not kept.complete):
            return _opened(session, archive, asked, kept)
        made, report, figures, complete = _built(session, asked, now or datetime.now(UTC))
    if asked.freeze and asked.month:
        with writing(engine) as session:
            files = [(each.format, each.name, each.data) for each in made]
            kept = frozen.freeze(session, archive, asked.month, report, figures, files, complete=complete)
            workspace = workspace_named(session, report.workspace)
            key, names = f"{kept.month} {kept.language}", [each.name for each in made]
            note(session, workspace, who, datetime.now(UTC), "report", "freeze", key, after=names)
        return [replace(each, frozen=True) for each in made]
    return made


def _in_month(session: Session, asked: Asked, now: datetime) -> Asked:
    """The selection of the month, compared with the month before."""
    month = asked.month
    if month is None:
        return asked
    if asked.selection.start or asked.selection.end:
        raise UsageError("give --month or --from and --to, not both")
    if asked.freeze and not _is_whole(asked.selection):
        raise UsageError(
            "a frozen month is of all answers, each counting once: leave filters and weights out"
        )
    if month.first > day_of(now, workspace_named(session, asked.selection.workspace)):
        raise UsageError(f"{month} has not begun")
    selection = replace(asked.selection, start=month.first, end=month.last)
    return replace(asked, selection=selection, compare=(month.before.first, month.before.last))


def _is_whole(selection: Selection) -> bool:
    return not selection.chosen and not selection.branded and selection.weights == "answers"


def _language(session: Session, asked: Asked) -> str:
    return language(asked.template.language or workspace_named(session, asked.selection.workspace).locale)


def _kept(session: Session, asked: Asked) -> FrozenReport | None:
    if asked.month is None or not _is_whole(asked.selection):
        return None
    slug, code = asked.selection.workspace, _language(session, asked)
    if asked.freeze:
        frozen.refuse_frozen(session, slug, asked.month, code)
    return frozen.find_frozen(session, slug, asked.month, code)


def _built(session: Session, asked: Asked, now: datetime) -> tuple[list[Made], Report, Figures, bool]:
    report, figures = build_report(
        session, asked.selection, asked.template, asked.branding, compare=asked.compare, now=now
    )
    notes = tuple(_open(session, asked, now, report.language))
    report = report.noticed(*notes)
    made = [
        _made(asked, report, format, _rendered(session, asked.selection, report, format), notes)
        for format in asked.formats
    ]
    return made, report, figures, not notes


def _rendered(session: Session, selection: Selection, report: Report, format: str) -> bytes:
    return bundle(session, selection, format) if format in BUNDLES else render(report, format)


def _open(session: Session, asked: Asked, now: datetime, code: str) -> Iterator[str]:
    """Why a month is not over: days to come, answers that have not come in."""
    if asked.month is None:
        return
    t = translate(code)
    today = day_of(now, workspace_named(session, asked.selection.workspace))
    name = t("doc.month", day=asked.month.first)
    if today <= asked.month.last:
        yield t("doc.open_month", month=name, day=t("dashboard.day", day=today))
    elif count := waiting(session, asked.selection):
        yield t("doc.waiting", month=name, count=f"{count:,}")


def _opened(session: Session, archive: Archive, asked: Asked, kept: FrozenReport) -> list[Made]:
    """A frozen month: its own files while nothing differs, else the same figures with a note."""
    figures = read_figures(session, asked.selection, asked.compare)
    found = frozen.differences(kept, figures)
    reasons = frozen.changed_since(session, kept, figures)
    report = frozen.open_frozen(archive, kept, found, reasons)
    stored = {each["format"]: each["sha256"] for each in kept.files}
    made = []
    for format in asked.formats:
        if format in stored and (not found or format in BUNDLES):
            data = archive.get(stored[format])
        elif format in BUNDLES:
            raise UsageError(
                f"{kept.month} was frozen without {format}: it has {', '.join(sorted(stored))}; "
                "tables of today are written with --from and --to"
            )
        else:
            data = render(report, format)
        made.append(_made(asked, report, format, data, report.notices, frozen=True))
    return made


def _made(
    asked: Asked, report: Report, format: str, data: bytes, notes: Sequence[str], *, frozen: bool = False
) -> Made:
    suffix = f"-{format}.zip" if format in BUNDLES else f".{format}"
    name = f"{file_name(report.workspace)}-{_when(asked)}-{report.language}{suffix}"
    return Made(report.workspace, format, report.language, name, data, frozen, tuple(notes))


def _when(asked: Asked) -> str:
    if asked.month:
        return str(asked.month)
    days = (asked.selection.start, asked.selection.end)
    return "_".join(day.isoformat() for day in days if isinstance(day, date)) or "all"


def file_name(text: str) -> str:
    """A text as part of a file name: letters, digits, dashes and dots, nothing that leads elsewhere."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-.") or "report"
