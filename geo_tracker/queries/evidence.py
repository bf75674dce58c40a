"""What a selection rests on: hashes that tell whether it changed since, and what has not come in yet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func

from geo_tracker.metrics.records import Facts, Selection
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, Body, Brand, Prompt

BATCH = 5_000


def rests_on(session: Session, facts: Facts) -> dict[str, str]:
    """One sha256 each for the answers, their daily sums, the brands and the rules behind a selection."""
    return {
        "answers": _hashed(_answers(session, facts.filters)),
        "sums": _hashed(_sums(facts)),
        "brands": _hashed(_brands(session, facts.filters)),
        "rules": _hashed(iter(facts.rules)),
    }


def _hashed(parts: Iterator[str]) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(part.encode() + b"\n")
    return found.hexdigest()


def _answers(session: Session, filters: Selection) -> Iterator[str]:
    workspace = workspace_named(session, filters.workspace)
    columns: list[Any] = [col(Answer.key), col(Answer.status), col(Body.step), col(Body.sha256)]
    joined = sa.select(*columns).select_from(Answer).join(Prompt)
    joined = joined.outerjoin(Body, sa.and_(col(Body.answer_id) == col(Answer.id), ~col(Body.superseded)))
    ordered = joined.where(*selected(Answer, workspace, filters)).order_by(*columns)
    for row in session.connection().execute(ordered.execution_options(yield_per=BATCH)):
        yield "\t".join(map(str, row))


def _sums(facts: Facts) -> Iterator[str]:
    for frame, keys in ((facts.cells, []), (facts.own_sums, ["brand"])):
        ordered = frame.sort_values(["prompt_id", "engine", "surface", "mode", *keys])
        yield ordered.reindex(columns=sorted(frame.columns)).to_csv(index=False)


def _brands(session: Session, filters: Selection) -> Iterator[str]:
    workspace = workspace_named(session, filters.workspace)
    names = ("name", "own", "aliases", "products", "domains")
    mine = sa.select(*(getattr(Brand, name) for name in names)).where(
        col(Brand.workspace_id) == workspace.id, col(Brand.archived_at).is_(None)
    )
    for row in session.connection().execute(mine.order_by(col(Brand.name))):
        yield json.dumps(list(row), sort_keys=True, ensure_ascii=False)


def waiting(session: Session, filters: Selection) -> int:
    """Planned answers of a selection that have not come in yet."""
    workspace = workspace_named(session, filters.workspace)
    chosen = (*selected(Answer, workspace, filters), col(Answer.status) == AnswerStatus.PLANNED)
    counted = sa.select(func.count()).select_from(Answer).join(Prompt).where(*chosen)
    return int(session.connection().execute(counted).scalar_one())
