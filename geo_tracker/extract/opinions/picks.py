"""Brands that a list offers or warns of: those that lead its items, under a heading or lead-in that says so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from geo_tracker.extract.opinions.scopes import leads
from geo_tracker.extract.records import Document, Mention, Sentence
from geo_tracker.extract.text.triggers import Triggered

_LABELLED = re.compile(r"[\W_\d]*[^\W\d_][^:：\n]{0,20}[*_]*[:：][\s*_]*")
_SHORT = 16
"""Characters after a name up to which an item only names a choice."""
_OPENING = 3
"""Sentences at the start of a text that may announce a list of picks further down."""


def picks(document: Document, named: Mapping[int, Sequence[Mention]], found: Triggered) -> dict[str, bool]:
    """True for brands that are offered, False for those warned of; the first list counts."""
    picked: dict[str, bool] = {}
    offered: bool | None = None
    listing = False
    offering = found["any/pick_headings"] | found["any/reject_headings"]
    for index, sentence in enumerate(document.sentences):
        leading = named.get(index)
        if leading and _is_item(document, sentence) and _led_by(document, leading[0]):
            listing = True
            if offered is not None:
                picked.setdefault(leading[0].brand, offered)
        elif index in offering and (
            sentence.kind == "heading" or (index < _OPENING and not listing) or _introduces(document, index)
        ):
            offered = index not in found["any/reject_headings"]
    return picked


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
