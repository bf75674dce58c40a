"""How engines, surfaces and modes are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from geo_tracker.engines import engines
from geo_tracker.engines._labels import LABELS
from geo_tracker.i18n import Translate

SURFACES = frozenset({"api", "web", "app", "serp", "unknown"})


def engine_text(name: str) -> str:
    """An engine's label without the route in brackets, also of an app that has no adapter; else its name."""
    engine = engines().get(name)
    return engine.label.split(" (")[0] if engine else LABELS.get(name, name)


def engine_texts(names: Iterable[str]) -> dict[str, str]:
    """Labels that tell these engines apart: short where that is enough, with the route in brackets otherwise."""
    short = {name: engine_text(name) for name in names}
    often = Counter(short.values())
    known = engines()
    return {
        name: known[name].label if often[text] > 1 and name in known else text for name, text in short.items()
    }


def mode_text(name: str, t: Translate) -> str:
    """A mode as the reader calls it; an empty one is not known."""
    return t(f"mode.{name.replace('+', '_')}" if name else "mode.unknown")


def surface_text(name: str, t: Translate) -> str:
    """A surface as the reader calls it; imported answers may bring the publisher's own wording, which stays."""
    return t(f"surface.{name}") if name in SURFACES else name
