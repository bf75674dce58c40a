"""Names that answers contain and the workspace does not track: who they are, on which evidence, and tracking one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.errors import UsageError
from geo_tracker.extract.brands.spellings import spellings
from geo_tracker.extract.text.excerpts import quotation
from geo_tracker.extract.text.folding import fold_name
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.measures import estimates
from geo_tracker.metrics.records import Estimate, Selection
from geo_tracker.queries.by_prompt import asked, by_prompt
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, Brand, Discovery, Prompt, Workspace
from geo_tracker.workspaces.brands import Brands, forget_scores, mark_branded

SAMPLES = 3
LONGEST = 200
RATE = METRICS["mention_rate"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """An answer that contains the name, and its sentence."""

    answer: int
    day: date
    engine: str
    reason: str
    """Why it looks like a brand's name."""
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An untracked name over all selected answers; its share is the mention rate it would have."""

    name: str
    """As most answers write it."""
    mentions: int
    engines: Mapping[str, int]
    """Answers that contain it by engine, most first."""
    share: Estimate
    evidence: tuple[Evidence, ...]

    @property
    def answers(self) -> int:
        """Answers that contain it."""
        return int(self.share.numerator or 0)

    def record(self) -> dict[str, Any]:
        """The candidate as one JSON object; the fields are those of `geo-tracker discover`."""
        return {
            "name": self.name,
            "answers": self.answers,
            "share": self.share.value,
            "n": self.share.n,
            "low": self.share.low,
            "high": self.share.high,
            "coverage": self.share.coverage,
            "verdict": self.share.verdict,
            "mentions": self.mentions,
            "engines": dict(self.engines),
            "evidence": [asdict(each) for each in self.evidence],
        }


@dataclass(slots=True)
class _Name:
    """All spellings of one name."""

    spellings: Counter[str] = field(default_factory=Counter)
    engines: Counter[str] = field(default_factory=Counter)
    prompts: Counter[int] = field(default_factory=Counter)
    mentions: int = 0


def read_candidates(session: Session, filters: Selection, limit: int = 50) -> list[Candidate]:
    """Untracked names of the selected valid answers, those in most answers first."""
    workspace = workspace_named(session, filters.workspace)
    names = _names(session, workspace, filters)
    order = sorted(names, key=lambda key: (-names[key].engines.total(), -names[key].mentions, key))[:limit]
    shares = _shares(session, workspace, filters, {key: names[key].prompts for key in order})
    evidence = _evidence(session, workspace, filters, {key: names[key].spellings for key in order})
    return [
        Candidate(
            name=names[key].spellings.most_common(1)[0][0],
            mentions=names[key].mentions,
            engines=dict(names[key].engines.most_common()),
            share=shares[key],
            evidence=evidence[key],
        )
        for key in order
    ]


def _names(session: Session, workspace: Workspace, filters: Selection) -> dict[str, _Name]:
    """The names by folded spelling, without those that became a brand's since their answers were scored."""
    brands = Brands(session, workspace)
    tracked = brands.matcher(brands.active).tracks
    spelling, cell = col(Discovery.name), (col(Answer.engine), col(Answer.prompt_id))
    counts = sa.select(spelling, *cell, func.count(), func.sum(Discovery.mentions))
    found: dict[str, _Name] = defaultdict(_Name)
    rows = _of_answers(counts, workspace, filters).group_by(spelling, *cell).order_by(spelling, *cell)
    for name, engine, prompt, answers, mentions in session.connection().execute(rows):
        of = found[fold_name(name)]
        of.spellings[name] += answers
        of.engines[engine] += answers
        of.prompts[prompt] += answers
        of.mentions += mentions
    return {key: of for key, of in found.items() if not tracked(key)}


def read_names(session: Session, workspace: Workspace, filters: Selection) -> set[str]:
    """Every untracked name of the selected answers, folded: what there is, not how often."""
    found = _of_answers(sa.select(col(Discovery.name)).distinct(), workspace, filters)
    return {fold_name(name) for name in session.connection().execute(found).scalars()}


def _of_answers(statement: Any, workspace: Workspace, filters: Selection) -> Any:
    joined = statement.select_from(Discovery).join(Answer, col(Answer.id) == col(Discovery.answer_id))
    return joined.join(Prompt, col(Prompt.id) == col(Answer.prompt_id)).where(
        *selected(Answer, workspace, filters)
    )


def _shares(
    session: Session, workspace: Workspace, filters: Selection, prompts: Mapping[str, Mapping[int, int]]
) -> dict[str, Estimate]:
    """The mention rate of each name, from the answers per prompt that contain it."""
    counts = [(key, *count) for key, containing in prompts.items() for count in containing.items()]
    frame = by_prompt(counts, list(prompts), asked(session, workspace, filters), RATE.numerator)
    return estimates(frame, RATE, list(prompts))


def _evidence(
    session: Session, workspace: Workspace, filters: Selection, spellings: Mapping[str, Mapping[str, int]]
) -> dict[str, tuple[Evidence, ...]]:
    """The newest answer of each of a few engines per name."""
    key_of = {spelling: key for key, written in spellings.items() for spelling in written}
    newest = func.row_number().over(
        partition_by=(col(Discovery.name), col(Answer.engine)),
        order_by=(col(Answer.day).desc(), col(Answer.id).desc()),
    )
    columns: list[Any] = [
        Discovery.answer_id,
        Discovery.name,
        Discovery.start,
        Discovery.end,
        Discovery.reason,
    ]
    named = sa.select(*columns, newest.label("place")).where(col(Discovery.name).in_(key_of))
    each = _of_answers(named, workspace, filters).subquery()
    described: list[Any] = [Answer.day, Answer.engine, Answer.text]
    last = (
        sa.select(each, *described)
        .join(Answer, col(Answer.id) == each.c.answer_id)
        .where(each.c.place == 1)
        .order_by(col(Answer.day).desc(), each.c.answer_id.desc(), each.c.name)
    )
    found: dict[str, dict[str, Evidence]] = defaultdict(dict)
    for row in session.connection().execute(last):
        of = found[key_of[row.name]]
        if len(of) < SAMPLES and row.engine not in of:
            text = quotation(row.text or "", row.start, row.end)
            of[row.engine] = Evidence(row.answer_id, row.day, row.engine, row.reason, text)
    return {key: tuple(of.values()) for key, of in found.items()}


def track(session: Session, workspace: Workspace, name: str) -> Brand:
    """Track a name as a competitor that no workspace file declares, and have all answers scored again.

    A brand that was archived is tracked again. Raises `UsageError` where a tracked brand has the name already.
    Call inside a writing transaction.
    """
    name = untracked(session, workspace, name)
    mine = select(Brand).where(Brand.workspace_id == workspace.id)
    brands = session.exec(mine.order_by(col(Brand.position))).all()
    brand = next((each for each in brands if each.name == name), None) or Brand(
        workspace_id=workspace.id, name=name, position=max((each.position for each in brands), default=-1) + 1
    )
    brand.declared, brand.archived_at = False, None
    session.add(brand)
    session.flush()
    mark_branded(session, workspace)
    forget_scores(session, workspace)
    return brand


def untracked(session: Session, workspace: Workspace, name: str) -> str:
    """The name without outer spaces; raises `UsageError` where it is none or a tracked brand's."""
    name, key = name.strip(), fold_name(name)
    if not key or len(name) > LONGEST:
        raise UsageError(
            f"{name[:50]!r} is no brand's name: it needs letters and at most {LONGEST} characters"
        )
    for brand in Brands(session, workspace).active:
        written = (brand.name, *(form["text"] for form in (*brand.aliases, *brand.products)))
        if any(key == spelling.text for text in written for spelling in spellings(text)):
            raise UsageError(f"{name!r} is tracked already, as {brand.name}: nothing to add")
    return name
