"""Charts as pictures, with a font that comes with the program."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import vl_convert

from geo_tracker.errors import UsageError
from geo_tracker.reports.model import Chart

FONT = "Noto Sans CJK SC"
LATIN_FONT = "Noto Sans CJK JP"
"""Of the same file and in the same look; its middle dot is not as wide as an ideograph."""
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
    drawn = str(vl_convert.vegalite_to_svg(_in_font(chart.spec, font)))
    return _TEXT.sub(_narrow, drawn)


def picture(spec: dict[str, Any], kind: str) -> bytes:
    """A chart's specification as a file of its own: svg, or png with two pixels for one."""
    font_folder()
    if kind == "svg":
        return str(vl_convert.vegalite_to_svg(_in_font(spec, ""))).encode()
    return bytes(vl_convert.vegalite_to_png(_in_font(spec, ""), scale=2))


_TEXT = re.compile(r"<text[^>]*>[^<]*</text>")


def _narrow(text: re.Match[str]) -> str:
    """A text of the picture with a narrow middle dot, where no ideograph is in it."""
    wide = any(unicodedata.east_asian_width(each) == "W" for each in text[0])
    return text[0] if wide else text[0].replace(FONT, LATIN_FONT)


def _in_font(spec: dict[str, Any], font: str) -> dict[str, Any]:
    family = f"{font}, {FONT}" if font else FONT
    return {**spec, "config": {**spec.get("config", {}), "font": family}}
