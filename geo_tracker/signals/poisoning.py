"""Possible campaigns of soft articles that came up of late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from geo_tracker.score.campaigns import CampaignFlag, read_campaigns
from geo_tracker.signals.findings import Finding
from geo_tracker.signals.history import LONGEST, History


def flagged(history: History) -> Iterator[Finding]:
    """Flags whose newest page came up within the longest window."""
    if history.last is None:
        return
    since = history.last - timedelta(days=LONGEST - 1)
    for flag in read_campaigns(history.session, history.slug):
        if since <= flag.last <= history.last:
            yield _finding(flag)


def _finding(flag: CampaignFlag) -> Finding:
    about = {
        "page": flag.pages[0].page_id,
        "pages": len(flag.pages),
        "domains": list(flag.domains),
        "brands": dict(flag.brands),
        "similarity": flag.similarity,
    }
    return Finding(days=(flag.first, flag.last), what=flag.pages[0].url, about=about, n=flag.answers)
