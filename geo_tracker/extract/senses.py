"""Whether a name that is also an everyday word names the brand here: the evidence around it, weighed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from math import exp, log10

from geo_tracker.extract.common_words import Kind, frequency, is_english_word
from geo_tracker.extract.data import lines, words
from geo_tracker.extract.folding import fold_plain
from geo_tracker.extract.segmentation import dictionary, is_adjective, is_han

COUNTED = 0.5
"""Least confidence of a mention that counts."""
UNSURE = 0.25
"""Least confidence of a mention that is shown as unsure."""

_REACH = 14
_MODEL = re.compile(
    r"[ \t]?(?:[A-Z][A-Za-z]{0,9}[ -]?\d{1,4}[A-Za-z]*|\d{1,3}[A-Z][A-Za-z]*|[A-Z]{2,}\b|[A-Z][a-z]{2,}\b|[A-Z]\d)"
)
_SERIES = re.compile(r"[\u4e00-\u9fff]{1,4}[ ]?[A-Za-z]{1,8}[ -]?\d")
_NUMBER = re.compile(r"[ \t]?\d+(?:\.\d+)?[ \t]?([\u4e00-\u9fffA-Za-z%°])?")
_COORDINATION = re.compile(
    r"[\s*_\"“”'‘’（(）)]*(?:[、,，/／&+和与及跟或]|and|or|vs\.?|versus|以及|还是|或者|对比|PK|pk)?[\s*_\"“”'‘’]*"
)
_NAME_ENDS = re.compile(r"[\s*_\"”’」』)）\]]*(?:[:：\-–—|(（]|\Z)")
_ENUMERATION_AFTER = re.compile(r"[*”」]*(?:[、/和与及跟]|, |,| and | or | vs\.? )[*“「]*")
_ENUMERATION_BEFORE = re.compile(r"[*”」]*(?:[、/和与及跟]|, |,| and | or | vs\.? )[*“「]*\Z")
_LONGEST_NAME = 10
_LEAD = re.compile(r"[\W_\d]*\Z")
_LATIN_WORD = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?\.?")
_NEXT_WORD = re.compile(r"[ *_\-–—]{1,4}([^\W\d_]+(?:['’][a-z]+)?)")
_PREVIOUS_WORD = re.compile(r"([^\W\d_]+(?:['’][a-z]+)?)[ *_\"“]{1,4}\Z")
_OPENING = re.compile(r"(?:\A|[.!?:;•|—–|])[^\w.!?:;]*\Z")
_ARTICLES = frozenset(("the", "a", "an", "this", "that", "these", "no", "some", "any", "my", "your"))
_VERB_PARTICLES = frozenset(("in", "out", "up", "down", "on", "off", "into", "away"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where an ambiguous name stands, and what else the text says."""

    text: str
    """The masked text."""
    sentence: tuple[int, int]
    start: int
    end: int
    alias: str
    others: tuple[tuple[int, int], ...]
    """Spans of the other names in the same sentence."""
    same_brand: bool
    """Another, unambiguous form of the brand stands in the text."""
    brands: int
    """Other brands named in the text beyond doubt."""
    topical: bool
    """The text has a topic word of the workspace."""

    beside_own_name: bool = False
    """Another form of the brand, or its product, stands right before or after it."""

    @property
    def opens_sentence(self) -> bool:
        """Whether nothing but marks, or the end of a sentence, stands before the name or the word before it."""
        left = self.text[self.sentence[0] : self.start]
        return _OPENING.search(left) is not None

    @property
    def written(self) -> str:
        return self.text[self.start : self.end]

    @property
    def before(self) -> str:
        return self.text[max(self.sentence[0], self.start - _REACH) : self.start]

    @property
    def after(self) -> str:
        return self.text[self.end : min(self.sentence[1], self.end + _REACH)]

    @property
    def whole(self) -> str:
        return self.text[self.sentence[0] : self.sentence[1]]


Evidence = Callable[[Place], tuple[float, str] | None]


def judge(place: Place, kind: Kind) -> tuple[float, str]:
    """Confidence 0..1 that the name is the brand here, and the strongest reason."""
    if kind is Kind.NAME:
        return 1.0, "name"
    if kind is Kind.ACRONYM:
        return (0.95, "acronym in capitals") if place.written.isupper() else (0.1, "acronym not in capitals")
    han = is_han(place.alias[0])
    score, reason = _start(place, kind, han)
    strongest = abs(score)
    for rule in _CHINESE if han else _ENGLISH:
        found = rule(place)
        if found:
            score += found[0]
            if abs(found[0]) > strongest:
                strongest, reason = abs(found[0]), found[1]
    return round(1 / (1 + exp(-score)), 3), reason


def _start(place: Place, kind: Kind, han: bool) -> tuple[float, str]:
    """What the name itself is worth."""
    if kind is Kind.CALENDAR:
        return -2.0, "name of a day or month"
    if han:
        if kind is Kind.PHRASE:
            return 1.5, "made of everyday words"
        return -max(0.1, min(1.0, 0.5 * log10(max(frequency(place.alias), 10)) - 0.6)), "everyday word"
    if kind is Kind.PHRASE:
        title = all(part[:1].isupper() for part in _LATIN_WORD.findall(place.written))
        return (2.5, "written as a title") if title else (-4.0, "everyday words in lower case")
    return -0.1, "everyday word"


# Evidence of both languages


def _coordinated(place: Place) -> tuple[float, str] | None:
    for start, end in place.others:
        gap = place.text[end : place.start] if end <= place.start else place.text[place.end : start]
        if len(gap) <= 8 and gap.strip() and _COORDINATION.fullmatch(gap):
            return 2.2, "named beside another brand"
    if _beside_known_name(place):
        return 2.2, "named beside another brand"
    return (0.9, "another brand in the sentence") if place.others else None


def _beside_known_name(place: Place) -> bool:
    """Whether a well-known name stands in the same enumeration."""
    names = words("names")
    after, before = _ENUMERATION_AFTER.match(place.after), _ENUMERATION_BEFORE.search(place.before)
    following = fold_plain(place.after[after.end() :]) if after else ""
    preceding = fold_plain(place.before[: before.start()]) if before else ""
    return any(following[:n] in names or preceding[-n:] in names for n in range(_LONGEST_NAME, 1, -1))


def _known_elsewhere(place: Place) -> tuple[float, str] | None:
    if place.same_brand:
        return 1.2, "the brand is named elsewhere in the text"
    if place.brands:
        return min(0.3 * place.brands, 0.9), "other brands in the text"
    return None


def _topical(place: Place) -> tuple[float, str] | None:
    return (0.6, "topic of the workspace") if place.topical else None


def _own_unit(place: Place) -> tuple[float, str] | None:
    """Set apart as a name is: the whole of an emphasis, an item's lead, a table cell."""
    left = place.text[place.sentence[0] : place.start]
    right = place.text[place.end : place.sentence[1]]
    opened = left.rstrip()[-1:] in ("*", "|", "“", "「", "『", "【") or _LEAD.fullmatch(left) is not None
    if opened and _NAME_ENDS.match(right) and len(place.whole) > len(place.written):
        return 1.2, "set apart as a name"
    return None


def _own_name(place: Place) -> tuple[float, str] | None:
    return (2.5, "beside the brand's own name") if place.beside_own_name else None


def _trademark(place: Place) -> tuple[float, str] | None:
    return (3.0, "trademark sign") if place.after[:1] in ("®", "™") else None


# Evidence in English


def _capitals(place: Place) -> tuple[float, str] | None:
    written, alias = place.written, place.alias
    if alias.lower() in words("calendar_words"):
        return None
    if written.islower():
        return (-0.8, "everyday word") if alias.islower() else (-5.0, "in lower case")
    if place.after[:1] == "s":
        return -3.0, "plural of an everyday word"
    if alias.islower():
        return 1.0, "capitalised"
    if place.opens_sentence:
        return -0.8, "at the start of a sentence"
    if _title_case(place):
        return 0.0, "in a title"
    return 2.0, "capitalised within a sentence"


def _title_case(place: Place) -> bool:
    """Whether the line capitalises its other long words too."""
    rest = place.text[place.sentence[0] : place.start] + " " + place.text[place.end : place.sentence[1]]
    long = [word for word in _LATIN_WORD.findall(rest) if len(word) > 3]
    return bool(long) and sum(word[0].isupper() for word in long) > 0.6 * len(long)


def _calendar(place: Place) -> tuple[float, str] | None:
    if place.alias.lower() not in words("calendar_words"):
        return None
    beside = {*_words(place.before)[-1:], *_words(place.after)[:1]}
    if beside & (words("calendar_neighbours") | words("calendar_words")) or place.after[:2].strip().isdigit():
        return -3.0, "a date"
    return None


def _english_right(place: Place) -> tuple[float, str] | None:
    if place.after[:2] in ("'s", "’s"):
        return 0.8, "possessive"
    following = _NEXT_WORD.match(place.after)
    if following is None:
        return None
    word = following[1].lower()
    if word == "of":
        return -1.5, "part of an everyday phrase"
    if word in words("english_heads"):
        return 1.8, "a product noun follows"
    if word in words("english_verbs"):
        return 1.0, "subject of a brand's verb"
    if word in words("english_function"):
        return (
            (-1.5, "a verb with its particle") if place.opens_sentence and word in _VERB_PARTICLES else None
        )
    if not is_english_word(word.removesuffix("'s").removesuffix("’s")):
        return (1.0, "a product's name follows") if following[1][0].isupper() else None
    if following[1][0].isupper():
        return -1.6, "part of a longer capitalised phrase"
    if word.endswith(("s", "ed")):
        return None  # may be the verb of which the name is the subject
    return -1.2, "part of an everyday phrase"


def _english_left(place: Place) -> tuple[float, str] | None:
    preceding = _PREVIOUS_WORD.search(place.before)
    if preceding is None:
        return None
    word = preceding[1]
    if word.lower() in words("english_cues"):
        return 0.6, "a brand word precedes"
    if word.lower() in _ARTICLES:
        head = _NEXT_WORD.match(place.after)
        return None if head and head[1].lower() in words("english_heads") else (-1.2, "an article precedes")
    named = any(end == place.start - 1 for _, end in place.others)
    lead = place.text[place.sentence[0] : place.start - len(preceding.group())]
    if word[0].isupper() and "'" not in word and "’" not in word and not named and not _OPENING.search(lead):
        return (-1.0 if _title_case(place) else -3.5), "part of a longer capitalised phrase"
    return None


def _words(text: str) -> list[str]:
    return [word.lower() for word in _LATIN_WORD.findall(text)]


# Evidence in Chinese


@cache
def _any_of(name: str) -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, lines(name)), key=len, reverse=True)))


@cache
def _ending_in(name: str) -> re.Pattern[str]:
    return re.compile(f"(?:{_any_of(name).pattern})\\Z")


@cache
def _endings(name: str) -> tuple[str, ...]:
    return lines(name)


def _chinese_right(place: Place) -> tuple[float, str] | None:
    after = place.after
    if _any_of("chinese_heads").match(after.lstrip(" *")):
        return 2.4, "a product noun follows"
    number = _NUMBER.match(after)
    if number and number[1] and (number[1] in "个克斤岁人块元年天月日号点%度米平g" or number[1] == "k"):
        return -0.8, "a quantity follows"
    if number or _MODEL.match(after):
        return 3.0, "a model follows"
    if _SERIES.match(after):
        return 1.5, "a series and its model follow"
    if _any_of("chinese_suffixes").match(after):
        return -2.6, "part of a longer word"
    if place.alias in words("chinese_titles") and _any_of("chinese_speech").match(after):
        return -2.0, "a person"
    return None


def _chinese_left(place: Place) -> tuple[float, str] | None:
    before = place.before.rstrip('“"‘*「『【 ')
    if before.endswith(_endings("chinese_degrees")):
        return -3.0, "an adjective"
    if before.endswith(_endings("chinese_measures")) and _counted(before):
        return -3.2, "a counted thing"
    if place.alias in words("chinese_titles") and before[-1:] in words("chinese_surnames"):
        return -3.0, "a person"
    if is_adjective(before[-2:]):
        return -1.6, "after an adjective"
    if before.endswith(_endings("chinese_determiners")):
        return -2.2, "a common noun"
    cue = _ending_in("chinese_cues").search(before)
    if cue:
        return (1.2 if len(cue.group()) > 1 else 0.5), "a brand word precedes"
    return None


def _predicate(place: Place) -> tuple[float, str] | None:
    """歌声清扬。: an adjective or verb that closes its clause after a noun."""
    if (
        not place.before
        or not is_han(place.before[-1])
        or (place.after and place.after[0] not in "，。！？；,.!?; ")
    ):
        return None
    if _ending_in("chinese_cues").search(place.before):
        return None
    (_, tag), *_ = dictionary().tag(place.alias)
    return (-1.5, "a predicate") if tag[0] in "avdzil" else None


def _counted(before: str) -> bool:
    """Whether a number or determiner stands before the measure word."""
    return (
        before[-2:-1] in frozenset("一二两三四五六七八九十几多半数这那每某各首整") or before[-2:-1].isdigit()
    )


def _reduplicated(place: Place) -> tuple[float, str] | None:
    """加一加, 一加一: a verb said twice, or a sum."""
    alias, before, after = place.alias, place.before[-1:], place.after[:1]
    if alias[0] == "一" and (before == alias[-1] or after in frozenset("一二三四五六七八九十")):
        return -4.0, "a verb said twice"
    return None


def _chinese_attributive(place: Place) -> tuple[float, str] | None:
    """得力的助手: an adjective; 小米的手机: a brand."""
    if place.after[:1] != "的":
        return None
    if _any_of("chinese_heads").match(place.after[1:]):
        return 0.8, "has a product"
    (_, tag), *_ = dictionary().tag(place.alias)
    return (-0.8, "an attribute") if tag[0] in "avdzil" else None


def _chinese_sentence(place: Place) -> tuple[float, str] | None:
    commerce = set(_any_of("chinese_commerce").findall(place.whole))
    plain = set(_any_of("chinese_plain_contexts").findall(place.whole))
    score = min(0.7 * len(commerce), 1.4) - min(1.3 * len(plain), 2.6)
    if not score:
        return None
    return score, "goods are spoken of" if score > 0 else "daily life is spoken of"


_COMMON: tuple[Evidence, ...] = (_coordinated, _known_elsewhere, _topical, _own_unit, _own_name, _trademark)
_ENGLISH: tuple[Evidence, ...] = (*_COMMON, _capitals, _calendar, _english_right, _english_left)
_CHINESE: tuple[Evidence, ...] = (
    *_COMMON,
    _chinese_right,
    _chinese_left,
    _reduplicated,
    _predicate,
    _chinese_attributive,
    _chinese_sentence,
)


def any_word(text: str, wanted: Iterable[str]) -> bool:
    """Whether folded text holds one of the folded words."""
    return any(word in text for word in wanted)
