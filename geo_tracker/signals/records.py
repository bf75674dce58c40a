"""A signal as one JSON object: what `geo-tracker signals --json` and the API give."""

from __future__ import annotations

from typing import Any

from geo_tracker.i18n import translate
from geo_tracker.signals.evidence_links import links
from geo_tracker.signals.text import sentence
from geo_tracker.storage.models import Signal

AS_STORED = (
    *("fingerprint", "kind", "brand", "engine", "surface", "metric", "what", "before", "after", "value"),
    *("low", "high", "q", "n", "coverage", "verdict", "sandbox"),
)


def record(of: Signal, slug: str, base: str = "") -> dict[str, Any]:
    """What is stored, both sentences and where the evidence is; `base` is the dashboard's address."""
    return {
        **{name: getattr(of, name) for name in AS_STORED},
        "window": [of.start.isoformat(), of.end.isoformat()],
        "since": of.start.isoformat(),
        "told": of.first_told.isoformat() if of.first_told else None,
        "last_seen": of.last_seen.isoformat(),
        "status": str(of.status),
        "reason": of.reason,
        "text_en": sentence(of, translate("en")),
        "text_zh": sentence(of, translate("zh")),
        "evidence": links(of, slug, base=base),
    }
