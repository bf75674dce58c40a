"""The ways one alias is written: joined, spaced or hyphenated at its joints."""

from __future__ import annotations

import re
from itertools import islice, product
from typing import NamedTuple

from geo_tracker.extract.text.folding import fold_name

_MOST_FREE_JOINTS = 3
_MOST_SPELLINGS = 27

_SEPARATOR = re.compile(r"\s*&\s*|[\s\-'·.]+|(?<=\w)/(?=\w)")
_SOFT_JOINT = re.compile(
    r"(?<=[a-z])(?=[A-Z][A-Za-z])"  # HubSpot
    r"|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])"  # LV9C
    r"|(?<=[\u3400-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u3400-\u9fff])"  # i茅台
)


class Spelling(NamedTuple):
    """One folded form; `split` when it opens a joint between Latin letters that the alias writes together."""

    text: str
    split: bool


def spellings(alias: str) -> list[Spelling]:
    """The folded forms of an alias, its own first."""
    parts, joints = _parts(alias.strip())
    own = fold_name(alias)
    forms = {own: False}
    choices = [
        (joint,) if before[-1:].isdigit() and after[:1].isdigit() else _choices(joint)
        for before, joint, after in zip(parts, joints, parts[1:], strict=False)
    ]
    cased = [joint or not (a + b).isascii() for a, joint, b in zip(parts, joints, parts[1:], strict=False)]
    free = product(*choices) if len(joints) <= _MOST_FREE_JOINTS else _uniform(choices)
    for chosen in islice(free, _MOST_SPELLINGS):
        form = fold_name("".join(map("".join, zip(parts, (*chosen, ""), strict=True))))
        opened = any(new and not old for new, old in zip(chosen, cased, strict=True))
        forms.setdefault(form, opened)
    return [Spelling(form, split) for form, split in forms.items() if form]


def _parts(alias: str) -> tuple[list[str], list[str]]:
    """The alias cut at its joints, and what stands in each."""
    parts: list[str] = []
    joints: list[str] = []
    at = 0
    for found in _SEPARATOR.finditer(alias):
        _soft_parts(alias[at : found.start()], parts, joints)
        joints.append(found.group())
        at = found.end()
    _soft_parts(alias[at:], parts, joints)
    return parts, joints


def _soft_parts(piece: str, parts: list[str], joints: list[str]) -> None:
    pieces = _SOFT_JOINT.split(piece)
    if min(map(len, pieces)) == 1 and piece.isalpha() and piece.isascii():
        pieces = [piece]  # iPhone, eBay: one letter is not a word of its own
    parts.extend(pieces)
    joints.extend([""] * (len(pieces) - 1))


def _choices(joint: str) -> tuple[str, ...]:
    """What may stand in a joint, its own first."""
    if "." in joint:
        return (joint, joint.replace(".", ""))
    if "&" in joint:
        return (joint, "&", " & ", " and ")
    if "'" in joint or "’" in joint:
        return (joint, "'", "", " ")
    return (joint, "", " ", "-") if joint else ("", " ", "-")


def _uniform(choices: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The same separator in every joint that allows it."""
    return [tuple(c if c in choice else choice[0] for choice in choices) for c in ("", " ", "-")]
