"""Bytes of a fetched page to what it says: title, author, date, language and main text."""

from __future__ import annotations

import re
from functools import cached_property
from urllib.parse import urljoin

from lxml.html import HtmlElement
from trafilatura.settings import Document

from geo_tracker.extract.pages import guesses
from geo_tracker.extract.pages.bylines import byline, clean_author
from geo_tracker.extract.pages.dates import iso_day
from geo_tracker.extract.pages.encodings import decode
from geo_tracker.extract.pages.layouts import read_layout
from geo_tracker.extract.pages.main_text import article_body
from geo_tracker.extract.pages.markup import BROKEN, block_text, bounded, elements, first, parsed, path
from geo_tracker.extract.pages.pdf import PageError, read_pdf
from geo_tracker.extract.pages.structured import read_structured, text_of
from geo_tracker.extract.pages.titles import main_items, page_title
from geo_tracker.extract.pages.walls import wall_of, weight
from geo_tracker.extract.records import PageContent
from geo_tracker.extract.text.languages import language_of
from geo_tracker.extract.urls import canonical, owned_by, same_site

__all__ = ["MAX_BYTES", "PageError", "read_page"]

MAX_BYTES = 5 * 1024 * 1024
"""Of a body; what follows is not read."""
MAX_TEXT = 400_000
"""Characters of main text that are kept."""
MAX_LINE = 500
"""Characters of a title or a site's name that are kept."""
_HTML = re.compile(rb"\s*<[a-zA-Z!?]")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a]")
_PUBLISHED = ("datePublished", "pubDate", "uploadDate", "dateCreated")
_META_PUBLISHED = (
    *(
        "article:published_time",
        "og:published_time",
        "parsely-pub-date",
        "sailthru:date",
        "datepublished",
        "pubdate",
    ),
    *(
        "publishdate",
        "publish_date",
        "publish-date",
        "date:published",
        "dc:date:issued",
        "dcterms:created",
        "dc:date",
    ),
    *(
        "dc:date:created",
        "citation_publication_date",
        "article:published",
        "weibo:article:create_at",
        "release_date",
    ),
)
_WRITTEN_DAY = re.compile(r"(?<!\d)20\d\d[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}日?\s{0,3}\d{1,2}:\d\d")
_FROM_HERE = path("descendant::text() | following::text()")
_STYLE = "translate(@style, ' ', '')"
_HIDDEN = [
    "//*[@hidden or @aria-hidden='true'][not(self::html or self::body or self::img or self::svg)]",
    f"//*[contains({_STYLE}, 'display:none') or contains({_STYLE}, 'visibility:hidden')]"
    "[not(self::html or self::body)]",
]
_SHORT = 200
"""Weight of a text below which other sources than the markup are asked for more."""


def read_page(body: bytes, url: str, content_type: str | None = None) -> PageContent:
    """What a page says, from its own declarations, its layout and its markup, in this order.

    HTML, plain text and PDF, told apart by their content and then by `content_type`. Bounded in size; raises
    `PageError` and nothing else for a body that is none of them or is broken.
    """
    kind = (content_type or "").partition(";")[0].strip().lower()
    if body[:1024].lstrip().startswith(b"%PDF-"):
        return read_pdf(body)
    body = body[:MAX_BYTES]
    if _HTML.match(body) or (kind.endswith(("html", "xml")) and b"<" in body):
        return _read_html(decode(body, content_type), url)
    if _BINARY.search(body[:4096]) and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise PageError(f"{kind or 'this body'} is not text, HTML or PDF")
    text = decode(body, content_type)
    return _read_text(text) if kind == "text/plain" or "</" not in text else _read_html(text, url)


def _read_text(text: str) -> PageContent:
    text = text.replace("\r\n", "\n").strip()[:MAX_TEXT]
    first = next((line.strip("# \t") for line in text.splitlines() if line.strip("# \t")), None)
    title = first if first and len(first) <= 200 else None
    return PageContent(title=title, site=None, published=None, language=language_of(text), text=text)


def _read_html(source: str, url: str) -> PageContent:
    source = bounded(source)
    try:
        return _Html(parsed(source), source, url).read()
    except BROKEN as error:
        raise PageError(f"the page cannot be read: {type(error).__name__}") from error


class _Html:
    def __init__(self, root: HtmlElement, source: str, url: str) -> None:
        self.root = root
        self.source = source
        self.url = url
        self.data = read_structured(root)
        self.layout = read_layout(root, source, url)

    def read(self) -> PageContent:
        text = (self.layout.text or self._text())[:MAX_TEXT]
        title = (self.layout.title or page_title(self.root, self.data) or "")[:MAX_LINE] or None
        # Where a layout finds its article, a login prompt beside it is only a prompt.
        wall = None if self.layout.text else wall_of(self.root, self.source, title, text)
        site = self.layout.site or self._site()
        return PageContent(
            title=title,
            site=site,
            published=self.layout.published or self._published(),
            language=language_of(text or title or "", self._declared_language()),
            text="" if wall else text,
            author=self._author(text, site),
            canonical=self._canonical(),
            types=self._types(),
            wall=wall,
        )

    def _main(self) -> str:
        """Main text without hidden elements, unless the page hides all it has."""
        shown = guesses.main_text(self.root, self.url, _HIDDEN)
        if weight(shown) >= _SHORT:
            return shown
        return max(shown, guesses.main_text(self.root, self.url, None), key=weight)

    def _text(self) -> str:
        """The main text; what the page declares as its body, or all of it, where the markup gives next to nothing."""
        text = _tidied(self._main())
        if weight(text) >= _SHORT:
            return article_body(self.root, text)
        declared = [
            text_of(item.get("articleBody") or item.get("text")) or "" for item in main_items(self.data)
        ]
        whole = (first(self.root, *names) for names in (("article", "main"), ("body",)))
        part = next((element for element in whole if element is not None), self.root)
        return max([text, *declared], key=weight) or block_text(part)

    def _author(self, text: str, site: str | None) -> str | None:
        if self.layout.author:
            return clean_author(self.layout.author)
        # A site that gives its own name as the author of everything does not say who wrote it.
        marked = byline(self.root, self.data, text)
        if marked and marked != site:
            return marked
        guessed = clean_author(self._declared.author or guesses.author(self.root))
        return guessed if guessed != site else None

    def _site(self) -> str | None:
        publishers = (text_of(item.get("publisher")) for item in main_items(self.data))
        declared = self.data.first("og:site_name", "application-name")
        site = declared or next(filter(None, publishers), None) or self._guessed_site() or ""
        named = re.sub(r"\s*版权所有.*", "", site)[:MAX_LINE]
        # A host's name is what an address says, not the page.
        return None if not named or owned_by(self.url, [named]) else named

    def _guessed_site(self) -> str:
        return (self._declared.sitename or guesses.site(self.root) or "").lstrip("@")

    @cached_property
    def _declared(self) -> Document:
        return guesses.declared(self.root)

    def _published(self) -> str | None:
        """The declared day of publication, else what the page's text and links tell."""
        items = main_items(self.data) + list(self.data.items)
        stated = [text_of(item.get(name)) for item in items for name in _PUBLISHED if item.get(name)]
        stated += [self.data.meta[name] for name in _META_PUBLISHED if name in self.data.meta]
        stated += self.root.xpath("//time[@pubdate and @datetime]/@datetime")[:3]
        declared = next(filter(None, map(iso_day, stated)), None)
        return declared or self._written_day() or iso_day(guesses.day(self.root, self.url))

    def _written_day(self) -> str | None:
        """The day with time that stands under the main heading, as Chinese news sites write it."""
        heading = first(self.root, "h1")
        after = _FROM_HERE(heading)[:60] if heading is not None else []
        written = _WRITTEN_DAY.search(" ".join(after)[:1500])
        return iso_day(written.group()) if written else None

    def _declared_language(self) -> str | None:
        stated = self.root.get("lang") or self.root.get("xml:lang")
        return stated or self.data.first("og:locale", "content-language", "language")

    def _canonical(self) -> str | None:
        """The address the page claims, where it is on the same site: a page may not claim another's row."""
        links = (link for link in elements(self.root, "link") if "canonical" in link.get("rel", "").split())
        claimed = next((link.get("href", "").strip() for link in links if "href" in link.attrib), None)
        claimed = self.data.first("og:url") or "" if claimed is None else claimed
        try:
            address = canonical(urljoin(self.url, claimed)) if claimed else ""
        except ValueError:
            return None
        return address if address and same_site(address, self.url) else None

    def _types(self) -> tuple[str, ...]:
        declared = [name for item in self.data.items for name in item["@type"]]
        graph = self.data.first("og:type")
        return tuple(dict.fromkeys([*declared, *([f"og:{graph}"] if graph else [])]))[:30]


def _tidied(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)
