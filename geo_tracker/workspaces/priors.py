"""How a workspace's answers use names that are everyday words: learnt by a step of its own, seen and undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.brands.priors import Form, Uses, tally
from geo_tracker.extract.records import Document
from geo_tracker.extract.scores import RULES_VERSION
from geo_tracker.extract.text.sentences import read
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Brand, Prompt, Workspace
from geo_tracker.workspaces.brands import brands_of, forget_scores, spec_of, uses_of

Progress = Callable[[int, int], None]
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Prior:
    """How many answers certainly use an alias as the brand, and how many as the everyday word."""

    name: str
    alias: str
    brand: int
    other: int
    strength: float
    """-1..1, as it speaks for the brand in every answer."""
    answers: int
    """That were read."""
    rules: str
    """Version of the rules that read them."""
    at: str
    """When, in UTC."""

    def __str__(self) -> str:
        return f"{self.name}: {self.alias!r} is the brand in {self.brand} answers, the word in {self.other}"


def priors(session: Session, workspace: Workspace) -> list[Prior]:
    """What was learnt, in the order of the brands."""
    learnt = session.get_one(Workspace, workspace.id).learnt or {}
    return [
        Prior(name, alias, *uses, round(uses.strength, 3), **learnt)
        for brand in brands_of(session, workspace)
        for (name, alias), uses in uses_of(brand).items()
    ]


def learn(engine: sa.Engine, workspace: Workspace, now: datetime, progress: Progress) -> bool:
    """Read all valid answers without what was learnt before, and keep how they use each name.

    Learning twice on the same answers keeps the same. Returns whether it changed anything; all answers are to be
    scored again then.
    """
    with reading(engine) as session:
        specs = [spec_of(brand, informed=False) for brand in brands_of(session, workspace)]
        count = (
            session.connection().scalar(sa.select(sa.func.count()).select_from(_valid(workspace).subquery()))
            or 0
        )
        matcher = Matcher(specs, topics=workspace.topics)
        uses = tally(matcher, _documents(session, workspace, count, progress))
    learnt = {"answers": count, "rules": RULES_VERSION, "at": now.isoformat(timespec="seconds")}
    with writing(engine) as session:
        return _keep(session, workspace, uses, learnt)


def _valid(workspace: Workspace) -> sa.Select[Any]:
    columns: list[Any] = [Answer.id, Answer.text, col(Prompt.text).label("prompt")]
    joined = sa.select(*columns).join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
    return joined.where(col(Answer.workspace_id) == workspace.id, col(Answer.status) == AnswerStatus.CAPTURED)


def _documents(session: Session, workspace: Workspace, count: int, progress: Progress) -> Iterator[Document]:
    rows = session.connection().execute(
        _valid(workspace).order_by(col(Answer.id)), execution_options={"yield_per": _BATCH}
    )
    for done, row in enumerate(rows, 1):
        progress(done, count)
        yield read(row.text or "", prompt=row.prompt)


def forget_learnt(session: Session, workspace: Workspace) -> bool:
    """Drop what was learnt, all answers to be scored again; False where nothing was. Call inside a transaction."""
    return _keep(session, workspace, {}, None)


def _keep(
    session: Session, workspace: Workspace, uses: Mapping[Form, Uses], learnt: dict[str, Any] | None
) -> bool:
    changed = False
    for brand in session.exec(select(Brand).where(Brand.workspace_id == workspace.id)).all():
        values = [
            {"alias": alias, **each._asdict()} for (name, alias), each in uses.items() if name == brand.name
        ]
        changed |= values != brand.priors
        brand.priors = values
        session.add(brand)
    stored = session.get_one(Workspace, workspace.id)
    stored.learnt = learnt
    session.add(stored)
    if changed:
        forget_scores(session, workspace)
    return changed
