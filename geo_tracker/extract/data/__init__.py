"""Rule data, by language (`en/`, `zh/`, `any/`): `.txt` lists, `.rules` expressions, `.toml` for what has structure.

What was learned is `.weights`: a number and its feature a line.

A list has one entry a line and `#` begins a comment; its entries are folded as texts are. Every file says where it
came from in its first lines.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from geo_tracker.extract.text.folding import fold_name

_DEFINITION = re.compile(r"(\w+) = (.+)")
_MACRO = re.compile(r"<(\w+)>")
_BRAND = re.compile(r"(?:(?<=\\b)|(?<![A-Za-z\\]))X(?![A-Za-z])")
_OTHER_BRAND = re.compile(r"(?:(?<=\\b)|(?<![A-Za-z\\]))Y(?![A-Za-z])")


@cache
def lines(name: str) -> tuple[str, ...]:
    """Entries of the list `<language>/<name>` in order, as written."""
    text = _read(f"{name}.txt")
    entries = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(entry for entry in entries if entry)


@cache
def words(name: str) -> frozenset[str]:
    """Entries of a list, folded."""
    return frozenset(map(fold_name, lines(name)))


@cache
def toml(name: str) -> dict[str, Any]:
    """A rule file with structure."""
    return tomllib.loads(_read(f"{name}.toml"))


@cache
def weights(name: str) -> dict[str, float]:
    """Learned weights: what each feature adds to the log-odds of what they are weights of."""
    entries = (
        line.split("\t", 1) for line in _read(f"{name}.weights").splitlines() if not line.startswith("# ")
    )
    return {feature: float(weight) for weight, feature in entries}


def _read(file: str) -> str:
    return (resources.files(__package__) / file).read_text(encoding="utf-8")


NAME = "\ua840"
"""What stands for a brand's name where patterns are matched, X in the files: a letter, for `\\b`."""
OTHER_NAME = "\ua841"
"""A second brand's name: Y in the files."""


@cache
def pattern(name: str) -> re.Pattern[str]:
    """The expressions of a file as one, for text in lower case.

    `key = expression` defines `<key>`; a lone X is a brand's name, a lone Y another brand's.
    """
    macros: dict[str, str] = {}
    expressions = []
    for line in _read(f"{name}.rules").splitlines():
        definition = _DEFINITION.fullmatch(line)
        if definition:
            macros[definition[1]] = _expand(definition[2], macros)
        elif line and not line.startswith("#"):
            expressions.append(_expand(line, macros))
    return re.compile("|".join(f"(?:{expression})" for expression in expressions))


def _expand(expression: str, macros: dict[str, str]) -> str:
    with_macros = _MACRO.sub(lambda found: macros[found[1]], expression)
    return _OTHER_BRAND.sub(OTHER_NAME, _BRAND.sub(NAME, with_macros))
