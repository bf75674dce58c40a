"""How values, intervals and differences read."""

from __future__ import annotations

from geo_tracker.i18n import Translate
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.records import Change, Estimate


def value_text(metric: str, value: float | None, t: Translate) -> str:
    """A metric's value: shares in per cent, relative changes with their sign, positions as they are."""
    if value is None:
        return t("number.none")
    if METRICS[metric].unit == "change":
        return f"{value + 0.0:+.1%}".replace("-", "−")
    text = f"{value:.1%}" if METRICS[metric].unit == "share" else f"{value:.2f}"
    return text.replace("-", "−" if text.strip("-0.%") else "")  # no minus before a zero


def interval_text(metric: str, estimate: Estimate, t: Translate) -> str:
    """Both bounds of the interval, such as 21.4–43.9%, or −0.08 to 0.04; a dash where there is none."""
    return _between(metric, estimate.low, estimate.high, t)


def market_text(metric: str, estimate: Estimate, t: Translate) -> str:
    """The same for all questions that buyers ask."""
    return _between(metric, estimate.market_low, estimate.market_high, t)


def _between(metric: str, lowest: float | None, highest: float | None, t: Translate) -> str:
    if lowest is None or highest is None:
        return t("number.none")
    low, high = (value_text(metric, bound, t) for bound in (lowest, highest))
    between = t("number.to") if "−" in low else "–"  # a dash beside a minus would read as two of either
    return f"{low.removesuffix('%')}{between}{high}"


def difference_text(metric: str, value: float | None, t: Translate, *, signed: bool = True) -> str:
    """A difference of two values: percentage points for shares, plain for positions."""
    if value is None:
        return t("number.none")
    share = METRICS[metric].unit in ("share", "change")
    rounded = round(value * 100, 1) if share else round(value, 2)
    number = f"{rounded + 0.0:{'+' if signed and rounded else ''}.{1 if share else 2}f}".replace("-", "−")
    return t("number.points", value=number) if share else number


def improved(metric: str, change: Change) -> bool | None:
    """Whether a real change is for the better; None where nothing real happened."""
    return is_better(metric, change.value) if change.real else None


def is_better(metric: str, change: float | None) -> bool | None:
    """Whether a change by so much is for the better; None where there is none, or it is neither."""
    if not change or METRICS[metric].unit == "change":  # a price above or below the reference is neither
        return None
    return (change > 0) == (METRICS[metric].unit != "position")
