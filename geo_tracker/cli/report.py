"""Reports for clients: made, frozen by month, opened again, sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from geo_tracker.cli._console import Json, emit, say, warn
from geo_tracker.cli._extras import need
from geo_tracker.cli._place import AnySlug, Place, acting
from geo_tracker.cli._reports import noted, send_months
from geo_tracker.cli._selection import WeightsOption, checked, selecting, weighing
from geo_tracker.config import Settings
from geo_tracker.delivery.files import write
from geo_tracker.errors import GeoTrackerError, UsageError
from geo_tracker.i18n import languages
from geo_tracker.metrics.records import Selection
from geo_tracker.reports.delivery import deliver, targets
from geo_tracker.reports.frozen import list_frozen
from geo_tracker.reports.making import FORMATS, Asked, Made, make
from geo_tracker.reports.monthly import deliveries
from geo_tracker.reports.months import Month
from geo_tracker.reports.template import default_text, read_template
from geo_tracker.storage.database import reading

app = typer.Typer()

DOES = ("make", "list", "template", "due")


@app.command()
@partial(selecting, workspace=AnySlug)
def report(
    selection: Selection,
    what: Annotated[str, typer.Argument(help=f"One of {', '.join(DOES)}.")] = "make",
    month: Annotated[str | None, typer.Option(help="A calendar month, YYYY-MM.")] = None,
    format: Annotated[
        str, typer.Option("--format", "-f", help=f"Comma between several: {', '.join(FORMATS)}.")
    ] = "pdf",
    lang: Annotated[
        str, typer.Option(help=f"One of {', '.join(languages())}; else the template's or workspace's.")
    ] = "",
    template: Annotated[
        Path | None, typer.Option(help="report.yaml; 'report template' prints one.", dir_okay=False)
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")] = Path("reports"),
    freeze: Annotated[bool, typer.Option("--freeze", help="Keep the month as it is now.")] = False,
    all: Annotated[bool, typer.Option("--all", help="Of every workspace.")] = False,
    send: Annotated[
        bool, typer.Option("--deliver", help="Also send to the targets in GEO_REPORT_TARGETS.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be made and sent; write nothing.")
    ] = False,
    weights: WeightsOption = "answers",
    json: Json = False,
) -> None:
    """Make a client's report; 'list' shows frozen months, 'due' sends last month's, 'template' prints report.yaml."""
    if what == "template":
        typer.echo(default_text(), nl=False)
        return
    if what not in DOES:
        raise UsageError(f"{what!r} is none of {', '.join(DOES)}")
    place = Place()
    if what == "due":
        need("typst")
        if not send_months(place, place.workspaces(selection.workspace or None), dry_run=dry_run, json=json):
            raise typer.Exit(1)
        return
    slugs = _slugs(place, selection.workspace, all)
    if what == "list":
        emit((row for slug in slugs for row in _frozen(place, slug)), json=json, title="Frozen reports")
        return
    need("typst")
    asked = _asked(weighing(selection, weights), month, format, lang, template, freeze=freeze)
    if dry_run:
        emit(_plan(place, asked, slugs, send=send), json=json)
        return
    failed = [
        slug for slug in slugs if not _one(place, asked, slug, out, send=send, json=json, alone=not all)
    ]
    if failed:
        raise typer.Exit(1)


def _slugs(place: Place, slug: str, every: bool) -> list[str]:
    if bool(slug) == every:
        raise UsageError("give --workspace SLUG, or --all")
    return [each.slug for each in place.workspaces(slug or None)]


def _asked(
    selection: Selection, month: str | None, format: str, lang: str, template: Path | None, *, freeze: bool
) -> Asked:
    described, branding = read_template(template, Settings.from_environment().look)
    if lang and lang not in languages():
        raise UsageError(f"--lang: no language {lang!r}; there are {', '.join(languages())}")
    formats = tuple(dict.fromkeys(name.strip() for name in format.split(",") if name.strip()))
    if not formats or set(formats) - set(FORMATS):
        raise UsageError(f"--format: {format!r}; there are {', '.join(FORMATS)}")
    return Asked(
        selection,
        formats,
        Month.of(month) if month else None,
        described.model_copy(update={"language": lang or described.language}),
        branding,
        freeze,
    )


def _one(place: Place, asked: Asked, slug: str, out: Path, *, send: bool, json: bool, alone: bool) -> bool:
    """The report of one workspace; of many, one that fails does not stop the others."""
    try:
        of = replace(asked, selection=replace(asked.selection, workspace=slug))
        with reading(place.engine) as session:
            checked(session, of.selection)
        to = targets(place.settings.environment, slug) if send else []
        made = make(place.engine, place.archive, of, who=acting())
        paths = write(made, out)
    except GeoTrackerError as error:
        if alone:
            raise
        warn(f"{slug}: {error}")
        return False
    for text in dict.fromkeys(text for each in made for text in each.notes):
        say(f"{slug}: {text}")
    emit(map(_line, made, paths), json=json)
    return _send(place, made, to) if send else True


def _line(made: Made, path: Path) -> dict[str, Any]:
    return {
        "workspace": made.workspace,
        "format": made.format,
        "lang": made.lang,
        "path": str(path),
        "bytes": len(made.data),
        "frozen": made.frozen,
    }


def _send(place: Place, made: Sequence[Made], to: list[Any]) -> bool:
    arrived = True
    for each in deliver(made, to):
        noted(place, made, each.target, each.error)
        if each.error:
            warn(f"not delivered to {each.target} after {each.tries} tries: {each.error}")
            arrived = False
        else:
            say(f"delivered to {each.target}: {', '.join(file.name for file in made)}")
    return arrived


def _plan(place: Place, asked: Asked, slugs: list[str], *, send: bool) -> Iterator[dict[str, Any]]:
    for slug in slugs:
        to = targets(place.settings.environment, slug) if send else []
        yield {
            "workspace": slug,
            "month": str(asked.month) if asked.month else None,
            "from": asked.selection.start,
            "to": asked.selection.end,
            "formats": list(asked.formats),
            "freeze": asked.freeze,
            "targets": [each.shown for each in to],
        }


def _frozen(place: Place, slug: str) -> Iterator[dict[str, Any]]:
    with reading(place.engine) as session:
        for row in list_frozen(session, slug):
            yield {
                "workspace": slug,
                "month": row.month,
                "lang": row.language,
                "frozen_at": row.frozen_at,
                "complete": row.complete,
                "formats": [each["format"] for each in row.files],
                "bytes": sum(each["bytes"] for each in row.files),
                "deliveries": [f"{each.shown}: {each.status}" for each in deliveries(session, row)],
            }
