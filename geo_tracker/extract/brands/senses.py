"""Whether a name that is also an everyday word names the brand here: the evidence around it, weighed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from math import exp, log10

from geo_tracker.extract.brands.chinese_scenes import neighbours, scenes, shapes
from geo_tracker.extract.brands.chinese_senses import CHINESE, NEIGHBOURS
from geo_tracker.extract.brands.common_words import Kind, frequency
from geo_tracker.extract.brands.english_senses import ENGLISH, RARE_ENGLISH
from geo_tracker.extract.brands.places import LATIN_WORD, LEAD, Evidence, Place
from geo_tracker.extract.data import toml, words
from geo_tracker.extract.text.folding import fold_plain
from geo_tracker.extract.text.segmentation import is_han

COUNTED = 0.5
"""Least confidence of a mention that counts."""
UNSURE = 0.25
"""Least confidence of a mention that is shown as unsure."""

_COORDINATION = re.compile(
    r"[\s*_\"“”'‘’（(）)]*(?:[、,，/／&+和与及跟或]|and|or|vs\.?|versus|以及|还是|或者|对比|PK|pk)?[\s*_\"“”'‘’]*"
)
_NAME_ENDS = re.compile(r"[\s*_\"”’」』)）\]]*(?:[:：–—|(（]|\Z)|[*_\"”’」』)）\]]*\s+-\s")
_ENUMERATION_AFTER = re.compile(r"[*”」]*(?:[、/和与及跟]|, |,| and | or | vs\.? )[*“「]*")
_ENUMERATION_BEFORE = re.compile(r"[*”」]*(?:[、/和与及跟]|, |,| and | or | vs\.? )[*“「]*\Z")
_LONGEST_NAME = 10
_CLAUSE_MARK = re.compile(r"[，；,;：:。]")


def judge(place: Place, kind: Kind) -> tuple[float, str]:
    """Confidence 0..1 that the name is the brand here, and the strongest reason."""
    if kind is Kind.NAME:
        return 1.0, "name"
    if kind is Kind.ACRONYM:
        return (0.95, "acronym in capitals") if place.written.isupper() else (0.1, "acronym not in capitals")
    worth = weights("zh" if is_han(place.alias[0]) else "en", kind is not Kind.RARE)
    said = [(strength * worth.get(name, 0.0), name) for strength, name in evidence(place, kind)]
    score = sum(value for value, _ in said)
    _, reason = max(said, key=lambda one: abs(one[0]))
    return round(1 / (1 + exp(-score)), 3), reason


def evidence(place: Place, kind: Kind) -> Iterator[tuple[float, str]]:
    """The features that a place has, each with its strength; what they are worth says the data."""
    han = is_han(place.alias[0])
    yield _start(place, kind, han)
    if place.prior:
        yield place.prior, "the workspace's answers use it so"
    for rule in _rules(kind, han):
        found = rule(place)
        if found:
            yield found
    if han and kind is not Kind.RARE:
        for several in (scenes, neighbours, shapes):
            yield from several(place)


@cache
def weights(language: str, learned: bool) -> dict[str, float]:
    """Log-odds that a feature adds: as learned for everyday words, as its author set it for rare ones.

    With the learned ones, real answers lost names that are hardly anything else (支付宝, 国航; 26 November 2026).
    """
    return {name: both[learned] for name, both in toml(f"{language}/senses")["weights"].items()}


def _rules(kind: Kind, han: bool) -> tuple[Evidence, ...]:
    if kind is Kind.RARE:
        return (_coordinated, *NEIGHBOURS) if han else (_coordinated, *RARE_ENGLISH)
    return _HAN if han else _LATIN


def _start(place: Place, kind: Kind, han: bool) -> tuple[float, str]:
    """What the name itself is worth."""
    if kind is Kind.CALENDAR:
        return 1.0, "name of a day or month"
    if kind is Kind.RARE:
        return 1.0, "name"
    if han:
        if kind is Kind.PHRASE:
            return 1.0, "made of everyday words"
        return max(0.1, min(1.0, 0.5 * log10(max(frequency(place.alias), 10)) - 0.6)), "a frequent word"
    if kind is Kind.PHRASE:
        return _phrase(place)
    return 1.0, "everyday word"


def _phrase(place: Place) -> tuple[float, str]:
    """Several everyday words are a name when each has a capital, or just those that the name gives capitals."""
    parts = LATIN_WORD.findall(place.written)
    if all(part[:1].isupper() or (at and part in words("en/function")) for at, part in enumerate(parts)):
        return 1.0, "written as a title"
    if place.written == place.alias and not place.alias.islower():
        return 1.0, "written as the name is"
    return 1.0, "everyday words in lower case"


# Evidence of both languages


def _coordinated(place: Place) -> tuple[float, str] | None:
    for start, end in place.others:
        gap = place.text[end : place.start] if end <= place.start else place.text[place.end : start]
        if len(gap) <= 8 and gap.strip() and _COORDINATION.fullmatch(gap):
            return 1.0, "named beside another brand"
    if _beside_known_name(place):
        return 1.0, "named beside another brand"
    if place.listed:
        return 1.0, "leads an item beside other brands"
    if not place.others:
        return None
    near = not is_han(place.alias[0]) or _in_own_clause(place)
    return 1.0, "another brand in the sentence" if near else "another brand beyond a comma"


def _in_own_clause(place: Place) -> bool:
    """Whether no mark stands between the name and one of the other brands of its sentence."""
    gaps = (place.text[end : place.start] or place.text[place.end : start] for start, end in place.others)
    return any(_CLAUSE_MARK.search(gap) is None for gap in gaps)


def _beside_known_name(place: Place) -> bool:
    """Whether a well-known name stands in the same enumeration."""
    names = words("any/names")
    after, before = _ENUMERATION_AFTER.match(place.after), _ENUMERATION_BEFORE.search(place.before)
    following = fold_plain(place.after[after.end() :]) if after else ""
    preceding = fold_plain(place.before[: before.start()]) if before else ""
    return any(following[:n] in names or preceding[-n:] in names for n in range(_LONGEST_NAME, 1, -1))


def _known_elsewhere(place: Place) -> tuple[float, str] | None:
    if place.same_brand:
        return 1.0, "the brand is named elsewhere in the text"
    if place.brands:
        return min(place.brands, 3) / 3, "other brands in the text"
    return None


def _plain_beside(place: Place) -> tuple[float, str] | None:
    """In Chinese; in English the capital tells one from the other."""
    return (1.0, "the everyday word stands beside") if place.same_plain and is_han(place.alias[0]) else None


def _topical(place: Place) -> tuple[float, str] | None:
    return (1.0, "topic of the workspace") if place.topical else None


def _own_unit(place: Place) -> tuple[float, str] | None:
    """Set apart as a name is: the whole of an emphasis, an item's lead, a table cell."""
    left = place.text[place.sentence[0] : place.start]
    right = place.text[place.end : place.sentence[1]]
    opened = left.rstrip()[-1:] in ("*", "|", "“", "「", "『", "【") or LEAD.fullmatch(left) is not None
    ended = _NAME_ENDS.match(right) or (left.endswith("**") and right.startswith("**"))
    if opened and ended and len(place.whole) > len(place.written):
        return 1.0, "set apart as a name"
    return None


def _own_name(place: Place) -> tuple[float, str] | None:
    return (1.0, "beside the brand's own name") if place.beside_own_name else None


def _trademark(place: Place) -> tuple[float, str] | None:
    return (1.0, "trademark sign") if place.after[:1] in ("®", "™") else None


_COMMON: tuple[Evidence, ...] = (
    _coordinated,
    _known_elsewhere,
    _plain_beside,
    _topical,
    _own_unit,
    _own_name,
    _trademark,
)
_LATIN = (*_COMMON, *ENGLISH)
_HAN = (*_COMMON, *CHINESE)
