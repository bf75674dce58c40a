"""Which brands a text advises to choose, and which to avoid."""

from __future__ import annotations

import re
from collections.abc import Sequence

from geo_tracker.extract.data import NAME, OTHER_NAME, pattern
from geo_tracker.extract.opinions.scopes import leads
from geo_tracker.extract.opinions.sentiment import named_text
from geo_tracker.extract.records import Document, Mention, Sentence
from geo_tracker.extract.text.segmentation import has_han
from geo_tracker.extract.text.triggers import Triggered

_LABELLED = re.compile(r"[\W_\d]*[^\W\d_][^:：\n]{0,20}[*_]*[:：][\s*_]*")
_SHORT = 16
"""Characters after a name up to which an item only names a choice."""
_OPENING = 3
"""Sentences at the start of a text that may announce a list of picks further down."""


def verdicts(document: Document, mentions: Sequence[Mention], found: Triggered) -> dict[str, bool]:
    """True for brands that the text advises, False for those it advises against; the rest are absent."""
    by_sentence: dict[int, list[Mention]] = {}
    for mention in mentions:
        by_sentence.setdefault(mention.sentence, []).append(mention)
    advised: set[str] = set()
    rejected: set[str] = set()
    for index, named in by_sentence.items():
        if index not in found["en/advice"] and index not in found["zh/advice"]:
            continue
        sentence = document.sentences[index]
        text = document.clean[sentence.start : sentence.end]
        language = "zh" if has_han(text) else "en"
        if index not in found[f"{language}/advice"]:
            continue
        warned = index in found[f"{language}/warning"]
        for brand in dict.fromkeys(m.brand for m in named):
            others = {mention.brand: OTHER_NAME for mention in named}
            marked = named_text(text, sentence.start, named, {**others, brand: NAME})
            if warned and pattern(f"{language}/discourage").search(marked):
                rejected.add(brand)
            elif pattern(f"{language}/recommend").search(marked):
                advised.add(brand)
    for brand, good in _picks(document, by_sentence, found).items():
        (advised if good else rejected).add(brand)
    return {brand: brand not in rejected for brand in advised | rejected}


def _picks(document: Document, by_sentence: dict[int, list[Mention]], found: Triggered) -> dict[str, bool]:
    """Brands that lead the items under a heading or lead-in that offers or rejects choices."""
    picks: dict[str, bool] = {}
    offered: bool | None = None
    listing = False
    offering = found["any/pick_headings"] | found["any/reject_headings"]
    for index, sentence in enumerate(document.sentences):
        named = by_sentence.get(index)
        if named and _is_item(document, sentence) and _led_by(document, named[0]):
            listing = True
            if offered is not None:
                picks.setdefault(named[0].brand, offered)
        elif index in offering and (
            sentence.kind == "heading" or (index < _OPENING and not listing) or _introduces(document, index)
        ):
            offered = index not in found["any/reject_headings"]
    return picks


def _led_by(document: Document, mention: Mention) -> bool:
    """Whether a mention leads its item, or what the item says after a label: 油烟机：老板."""
    sentence = document.sentences[mention.sentence]
    if leads(document, mention):
        return True
    if sentence.kind != "list_item" or sentence.end - mention.end > _SHORT:
        return False
    return _LABELLED.fullmatch(document.clean, sentence.start, mention.start) is not None


def _is_item(document: Document, sentence: Sentence) -> bool:
    """Whether a sentence opens an item of a list: a bullet, an ordinal, a heading, a paragraph's bold lead."""
    return (
        sentence.ordinal is not None
        or sentence.kind in ("list_item", "heading")
        or document.clean.startswith("**", sentence.start)
    )


def _introduces(document: Document, index: int) -> bool:
    """Whether a sentence announces what follows: it ends in a colon, or a list comes next."""
    sentence = document.sentences[index]
    if document.clean[sentence.start : sentence.end].rstrip("*_ ")[-1:] in (":", "："):
        return True
    following = document.sentences[index + 1 : index + 2]
    return sentence.kind == "paragraph" and bool(following) and following[0].kind == "list_item"
