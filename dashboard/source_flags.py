"""Possible poisoning: soft articles that nearly repeat each other and came up together."""

from __future__ import annotations

from dashboard import elements, source_data
from dashboard.selection import View
from geo_tracker.reports.csv import campaigns_table
from geo_tracker.score.campaigns import CampaignFlag

SHOWN = 30
"""Pages per flag on screen; the CSV file has all."""


def show(view: View) -> None:
    """Every flag with its pages."""
    t = view.t
    flags = source_data.campaigns(view.url, view.slug)
    elements.html("note", text=t("sources.flags_help"))
    if not flags:
        elements.html("empty", title=t("sources.flags_none"), text=t("sources.flags_none_help"))
        return
    own = {brand.name for brand in view.facts.brands if brand.own}
    link = f"sources?{elements.query(workspace=view.slug, lang=view.language)}&shown="
    for flag in flags:
        elements.html("flag", t=t, flag=flag, facts=_facts(view, flag), own=own, link=link, most=SHOWN)
    elements.download_table(view, "flags", lambda: campaigns_table(flags, sandbox=view.facts.sandbox))


def _facts(view: View, flag: CampaignFlag) -> list[str]:
    t = view.t
    first, last = (elements.day_text(day, t) for day in (flag.first, flag.last))
    came = (
        t("sources.flag_day", first=first)
        if first == last
        else t("sources.flag_days", first=first, last=last)
    )
    return [
        came,
        t("sources.flag_alike", share=f"{flag.similarity:.0%}"),
        t("sources.flag_answers", count=f"{flag.answers:,}"),
    ]
