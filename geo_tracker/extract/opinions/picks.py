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
_JUDGES = re.compile(
    r"[\s*_]*(?:(?:our |my |the )?(?:verdict|recommend(?:ed|ation)?|advice|take|conclusion|bottom line)"
    r"|(?:should you |worth )?(?:buy|get|choose|buying|it)(?: it)?"
    r"|who (?:should|it|it['’]s|is it|needs|this)\b[^|]{0,20}"
    r"|(?:我的|购买|选购|推荐)?(?:建议|结论|意见)|(?:是否|值不值得|值得|推不)?(?:推荐|购买|入手)(?:吗|与否)?|(?:推荐|适合)?给?谁(?:买|用)?)"
    r"[?？\s*_]*",
    re.IGNORECASE,
)
"""A table's head above what is advised of the row's brand."""
_DENIED = re.compile(
    r"[\s*_]*(?:no(?=[,;—–(.!*\s]*\Z|,| thanks)|(?:none|nobody|no one|never|don['’]t|skip|avoid|(?:hard )?pass)\b"
    r"|not (?:worth|recommended|for|advised)\b|❌|✗|👎|🚫"
    r"|(?:不|别|勿|慎|没必要|避|劝退|放弃|排除|绕|算了|无人|没人|pass)(?!错|二|限|详|适用))",
    re.IGNORECASE,
)
_GRANTED = re.compile(
    r"[\s*_]*(?:yes\b|buy\b|get\b|recommended\b|go for\b|top\b|best\b|first\b|most\b|every|any(?:one|body)\b|✅|✔|👍"
    r"|(?:强烈|首要|优先|值得|推荐|首选|可以|可选|可入|入手|必|闭眼|放心|是\Z|买|大多数|多数|所有人|人人))",
    re.IGNORECASE,
)
"""What a cell below such a head begins with."""
_OPENING = 3
"""Sentences at the start of a text that may announce a list of picks further down."""


def picks(document: Document, named: Mapping[int, Sequence[Mention]], found: Triggered) -> dict[str, bool]:
    """True for brands that are offered, False for those warned of; the first list counts."""
    offering = found["any/pick_headings"] | found["any/reject_headings"]
    picked: dict[str, bool] = {}
    offer = _Offer()
    columns = judging = frozenset[int]()
    for index, sentence in enumerate(document.sentences):
        leading = named.get(index, ())
        if sentence.kind == "table_row":
            if index == 0 or document.sentences[index - 1].kind != "table_row":
                columns, judging = (_columns(document, sentence, head) for head in (_OFFERS, _JUDGES))
            if judging and leading:
                judged = _judged(document, sentence, judging)
                if judged is not None:
                    picked.setdefault(leading[0].brand, judged)
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


def _columns(document: Document, header: Sentence, heads: re.Pattern[str]) -> frozenset[int]:
    """Columns of a table below such heads, counted by the marks before them."""
    cells = document.clean[header.start : header.end].split("|")
    return frozenset(column for column, cell in enumerate(cells) if heads.fullmatch(cell))


def _judged(document: Document, row: Sentence, columns: frozenset[int]) -> bool | None:
    """What the cells of a row in these columns say: True for advice, False against, None for neither."""
    cells = document.clean[row.start : row.end].split("|")
    told = [cells[column] for column in columns if column < len(cells)]
    if any(map(_DENIED.match, told)):
        return False
    return True if any(map(_GRANTED.match, told)) else None


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
