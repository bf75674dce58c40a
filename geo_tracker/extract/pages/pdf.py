"""Text of PDF documents."""

from __future__ import annotations

import io
import re
from itertools import islice

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from geo_tracker.errors import GeoTrackerError
from geo_tracker.extract.pages.dates import iso_day
from geo_tracker.extract.records import PageContent
from geo_tracker.extract.text.languages import language_of

MAX_PAGES = 60
MAX_CHARACTERS = 400_000


class PageError(GeoTrackerError):
    """A body that cannot be read as a page: binary, encrypted or broken."""


def read_pdf(body: bytes) -> PageContent:
    """What a PDF says of itself, and the text of its first pages; raises `PageError` if it cannot be read."""
    try:
        reader = PdfReader(io.BytesIO(body), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise PageError("the PDF is encrypted")
        text = _text(reader)
        stated = reader.metadata
        title, author, created = (
            (stated.title, stated.author, stated.creation_date_raw) if stated else (None,) * 3
        )
    except PageError:
        raise
    # pypdf meets broken documents with whatever its code runs into.
    except (PyPdfError, ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError,
            NotImplementedError, AssertionError, MemoryError) as error:  # fmt: skip
        raise PageError(f"the PDF cannot be read: {type(error).__name__}") from error
    first = next((line for line in text.splitlines() if len(line) > 3), None)
    return PageContent(
        title=_line(title) or first,
        site=None,
        published=iso_day(str(created or "").removeprefix("D:")[:8]),
        language=language_of(text),
        text=text,
        author=_line(author),
    )


def _text(reader: PdfReader) -> str:
    parts: list[str] = []
    for page in islice(reader.pages, MAX_PAGES):
        parts.append(page.extract_text())
        if sum(map(len, parts)) > MAX_CHARACTERS:
            break
    lines = (" ".join(line.split()) for line in "\n".join(parts).splitlines())
    return "\n".join(line for line in lines if line)[:MAX_CHARACTERS]


def _line(value: object) -> str | None:
    """A property as one line; None where it is empty or a file's name."""
    line = " ".join(str(value or "").split())
    return None if not line or re.fullmatch(r"(?i)untitled.*|.*\.(docx?|indd|pptx?|xlsx?)", line) else line
