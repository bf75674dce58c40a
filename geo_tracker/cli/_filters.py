"""The options that select answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer
from sqlmodel import Session

from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Filters
from geo_tracker.queries.facts import read_choices

From = Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD.")]
To = Annotated[str | None, typer.Option("--to", help="Last day, YYYY-MM-DD.")]
Branded = Annotated[bool, typer.Option("--branded", help="Also prompts that name a tracked brand.")]
Several = Annotated[list[str] | None, typer.Option(help="Only these; repeat the option for several.")]


def day_of(text: str | None, option: str) -> date | None:
    """The day an option names; raises `UsageError` if it is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"{option}: {text!r} is not a day such as 2026-11-24") from None


def groups_of(by: str, known: Sequence[str]) -> tuple[str, ...]:
    """The groups that `--by` names, each once; raises `UsageError` for one that is not known."""
    groups = tuple(dict.fromkeys(name.strip() for name in by.split(",") if name.strip()))
    if unknown := set(groups) - set(known):
        raise UsageError(f"--by: no group {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return groups


def filters_of(
    workspace: str,
    start: str | None,
    end: str | None,
    engine: list[str] | None,
    surface: list[str] | None,
    topic: list[str] | None,
    language: list[str] | None,
    branded: bool,
) -> Filters:
    """The selection that a command's options describe."""
    first, last = day_of(start, "--from"), day_of(end, "--to")
    if first and last and first > last:
        raise UsageError(f"--from {first} is after --to {last}")
    return Filters(
        workspace=workspace,
        start=first,
        end=last,
        engines=tuple(engine or ()),
        surfaces=tuple(surface or ()),
        topics=tuple(topic or ()),
        languages=tuple(language or ()),
        branded=branded,
    )


def checked(session: Session, filters: Filters) -> Filters:
    """The selection; raises `UsageError` for an engine, surface, topic or language that no answer has.

    A slip of the pen would otherwise read as an empty result.
    """
    choices = read_choices(session, filters.workspace)
    options = {
        "--engine": (filters.engines, choices.engines),
        "--surface": (filters.surfaces, choices.surfaces),
        "--topic": (filters.topics, choices.topics),
        "--language": (filters.languages, choices.languages),
    }
    for option, (chosen, known) in options.items():
        if unknown := sorted(set(chosen) - set(known)):
            there_are = f"there are {', '.join(known)}" if known else "there is none"
            raise UsageError(f"{option}: no answer has {', '.join(unknown)}; {there_are}")
    return filters
