"""What a shop link in an answer is about: its label, else what the answer says around it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from geo_tracker.extract.data import lines

MAX_TITLE = 300
MAX_CONTEXT = 300
_NAME = 80
"""Characters of a product's name; what is longer is a sentence."""
_BACK = 4
"""Lines above a link in which its item may name the product."""
_INTRO = 12
"""Lines above an item of a list in which the list is introduced."""
_CHIP = re.compile(r"[^\s\[\]]+\+\d+")
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://\S+")
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\([^)\n]*\)")
_BOLD = re.compile(r"\*\*\s*([^*\n]{2,120}?)\s*[:：]?\s*\*\*")
_FIELD = re.compile(
    r"[\s\-*•·+]*(?:商品|产品|型号|品名|名称|product|item|model)(?:名称)?\**\s*[:：]\s*\**\s*(.+)",
    re.IGNORECASE,
)
_HEAD = re.compile(r"[\s\-*•·+>|#]*(?:\d{1,3}[.、)）])?\s*\**([^:：|\n]{2,60}?)\**\s*[:：|]")
_START = re.compile(r"^[\s\-*•·>#|\])】，,。；;、]*(?:\d{1,3}[.、)）]\s*)?[\s*|\[(（【]*")
_END = re.compile(r"[\s:：\-–—|,，。(（\[【*]+$")
_STOP = re.compile(r"[。！？!?；;]|[,，].*[,，]|\.\s")
_GOES_ON = re.compile(r"[也或和及并且可在]|(?:and|or|also|as well)\b", re.IGNORECASE)
_BUY = re.compile(r"购买|链接|下单|选购|\b(?:buy|shop|order|link|price)\b", re.IGNORECASE)
_PRICED = re.compile(
    r"[:：,，。;；]\s*(?:¥|￥|\$|€|£|\d|链接|购买|售价|现价|价格|到手价|link|buy|price)|(?:¥|￥|\$|€|£)\s?\d",
    re.IGNORECASE,
)


class Surroundings:
    """An answer's lines, asked what its links are about."""

    def __init__(self, text: str, platforms: Iterable[str]) -> None:
        self._lines = text.splitlines()
        self._platforms = tuple(platforms)

    def title(self, label: str | None, before: str, line: int) -> str | None:
        """The product's name, by a link's label, the text before it and its line's index; None where none is told.

        A platform's name, a citation chip or "buy" names no product; then a short stretch before the link does, or
        the item's own "product:" line; before a link to buy, also the bold words or the head of its line.
        """
        if label and informs(label, self._platforms):
            return trimmed(label)[:MAX_TITLE]
        above = self._lines[max(0, line - _BACK) : line]
        named = [_lead(before), *(field[1] for field in map(_FIELD.match, reversed(above)) if field)]
        if label and _BUY.search(label):
            own = _plain(self._lines[line]) if line < len(self._lines) else ""
            bold, head = _BOLD.search(self._lines[line]), _HEAD.match(own)
            named = [bold[1] if bold else "", *named, head[1] if head else ""]
        short = (trimmed(text) for text in named)
        return next((text for text in short if _is_name(text) and informs(text, self._platforms)), None)

    def context(self, line: int) -> str:
        """The link's line and, of an item in a list, the line that introduces the list, without addresses."""
        own = self._lines[line] if line < len(self._lines) else ""
        above = reversed(self._lines[max(0, line - _INTRO) : line])
        intro = next((text for text in above if text.rstrip().rstrip("*").endswith((":", "："))), "")
        return " ".join(_plain(text) for text in (intro, own) if text)[-MAX_CONTEXT:]


def informs(text: str, platforms: tuple[str, ...]) -> bool:
    """Whether a link's text may name a product: more than a platform, an address, a citation chip or "buy now"."""
    plain = _DOMAIN.sub(" ", _CHIP.sub(" ", _ADDRESS.sub(" ", text)))
    return len(re.findall(r"\w", _nothing(platforms).sub(" ", plain))) >= 2


def trimmed(text: str) -> str:
    """Without the marks of lists and markup at its ends."""
    return _END.sub("", _START.sub("", text.replace("**", ""))).strip()


def _is_name(text: str) -> bool:
    return len(text) <= _NAME and not _STOP.search(text) and not _GOES_ON.match(text)


def _lead(before: str) -> str:
    """What stands before a link, up to the price."""
    cell = [part for part in before.split("|") if part.strip()]
    return _PRICED.split(_ADDRESS.sub(" ", cell[0] if cell else before), maxsplit=1)[0]


def _plain(text: str) -> str:
    return trimmed(_ADDRESS.sub(" ", _LINK.sub(r"\1", text)))


@cache
def _nothing(platforms: tuple[str, ...]) -> re.Pattern[str]:
    """What does not name a product; longer expressions first, Latin ones as whole words."""
    known = sorted({*lines("any/link_labels"), *platforms}, key=len, reverse=True)
    latin = "|".join(re.escape(word) for word in known if word.isascii())
    other = "|".join(re.escape(word) for word in known if not word.isascii())
    return re.compile(rf"\b(?:{latin})\b|{other}", re.IGNORECASE)
