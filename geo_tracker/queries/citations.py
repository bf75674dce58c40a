"""The citations of a selection, one row each, as every reading of sources starts from them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.metrics.records import Selection
from geo_tracker.queries.selection import selected
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Brand,
    Citation,
    Page,
    PageMention,
    PageReading,
    PageStatus,
    Prompt,
    Workspace,
)

Level = Literal["domain", "page"]


def cited(workspace: Workspace, filters: Selection, level: Level) -> sa.Subquery:
    """One row per citation of the selected valid answers.

    `key` is the domain or the page's URL; `read` whether its page was read.
    """
    each = _each(workspace, filters, level).subquery()
    found: sa.Subquery = sa.select(each).where(each.c.key != "").subquery()
    return found


def weighed(workspace: Workspace, filters: Selection, level: Level) -> sa.Subquery:
    """As `cited`, with `weight`: how much of its answer leans on the citation, 0..1.

    `told` is whether the engine says so, else every citation of the answer bears an equal share.
    """
    answer = col(Citation.answer_id)
    told = func.count(col(Citation.weight)).over(partition_by=answer) > 0
    equal = 1.0 / func.count().over(partition_by=answer)
    share = sa.case((told, func.coalesce(Citation.weight, 0.0)), else_=equal)
    columns = (share.label("weight"), told.label("told"))
    each = _each(workspace, filters, level).add_columns(*columns).subquery()
    found: sa.Subquery = sa.select(each).where(each.c.key != "").subquery()
    return found


def _each(workspace: Workspace, filters: Selection, level: Level) -> sa.Select[Any]:
    key: Any = func.coalesce(Page.domain, Citation.domain) if level == "domain" else col(Page.url)
    described: list[Any] = [
        func.coalesce(getattr(Page, name), getattr(Citation, name)).label(name) for name in ("title", "site")
    ]
    is_read = sa.and_(col(Page.status) == PageStatus.FETCHED, col(Page.wall).is_(None))
    of_page: list[Any] = [Citation.page_id, Page.status, PageReading.type, PageReading.reason]
    of_answer: list[Any] = [Citation.answer_id, Answer.prompt_id, Answer.engine, PageReading.campaign]
    read = func.coalesce(is_read, sa.false()).label("read")
    mine = (col(PageReading.page_id) == col(Page.id), col(PageReading.workspace_id) == workspace.id)
    return (
        sa.select(key.label("key"), *of_answer, *of_page, *described, read)
        .join(Answer, col(Answer.id) == col(Citation.answer_id))
        .join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
        .outerjoin(Page, col(Page.id) == col(Citation.page_id))
        .outerjoin(PageReading, sa.and_(*mine))
        .where(*selected(Answer, workspace, filters), col(Answer.status) == AnswerStatus.CAPTURED)
        .where(col(Citation.role) == "cited")
    )


FACETS = ("key", "page_id", "engine", "status", "type", "reason", "campaign", "read")


@dataclass(slots=True)
class Facets:
    """What the citations of one source have between them."""

    engines: set[str] = field(default_factory=set)
    statuses: set[str] = field(default_factory=set)
    pages: dict[int | None, bool] = field(default_factory=dict)
    """Whether each was read."""
    kinds: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)
    """Citations by type and reason."""
    campaign: int | None = None

    @property
    def kind(self) -> tuple[str | None, str | None]:
        """Type and reason of most citations; unknown only where no page's type is known."""
        return min(self.kinds, key=lambda kind: (kind[0] is None, -self.kinds[kind], kind[0] or ""))


def facet_rows(session: Session, rows: sa.Subquery) -> Sequence[Any]:
    """The columns of `FACETS` and `citations`, how many have them."""
    columns = [rows.c[name] for name in FACETS]
    counted = sa.select(*columns, func.count().label("citations")).group_by(*columns)
    return session.connection().execute(counted).all()


def facets(rows: Iterable[Any]) -> dict[str, Facets]:
    """Of each source among `facet_rows`."""
    found: dict[str, Facets] = defaultdict(Facets)
    for row in rows:
        of = found[row.key]
        of.engines.add(row.engine)
        of.pages[row.page_id] = bool(row.read)
        of.kinds[row.type, row.reason] += row.citations
        of.campaign = of.campaign or row.campaign or None
        if row.status is not None:
            of.statuses.add(row.status)
    return found


def names_by_page(session: Session, workspace: Workspace) -> dict[int, list[tuple[Brand, PageMention]]]:
    """The brands of the workspace that are still tracked, by the pages that name them."""
    mine = (Brand.workspace_id == workspace.id, col(Brand.archived_at).is_(None))
    named = select(Brand, PageMention).join(PageMention, col(PageMention.brand_id) == col(Brand.id))
    found: dict[int, list[tuple[Brand, PageMention]]] = defaultdict(list)
    for brand, mention in session.exec(named.where(*mine)).all():
        found[mention.page_id].append((brand, mention))
    return found


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
