"""What the program says is wrong, in the reader's language: errors are raised in English and looked up here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from geo_tracker.i18n import languages, translate

_HAN = re.compile("[\u4e00-\u9fff]")
LINE = r"\d+"
_HOLE = re.compile(r"\\\{(\w+)\\\}")
_FIELD = re.compile(r"(?P<path>[a-z_]+(?:\[\d+\]|\.[a-z_]+)*): (?P<said>.+)", re.DOTALL)
_PART = re.compile(r"\[(\d+)\]|\.?([a-z_]+)")


def mistake_text(text: str, language: str) -> str:
    """An error's text in a language; a line that is not known there stands behind words that say so."""
    if language == "en" or language not in languages():
        return text
    return "\n".join(_line(line, language) if line.strip() else line for line in text.splitlines())


def foreign_text(text: str, language: str) -> str:
    """What was written down of a failure: translated where it is known, else marked as an engine's or a site's own."""
    if language == "en" or not text or _HAN.search(text):
        return text
    return _known(text, language) or translate(language)("dashboard.as_written", text=text)


def _line(text: str, language: str) -> str:
    return _known(text, language) or translate(language)("dashboard.said_in_english", text=text)


def _known(text: str, language: str) -> str | None:
    """The line in that language; None where it is not known."""
    found = _FIELD.fullmatch(text)
    if found and (said := _known(found["said"], language)):
        return translate(language)("dashboard.of_field", field=_field(found["path"], language), said=said)
    return _sentence(text, language)


def _sentence(text: str, language: str) -> str | None:
    for pattern, wanted in _sentences(language):
        if found := pattern.fullmatch(text):
            return wanted.format(**{name: _part(each, language) for name, each in found.groupdict().items()})
    return None


def _part(text: str, language: str) -> str:
    """What stands in a sentence: a word or a sentence that is known itself, or a name as it is."""
    words = _read(language)["words"]
    known = words.get(text) or _known(text, language)
    return known or re.sub(r"(?<=') or (?=')", f" {words['or']} ", text)


def _field(path: str, language: str) -> str:
    """Where a mistake stands, such as `brands[0].name`."""
    t, names = translate(language), _read(language)["fields"]
    parts = [
        t("dashboard.nth", n=int(number) + 1) if number else names.get(name, name)
        for number, name in _PART.findall(path)
    ]
    return " ".join(parts)


@cache
def _sentences(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Patterns of the English sentences with what stands for them, those that say most first."""
    found = _read(language)["sentences"]
    ordered = sorted(found, key=lambda each: -len(re.sub(r"\{\w+\}", "", each)))
    return [(re.compile(_HOLE.sub(_hole, re.escape(each)), re.DOTALL), found[each]) for each in ordered]


def _hole(found: re.Match[str]) -> str:
    return f"(?P<{found[1]}>{LINE if found[1] == 'line' else '.+?'})"


@cache
def _read(language: str) -> Mapping[str, Any]:
    text = (files(__package__) / f"mistakes-{language}.yaml").read_text("utf-8")
    read: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return read
