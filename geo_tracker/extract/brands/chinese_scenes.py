"""What a Chinese sentence speaks of, and what kinds of words stand beside a name that is an everyday word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from geo_tracker.extract.brands.places import Place
from geo_tracker.extract.data import toml
from geo_tracker.extract.text.lexicon import Lexicon
from geo_tracker.extract.text.segmentation import dictionary, is_han

_CLAUSE_ENDS = re.compile(r"[，；,;：:。！？!?\n]")
_MOST = 2
"""Words of a scene that count."""
_BESIDE = 6
"""Characters on each side that are cut into words."""
_FINE_TAGS = ("nr", "ns", "nz", "nt", "ul", "uj", "uz", "ug", "ud", "vn")
_QUOTED = {"“": "”", "「": "」", "《": "》", "‘": "’", '"': '"', "【": "】"}
_OWN = re.compile("家(?:的|里)?")
_BY_IT = re.compile("(?:出|产|做|卖|生产|推出|新出|发布)的")
_AS_A_BRAND = re.compile("(?:这个|这|该|这家|那个)?(?:品牌|牌子|牌|公司|厂家|厂商|大厂)")
_ACTED_ON = re.compile(
    "(?:买|换|用|选|穿|喝|囤|退|入|订|装|戴|冲|充|提|抢|推荐|入手|下单|下载|卸载|考虑|支持|收|开|骑|吃|住|认|要|看)"
    r"(?:了|过|的|着|到|掉|回|上|入|完)?(?:[一两几三四五六七八九十\d]?[件台双瓶盒箱包款支张辆套部提块把条罐袋个次份])?\Z"
)
_PLACE_ONLINE = re.compile(
    "(?:上|里|平台上?)?(?:听|看|买|租|学|办|订|搜|刷|下单|上课|抢|注册|开户|追|开店|卖|点)"
)
_SOLD_IN = re.compile(r"\A[^，。！？]{0,4}(?:\d|打折|多少钱|怎么样|好不好|好吗|靠谱|值得|贵|便宜|[还也]行)")


@cache
def _scenes() -> Lexicon[tuple[str, ...]]:
    scenes: dict[str, tuple[str, ...]] = {}
    for scene, listed in toml("zh/scenes").items():
        for word in listed.split():
            scenes[word] = (*scenes.get(word, ()), scene)
    return Lexicon(scenes)


def scenes(place: Place) -> Iterator[tuple[float, str]]:
    """How many words of each scene its clause has, and the rest of its sentence."""
    start, end = place.sentence
    first, last = _clause(place)
    near: Counter[str] = Counter()
    far: Counter[str] = Counter()
    for at, to, listed in _scenes().find(place.text[start:end]):
        if at + start < place.end and place.start < to + start:
            continue
        for scene in listed:
            (near if first <= at + start < last else far)[scene] += 1
    for scene, count in near.items():
        yield min(count, _MOST) / _MOST, f"{scene} in its clause"
    for scene, count in far.items():
        yield min(count, _MOST) / _MOST, f"{scene} in its sentence"


def _clause(place: Place) -> tuple[int, int]:
    start, last = place.sentence
    first = max(
        (found.end() for found in _CLAUSE_ENDS.finditer(place.text, start, place.start)), default=start
    )
    end = _CLAUSE_ENDS.search(place.text, place.end, last)
    return first, end.start() if end else last


def neighbours(place: Place) -> Iterator[tuple[float, str]]:
    """The parts of speech of the name and of what stands beside it."""
    yield 1.0, f"the word is {_tag(dictionary().tag(place.alias)[-1][1])}"
    yield 1.0, f"{_before(place)} precedes"
    yield 1.0, f"{_after(place)} follows"


def _before(place: Place) -> str:
    run = _han_run(place.text[max(place.sentence[0], place.start - _BESIDE) : place.start][::-1])[::-1]
    return (
        _tag(dictionary().tag(run)[-1][1]) if run else _edge(place.text[place.sentence[0] : place.start][-1:])
    )


def _after(place: Place) -> str:
    run = _han_run(place.text[place.end : min(place.sentence[1], place.end + _BESIDE)])
    return _tag(dictionary().tag(run)[0][1]) if run else _edge(place.text[place.end : place.sentence[1]][:1])


def _han_run(text: str) -> str:
    return text[: next((at for at, character in enumerate(text) if not is_han(character)), len(text))]


def _edge(character: str) -> str:
    """What a character that is no Han is to its neighbour."""
    if not character or character in "，。；：！？,.;:!?\n":
        return "the clause's edge"
    if character in "、/":
        return "an enumeration"
    return "a letter or digit" if character.isalnum() else "a mark"


def _tag(tag: str) -> str:
    return f"a word of kind {tag if tag in _FINE_TAGS else tag[:1]}"


def shapes(place: Place) -> Iterator[tuple[float, str]]:
    """Turns of phrase that take a brand."""
    after = place.text[place.end : place.sentence[1]]
    before = place.before.rstrip('“"‘*「『【 ')
    if _OWN.match(after):
        yield 1.0, "has a house"
    if _BY_IT.match(after):
        yield 1.0, "makes or sells"
    if _AS_A_BRAND.match(after):
        yield 1.0, "is called a brand"
    if _ACTED_ON.search(before):
        yield 1.0, "is bought or used"
    if _SOLD_IN.match(after):
        yield 1.0, "is asked for or priced"
    if before.endswith(("在", "去", "到", "上", "从", "用")) and _PLACE_ONLINE.match(after):
        yield 1.0, "a place to do it"
    if _QUOTED.get(place.before[-1:]) == (after[:1] or None):
        yield 1.0, f"in {place.before[-1:]}{after[:1]}"
    if not _clause_mark(place) and len(place.whole) == len(place.written):
        yield 1.0, "stands alone"


def _clause_mark(place: Place) -> bool:
    return _CLAUSE_ENDS.search(place.text, *place.sentence) is not None
