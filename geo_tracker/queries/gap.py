"""The source gap: where engines look, rivals are named and the own brand is not, and what to do there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.citations import (
    Cited,
    Facets,
    Level,
    Naming,
    citing,
    facets,
    names,
    names_by_page,
    page_citations,
    read_cited,
)
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import (
    Brand,
    Citation,
    Page,
    PageMention,
    PageReading,
    PageStatus,
    Prompt,
    Workspace,
)

Action = Literal["pitch", "correct", "publish"]
PUBLISH = ("competitor", "corporate", "ecommerce")
"""Types that print what their owner sells: nobody there can be asked to name another brand."""

OWNED = "owned"
"""An own page speaks for the brand whomever it names."""
PROMPTS = 5


@dataclass(frozen=True, slots=True)
class GapSource:
    """A domain or page that answers cite and that names rivals, and the own brand not at all or only badly."""

    source: str
    page_id: int | None
    title: str | None
    type: str | None
    reason: str | None
    action: Action
    answers: int
    """Valid answers that cite one of its pages that name rivals."""
    citations: int
    weight: float
    """Sum of the shares of their answers that these citations bear."""
    weight_estimated: float
    """Part of it from answers whose engine does not say what rests on which source: equal shares."""
    score: float
    """weight x number of rivals: what the list is ordered by."""
    engines: tuple[str, ...]
    rivals: tuple[tuple[str, int], ...]
    """Competitors and how often its pages name them, most first."""
    prompts: tuple[str, ...]
    """Questions whose answers cite it most, at most `PROMPTS`."""
    pages: int
    """Its cited pages that name rivals."""
    unread: int
    """Cited pages of the domain that were not read."""
    campaign: int | None
    """Number of the possible campaign that one of its pages belongs to: look there before you pitch."""

    def record(self) -> dict[str, Any]:
        """The gap as one JSON object; the fields are those of `geo-tracker gap`."""
        return {**asdict(self), "rivals": dict(self.rivals)}


@dataclass(frozen=True, slots=True)
class Gap:
    """All gaps of a selection, largest first, and what could not be judged."""

    sources: tuple[GapSource, ...]
    unread: int
    """Cited sources of which nothing was read: they may be gaps or not."""


NO_GAP = Gap((), 0)


@dataclass(slots=True)
class _Naming:
    """Whom the read pages of one source name."""

    rivals: Counter[str] = field(default_factory=Counter)
    pages: set[int] = field(default_factory=set)
    """Pages that name a rival."""
    own: list[str | None] = field(default_factory=list)
    """What pages say of the own brands that they name."""

    @property
    def is_gap(self) -> bool:
        return bool(self.rivals) and all(polarity == "negative" for polarity in self.own)


def read_gap(
    session: Session, filters: Selection, level: Level = "domain", *, cited: Cited | None = None
) -> Gap:
    """Cited sources that name rivals and the own brand not at all, or only negatively.

    A page that was not read is never a gap. Raises `UsageError` where the workspace has no own brand.
    """
    workspace = workspace_named(session, filters.workspace)
    _check(session, workspace)
    every = page_citations(cited or read_cited(session, workspace, filters), level)
    of_others = [part for part in every if part.type != OWNED]
    found = facets(of_others)
    naming = names_by_page(session, workspace, (page for of in found.values() for page in of.pages))
    gaps = {key: named for key, of in found.items() if (named := _naming(of, naming)).is_gap}
    of_gaps = facets(part for part in of_others if part.key in gaps and part.page_id in gaps[part.key].pages)
    answers = citing(session, workspace, filters, level, only=_names_rivals(workspace))
    prompts = select(Prompt.id, Prompt.text).where(Prompt.workspace_id == workspace.id)
    texts = dict(session.exec(prompts).all())
    titles = names(session, workspace, filters, level, of_gaps)
    unread = {key: sum(not read for read in of.pages.values()) for key, of in found.items()}
    sources = (
        GapSource(
            source=key,
            page_id=of.page_id if level == "page" else None,
            title=titles[key],
            answers=sum(answers[key].values()),
            prompts=tuple(texts[prompt] for prompt in _most(answers[key])),
            unread=unread[key],
            **_judged(of, gaps[key]),
        )
        for key, of in of_gaps.items()
    )
    ordered = sorted(sources, key=lambda gap: (-gap.score, gap.source))
    return Gap(tuple(ordered), sum(unread[key] == len(of.pages) for key, of in found.items()))


def action(type: str | None, *, named: bool) -> Action:
    """What to do: correct a page that names the own brand badly, publish where only sellers speak, else pitch."""
    if named:
        return "correct"
    return "publish" if type in PUBLISH else "pitch"


def _check(session: Session, workspace: Workspace) -> None:
    own = (Brand.workspace_id == workspace.id, col(Brand.own), col(Brand.archived_at).is_(None))
    if session.exec(select(Brand.id).where(*own).limit(1)).first() is None:
        raise UsageError(
            f"{workspace.slug}: no brand is your own - give one 'role: own' in the workspace file"
        )


def _naming(of: Facets, naming: Mapping[int, Sequence[Naming]]) -> _Naming:
    names = _Naming()
    for page, read in of.pages.items():
        for named in naming.get(page or 0, ()) if read else ():
            if named.own:
                names.own.append(named.polarity)
            else:
                names.rivals[named.brand] += named.mentions
                names.pages.add(named.page_id)
    return names


def _judged(of: Facets, names: _Naming) -> dict[str, Any]:
    """What the pages of a gap that name rivals come to."""
    return {
        "type": of.kind[0],
        "reason": of.kind[1],
        "action": action(of.kind[0], named=bool(names.own)),
        "citations": of.citations,
        "weight": round(of.weight, 6),
        "weight_estimated": round(of.estimated, 6),
        "score": round(of.weight * len(names.rivals), 6),
        "engines": tuple(sorted(of.engines)),
        "rivals": tuple(names.rivals.most_common()),
        "pages": len(names.pages),
        "campaign": of.campaign,
    }


def _most(answers: Mapping[int, int]) -> list[int]:
    """The prompts with most answers."""
    return sorted(answers, key=lambda prompt: (-answers[prompt], prompt))[:PROMPTS]


def _names_rivals(workspace: Workspace) -> sa.ColumnElement[bool]:
    """Citations of pages that were read, are not the own brand's and name a rival: those that a gap consists of."""
    rivals = (Brand.workspace_id == workspace.id, ~col(Brand.own), col(Brand.archived_at).is_(None))
    mine = (col(PageReading.page_id) == col(Page.id), col(PageReading.workspace_id) == workspace.id)
    named = select(PageMention.page_id).join(Brand).join(Page).outerjoin(PageReading, sa.and_(*mine))
    is_read = (col(Page.status) == PageStatus.FETCHED, col(Page.wall).is_(None))
    pages = named.where(*rivals, *is_read, func.coalesce(PageReading.type, "") != OWNED)
    # With `+ 0` SQLite looks each citation up among the pages, not all citations of each page: 2 s, not 40.
    return (col(Citation.page_id) + 0).in_(pages)
