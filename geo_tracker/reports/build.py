"""From a selection to the report: figures read once, sections made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

from sqlmodel import Session

from geo_tracker.i18n import Translate, language, translate
from geo_tracker.queries.concerns import read_marks
from geo_tracker.queries.facts import Selection
from geo_tracker.queries.quotes import Opinion, read_opinions
from geo_tracker.queries.served import read_models, read_rules
from geo_tracker.reports.charts import LIGHT
from geo_tracker.reports.figures import Compare, Figures, read_figures
from geo_tracker.reports.model import Branding, Report
from geo_tracker.reports.sections import Material, build_section
from geo_tracker.reports.template import Template
from geo_tracker.storage.database import workspace_named
from geo_tracker.workspaces.days import day_of
from geo_tracker.workspaces.events import read_events

LABELS = ("contents", "continued", "empty_table", "methods", "charts", "sandbox", "sandbox_page", "page_of")
PRAISE = 2
"""Parts of the quotes: half praise, half criticism where there is both."""


def build_report(
    session: Session,
    filters: Selection,
    template: Template | None = None,
    branding: Branding | None = None,
    *,
    compare: Compare = "previous",
    now: datetime | None = None,
) -> tuple[Report, Figures]:
    """The report of a selection and the figures it is made of."""
    template = template or Template()
    figures = read_figures(session, filters, compare)
    material = _material(session, figures, template, branding or Branding())
    today = day_of(now or datetime.now(UTC), workspace_named(session, filters.workspace))
    return _report(material, branding or Branding(), today), figures


def _material(session: Session, figures: Figures, template: Template, branding: Branding) -> Material:
    filters = figures.facts.filters
    t = translate(template.language or figures.facts.locale)
    note = t("report.sandbox") if figures.facts.sandbox else ""
    opinions = tuple(_opinions(session, filters, figures.focus.name, template.rows.quotes))
    return Material(
        figures=figures,
        template=template,
        t=t,
        style=replace(LIGHT, own=branding.colour, note=note),
        opinions=opinions,
        marks=read_marks(session, figures.focus.name, [each.answer for each in opinions]),
        models=tuple(read_models(session, filters)),
        rules=tuple(read_rules(session, filters)),
        events=tuple(_events(session, figures)),
    )


def _events(session: Session, figures: Figures) -> Iterator[tuple[date, str]]:
    """What was done within the days of the report."""
    first, last = figures.period
    for event in read_events(session, workspace_named(session, figures.facts.filters.workspace)):
        if first <= event.day <= last:
            yield event.day, event.name


def _opinions(session: Session, filters: Selection, brand: str, count: int) -> list[Opinion]:
    """Praise and criticism in equal parts, more of one where there is less of the other."""
    if not count:
        return []
    praise, blame = (
        read_opinions(session, filters, brand, polarity, count) for polarity in ("positive", "negative")
    )
    half = count // PRAISE
    kept = max(half, count - len(praise))
    return [*praise[: count - min(kept, len(blame))], *blame[:kept]]


def _report(of: Material, branding: Branding, today: date) -> Report:
    t, facts = of.t, of.figures.facts
    return Report(
        workspace=facts.filters.workspace,
        language=language(of.template.language or facts.locale),
        title=of.template.title or t("report.title", brand=of.brand),
        subtitle=facts.name,
        period=_period(of, t),
        made=t("doc.made", day=t("dashboard.day", day=today)),
        sandbox=facts.sandbox,
        sections=tuple(build_section(name, of) for name in of.template.sections),
        branding=branding,
        labels=_labels(t, branding),
    )


def _labels(t: Translate, branding: Branding) -> dict[str, str]:
    blank = {"page_of": {"page": "{page}", "pages": "{pages}"}, "continued": {"title": "{title}"}}
    labels = {name: t(f"doc.{name}", **blank.get(name, {})) for name in LABELS}
    for side in ("agency", "client"):
        name = getattr(branding, side).name
        labels[side] = (
            t("doc.prepared_by" if side == "agency" else "doc.prepared_for", name=name) if name else ""
        )
    return labels


def _period(of: Material, t: Translate) -> str:
    first, last = (t("dashboard.day", day=day) for day in of.figures.period)
    text = t("report.period", first=first, last=last)
    if of.figures.before:
        first, last = (t("dashboard.day", day=day) for day in of.figures.before)
        text = f"{text} · {t('report.compared', first=first, last=last)}"
    return text
