"""What scoring again moved: numbers before and after, and in which answers why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.extract.text.excerpts import quotation
from geo_tracker.metrics.measures import measurements
from geo_tracker.metrics.records import Estimate, Facts, Selection
from geo_tracker.queries.facts import read_facts
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, Brand, Mention, Score

OPINIONS = ("polarity", "recommended", "rank")
COUNTED, UNSURE, NOTHING = "counted", "unsure", "no mention"


class Place(NamedTuple):
    """Where an answer names a brand."""

    brand: str
    start: int
    end: int


class Naming(NamedTuple):
    """How sure the extractor was, and why."""

    unsure: bool
    confidence: float
    reason: str


class Opinion(NamedTuple):
    """What an answer says of a brand; `start`..`end` is the clause it rests on."""

    polarity: str | None
    recommended: bool | None
    rank: int | None
    absent: bool
    mentions: int
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All numbers and mentions of a workspace at one moment, in memory."""

    facts: Facts
    lengths: Mapping[int, int]
    """Characters of each answer: places of a text that was parsed anew cannot be compared."""
    namings: Mapping[int, Mapping[Place, Naming]]
    opinions: Mapping[int, Mapping[str, Opinion]]
    """By answer and brand."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A number that is another one now; None where the brand had none."""

    brand: str | None
    metric: str
    before: Estimate | None
    after: Estimate | None

    def record(self) -> dict[str, Any]:
        """The movement as one JSON object; the fields are those of `geo-tracker score --explain`."""
        return {
            "kind": "number",
            "brand": self.brand,
            "metric": self.metric,
            "before": _numbers(self.before),
            "after": _numbers(self.after),
        }


@dataclass(frozen=True, slots=True)
class Sample:
    """An answer in which it changed."""

    answer: int
    day: date
    engine: str
    reason: str | None
    confidence: float | None
    text: str | None
    """The sentence around it; None where nothing is left to point at."""


@dataclass(slots=True)
class Cause:
    """One kind of change of one brand over all answers."""

    brand: str
    what: str
    """mention | polarity | recommended | rank | text"""
    before: str
    after: str
    count: int = 0
    answers: set[int] = field(default_factory=set)
    spots: list[tuple[int, Naming | None, tuple[int, int] | None]] = field(default_factory=list)
    samples: tuple[Sample, ...] = ()

    def record(self) -> dict[str, Any]:
        """The cause as one JSON object; the fields are those of `geo-tracker score --explain`."""
        return {
            "kind": "cause",
            "brand": self.brand,
            "what": self.what,
            "before": self.before,
            "after": self.after,
            "changes": self.count,
            "answers": len(self.answers),
            "samples": [asdict(sample) for sample in self.samples],
        }


def _numbers(of: Estimate | None) -> dict[str, Any] | None:
    names = ("value", "n", "low", "high", "numerator", "denominator")
    return None if of is None else {name: getattr(of, name) for name in names}


def take_snapshot(session: Session, slug: str) -> Snapshot:
    """The numbers as the dashboard shows them without filters, and what all answers say of all brands."""
    mine = col(Answer.workspace_id) == workspace_named(session, slug).id
    columns: list[Any] = [Mention.answer_id, Brand.name, Mention.start, Mention.end]
    columns += [Mention.unsure, Mention.confidence, Mention.reason]
    namings: dict[int, dict[Place, Naming]] = defaultdict(dict)
    mentions = sa.select(*columns).join(Brand, col(Brand.id) == col(Mention.brand_id))
    for answer, *row in session.connection().execute(mentions.join(Answer).where(mine)):
        namings[answer][Place(*row[:3])] = Naming(*row[3:])
    columns = [Score.answer_id, Brand.name, *(getattr(Score, name) for name in ("polarity", "recommended"))]
    columns += [Score.rank, Score.absent, Score.mentions, Score.evidence_start, Score.evidence_end]
    opinions: dict[int, dict[str, Opinion]] = defaultdict(dict)
    scores = sa.select(*columns).join(Brand, col(Brand.id) == col(Score.brand_id))
    for answer, brand, *row in session.connection().execute(scores.join(Answer).where(mine)):
        opinions[answer][brand] = Opinion(*row)
    lengths = select(Answer.id, func.length(Answer.text)).where(mine, col(Answer.text).is_not(None))
    facts = read_facts(session, Selection(slug))
    return Snapshot(facts, dict(session.exec(lengths).all()), dict(namings), dict(opinions))


def moved(before: Snapshot, after: Snapshot) -> list[Moved]:
    """Every metric that changed, in the order of metrics and brands."""
    was, now = ({(m.metric, m.brand): m.estimate for m in measurements(s.facts)} for s in (before, after))
    return [
        Moved(brand, metric, was.get((metric, brand)), now.get((metric, brand)))
        for metric, brand in {**now, **was}
        if _numbers(was.get((metric, brand))) != _numbers(now.get((metric, brand)))
    ]


def causes(session: Session, before: Snapshot, after: Snapshot, samples: int = 3) -> list[Cause]:
    """Why numbers moved, most changes first, each with the first few answers it happened in."""
    found: dict[tuple[str, str, str, str], Cause] = {}
    for answer in sorted({*before.lengths, *after.lengths}):
        for brand, what, was, now, naming, span in _changes(answer, before, after):
            cause = found.setdefault((brand, what, was, now), Cause(brand, what, was, now))
            cause.count += 1
            cause.answers.add(answer)
            if len(cause.spots) < samples:
                cause.spots.append((answer, naming, span))
    ordered = sorted(found.values(), key=lambda c: (-c.count, c.brand, c.what, c.before, c.after))
    _add_samples(session, ordered)
    return ordered


Change = tuple[str, str, str, str, Naming | None, tuple[int, int] | None]
"""brand, what, before, after, naming, span"""


def _changes(answer: int, before: Snapshot, after: Snapshot) -> Iterator[Change]:
    if before.lengths.get(answer) != after.lengths.get(answer):
        for brand in sorted({**before.opinions.get(answer, {}), **after.opinions.get(answer, {})}):
            yield brand, "text", "as it was parsed", "parsed anew", None, None
        return
    yield from _mention_changes(answer, before, after)
    yield from _opinion_changes(answer, before, after)


def _mention_changes(answer: int, before: Snapshot, after: Snapshot) -> Iterator[Change]:
    was, now = before.namings.get(answer, {}), after.namings.get(answer, {})
    for place in sorted({*was, *now}):
        states = [
            _state(place, s.namings.get(answer, {}), s.opinions.get(answer, {})) for s in (before, after)
        ]
        if states[0] != states[1] and COUNTED in states:
            naming = now.get(place) or was.get(place)
            yield place.brand, "mention", states[0], states[1], naming, (place.start, place.end)


def _state(place: Place, namings: Mapping[Place, Naming], opinions: Mapping[str, Opinion]) -> str:
    """What the span was to the brand: a mention, or why it was none."""
    if place in namings:
        return UNSURE if namings[place].unsure else COUNTED
    if place.brand in opinions and opinions[place.brand].absent:
        return "said to be unknown"
    over = [p for p, n in namings.items() if p.start < place.end and place.start < p.end and not n.unsure]
    others = sorted({p.brand for p in over if p.brand != place.brand})
    return f"counted for {others[0]}" if others else "part of another span" if over else NOTHING


def _opinion_changes(answer: int, before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """Only of brands that the answer names before and after: a mention that came or went says the rest."""
    was, now = before.opinions.get(answer, {}), after.opinions.get(answer, {})
    for brand in sorted(set(was) & set(now)):
        old, new = was[brand], now[brand]
        for what in OPINIONS if old.mentions and new.mentions else ():
            left, right = _word(getattr(old, what)), _word(getattr(new, what))
            if left != right:
                yield brand, what, left, right, None, _clause(new) or _clause(old)


def _word(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _clause(opinion: Opinion) -> tuple[int, int] | None:
    return None if opinion.start is None or opinion.end is None else (opinion.start, opinion.end)


def _add_samples(session: Session, causes: list[Cause]) -> None:
    ids = {answer for cause in causes for answer, _, _ in cause.spots}
    rows = select(Answer).where(col(Answer.id).in_(ids))
    answers = {answer.id: answer for answer in session.exec(rows).all()}
    for cause in causes:
        cause.samples = tuple(_sample(answers[answer], naming, span) for answer, naming, span in cause.spots)


def _sample(answer: Answer, naming: Naming | None, span: tuple[int, int] | None) -> Sample:
    return Sample(
        answer=answer.id,
        day=answer.day,
        engine=answer.engine,
        reason=naming and naming.reason,
        confidence=naming and naming.confidence,
        text=quotation(answer.text, *span) if answer.text and span else None,
    )
