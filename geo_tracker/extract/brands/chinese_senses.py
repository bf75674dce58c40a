"""Evidence in Chinese for and against an everyday word's being a brand's name."""

from __future__ import annotations

import re
from functools import cache

from geo_tracker.extract.brands.common_words import frequency
from geo_tracker.extract.brands.places import Evidence, Place
from geo_tracker.extract.data import lines, words
from geo_tracker.extract.text.segmentation import dictionary, has_word, is_adjective, is_han

_MODEL = re.compile(
    r"[ \t]?(?:[A-Z][A-Za-z]{0,9}[ -]?\d{1,4}[A-Za-z]*|\d{1,3}[A-Z][A-Za-z]*|[A-Z]{2,}\b|[A-Z][a-z]{2,}\b|[A-Z]\d)"
)
_SERIES = re.compile(r"[\u4e00-\u9fff]{1,4}[ ]?[A-Za-z]{1,8}[ -]?\d")
_NUMBER = re.compile(r"[ \t]?\d+(?:\.\d+)?[ \t]?([\u4e00-\u9fffA-Za-z%°])?")
_NUMERALS = frozenset("一二三四五六七八九十几多半数这那每某各首整两是有")
_CLAUSE_ENDS = re.compile(r"[，；,;：:\n]")
_BESIDE = 5
"""Characters behind a name within which goods and what they are judged by show that it is a brand."""
_EVERYDAY = 100
"""Frequency of a dictionary word from which it is everyday."""
_QUANTITY = re.compile(r"[一二两三四五六七八九十几半数]+(?:公?斤|颗|粒|碗|箱|筐|头|只|匹|棵|朵|块|季)")
_VISIT = re.compile(r"(?:旅游|旅行|游玩|玩|参观|打卡|观光)")
_VISITED = ("去", "到", "游", "爬", "登", "逛")
_PLACES = ("上", "在", "去", "到")
"""One-character cues that stand before places and after nouns as well: 草原上."""
_NAME = r"([A-Za-z0-9][A-Za-z0-9&'’.-]+|[\u4e00-\u9fff]{2,4})"
_COINED_AFTER = re.compile(rf"[*”]*、[*“]*{_NAME}(?=[*”]*(?:[、，。等和与（()）；\s]|\Z))")
_COINED_BEFORE = re.compile(rf"(?:\A|[、，：:（(如\s]){_NAME}[*”]*、[*“]*\Z")
_ADVERB = re.compile(r"\A[更最也都还很较偏]{1,2}")
_ASKED = re.compile("[玩吃逛喝买住呢吗好]")
_JOINTS = ("和", "与", "跟", "及", "、", "或")
_PARTICLES_OF_VERBS = frozenset("着了过而")


@cache
def _any_of(name: str) -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, lines(name)), key=len, reverse=True)))


@cache
def _ending_in(name: str) -> re.Pattern[str]:
    return re.compile(f"(?:{_any_of(name).pattern})\\Z")


@cache
def _endings(name: str) -> tuple[str, ...]:
    return lines(name)


@cache
def _goods() -> re.Pattern[str]:
    """A product noun by its last character, where the noun ends: 插线板, 安全座椅."""
    ends = "".join(lines("zh/goods_endings"))
    return re.compile(
        f"[^\\W的了着过是在有说看这那我你他去来到会把被A-Za-z0-9]{{1,4}}?[{ends}]"
        "(?P<end>(?=\\W|\\Z|[的和与是在有也都更比很不就便好够用选买做质价功性]))?"
    )


@cache
def _attributes() -> frozenset[str]:
    """What goods are judged by: no noun of daily life."""
    synonyms = (line.partition(":")[2].split(",") for line in lines("any/attributes"))
    return frozenset(word.strip() for group in synonyms for word in group if not word.isascii())


def _tag(word: str) -> str:
    """The dictionary's part of speech of a word or of the first word of a phrase."""
    (_, tag), *_ = dictionary().tag(word)
    return str(tag)


def _right(place: Place) -> tuple[float, str] | None:
    after = place.after
    if place.alias in words("zh/titles") and _any_of("zh/speech").match(after):
        return 1.0, "a person"
    if _VISIT.match(after) and place.before.endswith(_VISITED):
        return 1.0, "a place"
    if _any_of("zh/heads").match(after.lstrip(" *")):
        return 1.0, "a product noun follows"
    if _any_of("zh/commerce").match(_ADVERB.sub("", after)):
        return 1.0, "a word of trade follows"
    if _QUANTITY.match(after):
        return 1.0, "a quantity follows"
    number = _NUMBER.match(after)
    if number and number[1] and (number[1] in "个克斤岁人块元年天月日号点%度米平g" or number[1] == "k"):
        return 1.0, "a number and its unit follow"
    if number or _MODEL.match(after):
        return 1.0, "a model follows"
    if _SERIES.match(after):
        return 1.0, "a series and its model follow"
    if _any_of("zh/suffixes").match(after):
        return 1.0, "part of a longer word"
    if any(has_word(place.alias + after[:more]) for more in (1, 2) if len(after) >= more):
        return 1.0, "part of a longer word"
    if _goods_follow(after):
        return 1.0, "a noun like those of products follows"
    return (1.0, "a plain noun follows") if _plain_noun(place.alias, after) else None


def _goods_follow(after: str) -> bool:
    if not after or not is_han(after[0]):
        return False
    found = _goods().match(after)
    if found and (found["end"] is not None or is_adjective(after[found.end() : found.end() + 2])):
        return True
    word = next(iter(dictionary().cut(after[:4], False)))
    return len(word) > 1 and word[-1] in lines("zh/goods_endings") and _tag(word)[0] == "n"


def _plain_noun(alias: str, after: str) -> bool:
    """Whether an everyday noun that is neither goods nor one of their attributes follows: 现代社会, 大众审美.

    After a name that reads as an attribute, 美的, any everyday word will do.
    """
    if len(after) < 2 or not all(map(is_han, after[:2])):
        return False
    beside = after[:_BESIDE]
    if any(_any_of(name).search(beside) for name in ("zh/commerce", "zh/heads")):
        return False
    if any(word in beside for word in _attributes()):
        return False
    word = next(iter(dictionary().cut(after[:4], False)))
    return (
        len(word) == 2
        and (alias.endswith("的") or _tag(word) in ("n", "vn", "an", "nz"))
        and frequency(word) >= _EVERYDAY
        and word not in _attributes()
    )


def _left(place: Place) -> tuple[float, str] | None:
    before = place.before.rstrip('“"‘*「『【 ')
    if before.endswith(_endings("zh/degrees")):
        return 1.0, "an adjective"
    if place.alias in words("zh/titles") and before[-1:] in words("zh/surnames"):
        return 1.0, "a family name precedes"
    if is_adjective(before[-2:]):
        return 1.0, "after an adjective"
    determiner, cue = (_ending_in(name).search(before) for name in ("zh/determiners", "zh/cues"))
    if determiner and (cue is None or len(cue.group()) <= len(determiner.group())):
        return 1.0, "a common noun"
    if cue:
        return 1.0, "a brand word precedes" if len(cue.group()) > 1 else "a short brand word precedes"
    return None


def _counted(place: Place) -> tuple[float, str] | None:
    """Whether a number or determiner and a measure word stand before: 一头公牛, 这本小红书."""
    before = place.before.rstrip('“"‘*「『【 ')
    if not before.endswith(_endings("zh/measures")):
        return None
    if place.after[:1] == "的" or _noun_follows(place.after):
        return None
    number = before[-2:-1]
    return (1.0, "a counted thing") if number in _NUMERALS or number.isdigit() else None


def _noun_follows(after: str) -> bool:
    """Whether the name only describes what is counted: 一台小天鹅洗衣机."""
    if not after or not is_han(after[0]):
        return False
    if _any_of("zh/heads").match(after) or _goods_follow(after):
        return True
    word = next(iter(dictionary().cut(after[:4], False)))
    return len(word) > 1 and _tag(word)[0] in "nb"


def _same_word(place: Place) -> tuple[float, str] | None:
    return (1.0, "a rare name stands beside itself as a word") if place.same_plain else None


def _person(place: Place) -> tuple[float, str] | None:
    """体操王子李宁: what people are called stands before."""
    if place.before.endswith(_endings("zh/persons")):
        return 1.0, "what people are called precedes"
    return None


def _work(place: Place) -> tuple[float, str] | None:
    """《哪吒》: the whole title of a work."""
    if place.before.endswith("《") and place.after.startswith("》"):
        return 1.0, "the title of a work"
    return None


def _predicate(place: Place) -> tuple[float, str] | None:
    """歌声清扬。火车奔驰而过: an adjective or verb after a noun that closes its clause or has a verb's particle."""
    if not place.before or not is_han(place.before[-1]):
        return None
    tag = _tag(place.alias)[0]
    if tag == "v" and place.after[:1] in _PARTICLES_OF_VERBS:
        return 1.0, "a predicate with its particle"
    if place.after and place.after[0] not in "，。！？；,.!?; ":
        return None
    cue = _ending_in("zh/cues").search(place.before)
    if (cue and cue.group() not in _PLACES) or place.before.endswith(_JOINTS):
        return None
    return (1.0, "a predicate") if tag in "avdzil" else None


def _reduplicated(place: Place) -> tuple[float, str] | None:
    """加一加, 一加一: a verb said twice, or a sum; 一加上去: a verb and where to."""
    alias, before, after = place.alias, place.before[-1:], place.after[:1]
    if alias[0] == "一" and _WHERE_TO.match(place.after):
        return 1.0, "a verb said twice"
    if alias[0] == "一" and (before == alias[-1] or after in frozenset("一二三四五六七八九十")):
        return 1.0, "a verb said twice"
    return None


def _attributive(place: Place) -> tuple[float, str] | None:
    """得力的助手: an adjective; 小米的手机: a brand."""
    if place.after[:1] != "的":
        return None
    following = place.after[1:]
    if any(
        pattern.match(following) for pattern in (*map(_any_of, ("zh/heads", "zh/commerce")),)
    ) or _goods_follow(following):
        return 1.0, "has a product"
    if _tag(place.alias)[0] not in "avdzilb":
        return None
    return 1.0, "an attribute of a plain noun" if _plain_noun(place.alias, following) else "an attribute"


def _enumerated(place: Place) -> tuple[float, str] | None:
    """光大、民生、平安: everyday words that are tracked, one after another."""
    for start, end in place.doubtful:
        gap = place.text[end : place.start] if end <= place.start else place.text[place.end : start]
        joint = gap.strip('*”“"「」 ')
        if joint == "、" or (joint in _JOINTS and _any_of("zh/commerce").search(place.whole)):
            return 1.0, "named beside another name"
    return None


def _beside_coined(place: Place) -> tuple[float, str] | None:
    """7-11、全家、喜士多: in an enumeration with a Latin name, or with one that no dictionary has."""
    after, before = _COINED_AFTER.match(place.after), _COINED_BEFORE.search(place.before)
    for name in (found[1] for found in (after, before) if found):
        if not is_han(name[0]) or len(dictionary().cut(name, False)) == len(name):
            return 1.0, "named beside a coined name"
    return None


def _described(place: Place) -> tuple[float, str] | None:
    """绊脚的石头: what is described is more often a thing."""
    before = place.before
    if before[-1:] == "的" and is_han(before[-2:-1] or " ") and not place.others:
        return 1.0, "a described thing"
    return None


def _question(place: Place) -> tuple[float, str] | None:
    """去哪儿玩: a name that holds an interrogative, where the question goes on."""
    asks = _ASKED.match(place.after) and not _any_of("zh/commerce").match(place.after)
    if asks and any(tag == "r" for _, tag in dictionary().tag(place.alias)):
        return 1.0, "a question"
    return None


def _sentence(place: Place) -> tuple[float, str] | None:
    """Goods in the sentence speak for the brand, in its own clause above all."""
    near = set(_any_of("zh/commerce").findall(_own_clause(place)))
    far = set(_any_of("zh/commerce").findall(place.whole)) - near
    count = min(len(near) + 0.6 * len(far), 2.0)
    return (count, "words of trade") if count else None


def _clause(place: Place) -> tuple[float, str] | None:
    """Nature in the clause of a name that is rarely anything else."""
    count = min(len(_words_of("zh/nature", _own_clause(place), place.alias)), 2)
    return (count, "nature is spoken of") if count else None


def _daily_life(place: Place) -> tuple[float, str] | None:
    near = _plain(_own_clause(place), place.alias)
    far = _plain(place.whole, place.alias) - near
    count = min(len(near) + 0.4 * len(far), 2.0) / (3 if place.others else 1)
    return (count, "daily life is spoken of") if count else None


def _plain(text: str, alias: str) -> set[str]:
    return _words_of("zh/plain_contexts", text, alias) | _words_of("zh/nature", text, alias)


def _words_of(name: str, text: str, alias: str) -> set[str]:
    return set(_any_of(name).findall(text.replace(alias, "\0")))


def _own_clause(place: Place) -> str:
    text, (first, last) = place.text, place.sentence
    starts = [found.end() for found in _CLAUSE_ENDS.finditer(text, first, place.start)]
    end = _CLAUSE_ENDS.search(text, place.end, last)
    return text[starts[-1] if starts else first : end.start() if end else last]


_WHERE_TO = re.compile("(?:上|下|进|出|起|过|回)(?:去|来)")
_ADDRESSED = re.compile("，(?:来|请|给|麻烦|您|你|我|能|帮|快|再|别)")


def _spoken_to(place: Place) -> tuple[float, str] | None:
    """老板，来一碗面: a form of address that opens what is said."""
    if place.alias not in words("zh/titles") or not _CLAUSE_START.search(place.text[: place.start]):
        return None
    return (1.0, "is spoken to") if _ADDRESSED.match(place.after) else None


_MONEY = re.compile("(?:\\d+(?:\\.\\d+)?|[一二两三四五六七八九十百半]+)(?:块|元|毛)")
_CLAUSE_START = re.compile(r"(?:\A|[，；。！？：\n])[\s*“「]*\Z")


def _leads_clause(place: Place) -> tuple[float, str] | None:
    """金锣淀粉多，双汇肉味足: it opens its clause, as another brand opens another of the sentence."""
    first = place.sentence[0]
    if not _CLAUSE_START.search(place.text[first : place.start]):
        return None
    if any(_CLAUSE_START.search(place.text[first:start]) for start, _ in place.others):
        return 1.0, "opens its clause as another brand does"
    return (1.0, "opens its clause before goods") if _goods().match(place.after) else None


def _priced(place: Place) -> tuple[float, str] | None:
    return (1.0, "a price stands in the clause") if _MONEY.search(_own_clause(place)) else None


NEIGHBOURS: tuple[Evidence, ...] = (
    _same_word,
    _counted,
    _person,
    _work,
    _predicate,
    _described,
    _clause,
    _question,
)
"""What may tell that a name is not one although hardly anything else is written so."""
CHINESE: tuple[Evidence, ...] = (
    _leads_clause,
    _priced,
    _right,
    _left,
    _counted,
    _person,
    _spoken_to,
    _work,
    _reduplicated,
    _predicate,
    _attributive,
    _enumerated,
    _beside_coined,
    _described,
    _sentence,
    _daily_life,
)
