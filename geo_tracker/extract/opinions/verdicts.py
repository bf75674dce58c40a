"""Which brands a text advises to choose, and which to avoid."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from geo_tracker.extract.data import NAME, toml
from geo_tracker.extract.opinions.advice import RESERVED, Reading, advice, row
from geo_tracker.extract.opinions.picks import picks
from geo_tracker.extract.opinions.scopes import Clause
from geo_tracker.extract.records import Document, Mention
from geo_tracker.extract.text.segmentation import has_han
from geo_tracker.extract.text.triggers import Triggered

_TAIL = re.compile(r"(?:(?:['’]s)?[ \u2011-](?!I\b)[A-Z0-9][\w.+’'-]*|['’]s\b(?= [a-z]))+")
"""What belongs to a name in Latin letters: Breville's Bambino Plus."""

_POINTING = frozenset(("this", "that", "these", "those", "that's"))
_REFERENCES = frozenset(
    word + mark for word in ("it", "it's", "it’s", "them", "they're", "they’re") for mark in ("", *".,!;:")
)
_REFERRING = 60
"""Characters at the start of a sentence in which what it speaks of is looked for."""
_ORDINAL = re.compile(r"(?:[\s#*_>•-]*(?:\d{1,3}[.)、．）:：]|[①-⑳])[\s*_]*)?")

_CHOOSING = re.compile(
    r"\b(?:should|would) (?:i|you|we)\b|\bworth\b|\bbuy\b|\brecommend|\bgo (?:with|for)\b"
    r"|值得|靠谱|能买|可以买|推荐|要不要|该不该|能不能",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"(?:[\s*_>-]*(?:a|answer|答|回答)[:：])?[\s*_]*"
    r"(?:(?:honestly|frankly|in short|short answer|说实话|简单说)[,:，：]? ?)?(?:"
    r"(?P<no>no\b|not\b|never\b|don['’]t\b|hardly\b|probably not|i (?:would|do)n['’]t\b|不(?!仅|但|错)|别|没必要)"
    r"|(?P<yes>(?:yes|yep|absolutely|definitely|certainly|sure)\b|of course|in a heartbeat|without a doubt"
    r"|值得|可以|能[，,。]|是的|当然|推荐|靠谱))",
    re.IGNORECASE,
)
"""A question whether to choose, and what its answer begins with."""
_ALONE = re.compile(r"[*_’”\"]*(?:\s*[,.;:!，。；：！—–]|\s+(?:for|if|every time|all day)\b|\s*\Z)")
"""What follows a name that is an answer by itself."""


def verdicts(
    document: Document, mentions: Sequence[Mention], about: Sequence[Clause], found: Triggered
) -> dict[str, bool]:
    """True for brands that the text advises, False for those it advises against; the rest are absent."""
    named: defaultdict[int, list[Mention]] = defaultdict(list)
    for mention in mentions:
        named[mention.sentence].append(mention)
    said = picks(document, named, found)
    explicit = dict(_answered(document, named))
    for reading in _readings(document, named, about, found):
        if "?" not in reading.coded:
            for brand, good in advice(reading).items():
                explicit[brand] = explicit.get(brand, True) and good
    return {**said, **explicit}


def _answered(document: Document, named: Mapping[int, Sequence[Mention]]) -> Iterator[tuple[str, bool]]:
    """Brands of which the text asks whether to choose them, and answers yes or no in the next sentence."""
    for index, mentions in named.items():
        sentence = document.sentences[index]
        if document.clean[sentence.start : sentence.end].rstrip("*_ ")[-1:] not in (
            "?",
            "？",
        ) or index + 1 == len(document.sentences):
            continue
        brands = {mention.brand for mention in mentions}
        if len(brands) > 1:
            yield from _chosen(document, named, index)
        if len(brands) == 1 and _CHOOSING.search(document.clean, sentence.start, sentence.end):
            answer = _ANSWER.match(document.clean, document.sentences[index + 1].start)
            if answer:
                yield brands.pop(), answer.lastgroup == "yes"


def _chosen(
    document: Document, named: Mapping[int, Sequence[Mention]], index: int
) -> Iterator[tuple[str, bool]]:
    """The brand with which the answer to a question between several begins: A or B? A, for sleep."""
    answer = document.sentences[index + 1]
    for mention in named.get(index + 1, ())[:1]:
        asked = {other.brand for other in named[index]}
        leads = _ORDINAL.fullmatch(document.clean, answer.start, mention.start)
        if mention.brand in asked and leads and _ALONE.match(document.clean, mention.end, answer.end):
            yield mention.brand, True


def _readings(
    document: Document,
    named: Mapping[int, Sequence[Mention]],
    about: Sequence[Clause],
    found: Triggered,
) -> Iterator[Reading]:
    """Sentences that may advise something of a brand, as rows."""
    topics = {clause.sentence: clause.brands[0] for clause in about}
    waiting: dict[str, list[tuple[str, list[str], str]]] = {"en": [], "zh": []}
    for index in sorted(found["advice"]):
        spoken_of = ""
        if index not in named:
            asked = _asked(document, named, index - 1)
            if asked:
                text, _ = _marked(document, index, ())
                waiting["zh" if has_han(text) else "en"].append((f"{NAME}: {text}", [asked], ""))
                continue
            if not _refers(document, index, found):
                continue
            spoken_of = topics.get(index) or _spoken_of(document, named, index)
        if index in named or spoken_of:
            text, names = _marked(document, index, named.get(index, ()))
            waiting["zh" if has_han(text) else "en"].append((text, names, spoken_of))
    for language, sentences in waiting.items():
        if sentences:
            rows = row("\n".join(text for text, _, _ in sentences), language).split("\n")
            for coded, (_, names, spoken_of) in zip(rows, sentences, strict=True):
                yield Reading(coded, names, spoken_of, language)


def _asked(document: Document, named: Mapping[int, Sequence[Mention]], index: int) -> str:
    """The brand of a sentence that is nothing but its name and a question mark; empty for any other."""
    mentions = named.get(index, ())
    if len(mentions) != 1:
        return ""
    sentence, (only,) = document.sentences[index], mentions
    around = document.clean[sentence.start : only.start], document.clean[only.end : sentence.end]
    alone = not any(map(str.isalnum, "".join(around)))
    return only.brand if alone and around[1].rstrip("*_ ")[-1:] in ("?", "？") else ""


def _marked(document: Document, index: int, named: Sequence[Mention]) -> tuple[str, list[str]]:
    """A sentence with its names, and what belongs to them, written as `NAME`, and whose they are."""
    sentence = document.sentences[index]
    clean = document.clean
    pieces: list[str] = []
    names: list[str] = []
    ordinal = _ORDINAL.match(clean, sentence.start, sentence.end)
    at = ordinal.end() if ordinal else sentence.start
    for mention in named:
        if at <= mention.start < sentence.end:
            pieces.extend((_plain(clean[at : mention.start]), NAME))
            names.append(mention.brand)
            tail = _TAIL.match(clean, mention.end, sentence.end)
            at = tail.end() if tail else mention.end
    pieces.append(_plain(clean[at : sentence.end]))
    return "".join(pieces), names


def _plain(piece: str) -> str:
    """Text between names, without line breaks and what stands for names and letters."""
    kept = piece if piece.isascii() else RESERVED.sub(" ", piece)
    return kept.replace("\0", " ").replace("\n", " ")


def _refers(document: Document, index: int, found: Triggered) -> bool:
    """Whether a sentence without a name may speak of one: it refers, or advises without an object."""
    if index in found["verdict"]:
        return True
    sentence = document.sentences[index]
    text = document.clean[sentence.start : min(sentence.end, sentence.start + _REFERRING)]
    if not text.isascii():
        return _chinese_references().search(text) is not None
    words = text.lower().split() or [""]
    return words[0] in _POINTING or not _REFERENCES.isdisjoint(words)


@cache
def _chinese_references() -> re.Pattern[str]:
    return re.compile("|".join(word.strip() for word in toml("zh/advice")["reference"].split(",")))


def _spoken_of(document: Document, named: Mapping[int, Sequence[Mention]], index: int) -> str:
    """The one brand that the sentences before in the same paragraph, or the heading above it, named last."""
    sentences = document.sentences
    while index and (
        "\n" not in document.clean[sentences[index - 1].end : sentences[index].start]
        or sentences[index - 1].kind == "heading"
    ):
        index -= 1
        if index in named:
            brands = {mention.brand for mention in named[index]}
            return named[index][-1].brand if len(brands) == 1 else ""
    return ""
