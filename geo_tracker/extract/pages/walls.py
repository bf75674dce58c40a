"""Pages that show a login, a captcha, an empty shell or an obituary instead of their content."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from lxml.html import HtmlElement

from geo_tracker.extract.data import toml
from geo_tracker.extract.pages.markup import first, path
from geo_tracker.extract.records import Wall

SHORT = 400
"""Characters of main text (Han counts four) from which on a page has content, whatever else it shows."""
_SHELL = 100
_SEEN = path("//text()[not(parent::title or parent::script or parent::style or parent::template)]")
_SCRIPT_ROOT = re.compile(
    r"<(?:div|main|section|app-root)\b[^>]*\b(?:id|class)=[\"']?"
    r"(?:app|root|__next|__nuxt|react-root|main-app|svelte|q-app|container|app-root|_next)[\"'\s>]",
    re.IGNORECASE,
)


def wall_of(root: HtmlElement, source: str, title: str | None, text: str) -> Wall | None:
    """What stands before the content; None where `text`, the page's main text, is its content."""
    if weight(text) >= SHORT:
        return None
    shown = f"{title or ''}\n{_visible(root)}"
    for wall in _rules():
        if wall.text.search(shown) or (wall.markup and wall.markup.search(source) and weight(text) < _SHELL):
            return wall.kind
    return "javascript" if _is_shell(root, source, shown) else None


def weight(text: str) -> int:
    """Length of a text in letters; a Han character says as much as four."""
    return len(text) + 3 * len(re.findall(r"[\u3040-\u9fff\uac00-\ud7af]", text))


def _visible(root: HtmlElement) -> str:
    """The beginning of what a reader without scripts sees; a wall never says much more."""
    return " ".join(" ".join(_SEEN(root)[:5000]).split())[:3000]


def _is_shell(root: HtmlElement, source: str, shown: str) -> bool:
    """Whether a page has nothing to read but a root element and scripts that would fill it."""
    return weight(shown) < _SHELL and first(root, "script") is not None and bool(_SCRIPT_ROOT.search(source))


class _Rule(NamedTuple):
    kind: Wall
    text: re.Pattern[str]
    markup: re.Pattern[str] | None


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            rule["kind"],
            re.compile("|".join(rule["text"]), re.IGNORECASE | re.MULTILINE),
            re.compile("|".join(rule["markup"]), re.IGNORECASE) if rule["markup"] else None,
        )
        for rule in toml("any/walls")["wall"]
    )
