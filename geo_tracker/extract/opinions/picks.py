"""Brands that a list offers or warns of: those that lead its items, under a heading or lead-in that says so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geo_tracker.extract.opinions.scopes import leads
from geo_tracker.extract.records import Document, Mention, Sentence
from geo_tracker.extract.text.triggers import Triggered

_LABELLED = re.compile(r"[\W_\d]*[^\W\d_][^:：\n]{0,20}[*_]*(?:[:：→]|=>)[\s*_]*")
_SHORT = 16
"""Characters after a name up to which an item only names a choice."""
_OFFERS = re.compile(
    r"[\s*_]*(?:(?:our |my |the |top |best )*"
    r"(?:best|picks?|choices?|recommendations?|recommended|go with|choose|winner)"
    r"(?: (?:choice|pick|option|brand|tool|product|app))?"
    r"|推荐(?:品牌|产品|选择|平台|工具|方案)?|首选(?:品牌)?|选谁|选哪个|建议(?:选择)?)[\s*_]*",
    re.IGNORECASE,
)
"""A table's head above names that are to be chosen."""
_OPENING = 3
"""Sentences at the start of a text that may announce a list of picks further down."""


def picks(document: Document, named: Mapping[int, Sequence[Mention]], found: Triggered) -> dict[str, bool]:
    """True for brands that are offered, False for those warned of; the first list counts."""
    offering = found["any/pick_headings"] | found["any/reject_headings"]
    picked: dict[str, bool] = {}
    offer = _Offer()
    columns: frozenset[int] = frozenset()
    for index, sentence in enumerate(document.sentences):
        leading = named.get(index, ())
        if sentence.kind == "table_row":
            if index == 0 or document.sentences[index - 1].kind != "table_row":
                columns = _offering_columns(document, sentence)
            for mention in leading if columns else ():
                if document.clean.count("|", sentence.start, mention.start) in columns:
                    picked.setdefault(mention.brand, True)
        elif leading and _is_item(document, sentence) and _led_by(document, leading[0]):
            if offer.good is not None:
                picked.setdefault(leading[0].brand, offer.good)
            offer.listing = True
        elif index in offering and not (leading and sentence.kind == "heading"):
            if (
                sentence.kind == "heading"
                or (index < _OPENING and not offer.listing)
                or _introduces(document, index)
            ):
                offer = _Offer(index not in found["any/reject_headings"], _level(document, sentence))
        elif sentence.kind == "heading" and not leading:
            offer = offer.under(_level(document, sentence) or 0)
    return picked


@dataclass
class _Offer:
    """What the list below is: picks, what to avoid, or neither."""

    good: bool | None = None
    level: int | None = None
    """Headings down to this one end it; None after a lead-in, until the first heading below it."""
    listing: bool = False
    """Whether a brand has led an item of it."""

    def under(self, level: int) -> _Offer:
        """The offer below a heading that says nothing of its own: a category of it, or its end."""
        if self.level is None and not self.listing:
            self.level = level - 1
        return self if self.level is not None and level > self.level else _Offer()


def _offering_columns(document: Document, header: Sentence) -> frozenset[int]:
    """Columns of a table that name what to choose, counted by the marks before them."""
    cells = document.clean[header.start : header.end].split("|")
    return frozenset(column for column, cell in enumerate(cells) if _OFFERS.fullmatch(cell))


def _level(document: Document, sentence: Sentence) -> int | None:
    """1 for the highest heading; None for what is no heading."""
    if sentence.kind != "heading":
        return None
    line = document.clean[document.clean.rfind("\n", 0, sentence.start) + 1 : sentence.end]
    return max(1, len(line) - len(line.lstrip(" #")))


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
