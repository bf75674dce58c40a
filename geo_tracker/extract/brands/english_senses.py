"""Evidence in English for and against an everyday word's being a brand's name."""

from __future__ import annotations

import re

from geo_tracker.extract.brands.common_words import is_english_word
from geo_tracker.extract.brands.places import LATIN_WORD, Evidence, Place, opens
from geo_tracker.extract.data import words

_NEXT_WORD = re.compile(r"[ *_\-–—]{1,4}([^\W\d_]+(?:['’][a-z]+)?)")
_PREVIOUS_WORD = re.compile(r"([^\W\d_]+(?:['’][a-z]+)?)[ *_\"“]{1,4}\Z")
_SECOND_WORD = re.compile(r"[ *_-]{1,4}[^\W\d_]+[ ]([A-Z][a-z]+)")
_HYPHENED = re.compile(r"\w-\Z")
_PRICE = re.compile(r"[*_ ]{0,3}[:：]?[*_ ]{0,3}[$€£¥]\s?\d")
_COMPOUND = re.compile(r"-[a-z]")
_LABEL = 40
_CHOICE = re.compile(
    r"\b(?:best|top|pick|winner|choice|runner[- ]up|budget|value|overall)\b[^:\n]{0,24}(?<!\bfor):[*_\s]*\Z",
    re.IGNORECASE,
)
_ARTICLES = frozenset(("the", "a", "an", "this", "that", "these", "no", "some", "any", "my", "your"))
_VERB_PARTICLES = frozenset(("in", "out", "up", "down", "on", "off", "into", "away"))
_LONG_WORDS_OF_A_TITLE = 2
_SHORT_LINE = 30
"""Characters of a line that may be a title of one other word: Bridge the Gap."""


def _capitals(place: Place) -> tuple[float, str] | None:
    written, alias = place.written, place.alias
    if alias.lower() in words("en/calendar_words"):
        return None
    if written.islower():
        return (1.0, "in lower case, as the name is") if alias.islower() else (1.0, "in lower case")
    if place.after[:1] == "s":
        return 1.0, "plural of an everyday word"
    if alias.islower():
        return 1.0, "capitalised"
    if place.opens_sentence:
        return _opening_word(place)
    if _title_case(place):
        return 1.0, "in a title"
    if len(place.whole) <= _SHORT_LINE:
        return 1.0, "capitalised in a short line"
    return 1.0, "capitalised within a sentence"


def _opening_word(place: Place) -> tuple[float, str] | None:
    """A capital that any word would have here: it counts where other brands lead the items of the same list."""
    if place.listed or _chosen(place):
        return None
    if place.alias.lower() in words("en/function") and place.after[:1] not in ("'", "’"):
        return 1.0, "a function word at the start of a sentence"
    return 1.0, "at the start of a sentence"


def _title_case(place: Place) -> bool:
    """Whether the line capitalises its other long words too; its first word and names say nothing."""
    long = [
        found.group()
        for found in LATIN_WORD.finditer(place.text, *place.sentence)
        if len(found.group()) > 3 and not _names_or_opens(place, found.start())
    ]
    return len(long) >= _LONG_WORDS_OF_A_TITLE and sum(w[0].isupper() for w in long) > 0.6 * len(long)


def _names_or_opens(place: Place, at: int) -> bool:
    return (
        place.start <= at < place.end
        or any(start <= at < end for start, end in (*place.others, *place.doubtful))
        or opens(place.text[place.sentence[0] : at])
    )


def _calendar(place: Place) -> tuple[float, str] | None:
    if place.alias.lower() not in words("en/calendar_words"):
        return None
    beside = {*_words(place.before)[-1:], *_words(place.after)[:1]}
    if (
        beside & (words("en/calendar_neighbours") | words("en/calendar_words"))
        or place.after[:2].strip().isdigit()
    ):
        return 1.0, "a date"
    return None


def _choice(place: Place) -> tuple[float, str] | None:
    """Best budget: Nectar Premier."""
    return (1.0, "named as a choice") if _chosen(place) else None


def _chosen(place: Place) -> bool:
    return _CHOICE.search(place.text, max(0, place.start - _LABEL), place.start) is not None


def _price(place: Place) -> tuple[float, str] | None:
    return (1.0, "a price follows") if _PRICE.match(place.after) else None


def _within(place: Place) -> bool:
    """Whether the name has a capital that its place does not ask for."""
    return place.written[0].isupper() and not place.opens_sentence and not _title_case(place)


def _english_right(place: Place) -> tuple[float, str] | None:
    if place.after[:2] in ("'s", "’s"):
        return 1.0, "possessive at the start of a sentence" if place.opens_sentence else "possessive"
    if place.opens_sentence and _COMPOUND.match(place.after):
        return 1.0, "part of an everyday compound"
    following = _NEXT_WORD.match(place.after)
    if following is None:
        return None
    word = following[1].lower()
    if word == "of":
        return 1.0, "of follows"
    if word in words("en/heads"):
        return 1.0, "a product noun follows"
    if word in words("en/verbs"):
        return 1.0, "subject of a brand's verb"
    if place.opens_sentence and word in words("en/objects"):
        return 1.0, "a verb and its object"
    if word in words("en/function"):
        return (1.0, "a verb with its particle") if place.opens_sentence and word in _VERB_PARTICLES else None
    return _english_phrase(place, following[1])


def _english_phrase(place: Place, following: str) -> tuple[float, str] | None:
    """The word after the name is no function word, verb or product noun."""
    word = following.lower()
    if not is_english_word(word.removesuffix("'s").removesuffix("’s")):
        return (1.0, "a product's name follows") if following[0].isupper() else None
    if following[0].isupper():
        return _capitalised_phrase(place, word)
    if word.endswith("ed") or (word.endswith("s") and is_english_word(word[:-1])):
        return None  # may be the verb of which the name is the subject
    return 1.0, "before an everyday word" if _within(place) else "part of an everyday phrase"


def _capitalised_phrase(place: Place, word: str) -> tuple[float, str] | None:
    """126 Target Road: a place; Adobe Acrobat Pro: a product; Target Heart Rate: neither."""
    if word in words("en/places"):
        return 1.0, "a place"
    head = _SECOND_WORD.match(place.after)
    before = _words(place.before)[-1:]
    if head and not _ARTICLES.intersection(before) and head[1].lower() in words("en/heads"):
        return None
    return 1.0, "a capitalised word follows"


def _english_left(place: Place) -> tuple[float, str] | None:
    if _HYPHENED.search(place.before):
        return 1.0, "part of a compound"
    preceding = _PREVIOUS_WORD.search(place.before)
    if preceding is None:
        return None
    word = preceding[1]
    if word.lower() in words("en/cues"):
        return 1.0, "a brand word precedes"
    if word.lower() in _ARTICLES:
        head = _NEXT_WORD.match(place.after)
        if head and head[1].lower() in words("en/heads"):
            return None
        return 1.0, "an article precedes a capital" if head and _within(place) else "an article precedes"
    if _longer_name(place, word, place.start - len(preceding.group())):
        return 1.0, "within a title" if _title_case(place) else "part of a longer capitalised phrase"
    return None


def _longer_name(place: Place, word: str, at: int) -> bool:
    """Whether the capitalised word before belongs to the same phrase: Union Square, Harrison Ford."""
    if not word[0].isupper() or "'" in word or "’" in word:
        return False
    if any(end == place.start - 1 for _, end in place.others):
        return False
    return not is_english_word(word.lower()) or not opens(place.text[place.sentence[0] : at])


def _beside_doubtful(place: Place) -> tuple[float, str] | None:
    """In one enumeration with a coined name, or with another everyday word that has a capital: Drift or Front."""
    if (
        not place.written[0].isupper()
        or place.alias.islower()
        or place.alias.lower() in words("en/calendar_words")
    ):
        return None
    following = _BESIDE_NAME.match(place.after)
    if following and not is_english_word(following[1].lower()):
        return 1.0, "named beside a coined name"
    for start, end in place.doubtful:
        gap = place.text[end : place.start] if end <= place.start else place.text[place.end : start]
        if place.text[start].isupper() and _ENUMERATION.fullmatch(gap):
            return 1.0, "named beside another name"
    return None


_BESIDE_NAME = re.compile(r"[*_”]*(?:,? (?:and|or) |, | vs\.? |/)[*_“]*([A-Z][^\W\d_]{2,})")
_ENUMERATION = re.compile(r"[*_\"“” ]*(?:,|/|&|,? ?\b(?:and|or|nor|vs\.?|versus)\b)[*_\"“” ]*")


def _words(text: str) -> list[str]:
    return [word.lower() for word in LATIN_WORD.findall(text)]


def _lower_case(place: Place) -> tuple[float, str] | None:
    """A ninja moves in silence."""
    return (
        (1.0, "a rare name in lower case") if place.written.islower() and not place.alias.islower() else None
    )


RARE_ENGLISH: tuple[Evidence, ...] = (_lower_case,)
"""What may tell that a name is not one although hardly anything else is written so."""
_SERIES = re.compile(r"(?:[ -](?:[A-Z0-9][\w&+]*|for(?= [A-Z])))+")
_SERIES_SOLD = re.compile(r"[^.!?\n]{0,40}?[$€£¥]\s?\d|:[^\n]*[$€£¥]\s?\d")
_THIRD_PERSON = re.compile(r" (?:is|has|does|lets|[a-z]{3,}s)\b")
_FINITE = re.compile(
    r" (?P<verb>[a-z]{2,}s) (?:the|a|an|its|your|you|their|every|each|all|more|no|about|on|by|out|around|up|down|it"
    r"|them|itself|my|his|her|our|anything|everything|nothing|several|most|many|few|fewer|less|better|worse|well|best|two|three"
    r"|four|five|six|ten|within|under|over|around|slightly|directly|far|only|even|free|new|some|no|both|\d+)\b"
)
_APPOSITION = re.compile(
    r"[*_”\"]*(?:, (?:which|whose|a|an|the|on|by|in|like|unlike|too|however|though|owned|founded|based|formerly"
    r"|meanwhile|for|at|now|once|with)\b| \((?!s\)))"
)


def _product_line(place: Place) -> tuple[float, str] | None:
    """Oracle Fusion is strong; Chase Sapphire Preferred: $95: capitals that go on, then a predicate or a price."""
    if not place.opens_sentence or not place.written[0].isupper():
        return None
    rest = place.text[place.end : place.sentence[1]]
    found = _SERIES.match(rest)
    if found is None or {w.lower() for w in LATIN_WORD.findall(found.group())} & words("en/places"):
        return None
    if _SERIES_SOLD.match(rest, found.end()):
        return 1.0, "a product and its price follow"
    return (1.0, "a product's name and its verb follow") if _THIRD_PERSON.match(rest, found.end()) else None


def _finite_verb(place: Place) -> tuple[float, str] | None:
    """Wise shows the rate: without an article, a word of no plural is a name when a verb in the singular follows."""
    if not place.opens_sentence or not place.written[0].isupper():
        return None
    found = _FINITE.match(place.text, place.end, place.sentence[1])
    if found is None:
        return None
    if found["verb"] in ("is", "was", "has", "does"):
        return 1.0, "subject of to be or to have" if place.brands else "subject of to be or to have, alone"
    return 1.0, "subject of a verb"


def _apposition(place: Place) -> tuple[float, str] | None:
    """Bolt, on the other hand, has no pass; Calm (from $70)."""
    if not place.opens_sentence or not place.written[0].isupper():
        return None
    return (1.0, "an apposition follows") if _APPOSITION.match(place.after) else None


ENGLISH: tuple[Evidence, ...] = (
    _apposition,
    _product_line,
    _finite_verb,
    _capitals,
    _calendar,
    _price,
    _choice,
    _beside_doubtful,
    _english_right,
    _english_left,
)
