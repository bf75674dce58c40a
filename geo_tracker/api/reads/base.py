"""What a read is: a question about one workspace with its options, and a typed result."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, create_model
from sqlmodel import Session

from geo_tracker.errors import GeoTrackerError, UsageError
from geo_tracker.metrics.dimensions import CHOSEN
from geo_tracker.metrics.measures import answer_counts, measure
from geo_tracker.metrics.records import Estimate, Facts, Selection
from geo_tracker.queries.checking import checked
from geo_tracker.queries.facts import read_facts

MOST_ROWS = 1_000
"""Rows of one page: about a megabyte of metrics."""
MOST_VALUES, MOST_TEXT = 100, 500
"""Values of one option, and characters of one."""
Word = Annotated[str, Field(max_length=MOST_TEXT, pattern=r"^[^\x00]*$")]
"""Without NUL, which PostgreSQL takes in no text."""
Words = Annotated[list[Word], Field(max_length=MOST_VALUES)]


Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2199, 12, 31))]
"""Far enough from the ends of the calendar for windows before and after."""


class NotFoundError(GeoTrackerError):
    """The workspace has nothing of that id."""


class Query(BaseModel):
    """Options of a read; one that is not known is refused, since it was meant to change the result."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)


class _Days(Query):
    start: Day | None = Field(None, alias="from", description="First day, YYYY-MM-DD.")
    end: Day | None = Field(None, alias="to", description="Last day, YYYY-MM-DD.")
    branded: bool = Field(False, description="Also prompts that name a tracked brand.")

    def selection(self, session: Session, slug: str) -> Selection:
        """The answers asked for; raises `UsageError` where there is nothing of that kind."""
        if self.start and self.end and self.start > self.end:
            raise UsageError(f"from {self.start} is after to {self.end}")
        everything = Selection(slug, self.start, self.end, branded=self.branded)
        chosen = {each.name: getattr(self, each.name) for each in CHOSEN}
        return checked(session, everything.only(**chosen))


_dimensions: dict[str, Any] = {
    each.name: (Words, Field(default_factory=list, description="Only these; several may be given."))
    for each in CHOSEN
}
if TYPE_CHECKING:
    Selected = _Days
else:
    Selected = create_model("Selected", __base__=_Days, __module__=__name__, **_dimensions)
    """Which answers a read looks at: days, and one option a dimension."""


class Paged(Query):
    """Which part of a long list."""

    limit: int = Field(100, ge=1, le=MOST_ROWS, description="Rows of this page.")
    offset: int = Field(0, ge=0, le=10**9, description="Rows to leave out before them.")


class About(BaseModel):
    """What the numbers beside it rest on."""

    model_config = ConfigDict(use_attribute_docstrings=True)
    workspace: str
    name: str
    timezone: str
    first: date | None
    last: date | None
    surfaces: tuple[str, ...]
    """More than one where totals pool them."""
    modes: tuple[str, ...]
    """Switches of apps that were on, empty where nothing told; more than one where totals pool them."""
    coverage: Estimate
    """Valid answers / planned answers; n counts the valid ones."""
    answers: dict[str, int | None]
    """By what became of them: `planned` are all, `answers` the valid; None was not counted yet."""
    sandbox: bool
    """Whether any of it was made by the offline sandbox: no real assistant said it."""
    rules: tuple[str, ...]
    """Versions of the extraction rules; numbers of more than one are not comparable."""


def about(session: Session, selection: Selection) -> About:
    """What a selection holds."""
    return about_facts(read_facts(session, selection, (), ("coverage",)))


def about_facts(facts: Facts) -> About:
    """What facts hold."""
    return About(
        workspace=facts.filters.workspace,
        name=facts.name,
        timezone=facts.timezone,
        first=facts.first,
        last=facts.last,
        surfaces=facts.surfaces,
        modes=facts.modes,
        coverage=measure(facts, "coverage"),
        answers=answer_counts(facts) if not facts.empty else {},
        sandbox=facts.sandbox,
        rules=facts.rules,
    )


class Result(BaseModel):
    """What every read gives."""

    model_config = ConfigDict(use_attribute_docstrings=True)
    about: About


class Page(Result):
    """A part of a long list."""

    total: int
    next_offset: int | None
    """Where the next page starts; None on the last one."""


def page_of(total: int, query: Paged) -> dict[str, int | None]:
    """The fields of `Page`."""
    end = query.offset + query.limit
    return {"total": total, "next_offset": end if end < total else None}


class Read(ABC):
    """A question about one workspace; its docstring is what people and assistants are told of it."""

    name: ClassVar[str]
    path: ClassVar[str]
    """Below the workspace's; `{id}` stands for the option of that name."""
    query: ClassVar[type[Query]]
    result: ClassVar[type[Result]]
    untrusted: ClassVar[tuple[str, ...]] = ()
    """Fields that hold words of assistants, pages or shops: data, never instructions."""

    @classmethod
    @abstractmethod
    def read(cls, session: Session, slug: str, query: Any) -> Result:
        """The result; raises `UsageError` for a question that cannot be answered."""
