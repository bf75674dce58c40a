"""Who wrote a page."""

from __future__ import annotations

import re
from itertools import islice

from lxml.html import HtmlElement

from geo_tracker.extract.pages.markup import line, path
from geo_tracker.extract.pages.structured import StructuredData, text_of, things
from geo_tracker.extract.pages.titles import main_items

MAX_LENGTH = 100
_META = (
    *("dc:creator", "dcterms:creator", "author", "article:author", "og:article:author", "parsely-author"),
    *("sailthru:author", "byl", "citation_author"),
)
_MARKS = frozenset({"author", "byline", "author-name", "article-author", "post-author", "entry-author"})
_MARKABLE = path(
    "//*[contains(@class, 'author') or contains(@class, 'byline') or contains(@rel, 'author')"
    " or contains(@itemprop, 'author') or contains(@itemprop, 'byline')][not(self::meta or self::link)]"
)
_WRITTEN_BY = re.compile(
    r"(?:^|[\s（(【|｜])(?:本报记者|作\s*者|撰文|撰稿|文\s*[/|｜])\s*[:：/|｜丨]?\s*"
    r"(?:[\u4e00-\u9fff]{2,8}(?:作者|记者)\s+)?(?P<name>[\u4e00-\u9fff·]{2,8}|[A-Za-z][\w .]{1,30}?)"
    r"(?=[\s，,；;）)】|｜丨/]|$)",
    re.MULTILINE,
)
_LABEL = re.compile(
    r"^\s*(?:(?:words|written|posted|published|reviewed)?\s*by\b|author\s*:|文\s*[/|｜:：]|(?:本报)?记者|作\s*者|撰文|来源)[\s:：|｜/]*",
    re.IGNORECASE,
)
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_TAIL = re.compile(
    r"\s*(?:[|,•·]\s*(?:updated|published|posted|last).*|\s(?:edited|reviewed|photographs?) by\b.*"
    rf"|\s(?:{_MONTHS})\s\d.*"
    r"|\b\d{1,2}[:.]\d\d\b.*|\d{4}[-/年].*|(?:责任)?编辑.*"
    r"|\s(?:\+?\s?关注|企鹅号))$",
    re.IGNORECASE,
)
_AFFILIATION = re.compile(r"^([\u4e00-\u9fff·]{2,4})\s+[\u4e00-\u9fff]{4,}.*$")
_MONTH = re.compile(rf"^(\S+ \S.*) (?:{_MONTHS})$", re.IGNORECASE)
"""A name of two words and what is left of a date; April May is a name."""
_NO_NAME = re.compile(
    r"https?:|www\.|@|[。！？]|\be?-?mail\b|版权|授权|复制|^(?:责编|责任编辑|编辑|来源|本文)"
    r"|^(?:admin|administrator|user(?:name)?|未知|佚名|匿名)$",
    re.IGNORECASE,
)
"""Addresses, sentences, editors and accounts: none of them is an author."""


def byline(root: HtmlElement, data: StructuredData, text: str) -> str | None:
    """The author a page declares, marks or names in its text, several joined by commas; None where it does not say."""
    for item in main_items(data):
        authors = list(map(text_of, things(item.get("author")))) or [text_of(item.get("author"))]
        named = [name for name in map(clean_author, authors) if name]
        if named:
            return ", ".join(dict.fromkeys(named[:5]))
    for name in _META:
        declared = clean_author(data.meta.get(name))
        if declared:
            return declared
    marking = (element for element in _MARKABLE(root) if _marks_author(element))
    for element in islice(marking, 10):
        marked = clean_author(line(element))
        if marked:
            return marked
    written = _WRITTEN_BY.search(text[:400]) or _WRITTEN_BY.search(text[-300:])
    return written["name"].strip() if written else None


def _marks_author(element: HtmlElement) -> bool:
    marks = (element.get("class", ""), element.get("rel", ""), element.get("itemprop", ""))
    return not _MARKS.isdisjoint(" ".join(marks).split())


def clean_author(name: str | None) -> str | None:
    """A name without `By`, `作者：` and times; None for what is no name (addresses, whole sentences)."""
    name = " ".join((name or "").split())
    name = _TAIL.sub("", _LABEL.sub("", name)).strip(" ,|·-—:：")
    name = _MONTH.sub(r"\1", _AFFILIATION.sub(r"\1", name))
    is_name = bool(re.search(r"[^\W\d_]", name)) and not _NO_NAME.search(name)
    return name if is_name and len(name) <= MAX_LENGTH else None
