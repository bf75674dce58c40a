"""What moved between two windows, and whether it is real."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from geo_tracker.api.reads.base import About, Day, Page, Paged, Read, about_facts, page_of
from geo_tracker.api.reads.metrics import Measured
from geo_tracker.errors import UsageError
from geo_tracker.i18n import translate
from geo_tracker.metrics.changes import Movement, movements
from geo_tracker.metrics.comparing import comparability
from geo_tracker.metrics.definitions import METRICS, metric
from geo_tracker.metrics.records import ChangeVerdict, Estimate, Selection, previous
from geo_tracker.queries.facts import read_choices, read_facts

WINDOW = timedelta(days=27)
"""From the first to the last of four weeks: what is looked at where no days are told."""


class ChangesQuery(Measured, Paged):
    """Options of `changes`; the later window is the last four weeks where it is not told."""

    before_start: Day | None = Field(
        None, alias="before_from", description="First day to compare with; the window just before without it."
    )
    before_end: Day | None = Field(None, alias="before_to", description="Last day to compare with.")
    verdict: list[ChangeVerdict] = Field(default_factory=list, description="Only changes judged so.")


class Moved(BaseModel):
    """How one metric of one brand moved in one group, over the prompts that both windows have."""

    model_config = ConfigDict(use_attribute_docstrings=True)
    group: dict[str, str]
    brand: str | None
    metric: str
    value: float | None
    """After less before."""
    low: float | None
    high: float | None
    """Bounds of the 95 % interval of the difference."""
    p: float | None
    q: float | None
    """p, adjusted for the number of changes looked at together."""
    prompts: int
    before: Estimate
    after: Estimate
    verdict: ChangeVerdict

    @classmethod
    def of(cls, moved: Movement) -> Self:
        names = ("value", "low", "high", "p", "q", "prompts", "before", "after", "verdict")
        of = {name: getattr(moved.change, name) for name in names}
        return cls(group=moved.group, brand=moved.brand, metric=moved.metric, **of)


class ChangesPage(Page):
    """Changes, the surest and largest first; `about` is the later window."""

    before: About
    notes: list[str]
    """What speaks against comparing the two windows."""
    changes: list[Moved]


class Changes(Read):
    """What rose or fell between two windows, and whether that is real or within noise.

    All changes of one call are judged together (false discovery rate 5 %), so ask for the metrics and brands that you
    mean. Each side has its n, interval, coverage; `about` and `before` have the surfaces.
    """

    name = path = "changes"
    query = ChangesQuery
    result = ChangesPage

    @classmethod
    def read(cls, session: Session, slug: str, query: Any) -> ChangesPage:
        if "prompt" in query.by and not query.metric:
            raise UsageError("changes by prompt need a metric: name one, or several")
        earlier, later = _windows(session, query.selection(session, slug), query)
        names = [metric(name).name for name in query.metric]
        before, after = (read_facts(session, side, query.by, names) for side in (earlier, later))
        found = movements(before, after, tuple(dict.fromkeys(query.by)), names or METRICS, query.brand)
        chosen = [row for row in found if not query.verdict or row.change.verdict in query.verdict]
        shown = sorted(chosen, key=_surest)[query.offset : query.offset + query.limit]
        t = translate("en")
        return ChangesPage(
            about=about_facts(after),
            before=about_facts(before),
            notes=[t(note) for note in comparability(before, after)],
            changes=[Moved.of(row) for row in shown],
            **page_of(len(chosen), query),
        )


def _windows(session: Session, selection: Selection, query: ChangesQuery) -> tuple[Selection, Selection]:
    """The earlier and the later one; raises `UsageError` where they cannot be told apart."""
    known = read_choices(session, selection.workspace)
    end = selection.end or known.last
    if end is None:
        raise UsageError("no answers yet: nothing to compare")
    start = selection.start or end - WINDOW
    if start > end:
        raise UsageError(f"from {start} is after the last day with answers, {end}")
    first, last = previous(start, end)
    first, last = query.before_start or first, query.before_end or last
    if first > last or last >= start:
        raise UsageError(f"the window before ({first} to {last}) has to end before {start}")
    return replace(selection, start=first, end=last), replace(selection, start=start, end=end)


def _surest(row: Movement) -> tuple[bool, bool, float]:
    of = row.change
    return of.verdict != "real", of.verdict != "within noise", -abs(of.value or 0)
