"""Names that answers contain for the first time and the workspace does not track."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from geo_tracker.extract.text.folding import fold_name
from geo_tracker.metrics.comparing import comparability
from geo_tracker.metrics.families import benjamini_hochberg
from geo_tracker.metrics.records import Estimate
from geo_tracker.queries.candidates import Candidate, read_candidates, read_names
from geo_tracker.signals.findings import Finding
from geo_tracker.signals.history import History, Pair
from geo_tracker.signals.moves import SURE

LOOKED_AT = 100
"""Names of a window, those in most answers first."""


def new_names(history: History) -> Iterator[Finding]:
    """Names in too many answers for one that was in none before only by chance."""
    for pair in history.longest():
        before, after = history.facts(pair.before), history.facts(pair.after)
        if before.empty or after.empty or comparability(before, after):
            continue
        names = _never_before(history, pair)
        answers = before.cells["answers"].sum(), after.cells["answers"].sum()
        chances = benjamini_hochberg([_chance(each.answers, *answers) for each in names])
        for each, q in zip(names, chances, strict=True):
            if q <= SURE and each.share.verdict == "ok":
                yield _finding(pair, each.name, each.share, q)


def _never_before(history: History, pair: Pair) -> list[Candidate]:
    everything = replace(pair.before, start=None, end=pair.days[0] - timedelta(days=1))
    known = read_names(history.session, history.workspace, everything)
    found = read_candidates(history.session, pair.after, LOOKED_AT)
    return [each for each in found if fold_name(each.name) not in known]


def _chance(naming: int, before: float, after: float) -> float:
    """That all answers with the name fall into the later window, were it as common in both."""
    return float((after / (before + after)) ** naming)


def _finding(pair: Pair, name: str, share: Estimate, q: float) -> Finding:
    return Finding(
        days=pair.days,
        days_before=pair.days_before,
        surface=pair.surface,
        metric="mention_rate",
        what=name,
        about={"answers": int(share.numerator or 0)},
        before=0.0,
        after=share.value,
        value=share.value,
        low=share.low,
        high=share.high,
        q=q,
        n=share.n,
        coverage=share.coverage,
        verdict="real",
    )
