"""Which comparisons are judged together, and what is called real. Rules: docs/metrics.md#families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from geo_tracker.metrics.records import Change, ChangeVerdict, Estimate

HEADLINE = ("mention_rate", "share_of_voice", "recommendation_rate", "citation_rate")
"""What a reader looks at first: with few comparisons in the family, a change of the own brand is found."""
FALSE_DISCOVERY_RATE = 0.05


def family_of(metric: str, by: Sequence[str], *, own: bool) -> str:
    """The family of a comparison: `headline`, `own` or `rivals`, and what it is grouped by."""
    kind = "rivals" if not own else "headline" if metric in HEADLINE else "own"
    return f"{kind} by {', '.join(by)}" if by else kind


def first_verdict(before: Estimate, after: Estimate, notes: Sequence[str]) -> ChangeVerdict:
    """Of a change on its own, before it is judged with its family."""
    verdicts = (before.verdict, after.verdict)
    for verdict in ("not computed", "no data"):
        if verdict in verdicts:
            return verdict
    if notes:
        return "not comparable"
    return "thin sample" if "thin sample" in verdicts else "within noise"


def judged(changes: Sequence[Change]) -> list[Change]:
    """The changes with p adjusted over each family, and their verdicts; only what can be compared is part of it."""
    found = list(changes)
    tested = [at for at, each in enumerate(found) if each.verdict == "within noise" and each.p is not None]
    for family in {found[at].family for at in tested}:
        places = [at for at in tested if found[at].family == family]
        adjusted = benjamini_hochberg([found[at].p or 0.0 for at in places])
        for at, q in zip(places, adjusted, strict=True):
            found[at] = replace(found[at], q=q, verdict=_verdict(found[at], q))
    return found


def _verdict(change: Change, q: float) -> ChangeVerdict:
    if q <= FALSE_DISCOVERY_RATE:
        across = change.p_prompts is not None and change.p_prompts <= FALSE_DISCOVERY_RATE
        return "real across your prompts" if across else "real"
    excludes = change.low is not None and change.high is not None and not change.low <= 0 <= change.high
    return "suggestive" if excludes else "within noise"


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Adjusted p-values: calling those <= a real keeps the expected share of false ones at a."""
    from scipy.stats import (
        false_discovery_control,  # half a second to import: not for a reader of plain numbers
    )

    adjusted = false_discovery_control(p) if p else ()
    return [float(value) for value in adjusted]
