"""What changed and was worth telling."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from geo_tracker.api.reads.base import Day, Page, Paged, Read, about, page_of
from geo_tracker.metrics.records import Selection
from geo_tracker.signals.listing import read_signals
from geo_tracker.signals.records import record
from geo_tracker.storage.models import SignalStatus


class SignalsQuery(Paged):
    """Options of `signals`."""

    since: Day | None = Field(None, description="Only those told since that day.")
    status: list[SignalStatus] = Field(default_factory=list, max_length=10, description="Only these.")


class Evidence(BaseModel):
    """Addresses below the dashboard's, the selection in them."""

    view: str
    answers: str


class SignalRecord(BaseModel):
    """One signal, with its numbers as they were when it was told."""

    model_config = ConfigDict(use_attribute_docstrings=True)
    fingerprint: str
    kind: str
    brand: str
    engine: str
    """Empty where it is about all engines of the surface."""
    surface: str
    metric: str
    what: str
    """A source, rival, name, model or version that it is about."""
    before: float | None
    after: float | None
    value: float | None
    """The change over what both windows share."""
    low: float | None
    high: float | None
    """Bounds of the 95 % interval of the change."""
    q: float | None
    n: int
    coverage: float | None
    verdict: str
    sandbox: bool
    window: tuple[date, date]
    since: date
    told: datetime | None
    last_seen: date
    status: SignalStatus
    reason: str
    text_en: str
    text_zh: str
    evidence: Evidence


class SignalsPage(Page):
    """Signals, the newest first; `about` is what the workspace holds today."""

    signals: list[SignalRecord]


class Signals(Read):
    """What changed and was worth telling, each thing once: falls and rises that are real, outages, other models."""

    name = path = "signals"
    query = SignalsQuery
    result = SignalsPage
    untrusted = ("signals.what", "signals.text_en", "signals.text_zh")

    @classmethod
    def read(cls, session: Session, slug: str, query: Any) -> SignalsPage:
        found = read_signals(session, slug, query.since, query.status)
        shown = found[query.offset : query.offset + query.limit]
        return SignalsPage(
            about=about(session, Selection(slug, branded=True)),
            signals=[SignalRecord.model_validate(record(row, slug)) for row in shown],
            **page_of(len(found), query),
        )
