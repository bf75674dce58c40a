"""Counts by prompt as metrics take them, of names that are no brands of the workspace."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import sqlalchemy as sa
from sqlmodel import Session, col, func

from geo_tracker.metrics.records import Selection
from geo_tracker.queries.selection import selected
from geo_tracker.storage.models import Answer, AnswerStatus, Prompt, Workspace


def asked(session: Session, workspace: Workspace, filters: Selection) -> pd.DataFrame:
    """Planned and valid answers by prompt."""
    valid = func.sum(sa.case((col(Answer.status) == AnswerStatus.CAPTURED, 1), else_=0))
    counts = sa.select(col(Answer.prompt_id), func.count(), valid).join(
        Prompt, col(Prompt.id) == col(Answer.prompt_id)
    )
    chosen = counts.where(*selected(Answer, workspace, filters)).group_by(col(Answer.prompt_id))
    rows = [tuple(row) for row in session.connection().execute(chosen)]
    return pd.DataFrame(rows, columns=["prompt_id", "planned", "answers"]).set_index("prompt_id")


def by_prompt(
    counts: Sequence[tuple[str, int, int]], names: Sequence[str], of: pd.DataFrame, column: str
) -> pd.DataFrame:
    """A count by name and prompt beside the sums of every prompt in `of`, zeros included, as metrics take them."""
    grid = pd.MultiIndex.from_product([names, of.index], names=["brand", "prompt_id"])
    found = {(name, prompt): count for name, prompt, count in counts}
    frame = pd.DataFrame({column: [found.get(pair, 0) for pair in grid]}, index=grid).reset_index()
    return frame.merge(of, left_on="prompt_id", right_index=True)
