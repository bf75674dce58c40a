"""Sentences that say nothing is known of a brand: they are no mention of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from geo_tracker.extract.data import NAME, pattern
from geo_tracker.extract.records import Document, Mention
from geo_tracker.extract.text.segmentation import has_han

_REACH = 110
"""Characters around a name within which such a statement is looked for."""

_DENIAL = re.compile(
    r"n['’]t\b|\b(?:not|no|cannot|unable|unfamiliar|unaware|never|without|lack|unknown|unverified|failed|insufficient"
    r"|nothing|zero|none|fictional|fictitious|made[ -]up|typo|misspelling|non-?existent)\b",
    re.IGNORECASE,
)
_KNOWLEDGE = re.compile(
    r"find|found|locat|identif|verif|confirm|recogni|trace|aware|familiar|record|info|result|exist|know|heard|evidence"
    r"|data|detail|source|mention|appear|reference|listing|fact|anything|document|brand|company|product|called|named"
    r"|unknown|seen|see |review|rating|search|fictional|fictitious|typo|misspell|training|discover|come across|n/a",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"[没未无不缺非][^，。]{0,24}?(?:信息|资料|存在|查|找|确认|确定|核|了解|听说|听过|清楚|记录|数据|掌握|收录|检索|识别|熟悉|认识|知道|标准|公认|知名"
    r"|广为|官方|常见|普遍|正规|已知|叫|名为|称为|内容|介绍|结果|报道|详|评价|备案|见过)|[库据料录][里中内]?没有|无法|查无|[（：:]\s*(?:不确定|未知)"
)


def absent_brands(document: Document, mentions: Iterable[Mention]) -> frozenset[str]:
    """Brands of which the text says that it found or knows nothing."""
    by_sentence: dict[int, list[Mention]] = {}
    for mention in mentions:
        by_sentence.setdefault(mention.sentence, []).append(mention)
    absent: set[str] = set()
    for index, named in by_sentence.items():
        sentence = document.sentences[index]
        language = _denying(document.clean[sentence.start : sentence.end])
        if language:
            brands = {m.brand for m in named}
            absent.update(b for b in brands if _says_absent(document, named, b, f"{language}/absence"))
    return frozenset(absent)


def _denying(text: str) -> str | None:
    """The language in which a sentence may deny knowledge."""
    if has_han(text):
        return "zh" if _CHINESE.search(text) else None
    return "en" if _DENIAL.search(text) and _KNOWLEDGE.search(text) else None


def _says_absent(document: Document, named: list[Mention], brand: str, patterns: str) -> bool:
    own = [m for m in named if m.brand == brand]
    return any(pattern(patterns).search(_with_name(document, own, mention)) for mention in own)


def _with_name(document: Document, own: Iterable[Mention], around: Mention) -> str:
    """The words around a mention in lower case, with every mention of the brand written as the patterns' name."""
    sentence = document.sentences[around.sentence]
    at, last = max(sentence.start, around.start - _REACH), min(sentence.end, around.end + _REACH)
    pieces: list[str] = []
    for mention in own:
        if at <= mention.start and mention.end <= last:
            pieces.extend((document.clean[at : mention.start], NAME))
            at = mention.end
    pieces.append(document.clean[at:last])
    return "".join(pieces).replace("\0", " ").lower()
