"""The chapters of a report: each module makes the blocks of one from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from importlib import import_module

from geo_tracker.i18n import Translate
from geo_tracker.metrics.standings import Standing, standings
from geo_tracker.queries.concerns import State
from geo_tracker.queries.quotes import Opinion
from geo_tracker.queries.served import Ruled, Served
from geo_tracker.reports.charts import Style
from geo_tracker.reports.colours import brand_colours
from geo_tracker.reports.figures import Figures
from geo_tracker.reports.model import Block, Chart, Measure, Section, Table
from geo_tracker.reports.template import Rows, Template


@dataclass(frozen=True, eq=False)
class Material:
    """What sections are made of."""

    figures: Figures
    template: Template
    t: Translate
    style: Style
    opinions: tuple[Opinion, ...] = ()
    models: tuple[Served, ...] = ()
    rules: tuple[Ruled, ...] = ()
    marks: Mapping[int, State] = field(default_factory=dict)
    """What was decided on the opinions, by answer."""
    events: tuple[tuple[date, str], ...] = ()
    """What was done, and on which day."""

    @property
    def brand(self) -> str:
        """The brand that the report is about."""
        return self.figures.focus.name

    @property
    def subject(self) -> str:
        """The brand as sentences speak of it."""
        return self.t(f"doc.subject.{self.template.address}", brand=self.brand)

    @property
    def colours(self) -> dict[str, str]:
        """The colour of every brand."""
        return brand_colours(self.figures.facts.brands, self.style)

    @property
    def rows(self) -> Rows:
        return self.template.rows

    @cached_property
    def standings(self) -> list[Standing]:
        """The prompts, each with the brand's place on it."""
        return standings(self.figures.facts, self.figures.tables["prompts"], self.brand)

    def measure(self, metric: str, brand: str | None) -> Measure:
        """A metric over the whole selection with its change, as a cell."""
        estimate = self.figures.estimate(metric, brand)
        change = self.figures.changes.get((metric, brand))
        if change is None:
            return Measure(metric, estimate)
        return Measure(metric, estimate, change.value, change.verdict)


def build_section(name: str, material: Material) -> Section:
    """The chapter of that name."""
    blocks: Iterator[Block] = import_module(f"{__name__}.{name}").blocks(material)
    if (
        material.figures.before is None
    ):  # a column of dashes says nothing; that nothing is compared is told once
        blocks = (each.without("change") if isinstance(each, Table) else each for each in blocks)
    told = tuple(each for each in blocks if not isinstance(each, Chart) or _draws(each))
    return Section(name, material.t(f"doc.section.{name}"), told)


def _draws(chart: Chart) -> bool:
    """Whether a chart has a value: of one without, the sentence above says why."""
    return any(value is not None for series in chart.series for value in series.values)
