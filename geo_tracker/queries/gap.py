"""The source gap: where engines look, rivals are named and the own brand is not, and what to do there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.citations import Facets, Level, cited, facet_rows, facets, names_by_page, weighed
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Brand, PageMention, Prompt, Workspace

Action = Literal["pitch", "correct", "publish"]
PUBLISH = ("competitor", "corporate", "ecommerce")
"""Types that print what their owner sells: nobody there can be asked to name another brand."""

OWNED = "owned"
"""An own page speaks for the brand whomever it names."""
PROMPTS = 5


@dataclass(frozen=True, slots=True)
class GapSource:
    """A domain or page that answers lean on and that names rivals, and the own brand not at all or only badly."""

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


def read_gap(session: Session, filters: Selection, level: Level = "domain") -> Gap:
    """Cited sources that name rivals and the own brand not at all, or only negatively.

    A page that was not read is never a gap. Raises `UsageError` where the workspace has no own brand.
    """
    workspace = workspace_named(session, filters.workspace)
    _check(session, workspace)
    rows = [row for row in facet_rows(session, cited(workspace, filters, level)) if row.type != OWNED]
    found, naming = facets(rows), names_by_page(session, workspace)
    gaps = {key: names for key, of in found.items() if (names := _naming(of, naming)).is_gap}
    unread = {key: sum(not read for read in of.pages.values()) for key, of in found.items()}
    sources = _sources(session, workspace, filters, level, gaps, rows, unread)
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


def _naming(of: Facets, naming: Mapping[int, Sequence[tuple[Brand, PageMention]]]) -> _Naming:
    names = _Naming()
    for page, read in of.pages.items():
        for brand, mention in naming.get(page or 0, ()) if read else ():
            if brand.own:
                names.own.append(mention.polarity)
            else:
                names.rivals[brand.name] += mention.mentions
                names.pages.add(mention.page_id)
    return names


def _sources(
    session: Session,
    workspace: Workspace,
    filters: Selection,
    level: Level,
    gaps: Mapping[str, _Naming],
    rows: Iterable[Any],
    unread: Mapping[str, int],
) -> Iterator[GapSource]:
    pages = {page for names in gaps.values() for page in names.pages}
    of_gaps = facets(row for row in rows if row.key in gaps and row.page_id in pages)
    prompts = _prompts(session, workspace, cited(workspace, filters, level))
    for row in _sums(session, workspace, weighed(workspace, filters, level)):
        if row.key not in gaps:
            continue
        names, of = gaps[row.key], of_gaps[row.key]
        yield GapSource(
            source=row.key,
            page_id=row.page_id if level == "page" else None,
            title=row.title if level == "page" else row.site,
            type=of.kind[0],
            reason=of.kind[1],
            action=action(of.kind[0], named=bool(names.own)),
            answers=row.answers,
            citations=row.citations,
            weight=round(row.weight, 6),
            weight_estimated=round(row.estimated, 6),
            score=round(row.weight * len(names.rivals), 6),
            engines=tuple(sorted(of.engines)),
            rivals=tuple(names.rivals.most_common()),
            prompts=tuple(prompts[row.key][:PROMPTS]),
            pages=len(names.pages),
            unread=unread[row.key],
            campaign=of.campaign,
        )


def _prompts(session: Session, workspace: Workspace, rows: sa.Subquery) -> Mapping[str, list[str]]:
    """The questions whose answers cite the pages, by source, most answers first."""
    answers = func.count(sa.distinct(rows.c.answer_id)).label("answers")
    columns: list[Any] = [rows.c.key, Prompt.text, answers]
    counted = sa.select(*columns).join(Prompt, col(Prompt.id) == rows.c.prompt_id)
    each = counted.where(_names_rivals(workspace, rows)).group_by(
        rows.c.key, col(Prompt.id), col(Prompt.text)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for key, text, _ in session.connection().execute(each.order_by(sa.desc("answers"), col(Prompt.id))):
        found[key].append(text)
    return found


def _sums(session: Session, workspace: Workspace, rows: sa.Subquery) -> Sequence[Any]:
    columns = {
        "answers": func.count(sa.distinct(rows.c.answer_id)),
        "citations": func.count(),
        "weight": func.sum(rows.c.weight),
        "estimated": func.sum(sa.case((rows.c.told, 0.0), else_=rows.c.weight)),
        **{name: func.max(rows.c[name]) for name in ("page_id", "title", "site")},
    }
    labelled = (column.label(name) for name, column in columns.items())
    summed = sa.select(rows.c.key, *labelled).where(_names_rivals(workspace, rows)).group_by(rows.c.key)
    return session.connection().execute(summed).all()


def _names_rivals(workspace: Workspace, rows: sa.Subquery) -> Any:
    """Whether a row's page was read, is not the own brand's and names a rival: those that a gap consists of."""
    rivals = (Brand.workspace_id == workspace.id, ~col(Brand.own), col(Brand.archived_at).is_(None))
    pages = select(PageMention.page_id).join(Brand).where(*rivals)
    of_others = func.coalesce(rows.c.type, "") != OWNED
    return sa.and_(rows.c.read, of_others, rows.c.page_id.in_(pages))
