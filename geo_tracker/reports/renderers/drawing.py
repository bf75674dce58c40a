"""Charts as pictures, with a font that comes with the program."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import vl_convert

from geo_tracker.errors import UsageError
from geo_tracker.reports.model import Chart

FONT = "Noto Sans CJK SC"
FONT_MODULE = "noto_cjk_sans_otc"


@cache
def font_folder() -> Path:
    """Where the built-in font lies; raises `UsageError` where its package is missing."""
    spec = find_spec(FONT_MODULE)
    if spec is None or not spec.submodule_search_locations:
        raise UsageError("noto-cjk-sans-otc is not installed - pip install 'geo-tracker[reports]'")
    folder = Path(next(iter(spec.submodule_search_locations)))
    vl_convert.register_font_directory(str(folder))
    return folder


def svg(chart: Chart, font: str = "") -> str:
    """The chart as a picture whose text is text in the report's font."""
    font_folder()
    return str(vl_convert.vegalite_to_svg(_in_font(chart.spec, font)))


def _in_font(spec: dict[str, Any], font: str) -> dict[str, Any]:
    family = f"{font}, {FONT}" if font else FONT
    return {**spec, "config": {**spec.get("config", {}), "font": family}}
