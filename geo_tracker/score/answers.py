"""From stored answers to Mention, Offer, Score and Daily rows; everything here can be thrown away and rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col, update

from geo_tracker.extract.scores import RULES_VERSION
from geo_tracker.score.answer_rows import Found, Scorer, answers_of, texts_of
from geo_tracker.score.campaigns import flag_campaigns
from geo_tracker.score.longer_sums import sum_up, unsummed
from geo_tracker.score.pending import pending_answers
from geo_tracker.score.processes import WORTH, Processes, ahead, cores
from geo_tracker.score.rollup import grouped, outdated, roll_up, take_turns
from geo_tracker.score.sources import sources_of
from geo_tracker.score.texts import AnswerText, Texts
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Answer, Workspace
from geo_tracker.workspaces.brands import Brands

BATCH = 500
Progress = Callable[[int, int], None]
R = TypeVar("R")


def no_progress(done: int, total: int) -> None:
    """For callers that show nothing."""


@dataclass(frozen=True, slots=True)
class Scored:
    """How many answers were scored and how many days rolled up."""

    answers: int
    days: int


def read_offers_of(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,
    progress: Progress = no_progress,
    *,
    processes: int | None = None,
) -> None:
    """Take the offers of answers and cited pages that are not scored yet, and plan the pages that they lead to.

    To be followed by a crawl of those pages and by `score`; `score` alone does the same and knows nothing of them.
    """
    with _scorer(engine, archive, workspace, processes) as (scorer, pending):
        written = _each(engine, workspace, pending, scorer.texts, Texts.offers, scorer.read_offers_of)
        for done, _ in written:
            progress(done, _count(pending))


def score(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,
    progress: Progress = no_progress,
    *,
    processes: int | None = None,
) -> Scored:
    """Score the answers that are new or whose brands, rules or pages changed; roll up their days.

    Answers are marked as scored together with the roll-up of their days: a killed process repeats at most a day or a
    batch.
    Texts are analysed in so many `processes`, None for one per core where there are enough of them; the rows are the
    same.
    """
    done = 0
    with _scorer(engine, archive, workspace, processes) as (scorer, pending):
        for done, ended in _each(engine, workspace, pending, scorer.texts, Texts.answer, scorer.score):
            progress(done, _count(pending))
            for group in _grouped(engine, workspace, ended):
                with writing(engine) as session:
                    take_turns(session, workspace)
                    # First: the daily rows tell which rules they rest on.
                    _mark_scored(session, [answer for day in group for answer in pending[day]])
                    roll_up(session, workspace, group, scorer.brands)
    days = roll_up_outdated(engine, workspace)
    _sum_up(engine, workspace)
    with writing(engine) as session:
        take_turns(session, workspace)
        flag_campaigns(session, workspace)
        _know(session, workspace, scorer.brands)
    return Scored(done, len(pending) + days)


def _each(
    engine: sa.Engine,
    workspace: Workspace,
    pending: Mapping[date, Sequence[int]],
    texts: Processes[Texts],
    work: Callable[[Texts, AnswerText], R],
    write: Callable[[Session, Sequence[int], Found[R]], None],
) -> Iterator[tuple[int, Sequence[date]]]:
    """Write what `work` finds, a batch a transaction; after each, how many answers are done and the days that ended."""
    done = 0
    for batch, ended, found in ahead(_begun(engine, pending, texts, work)):
        with writing(engine) as session:
            take_turns(session, workspace)
            write(session, batch, found)
        done += len(batch)
        yield done, ended


def roll_up_outdated(engine: sa.Engine, workspace: Workspace) -> int:
    """Roll up the days that an older version of the sums rolled up; reads scores, no texts. Returns how many."""
    with reading(engine) as session:
        days, brands = outdated(session, workspace), Brands(session, workspace)
    for group in _grouped(engine, workspace, days):
        with writing(engine) as session:
            take_turns(session, workspace)
            roll_up(session, workspace, group, brands)
    return len(days)


def _grouped(engine: sa.Engine, workspace: Workspace, days: Sequence[date]) -> list[list[date]]:
    """Days that are rolled up in one transaction."""
    with reading(engine) as session:
        return grouped(session, workspace, days)


def _sum_up(engine: sa.Engine, workspace: Workspace) -> None:
    """Add up the weeks and months of which a day was rolled up, each in a transaction."""
    with reading(engine) as session:
        wanted = unsummed(session, workspace)
    for time, first in wanted:
        with writing(engine) as session:
            take_turns(session, workspace)
            sum_up(session, workspace, time, first)


def _know(session: Session, workspace: Workspace, brands: Brands) -> None:
    """Note which brands have been scored; one that is added meanwhile is not among them."""
    newest = max((brand.id for brand in brands.all), default=None)
    session.exec(update(Workspace).where(col(Workspace.id) == workspace.id).values(scored_brand=newest))


@contextmanager
def _scorer(
    engine: sa.Engine, archive: Archive, workspace: Workspace, processes: int | None
) -> Iterator[tuple[Scorer, Mapping[date, Sequence[int]]]]:
    """What scores, and the answers that are to be scored by day."""
    with writing(engine) as session:
        pending = pending_answers(session, workspace)
        brands = Brands(session, workspace)
    fitting = cores() if _count(pending) >= WORTH else 1
    with Processes(processes or fitting, Texts, workspace, brands) as texts:
        yield Scorer(archive, workspace, brands, texts), pending


def _count(pending: Mapping[date, Sequence[int]]) -> int:
    return sum(map(len, pending.values()))


def _begun(
    engine: sa.Engine,
    pending: Mapping[date, Sequence[int]],
    texts: Processes[Texts],
    work: Callable[[Texts, AnswerText], R],
) -> Iterator[tuple[Sequence[int], Sequence[date], Found[R]]]:
    """Each batch with the days that end in it, its texts in work."""
    for ids, ended in _batched(pending):
        with reading(engine) as session:
            jobs = texts_of(session, answers_of(session, ids), sources_of(session, ids))
        yield ids, ended, Found(texts, work, jobs)


def _batched(pending: Mapping[date, Sequence[int]]) -> Iterator[tuple[list[int], list[date]]]:
    """Answers in order of their days, and the days of which each batch has the last."""
    batch: list[int] = []
    ended: list[date] = []
    for day, ids in pending.items():
        for at in range(0, len(ids), BATCH):
            part = ids[at : at + BATCH]
            if len(batch) + len(part) > BATCH:
                yield batch, ended
                batch, ended = [], []
            batch += part
        ended.append(day)
    if batch:
        yield batch, ended


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[at : at + BATCH] for at in range(0, len(ids), BATCH))


def _mark_scored(session: Session, ids: Sequence[int]) -> None:
    for batch in _batches(ids):
        scored = update(Answer).where(col(Answer.id).in_(batch))
        session.exec(scored.values(rules=RULES_VERSION, scored_at=datetime.now(UTC)))
