"""A document as a PDF of one font, with the text in any script that a reader can take out again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from textwrap import wrap

WIDTH = 44
"""Characters of a line; half as many would fill it with Han characters, a reader of text does not mind."""
LINES = 46
_FONT = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /Sandbox /Encoding /Identity-H "
    b"/DescendantFonts [4 0 R] /ToUnicode 5 0 R >>"
)
_GLYPHS = (
    b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Sandbox /DW 1000 "
    b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
)
_FIRST_PAGE = 7


def pdf_of(title: str, paragraphs: Sequence[str], published: date | None) -> bytes:
    """A PDF with a title and paragraphs; its characters are numbered by their UTF-16 code units."""
    lines = [line for each in (title, *paragraphs) for line in (*wrap(each, WIDTH), "")]
    sheets = _cut(lines, LINES)
    numbers = range(_FIRST_PAGE, _FIRST_PAGE + 2 * len(sheets), 2)
    kids = " ".join(f"{number} 0 R" for number in numbers)
    created = f" /CreationDate (D:{published:%Y%m%d}083000Z)" if published else ""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(sheets)} >>".encode(),
        _FONT,
        _GLYPHS,
        _stream(_unicode_map("".join(lines))),
        f"<< /Title <FEFF{_hex(title)}>{created} >>".encode(),
    ]
    for number, sheet in zip(numbers, sheets, strict=True):
        objects += [_page(number + 1), _stream(_shown(sheet))]
    return _file(objects)


def _page(content: int) -> bytes:
    resources = "<< /Font << /F1 3 0 R >> >>"
    box = "/MediaBox [0 0 595 842]"
    return f"<< /Type /Page /Parent 2 0 R {box} /Resources {resources} /Contents {content} 0 R >>".encode()


def _shown(lines: Sequence[str]) -> bytes:
    rows = "\n".join(f"<{_hex(line)}> Tj T*" for line in lines)
    return f"BT /F1 11 Tf 16 TL 50 790 Td\n{rows}\nET".encode()


def _unicode_map(text: str) -> bytes:
    """Which character each number stands for: its own."""
    rows = [f"<{_hex(each)}> <{_hex(each)}>" for each in sorted(set(text)) if ord(each) < 0x10000]
    blocks = "\n".join(_block(part) for part in _cut(rows, 100))
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Sandbox def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <FFFF> endcodespacerange\n{blocks}\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode()


def _block(rows: Sequence[str]) -> str:
    return "\n".join((f"{len(rows)} beginbfchar", *rows, "endbfchar"))


def _cut(rows: Sequence[str], length: int) -> list[Sequence[str]]:
    return [rows[at : at + length] for at in range(0, len(rows), length)]


def _hex(text: str) -> str:
    return text.encode("utf-16-be").hex().upper()


def _stream(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)


def _file(objects: Sequence[bytes]) -> bytes:
    body, places = b"%PDF-1.7\n", list[int]()
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = "".join(_entries(places))
    end = f"trailer << /Size {len(places) + 1} /Root 1 0 R /Info 6 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return body + f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}{end}".encode()


def _entries(places: Sequence[int]) -> Iterator[str]:
    return (f"{place:010d} 00000 n \n" for place in places)
