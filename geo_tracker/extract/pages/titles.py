"""A page's title without its site's name."""

from __future__ import annotations

import re
from itertools import islice

from lxml.html import HtmlElement

from geo_tracker.extract.pages.markup import elements, first, line
from geo_tracker.extract.pages.structured import StructuredData, text_of

_META = (
    "dc:title",
    "dcterms:title",
    "og:title",
    "weibo:article:title",
    "title",
    "twitter:title",
    "parsely-title",
)
_MAIN_TYPES = (
    *(
        "NewsArticle",
        "Article",
        "BlogPosting",
        "TechArticle",
        "Report",
        "ReviewNewsArticle",
        "AnalysisNewsArticle",
    ),
    *(
        "DiscussionForumPosting",
        "SocialMediaPosting",
        "VideoObject",
        "Product",
        "Recipe",
        "HowTo",
        "Question",
    ),
)
"""schema.org types of things that are a page's subject, in order of preference."""
_SEPARATOR = re.compile(r"\s+[|\-–—\\/>»·•]+\s+|\s*[｜|]\s*(?=[^|｜]+$)")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_MIN_WORDS = 3
_MIN_HAN = 6


def main_items(data: StructuredData) -> list[dict[str, object]]:
    """The things a page may be about, likeliest first."""
    return list(data.of_type(*_MAIN_TYPES))


def page_title(root: HtmlElement, data: StructuredData) -> str | None:
    """The title declared for sharing, else the document's; a heading that begins it is the title proper."""
    declared = next((text for item in main_items(data) if (text := text_of(item.get("headline")))), None)
    declared = declared or data.first(*_META)
    named = first(root, "title")
    document = line(named) if named is not None else ""
    headings = [line(heading) for heading in islice(elements(root, "h1", "h2"), 20)]
    if declared:
        return _heading(declared, headings) or declared
    if document:
        return _heading(document, headings) or _without_site(document)
    return next((heading for heading in headings if heading), None)


def _heading(title: str, headings: list[str]) -> str | None:
    """The heading with which a title begins, where a separator follows, or which goes on where it was cut off."""
    for heading in headings:
        if heading.startswith(title) and len(title) >= _MIN_HAN:
            return heading
        rest = title.removeprefix(heading)
        if heading and rest != title and re.match(r"\s*[|\-–—_｜>»·•(（]", rest) and _is_telling(heading):
            return heading
    return None


def _without_site(title: str) -> str:
    if _HAN.search(title) and "_" in title:
        first = title.partition("_")[0].strip()
        title = first if _is_telling(first) else title
    parts = [match.start() for match in _SEPARATOR.finditer(title)]
    shorter = title[: parts[-1]].strip() if parts else ""
    return shorter if _is_telling(shorter) else title


def _is_telling(text: str) -> bool:
    """Whether a text is long enough to be a title and not a site's name."""
    return len(text.split()) >= _MIN_WORDS or len(_HAN.findall(text)) >= _MIN_HAN
