"""Languages and countries as a reader calls them; the workspace file has their codes."""

from __future__ import annotations

from functools import cache

from babel import Locale, UnknownLocaleError


@cache
def language_text(code: str, reader: str) -> str:
    """`zh` as Chinese or 中文; a code that nobody knows stays."""
    try:
        return Locale.parse(code, sep="-").get_display_name(reader) or code
    except (ValueError, UnknownLocaleError):  # no code at all, or one of no language
        return code


def country_text(code: str, reader: str) -> str:
    """`CN` as China or 中国; a code that nobody knows stays."""
    return str(Locale.parse(reader).territories.get(code.upper(), code))
