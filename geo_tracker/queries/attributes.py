"""Which attributes answers give to brands, how often, and in which words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlmodel import Session, col, func

from geo_tracker.extract.text.excerpts import quotation
from geo_tracker.metrics.definitions import Metric
from geo_tracker.metrics.measures import estimates
from geo_tracker.metrics.records import Estimate, Selection
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, Brand, Prompt, Score

RATE = Metric("attribute_rate", "said", "answers")
"""Answers that give the attribute to the brand / answers that name the brand; docs/metrics.md#attribute_rate."""
POLARITIES = ("positive", "negative", "neutral")


@dataclass(frozen=True, slots=True)
class AttributeRate:
    """How often answers that name a brand give it an attribute in one polarity."""

    attribute: str
    brand: str
    polarity: str
    share: Estimate


@dataclass(frozen=True, slots=True)
class AttributeQuote:
    """An answer's words on an attribute of a brand."""

    answer: int
    polarity: str
    text: str
    engine: str
    surface: str
    day: date
    prompt: str


def read_attributes(session: Session, filters: Selection, brands: Sequence[str]) -> list[AttributeRate]:
    """Of these brands, every attribute that valid answers give to one of them, those given most often first."""
    connection, (note, given, polarity) = session.connection(), _note(session)
    naming = _named(session, filters, brands, (Brand.name, Answer.prompt_id, func.count()))
    named = connection.execute(naming.group_by(Brand.name, Answer.prompt_id)).all()
    keys = (given, col(Brand.name), polarity, col(Answer.prompt_id))
    noted = _named(session, filters, brands, (*keys, func.count(sa.distinct(col(Answer.id)))), note)
    counts = [tuple(row) for row in connection.execute(noted.group_by(*keys))]
    shares = estimates(_frame(counts, [tuple(row) for row in named]), RATE, _names(counts))
    totals: dict[str, int] = {}
    for attribute, _, _, _, answers in counts:
        totals[attribute] = totals.get(attribute, 0) + answers
    found = [AttributeRate(*_parts(name), share) for name, share in shares.items()]
    order = {polarity: at for at, polarity in enumerate(POLARITIES)}
    return sorted(found, key=lambda r: (-totals[r.attribute], r.attribute, r.brand, order.get(r.polarity, 9)))


_BETWEEN = "\x1f"


def _parts(name: str) -> tuple[str, str, str]:
    attribute, brand, polarity = name.split(_BETWEEN)
    return attribute, brand, polarity


def _names(counts: Iterable[tuple[Any, ...]]) -> list[str]:
    return list(dict.fromkeys(_BETWEEN.join(row[:3]) for row in counts))


def _frame(counts: Sequence[tuple[Any, ...]], named: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    """A row per attribute, brand, polarity and prompt whose answers name the brand, as `estimates` takes it."""
    said = {(_BETWEEN.join(row[:3]), row[3]): row[4] for row in counts}
    rows = [
        (name, prompt, said.get((name, prompt), 0), answers, answers)
        for name in _names(counts)
        for brand, prompt, answers in named
        if brand == _parts(name)[1]
    ]
    return pd.DataFrame(rows, columns=["brand", "prompt_id", "said", "answers", "planned"])


def _note(session: Session) -> tuple[Any, Any, Any]:
    """A score's attributes one by one, with the name and the polarity of each."""
    if session.connection().dialect.name == "postgresql":
        note = func.json_array_elements(Score.attributes).table_valued("value", name="note")
        return note, note.c.value.op("->>")(0), note.c.value.op("->>")(1)
    note = func.json_each(Score.attributes).table_valued("value", name="note")
    given, polarity = (func.json_extract(note.c.value, f"$[{at}]") for at in (0, 1))
    return note, given, polarity


def _named(
    session: Session, filters: Selection, brands: Sequence[str], columns: Sequence[Any], note: Any = None
) -> Any:
    """Of the selected valid answers, those that name one of the brands."""
    workspace = workspace_named(session, filters.workspace)
    joined = (
        sa.select(*columns)
        .select_from(Answer)
        .join(Score, col(Score.answer_id) == col(Answer.id))
        .join(Brand, col(Brand.id) == col(Score.brand_id))
        .join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
    )
    if note is not None:
        joined = joined.join(note, sa.true())
    return joined.where(
        *selected(Answer, workspace, filters),
        col(Answer.status) == AnswerStatus.CAPTURED,
        *(col(Score.mentions) > 0, col(Brand.name).in_(brands)),
    )


def read_attribute_quotes(
    session: Session, filters: Selection, brand: str, attribute: str, polarity: str, limit: int
) -> list[AttributeQuote]:
    """The newest words on an attribute of a brand in one polarity, each wording once."""
    note, given, said = _note(session)
    columns: list[Any] = [Answer.id, Answer.text, Answer.engine, Answer.surface, Answer.day]
    columns += [col(Prompt.text).label("prompt"), col(Score.attributes)]
    chosen = _named(session, filters, [brand], columns, note).where(given == attribute, said == polarity)
    ordered = chosen.order_by(col(Answer.day).desc(), col(Answer.id).desc()).limit(limit * 3)
    found: dict[str, AttributeQuote] = {}
    for row in session.connection().execute(ordered):
        start, end = next(note[2:] for note in row.attributes if note[:2] == [attribute, polarity])
        text = quotation(row.text or "", start, end)
        found.setdefault(
            text, AttributeQuote(row.id, polarity, text, row.engine, row.surface, row.day, row.prompt)
        )
    return list(found.values())[:limit]
