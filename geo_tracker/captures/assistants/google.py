"""Google's AI Mode and AI Overview: the page brings the answer piece by piece, so only what it shows is read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn


class GoogleAiMode(Assistant):
    """Read from the shown answer of a companion's capture."""

    name = "google-ai-mode"
    hosts = ("www.google.com",)
    surface = "serp"
    answer_paths = re.compile(r"(?!)")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        return iter(())


class GoogleAiOverview(GoogleAiMode):
    """On the same host: which of the two it is, the capture says."""

    name = "google-ai-overview"
