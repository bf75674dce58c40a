"""What the pages of prompts, perception, workspace and runs read and change, cached as in `dashboard.data`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import data
from dashboard.data import FRESH
from geo_tracker.collect.plan import Spent, ask_again, next_due, spent
from geo_tracker.collect.plan import pause as set_pause
from geo_tracker.config import Settings
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
from geo_tracker.queries.concerns import (
    State,
    Statement,
    count_statements,
    mark_statement,
    read_statements,
)
from geo_tracker.queries.limits import Budget, read_budget, read_resting
from geo_tracker.queries.preview import Preview
from geo_tracker.queries.preview import preview as read_preview
from geo_tracker.queries.prompts import PromptDetail, read_likeness, read_prompt
from geo_tracker.queries.runs import Failure, RunRow, count_runs, read_failures, read_panels, read_runs
from geo_tracker.queries.searches import Search, read_searches
from geo_tracker.queries.status import read_status
from geo_tracker.score.answers import Progress, score
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Audit, EnginePace
from geo_tracker.workspaces.audit import change as change_workspace
from geo_tracker.workspaces.audit import count_history
from geo_tracker.workspaces.audit import history as read_history
from geo_tracker.workspaces.audit import undo as undo_change
from geo_tracker.workspaces.current import file_of
from geo_tracker.workspaces.edits import Difference
from geo_tracker.workspaces.file import WorkspaceFile


@st.cache_data(ttl=FRESH, max_entries=50, show_spinner=False)
def standings(url: str, filters: Selection, brand: str) -> list[Standing]:
    rows = data.measured(url, filters, PROMPT, (METRIC,))
    return standings_of(data.facts(url, filters), rows, brand)


def _ids(url: str, filters: Selection) -> dict[tuple[Any, ...], int]:
    cells = data.facts(url, filters).cells
    rows = cells[[*PROMPT, "prompt_id"]].drop_duplicates().itertuples(index=False, name=None)
    return {row[:-1]: int(row[-1]) for row in rows}


@st.cache_data(ttl=FRESH, max_entries=50, show_spinner=False)
def by_prompt(url: str, filters: Selection, metric: str, brand: str) -> dict[int, Estimate]:
    """One metric of one brand by the prompt's id."""
    ids = _ids(url, filters)
    rows = data.measured(url, filters, PROMPT, (metric,), (brand,))
    return {ids[tuple(row.group.values())]: row.estimate for row in rows}


@st.cache_data(ttl=FRESH, max_entries=50, show_spinner=False)
def prompts_moved(url: str, before: Selection, after: Selection, brand: str) -> dict[int, Change]:
    """How the mention rate of a brand moved, by the prompt's id."""
    ids = _ids(url, after)
    rows = data.moved_by(url, before, after, PROMPT, (METRIC,), (brand,))
    found = {ids.get(tuple(row.group.values())): row.change for row in rows}
    return {prompt: change for prompt, change in found.items() if prompt is not None}


@st.cache_data(ttl=FRESH, max_entries=50, show_spinner=False)
def likeness(url: str, filters: Selection, prompt_ids: Sequence[int]) -> dict[int, Likeness]:
    with reading(data.database(url)) as session:
        return read_likeness(session, filters, prompt_ids)


def prompt(url: str, filters: Selection, prompt_id: int) -> PromptDetail:
    with reading(data.database(url)) as session:
        return read_prompt(session, filters, prompt_id)


def of_prompt(url: str, filters: Selection, prompt_id: int, step: str = "", metric: str = "") -> Facts:
    """The sums of one prompt, over the whole period or by `step`."""
    by, metrics = ((step,), (metric,)) if step else ((), ())
    return data.facts(url, filters, by, metrics).where(lambda frame: frame["prompt_id"] == prompt_id)


def answers_to(url: str, slug: str, answer_id: int, limit: int) -> list[AnswerRow]:
    """The newest answers with a text to the prompt of an answer."""
    with reading(data.database(url)) as session:
        return read_answers_to(session, slug, answer_id, limit)


@st.cache_data(ttl=FRESH, max_entries=50, show_spinner=False)
def searches(url: str, filters: Selection, limit: int, prompt_id: int | None = None) -> list[Search]:
    with reading(data.database(url)) as session:
        return read_searches(session, filters, limit=limit, prompt_id=prompt_id)


@st.cache_data(ttl=FRESH, max_entries=50, show_spinner=False)
def attributes(url: str, filters: Selection, brands: Sequence[str]) -> list[AttributeRate]:
    with reading(data.database(url)) as session:
        return read_attributes(session, filters, brands)


@st.cache_data(ttl=FRESH, max_entries=50, show_spinner=False)
def attribute_quotes(
    url: str, filters: Selection, brand: str, attribute: str, polarity: str, limit: int
) -> list[AttributeQuote]:
    with reading(data.database(url)) as session:
        return read_attribute_quotes(session, filters, brand, attribute, polarity, limit)


def statements_count(url: str, filters: Selection, brand: str, state: State) -> int:
    with reading(data.database(url)) as session:
        return count_statements(session, filters, brand, state)


def statements(
    url: str, filters: Selection, brand: str, state: State, offset: int, limit: int
) -> list[Statement]:
    with reading(data.database(url)) as session:
        return read_statements(session, filters, brand, state, offset=offset, limit=limit)


def mark(url: str, slug: str, of: Statement, state: State) -> None:
    """Decide on a statement in the reader's name."""
    with writing(data.database(url)) as session:
        mark_statement(session, slug, of.answer, of.brand_id, state, who=who(), now=datetime.now(UTC))


def workspace_file(url: str, slug: str) -> WorkspaceFile:
    """What the workspace declares, with the brands that Discover found."""
    with reading(data.database(url)) as session:
        return file_of(session, workspace_named(session, slug), tracked=True)


@st.cache_data(ttl=FRESH, max_entries=10, show_spinner=False, hash_funcs={Difference: repr})
def preview(url: str, slug: str, changes: Sequence[Difference]) -> Preview:
    with reading(data.database(url)) as session:
        return read_preview(session, slug, changes)


def change(url: str, slug: str, changes: Sequence[Difference], reason: str = "") -> None:
    """Change the workspace in the reader's name."""
    with writing(data.database(url)) as session:
        change_workspace(session, slug, changes, who=who(), now=datetime.now(UTC), reason=reason)


def undo(url: str, slug: str, number: int) -> None:
    """Take a change back in the reader's name."""
    with writing(data.database(url)) as session:
        undo_change(session, slug, number, who=who(), now=datetime.now(UTC))


def history(url: str, slug: str, offset: int, limit: int) -> list[Audit]:
    with reading(data.database(url)) as session:
        return read_history(session, slug, offset=offset, limit=limit)


def history_count(url: str, slug: str) -> int:
    with reading(data.database(url)) as session:
        return count_history(session, slug)


def score_again(url: str, slug: str, progress: Progress) -> None:
    """Score all answers whose scores were forgotten."""
    engine = data.database(url)
    with reading(engine) as session:
        workspace = workspace_named(session, slug)
    score(engine, data.archive(Settings.from_environment().archive_url), workspace, progress)


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
    with reading(data.database(url)) as session:
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
    with reading(data.database(url)) as session:
        return read_budget(session, slug, now, sandbox=bool(Settings.from_environment().sandbox_url))


def held_up(url: str, slug: str) -> list[EnginePace]:
    with reading(data.database(url)) as session:
        return read_resting(session, slug)


def runs(url: str, slug: str, offset: int, limit: int) -> list[RunRow]:
    with reading(data.database(url)) as session:
        return read_runs(session, slug, offset=offset, limit=limit)


def runs_count(url: str, slug: str) -> int:
    with reading(data.database(url)) as session:
        return count_runs(session, slug)


def failures(url: str, slug: str, run_id: int) -> list[Failure]:
    with reading(data.database(url)) as session:
        return read_failures(session, slug, run_id)


def waiting(url: str, slug: str) -> int:
    """Answers that are planned and not asked yet."""
    with reading(data.database(url)) as session:
        return read_status(session, slug).planned


def pause(url: str, slug: str, panel: str, *, paused: bool) -> None:
    with writing(data.database(url)) as session:
        set_pause(session, workspace_named(session, slug), panel, datetime.now(UTC), paused=paused)


def again(url: str, slug: str, run_id: int) -> int:
    """Plan the failed answers of a run of today again; how many."""
    with writing(data.database(url)) as session:
        return ask_again(session, workspace_named(session, slug), run_id, datetime.now(UTC))


def who() -> str:
    """The member who is signed in; empty where nobody signs in."""
    return str(st.user.get("email") or "") if st.user.get("is_logged_in") else ""


def forget() -> None:
    """Have every page read anew, after something was changed."""
    st.cache_data.clear()
    data.facts.clear()
    data.shelf.clear()
