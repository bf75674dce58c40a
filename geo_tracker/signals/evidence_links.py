"""Where on the dashboard the numbers of a signal and the answers behind them are."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from geo_tracker.signals.kinds import KINDS
from geo_tracker.storage.models import Signal

VARIABLE = "GEO_DASHBOARD_URL"
"""Environment variable with the dashboard's address; without it, links are relative to it."""
FAILED = ("failed", "refused", "empty", "cut")
TABS = {"poisoning": "flags", "source_gained": "changes", "source_lost": "changes"}
"""Of the page Sources."""


def links(of: Signal, slug: str, lang: str = "", base: str = "") -> dict[str, str]:
    """The view with the numbers, and the list of answers, each with the selection in its address."""
    kind = KINDS.get(of.kind)
    page = kind.page if kind else "overview"
    view = f"{page}?{_query(of, slug, lang, _view(of))}"
    answers = f"answers?{_query(of, slug, lang, _answers(of))}"
    root = f"{base.rstrip('/')}/" if base else ""
    return {"view": root + view, "answers": root + answers}


def base_address(environment: Mapping[str, str]) -> str:
    """The dashboard's address, where it is known."""
    found = environment.get(VARIABLE, "")
    return found if found.startswith(("http://", "https://")) else ""


def _query(of: Signal, slug: str, lang: str, more: Mapping[str, object]) -> str:
    days = [of.start.isoformat(), of.end.isoformat()]
    where = {"workspace": slug, "period": "custom", "days": days, "surface": of.surface, "engine": of.engine}
    told = {"lang": lang, **where, **more}
    return urlencode({name: value for name, value in told.items() if value}, doseq=True)


def _view(of: Signal) -> dict[str, object]:
    tab = {"tab": TABS[of.kind]} if of.kind in TABS else {}
    return {"metric": of.metric, **tab} if of.metric != "coverage" else {"status": FAILED}


def _answers(of: Signal) -> dict[str, object]:
    """Those that show it: the ones without the brand where it fell, else those with what the signal is about."""
    match of.kind:
        case "outage" | "coverage" | "paused":
            return {"status": FAILED}
        case "poisoning":
            return {"cited": of.about.get("page", "")}
        case "source_gained":
            return {"domain": of.what}
        case "new_name":
            return {"text": of.what}
        case "source_lost":  # cited in the window before only
            return {"domain": of.what, "days": [str(of.before_start), str(of.before_end)]}
        case "overtaken":
            return {"named": of.what}
        case "visibility" if (of.value or 0.0) < 0:
            return {"named": of.brand, "naming": "no"}
        case _:
            return {"named": of.brand}
