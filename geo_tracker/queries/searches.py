"""What engines searched for to answer: their own queries, folded and counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.extract.text.folding import fold_name
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, Prompt, SearchQuery, Workspace

READ = 5_000
"""Spellings that are folded, those in most answers first: with more of them the rare ones are left out."""


@dataclass(frozen=True, slots=True)
class Search:
    """A question that engines put to the web, over all its spellings."""

    text: str
    """As most answers write it."""
    answers: int
    """Valid answers whose engine searched for it; an answer with two spellings of it counts in each."""
    engines: tuple[str, ...]
    prompt: str
    """The question that most of them answered."""
    language: str
    """Of that question, as are country and topic."""
    country: str
    topic: str
    last: date
    asked: bool
    """It is a prompt of the workspace."""

    def record(self) -> dict[str, Any]:
        """The search as one JSON object."""
        return asdict(self)


@dataclass(slots=True)
class _Spellings:
    texts: Counter[str] = field(default_factory=Counter)
    engines: set[str] = field(default_factory=set)
    prompts: Counter[int] = field(default_factory=Counter)
    last: date = date.min


def read_searches(
    session: Session, filters: Selection, *, limit: int, prompt_id: int | None = None
) -> list[Search]:
    """The searches of the selected valid answers, of one prompt or of all, those in most answers first."""
    workspace = workspace_named(session, filters.workspace)
    found: dict[str, _Spellings] = defaultdict(_Spellings)
    for row in session.connection().execute(_counted(workspace, filters, prompt_id)):
        if key := folded(row.text):
            of = found[key]
            of.texts[row.text] += row.answers
            of.engines.add(row.engine)
            of.prompts[row.prompt_id] += row.answers
            of.last = max(of.last, row.last)
    order = sorted(found, key=lambda key: (-found[key].texts.total(), key))[:limit]
    return _described(session, workspace, [found[key] for key in order])


def folded(text: str) -> str:
    """What two spellings of one question have in common: case, width, white space and the mark at its end are not."""
    return fold_name(text.rstrip(" ?？.。!！"))


def _counted(workspace: Workspace, filters: Selection, prompt_id: int | None) -> sa.Select[Any]:
    answers = func.count(sa.distinct(col(Answer.id))).label("answers")
    keys: list[Any] = [SearchQuery.text, Answer.engine, Answer.prompt_id]
    statement = sa.select(*keys, answers, func.max(Answer.day).label("last")).select_from(SearchQuery)
    joined = statement.join(Answer, col(Answer.id) == col(SearchQuery.answer_id))
    joined = joined.join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
    chosen = joined.where(*selected(Answer, workspace, filters), col(Answer.status) == AnswerStatus.CAPTURED)
    if prompt_id is not None:
        chosen = chosen.where(col(Answer.prompt_id) == prompt_id)
    return chosen.group_by(*keys).order_by(answers.desc(), col(SearchQuery.text)).limit(READ)


def _described(session: Session, workspace: Workspace, found: list[_Spellings]) -> list[Search]:
    mine = session.exec(select(Prompt).where(Prompt.workspace_id == workspace.id)).all()
    prompts = {prompt.id: prompt for prompt in mine}
    asked = {folded(prompt.text) for prompt in mine if prompt.declared and prompt.archived_at is None}
    return [_search(of, prompts[of.prompts.most_common(1)[0][0]], asked) for of in found]


def _search(of: _Spellings, prompt: Prompt, asked: set[str]) -> Search:
    text = of.texts.most_common(1)[0][0]
    return Search(
        text=text,
        answers=of.texts.total(),
        engines=tuple(sorted(of.engines)),
        prompt=prompt.text,
        language=prompt.language,
        country=prompt.country,
        topic=prompt.topic,
        last=of.last,
        asked=folded(text) in asked,
    )
