"""One question with what was answered to it, and how alike the answers to each are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func

from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.metrics.stability import Likeness, Order, Stability, likeness, stability
from geo_tracker.queries.answers import NamedSpan, Source, answer_sources, named_spans
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, Citation, Prompt, Score, Workspace

SOURCES = 10


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """The newest valid answer of one engine and surface."""

    id: int
    engine: str
    surface: str
    day: date
    model: str | None
    text: str
    mentions: tuple[NamedSpan, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class PromptDetail:
    """One question over the selected valid answers."""

    prompt: Prompt
    latest: tuple[LastAnswer, ...]
    """One per engine and surface."""
    answers: int
    """Valid ones."""
    sources: tuple[tuple[str, int], ...]
    """Domains by the answers that cite them, most first, at most `SOURCES`."""
    stability: Stability


def prompt_of(session: Session, slug: str, prompt_id: int) -> Prompt:
    """A prompt of a workspace; raises `UsageError` where the workspace has none of that id."""
    prompt = session.get(Prompt, prompt_id)
    if prompt is None or prompt.workspace_id != workspace_named(session, slug).id:
        raise UsageError(f"no prompt {prompt_id} in workspace {slug!r}")
    return prompt


def read_prompt(session: Session, filters: Selection, prompt_id: int) -> PromptDetail:
    """One prompt of a workspace; raises `UsageError` where the workspace has none of that id."""
    workspace = workspace_named(session, filters.workspace)
    valid = (*_valid(workspace, filters), col(Answer.prompt_id) == prompt_id)
    counted = _of_answers(sa.select(func.count())).where(*valid)
    groups = _orders(session, valid).get(prompt_id, [])
    return PromptDetail(
        prompt=prompt_of(session, filters.workspace, prompt_id),
        latest=tuple(_latest(session, workspace, valid)),
        answers=int(session.connection().execute(counted).scalar_one()),
        sources=tuple(_sources(session, valid)),
        stability=stability(groups),
    )


def read_likeness(session: Session, filters: Selection, prompt_ids: Iterable[int]) -> dict[int, Likeness]:
    """How alike the repeats of each prompt are; the rows read grow with the answers to these prompts alone."""
    workspace = workspace_named(session, filters.workspace)
    chosen = (*_valid(workspace, filters), col(Answer.prompt_id).in_([*prompt_ids]))
    return {prompt: likeness(groups) for prompt, groups in _orders(session, chosen).items()}


def _valid(workspace: Workspace, filters: Selection) -> tuple[Any, ...]:
    return (*selected(Answer, workspace, filters), col(Answer.status) == AnswerStatus.CAPTURED)


def _of_answers(statement: Any) -> Any:
    return statement.select_from(Answer).join(Prompt, col(Prompt.id) == col(Answer.prompt_id))


def _latest(session: Session, workspace: Workspace, valid: Sequence[Any]) -> Iterable[LastAnswer]:
    newest: Any = func.row_number().over(
        partition_by=(col(Answer.engine), col(Answer.surface)),
        order_by=(col(Answer.day).desc(), col(Answer.id).desc()),
    )
    ranked = _of_answers(sa.select(col(Answer.id), newest.label("at"))).where(*valid).subquery()
    columns: list[Any] = [getattr(Answer, name) for name in ("id", "engine", "surface", "day", "model")]
    chosen = sa.select(*columns, func.coalesce(Answer.text, "").label("text"))
    joined = chosen.join(ranked, ranked.c.id == col(Answer.id)).where(ranked.c.at == 1)
    ordered = joined.order_by(col(Answer.engine), col(Answer.surface))
    for row in session.connection().execute(ordered).all():
        named = tuple(named_spans(session, row.id))
        cited = tuple(answer_sources(session, workspace, row.id))
        yield LastAnswer(row.id, row.engine, row.surface, row.day, row.model, row.text, named, cited)


def _sources(session: Session, valid: Sequence[Any]) -> list[tuple[str, int]]:
    citing = func.count(sa.distinct(col(Answer.id)))
    cited = _of_answers(sa.select(col(Citation.domain), citing)).join(Citation)
    chosen = cited.where(*valid, col(Citation.role) == "cited", col(Citation.domain) != "")
    ordered = chosen.group_by(Citation.domain).order_by(citing.desc(), Citation.domain).limit(SOURCES)
    return [(row[0], row[1]) for row in session.connection().execute(ordered)]


def _orders(session: Session, valid: Sequence[Any]) -> dict[int, list[list[Order]]]:
    """By prompt: the brands of the answers of each engine, surface, run and day, where there are repeats.

    An imported batch is one run over many days: without the day its pairs would grow with the square of its answers.
    """
    key: list[Any] = [Answer.prompt_id, Answer.engine, Answer.surface, Answer.run_id, Answer.day]
    repeated = _of_answers(sa.select(*key)).where(*valid).group_by(*key).having(func.count() > 1).subquery()
    same = sa.and_(*(column == repeated.c[column.key] for column in key))
    named = sa.and_(col(Score.answer_id) == col(Answer.id), col(Score.mentions) > 0)
    rows = _of_answers(sa.select(*key, col(Answer.id), col(Score.brand_id))).join(repeated, same)
    rows = rows.outerjoin(Score, named).where(*valid).order_by(col(Answer.id), Score.rank, Score.brand_id)
    groups: dict[tuple[Any, ...], dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for *of, answer, brand in session.connection().execute(rows):
        brands = groups[tuple(of)][answer]
        if brand is not None:
            brands.append(str(brand))
    found: dict[int, list[list[Order]]] = defaultdict(list)
    for (prompt, *_), answers in groups.items():
        found[prompt].append([tuple(brands) for brands in answers.values()])
    return found
