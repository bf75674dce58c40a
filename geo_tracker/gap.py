"""The source gap: where engines look, rivals are named and the own brand is not, and what to do there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.citations import Level, cited
from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Filters
from geo_tracker.models import Brand, PageMention, Prompt, Workspace
from geo_tracker.sources import distinct, types_of
from geo_tracker.store import workspace_named

Action = Literal["pitch", "correct", "publish"]
PUBLISH = ("competitor", "corporate", "ecommerce")
"""Types that print what their owner sells: nobody there can be asked to name another brand."""

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

    read: set[int] = field(default_factory=set)
    unread: set[int] = field(default_factory=set)
    naming: set[int] = field(default_factory=set)
    """Pages that name a rival."""
    rivals: Counter[str] = field(default_factory=Counter)
    own: list[str | None] = field(default_factory=list)
    """What pages say of the own brands that they name."""

    @property
    def is_gap(self) -> bool:
        return bool(self.rivals) and all(polarity == "negative" for polarity in self.own)


def read_gap(session: Session, filters: Filters, level: Level = "domain") -> Gap:
    """Cited sources that name rivals and the own brand not at all, or only negatively.

    A page that was not read is never a gap. Raises `UsageError` where the workspace has no own brand.
    """
    workspace = workspace_named(session, filters.workspace)
    rows = cited(workspace, filters, level)
    found = _namings(session, workspace, rows)
    gaps = {key: naming for key, naming in found.items() if naming.is_gap}
    sources = sorted(
        _sources(session, workspace, rows, gaps, level), key=lambda gap: (-gap.score, gap.source)
    )
    return Gap(tuple(sources), sum(not naming.read for naming in found.values()))


def action(type: str | None, *, named: bool) -> Action:
    """What to do: correct a page that names the own brand badly, publish where only sellers speak, else pitch."""
    if named:
        return "correct"
    return "publish" if type in PUBLISH else "pitch"


def _namings(session: Session, workspace: Workspace, rows: sa.Subquery) -> dict[str, _Naming]:
    brands = _brands(session, workspace)
    mentions: dict[int, list[PageMention]] = defaultdict(list)
    pages = sa.select(rows.c.page_id)
    named = select(PageMention).where(col(PageMention.page_id).in_(pages))
    for mention in session.exec(named.where(col(PageMention.brand_id).in_(brands))).all():
        mentions[mention.page_id].append(mention)
    found: dict[str, _Naming] = defaultdict(_Naming)
    each = sa.select(rows.c.key, rows.c.page_id, rows.c.read).where(_of_others(rows))
    for key, page_id, read in session.connection().execute(each.distinct()):
        _add(found[key], page_id, read, mentions[page_id], brands)
    return found


def _of_others(rows: sa.Subquery) -> Any:
    """An own page speaks for the brand whomever it names."""
    return func.coalesce(rows.c.type, "") != "owned"


def _brands(session: Session, workspace: Workspace) -> Mapping[int, Brand]:
    tracked = select(Brand).where(Brand.workspace_id == workspace.id, col(Brand.archived_at).is_(None))
    brands = {brand.id: brand for brand in session.exec(tracked).all()}
    if not any(brand.own for brand in brands.values()):
        raise UsageError(
            f"{workspace.slug}: no brand is your own - give one 'role: own' in the workspace file"
        )
    return brands


def _add(
    naming: _Naming,
    page_id: int | None,
    read: bool,
    mentions: Iterable[PageMention],
    brands: Mapping[int, Brand],
) -> None:
    if page_id is None or not read:
        naming.unread.add(page_id or 0)
        return
    naming.read.add(page_id)
    for mention in mentions:
        brand = brands[mention.brand_id]
        if brand.own:
            naming.own.append(mention.polarity)
        else:
            naming.rivals[brand.name] += mention.mentions
            naming.naming.add(page_id)


def _sources(
    session: Session, workspace: Workspace, rows: sa.Subquery, gaps: Mapping[str, _Naming], level: Level
) -> Iterable[GapSource]:
    rivals = select(PageMention.page_id).join(Brand).where(Brand.workspace_id == workspace.id)
    naming = rows.c.page_id.in_(rivals.where(~col(Brand.own), col(Brand.archived_at).is_(None)))
    where = (naming, rows.c.read, _of_others(rows))
    engines = distinct(session, rows, set(gaps), rows.c.engine, where=sa.and_(*where))
    types = types_of(session, rows, *where)
    prompts = _prompts(session, rows, set(gaps), where)
    for row in session.connection().execute(_sums(rows).where(*where)):
        if row.key not in gaps:
            continue
        of = gaps[row.key]
        yield GapSource(
            source=row.key,
            page_id=row.page_id if level == "page" else None,
            title=row.title if level == "page" else row.site,
            type=types[row.key][0],
            reason=types[row.key][1],
            action=action(types[row.key][0], named=bool(of.own)),
            answers=row.answers,
            citations=row.citations,
            weight=round(row.weight, 6),
            weight_estimated=round(row.estimated, 6),
            score=round(row.weight * len(of.rivals), 6),
            engines=tuple(engines[row.key]),
            rivals=tuple(of.rivals.most_common()),
            prompts=tuple(prompts[row.key][:PROMPTS]),
            pages=len(of.naming),
            unread=len(of.unread),
            campaign=row.campaign or None,
        )


def _prompts(
    session: Session, rows: sa.Subquery, keys: set[str], where: Iterable[Any]
) -> Mapping[str, list[str]]:
    answers = func.count(sa.distinct(rows.c.answer_id)).label("answers")
    columns: list[Any] = [rows.c.key, Prompt.text, answers]
    counted = sa.select(*columns).join(Prompt, col(Prompt.id) == rows.c.prompt_id)
    each = counted.where(*where).group_by(rows.c.key, col(Prompt.id), col(Prompt.text))
    found: dict[str, list[str]] = defaultdict(list)
    for key, text, _ in session.connection().execute(each.order_by(sa.desc("answers"), col(Prompt.id))):
        if key in keys:
            found[key].append(text)
    return found


def _sums(rows: sa.Subquery) -> sa.Select[Any]:
    columns = {
        "answers": func.count(sa.distinct(rows.c.answer_id)),
        "citations": func.count(),
        "weight": func.sum(rows.c.weight),
        "estimated": func.sum(sa.case((rows.c.told, 0.0), else_=rows.c.weight)),
        **{name: func.max(rows.c[name]) for name in ("page_id", "title", "site", "campaign")},
    }
    labelled = (column.label(name) for name, column in columns.items())
    return sa.select(rows.c.key, *labelled).group_by(rows.c.key)
