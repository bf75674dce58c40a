"""What the pages read, kept until the data changes: numbers from daily sums, evidence from the drill-down reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from dashboard import person
from dashboard.caching import (
    archive,
    database,
    kept,
    look_again,
    reading_run,
    shared,
)
from geo_tracker.collect.session import Due, plan_by_hand, read_session, retry, skip
from geo_tracker.config import Settings
from geo_tracker.metrics.changes import Movement, movements
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.dimensions import TIMES
from geo_tracker.metrics.measures import Measurement, measurements
from geo_tracker.metrics.records import Change, Facts
from geo_tracker.metrics.shelf import Shelf, concentration, shares
from geo_tracker.queries.answers import (
    AnswerDetail,
    AnswerFilters,
    AnswerRow,
    count_answers,
    read_answer,
    read_answers,
)
from geo_tracker.queries.candidates import Candidate, read_candidates, track
from geo_tracker.queries.citations import Level
from geo_tracker.queries.experiments import Experiment, Planned, add_experiment, read_experiments
from geo_tracker.queries.facts import Choices, Selection, read_choices, read_facts, read_workspaces
from geo_tracker.queries.gap import Gap, read_gap
from geo_tracker.queries.head_to_head import HeadToHead, read_head_to_head
from geo_tracker.queries.offered import read_offered, read_spread
from geo_tracker.queries.pages import PageDetail, read_page
from geo_tracker.queries.planner import Month, Plan, read_month, read_plan
from geo_tracker.queries.shelf import Price, ShownOffer, read_offers, read_prices, read_shelf
from geo_tracker.queries.source_changes import SourceChange, read_source_changes
from geo_tracker.queries.sources import CitedSource, read_sources
from geo_tracker.queries.stability import PromptStability, read_stability
from geo_tracker.queries.support import CheckedSentence, read_page_support, read_support
from geo_tracker.queries.type_shares import TypeShare, read_types
from geo_tracker.queries.unsure import Unsure, read_unsure
from geo_tracker.reports.frozen import list_frozen
from geo_tracker.reports.making import Asked, Made, make
from geo_tracker.reports.template import Template
from geo_tracker.score.answers import Progress, score
from geo_tracker.score.campaigns import CampaignFlag, read_campaigns
from geo_tracker.signals.life import mark, refresh
from geo_tracker.signals.outbox import undelivered
from geo_tracker.signals.telling import read_events as read_steps
from geo_tracker.signals.telling import read_signals
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, workspace_named
from geo_tracker.storage.models import Event, FrozenReport, Signal, SignalDelivery, SignalEvent, Workspace
from geo_tracker.workspaces.events import EventDraft, add_event, prompts_of, read_events, remove_event
from geo_tracker.workspaces.lessons import Lesson, forget, lessons, teach
from geo_tracker.workspaces.priors import Prior, forget_learnt, learn, priors


@kept(20)
def workspaces(url: str) -> dict[str, str]:
    """Names by slug."""
    with reading_run(url) as session:
        return read_workspaces(session)


@kept(20)
def locale(url: str, slug: str) -> str:
    with reading_run(url) as session:
        return workspace_named(session, slug).locale


@kept(100)
def choices(url: str, slug: str) -> Choices:
    with reading_run(url) as session:
        return read_choices(session, slug)


@shared(20)
def facts(url: str, filters: Selection, by: Sequence[str] = (), metrics: Sequence[str] = ()) -> Facts:
    """Shared by all readers: never change it."""
    with reading_run(url) as session:
        return read_facts(session, filters, by, metrics)


@kept(200)
def measured(
    url: str,
    filters: Selection,
    by: Sequence[str] = (),
    metrics: Sequence[str] = (),
    brands: Sequence[str] = (),
) -> list[Measurement]:
    of = facts(url, filters, by, metrics) if {*by}.intersection(TIMES) else facts(url, filters)
    return measurements(of, by, metrics or METRICS, brands)


def records(url: str, filters: Selection, by: Sequence[str], metric: str) -> list[dict[str, Any]]:
    """One metric of all brands as the charts take it."""
    return [row.record() for row in measured(url, filters, by, (metric,))]


@kept(100)
def moved(
    url: str, before: Selection, after: Selection, brands: Sequence[str] = ()
) -> dict[tuple[str, str | None], Change]:
    """How every metric moved, of every brand by default; empty where there is nothing before.

    Own brands are judged apart from the others (docs/metrics.md#families): asked for alone, they move alike.
    """
    found = moved_by(url, before, after, (), brands=brands)
    return {(row.metric, row.brand): row.change for row in found}


@kept(100)
def moved_by(
    url: str,
    before: Selection,
    after: Selection,
    by: Sequence[str],
    metrics: Sequence[str] = tuple(METRICS),
    brands: Sequence[str] = (),
) -> list[Movement]:
    """How metrics of brands moved in every group of `by`."""
    earlier = facts(url, before)
    return [] if earlier.empty else movements(earlier, facts(url, after), by, metrics, brands)


@kept(50)
def sources(url: str, filters: Selection, level: Level, limit: int | None) -> list[CitedSource]:
    with reading_run(url) as session:
        return read_sources(session, filters, level, limit=limit)


@shared(20)
def shelf(url: str, filters: Selection) -> Shelf:
    """Shared by all readers: never change it."""
    with reading_run(url) as session:
        return read_shelf(session, facts(url, filters))


@kept(100)
def shelf_shares(url: str, filters: Selection, by: Sequence[str]) -> list[Measurement]:
    with reading_run(url) as session:
        return shares(read_offered(session, facts(url, filters), by))


@kept(50)
def shelf_concentration(url: str, filters: Selection) -> list[Measurement]:
    with reading_run(url) as session:
        return concentration(read_spread(session, facts(url, filters)))


@kept(50)
def prices(url: str, filters: Selection) -> list[Price]:
    with reading_run(url) as session:
        return read_prices(session, filters)


@kept(100)
def offers(
    url: str, filters: Selection, *, brand: str | None = None, broken: bool = False, limit: int | None = None
) -> list[ShownOffer]:
    with reading_run(url) as session:
        return read_offers(session, filters, brand=brand, broken=broken, limit=limit)


@kept(50)
def source_types(url: str, filters: Selection) -> list[TypeShare]:
    with reading_run(url) as session:
        return read_types(session, filters)


@kept(50)
def head_to_head(url: str, filters: Selection, first: str, second: str) -> HeadToHead:
    with reading_run(url) as session:
        return read_head_to_head(session, filters, first, second)


@kept(50)
def gap(url: str, filters: Selection, level: Level) -> Gap:
    with reading_run(url) as session:
        return read_gap(session, filters, level)


@kept(50)
def source_changes(url: str, before: Selection, after: Selection, level: Level) -> list[SourceChange]:
    with reading_run(url) as session:
        return read_source_changes(session, before, after, level)


@kept(20)
def campaigns(url: str, slug: str) -> list[CampaignFlag]:
    with reading_run(url) as session:
        return read_campaigns(session, slug)


@kept(100)
def support(url: str, slug: str, answer_id: int) -> list[CheckedSentence]:
    with reading_run(url) as session:
        return read_support(session, slug, answer_id)


@kept(100)
def page_support(url: str, slug: str, page_id: int, answer_ids: Sequence[int]) -> list[CheckedSentence]:
    with reading_run(url) as session:
        return read_page_support(session, slug, page_id, answer_ids)


def page(url: str, slug: str, page_id: int) -> PageDetail:
    with reading_run(url) as session:
        return read_page(session, slug, page_id)


def answers_count(url: str, filters: Selection, chosen: AnswerFilters) -> int:
    with reading_run(url) as session:
        return count_answers(session, filters, chosen)


def answers(
    url: str, filters: Selection, chosen: AnswerFilters, *, offset: int = 0, limit: int | None = None
) -> list[AnswerRow]:
    with reading_run(url) as session:
        return list(read_answers(session, filters, chosen, offset=offset, limit=limit))


def answer(url: str, slug: str, answer_id: int) -> AnswerDetail:
    with reading_run(url) as session:
        return read_answer(session, slug, answer_id)


@kept(50)
def candidates(url: str, filters: Selection, limit: int) -> list[Candidate]:
    with reading_run(url) as session:
        return read_candidates(session, filters, limit)


@kept(10, hash_funcs={Template: lambda each: each.model_dump_json()})
def report_preview(url: str, asked: Asked) -> Made:
    """The report as a web page."""
    return make(database(url), archive(Settings.from_environment().archive_url), asked)[0]


@kept(20)
def stability(url: str, filters: Selection) -> list[PromptStability]:
    with reading_run(url) as session:
        return read_stability(session, filters)


@kept(50)
def events(url: str, slug: str) -> list[Event]:
    with reading_run(url) as session:
        return read_events(session, workspace_named(session, slug))


@kept(20)
def experiments(url: str, slug: str) -> list[Experiment]:
    with reading_run(url) as session:
        return read_experiments(session, slug, datetime.now(UTC))


@kept(50)
def prompts(url: str, slug: str) -> list[str]:
    """The texts that events and experiments name."""
    with reading_run(url) as session:
        return list(dict.fromkeys(each.text for each in prompts_of(session, workspace_named(session, slug))))


def mark_event(url: str, slug: str, draft: EventDraft, planned: Planned | None = None) -> None:
    """Store an event, or with a plan an experiment."""
    now = datetime.now(UTC)
    with person.changing(url, slug, "edit") as (session, _):
        workspace = workspace_named(session, slug)
        if planned:
            add_experiment(session, workspace, draft, planned, now)
        else:
            add_event(session, workspace, draft, now)


def unmark(url: str, slug: str, name: str) -> None:
    """Forget an event."""
    with person.changing(url, slug, "edit") as (session, _):
        remove_event(session, workspace_named(session, slug), name, datetime.now(UTC))


@kept(50)
def plan(url: str, filters: Selection, brand: str, points: float, power: float) -> Plan:
    with reading_run(url) as session:
        return read_plan(session, filters, "mention_rate", brand, points, power)


@kept(20)
def month(url: str, slug: str) -> list[Month]:
    with reading_run(url) as session:
        return read_month(session, slug, datetime.now(UTC))


def frozen_reports(url: str, slug: str) -> list[FrozenReport]:
    with reading_run(url) as session:
        return list_frozen(session, slug)


def track_brand(url: str, slug: str, name: str, progress: Progress) -> None:
    """Track a name, score all answers with it and have every page read anew."""
    with person.changing(url, slug, "edit") as (session, _):
        workspace = workspace_named(session, slug)
        track(session, workspace, name)
    _score_again(url, workspace, progress)


def unsure(url: str, filters: Selection, limit: int) -> list[Unsure]:
    with reading_run(url) as session:
        return read_unsure(session, filters, limit)


def rules(url: str, slug: str) -> list[Lesson]:
    with reading_run(url) as session:
        return lessons(session, workspace_named(session, slug))


def decide(url: str, slug: str, place: str, progress: Progress, *, brand: bool) -> None:
    """Teach the workspace whether an unsure mention is the brand, and score all answers with the rule."""
    with person.changing(url, slug, "mark") as (session, _):
        workspace = workspace_named(session, slug)
        teach(session, workspace, place, brand=brand, word=None)
    _score_again(url, workspace, progress)


def undo(url: str, slug: str, number: int, progress: Progress) -> None:
    """Take a taught rule back, and score all answers without it."""
    with person.changing(url, slug, "mark") as (session, _):
        workspace = workspace_named(session, slug)
        forget(session, workspace, number)
    _score_again(url, workspace, progress)


def learnt(url: str, slug: str) -> list[Prior]:
    with reading_run(url) as session:
        return priors(session, workspace_named(session, slug))


def learn_uses(url: str, slug: str, progress: Progress, *, drop: bool) -> None:
    """Learn from all answers how they use each name, or drop that, and score them again if that changed."""
    with person.changing(url, slug, "mark") as (session, _):
        workspace = workspace_named(session, slug)
        changed = drop and forget_learnt(session, workspace)
    if not drop:  # reads for long: not inside the transaction
        changed = learn(database(url), workspace, datetime.now(UTC), progress)
    if changed:
        _score_again(url, workspace, progress)


def _score_again(url: str, workspace: Workspace, progress: Progress) -> None:
    score(database(url), Archive(Settings.from_environment().archive_url), workspace, progress)
    look_again()


def signals(url: str, slug: str) -> list[Signal]:
    """All signals of a workspace, the newest first."""
    with reading_run(url) as session:
        return read_signals(session, slug)


def signal_steps(url: str, signal_id: int) -> list[SignalEvent]:
    with reading_run(url) as session:
        return read_steps(session, signal_id)


def look_for_signals(url: str, slug: str) -> int:
    """Look for what is new; how many signals that are."""
    person.required(url, slug, "mark")
    return len(refresh(database(url), slug, datetime.now(UTC)))


def mark_signal(url: str, slug: str, fingerprint: str, status: str, reason: str) -> None:
    with person.changing(url, slug, "mark") as (session, who):
        mark(session, slug, fingerprint, status, who, reason, datetime.now(UTC))


def undelivered_signals(url: str, slug: str) -> Sequence[tuple[SignalDelivery, Signal]]:
    engine = database(url)
    with reading(engine) as session:
        workspace = workspace_named(session, slug)
    return undelivered(engine, workspace)


def session(url: str, slug: str) -> list[Due]:
    """What is to be asked by hand, planned where it is due by now; never cached: two people may be at it.

    Who may only look finds what others have planned.
    """
    now = datetime.now(UTC)
    if not person.allowed("run", slug):
        with reading_run(url) as seen:
            return read_session(seen, workspace_named(seen, slug), now)
    with person.changing(url, slug, "run") as (within, _):
        workspace = workspace_named(within, slug)
        plan_by_hand(within, workspace, now)
        return read_session(within, workspace, now)


def skip_due(url: str, slug: str, row: int, reason: str) -> None:
    with person.changing(url, slug, "run") as (within, _):
        skip(within, workspace_named(within, slug), row, reason, datetime.now(UTC))


def retry_due(url: str, slug: str, row: int) -> None:
    with person.changing(url, slug, "run") as (within, _):
        retry(within, workspace_named(within, slug), row)
