"""What the pages of prompts, perception, workspace and runs read and change, kept as in `dashboard.data`."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dashboard import caching, data, person, running
from dashboard.caching import kept, look_again, reading_run
from geo_tracker.collect.imports import Imported, import_file
from geo_tracker.collect.plan import Spent, ask_again, next_due, spent
from geo_tracker.collect.plan import pause as set_pause
from geo_tracker.config import Settings
from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Change, Estimate, Facts, Selection
from geo_tracker.metrics.stability import Likeness
from geo_tracker.metrics.standings import METRIC, PROMPT, Standing
from geo_tracker.metrics.standings import standings as standings_of
from geo_tracker.queries.answers import AnswerRow, read_answers_to
from geo_tracker.queries.attributes import (
    AttributeQuote,
    AttributeRate,
    read_attribute_quotes,
    read_attributes,
)
from geo_tracker.queries.budget import Budget, read_budget, read_resting
from geo_tracker.queries.concerns import (
    State,
    Statement,
    count_statements,
    mark_statement,
    read_statements,
)
from geo_tracker.queries.facts import read_workspaces
from geo_tracker.queries.preview import Preview
from geo_tracker.queries.preview import preview as read_preview
from geo_tracker.queries.prompts import PromptDetail, read_likeness, read_prompt
from geo_tracker.queries.runs import Failure, RunRow, count_runs, read_failures, read_panels, read_runs
from geo_tracker.queries.searches import Search, read_searches
from geo_tracker.queries.served import Ruled, Served, read_models, read_rules
from geo_tracker.queries.status import read_status
from geo_tracker.score.answers import Progress, score
from geo_tracker.signals.life import refresh
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.journal import note
from geo_tracker.storage.models import Audit, EnginePace
from geo_tracker.workspaces.audit import apply_file, count_history
from geo_tracker.workspaces.audit import change as change_workspace
from geo_tracker.workspaces.audit import history as read_history
from geo_tracker.workspaces.audit import undo as undo_change
from geo_tracker.workspaces.current import file_of
from geo_tracker.workspaces.edits import Difference
from geo_tracker.workspaces.file import WorkspaceFile


@kept(50)
def standings(url: str, filters: Selection, brand: str) -> list[Standing]:
    rows = data.measured(url, filters, PROMPT, (METRIC,))
    return standings_of(data.facts(url, filters), rows, brand)


def _ids(url: str, filters: Selection) -> dict[tuple[Any, ...], int]:
    cells = data.facts(url, filters).cells
    rows = cells[[*PROMPT, "prompt_id"]].drop_duplicates().itertuples(index=False, name=None)
    return {row[:-1]: int(row[-1]) for row in rows}


@kept(50)
def by_prompt(url: str, filters: Selection, metric: str, brand: str) -> dict[int, Estimate]:
    """One metric of one brand by the prompt's id."""
    ids = _ids(url, filters)
    rows = data.measured(url, filters, PROMPT, (metric,), (brand,))
    return {ids[tuple(row.group.values())]: row.estimate for row in rows}


@kept(50)
def prompts_moved(url: str, before: Selection, after: Selection, brand: str) -> dict[int, Change]:
    """How the mention rate of a brand moved, by the prompt's id."""
    ids = _ids(url, after)
    rows = data.moved_by(url, before, after, PROMPT, (METRIC,), (brand,))
    found = {ids.get(tuple(row.group.values())): row.change for row in rows}
    return {prompt: change for prompt, change in found.items() if prompt is not None}


@kept(50)
def likeness(url: str, filters: Selection, prompt_ids: Sequence[int]) -> dict[int, Likeness]:
    with reading_run(url) as session:
        return read_likeness(session, filters, prompt_ids)


def prompt(url: str, filters: Selection, prompt_id: int) -> PromptDetail:
    with reading_run(url) as session:
        return read_prompt(session, filters, prompt_id)


def of_prompt(url: str, filters: Selection, prompt_id: int, step: str = "", metric: str = "") -> Facts:
    """The sums of one prompt, over the whole period or by `step`."""
    by, metrics = ((step,), (metric,)) if step else ((), ())
    return data.facts(url, filters, by, metrics).where(lambda frame: frame["prompt_id"] == prompt_id)


def answers_to(url: str, slug: str, answer_id: int, limit: int) -> list[AnswerRow]:
    """The newest answers with a text to the prompt of an answer."""
    with reading_run(url) as session:
        return read_answers_to(session, slug, answer_id, limit)


@kept(50)
def searches(url: str, filters: Selection, limit: int, prompt_id: int | None = None) -> list[Search]:
    with reading_run(url) as session:
        return read_searches(session, filters, limit=limit, prompt_id=prompt_id)


@kept(50)
def attributes(url: str, filters: Selection, brands: Sequence[str]) -> list[AttributeRate]:
    with reading_run(url) as session:
        return read_attributes(session, filters, brands)


@kept(50)
def attribute_quotes(
    url: str, filters: Selection, brand: str, attribute: str, polarity: str, limit: int
) -> list[AttributeQuote]:
    with reading_run(url) as session:
        return read_attribute_quotes(session, filters, brand, attribute, polarity, limit)


def statements_count(url: str, filters: Selection, brand: str, state: State) -> int:
    with reading_run(url) as session:
        return count_statements(session, filters, brand, state)


def statements(
    url: str, filters: Selection, brand: str, state: State, offset: int, limit: int
) -> list[Statement]:
    with reading_run(url) as session:
        return read_statements(session, filters, brand, state, offset=offset, limit=limit)


def mark(url: str, slug: str, of: Statement, state: State) -> None:
    """Decide on a statement in the reader's name."""
    with person.changing(url, slug, "mark") as (session, who):
        mark_statement(session, slug, of.answer, of.brand_id, state, who=who, now=datetime.now(UTC))


def workspace_file(url: str, slug: str) -> WorkspaceFile:
    """What the workspace declares, with the brands that Discover found."""
    with reading_run(url) as session:
        return file_of(session, workspace_named(session, slug), tracked=True)


@kept(10, hash_funcs={Difference: repr})
def preview(url: str, slug: str, changes: Sequence[Difference]) -> Preview:
    with reading_run(url) as session:
        return read_preview(session, slug, changes)


def change(url: str, slug: str, changes: Sequence[Difference], reason: str = "") -> None:
    """Change the workspace in the reader's name."""
    with person.changing(url, slug, "edit") as (session, who):
        change_workspace(session, slug, changes, who=who, now=datetime.now(UTC), reason=reason)


def undo(url: str, slug: str, number: int) -> None:
    """Take a change back in the reader's name."""
    with person.changing(url, slug, "edit") as (session, who):
        undo_change(session, slug, number, who=who, now=datetime.now(UTC))


@kept(10)
def models(url: str, slug: str) -> list[Served]:
    with reading_run(url) as session:
        return read_models(session, Selection(slug, branded=True))


@kept(10)
def rules(url: str, slug: str) -> list[Ruled]:
    with reading_run(url) as session:
        return read_rules(session, Selection(slug, branded=True))


def create(url: str, file: WorkspaceFile) -> str:
    """Make a workspace in the reader's name; its slug. Raises `UsageError` where there is one of that slug."""
    slug = file.workspace.slug
    with person.changing(url, None, "administer") as (session, who):
        if slug in read_workspaces(session):
            raise UsageError(f"there is a workspace {slug!r} already: give another name")
        apply_file(session, file, datetime.now(UTC), who=who)
    return slug


def take(url: str, slug: str, name: str, content: bytes, progress: Progress) -> Imported:
    """Take the answers of a file, score them and look for signals; raises `UsageError` where nothing can be read."""
    person.required(url, slug, "edit")
    engine = caching.database(url)
    with reading_run(url) as session:
        workspace = workspace_named(session, slug)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(name).name or "answers")
        path.write_bytes(content)
        done = import_file(
            engine, caching.archive(Settings.from_environment().archive_url), workspace, path, processes=1
        )
    score_again(url, slug, progress)
    refresh(engine, slug, datetime.now(UTC))
    return replace(done, file=path.name)


def history(url: str, slug: str, offset: int, limit: int) -> list[Audit]:
    with reading_run(url) as session:
        return read_history(session, slug, offset=offset, limit=limit)


def history_count(url: str, slug: str) -> int:
    with reading_run(url) as session:
        return count_history(session, slug)


def score_again(url: str, slug: str, progress: Progress) -> None:
    """Score all answers whose scores were forgotten."""
    person.required(url, slug, "edit")
    engine = caching.database(url)
    with reading_run(url) as session:
        workspace = workspace_named(session, slug)
    score(engine, caching.archive(Settings.from_environment().archive_url), workspace, progress)


@dataclass(frozen=True, slots=True)
class PanelState:
    """A panel with when it is due and what it has used of its month."""

    name: str
    engines: Sequence[str]
    repeats: int
    paused: bool
    next_due: datetime | None
    spent: Spent
    calls: int
    money: float
    """Limits; 0 for none."""
    currency: str


def panels(url: str, slug: str, now: datetime) -> list[PanelState]:
    with reading_run(url) as session:
        workspace = workspace_named(session, slug)
        return [
            PanelState(
                panel.name,
                panel.engines,
                panel.repeats,
                panel.paused,
                next_due(panel, workspace, now),
                spent(session, workspace, panel, now),
                panel.budget.get("calls_per_month", 0),
                panel.budget.get("money_per_month", 0),
                panel.budget.get("currency", ""),
            )
            for panel in read_panels(session, slug)
        ]


def budget(url: str, slug: str, now: datetime) -> Budget:
    with reading_run(url) as session:
        return read_budget(session, slug, now, sandbox=bool(Settings.from_environment().sandbox_url))


def held_up(url: str, slug: str) -> list[EnginePace]:
    with reading_run(url) as session:
        return read_resting(session, slug)


def runs(url: str, slug: str, offset: int, limit: int) -> list[RunRow]:
    with reading_run(url) as session:
        return read_runs(session, slug, offset=offset, limit=limit)


def runs_count(url: str, slug: str) -> int:
    with reading_run(url) as session:
        return count_runs(session, slug)


def failures(url: str, slug: str, run_id: int) -> list[Failure]:
    with reading_run(url) as session:
        return read_failures(session, slug, run_id)


def waiting(url: str, slug: str) -> int:
    """Answers that are planned and not asked yet."""
    with reading_run(url) as session:
        return read_status(session, slug).planned


def pause(url: str, slug: str, panel: str, *, paused: bool) -> None:
    with person.changing(url, slug, "run") as (session, who):
        set_pause(session, workspace_named(session, slug), panel, datetime.now(UTC), paused=paused, who=who)


def again(url: str, slug: str, run_id: int) -> int:
    """Plan the failed answers of a run of today again; how many."""
    with person.changing(url, slug, "run") as (session, who):
        return ask_again(session, workspace_named(session, slug), run_id, datetime.now(UTC), who=who)


def start(url: str, slug: str, *options: str) -> None:
    """Start a run in the reader's name."""
    running.start(slug, person.required(url, slug, "run"), *options)


def stop(url: str, slug: str) -> None:
    """Stop what was started here."""
    with person.changing(url, slug, "run") as (session, who):
        note(session, workspace_named(session, slug), who, datetime.now(UTC), "run", "stop", "")
    running.stop(slug)


def forget() -> None:
    """Have the run see what was changed since it began."""
    look_again()
