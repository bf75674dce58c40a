"""Lines of text from bytes of an unsure encoding, one at a time and bounded."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_LINE = 16_000_000
"""Characters of one line or row: more is a mistake, not an answer."""
CHUNK = 1 << 20
_UNDECODED = re.compile("[\udc80-\udcff]")


class LineTooLong(ValueError):
    """A line beyond `MAX_LINE`; the lines after it can still be read."""

    def __init__(self) -> None:
        super().__init__(f"longer than {MAX_LINE:,} characters")


class Lines(Iterator[str]):
    """The lines of a file with their ends; `number` is that of the line read last, from 1.

    A byte that is not in the encoding becomes a lone surrogate, so that only its own row is lost: see `decoded`.
    """

    def __init__(self, file: BinaryIO, encoding: str = "utf-8-sig") -> None:
        errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
        self._text = io.TextIOWrapper(io.BufferedReader(_Unclosed(file)), encoding, errors, newline="")
        self.number = 0

    def __next__(self) -> str:
        line = self._text.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == MAX_LINE and not line.endswith("\n"):
            while (rest := self._text.readline(MAX_LINE)) and not rest.endswith("\n"):
                pass
            raise LineTooLong
        return line


class _Unclosed(io.RawIOBase):
    """A view of a file that is not closed with its wrapper: the file is the caller's."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._file.read(len(view))
        view[: len(data)] = data
        return len(data)


def decoded(text: str) -> str:
    """The text; raises `ValueError` if bytes of it were not in the encoding."""
    if _UNDECODED.search(text):
        raise ValueError("not UTF-8: save the file as UTF-8")
    return text


def encoding_of(file: BinaryIO) -> str:
    """UTF-8, UTF-16 or GB18030, as spreadsheets save them; reads the file and goes back to its beginning."""
    head = file.read(4096)
    file.seek(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head[1:400:2].count(0) * 3 > len(head[:400]):
        return "utf-16-le"
    chinese = not _decodes(file, "utf-8") and _decodes(file, "gb18030") and _looks_chinese(file)
    return "gb18030" if chinese else "utf-8-sig"


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True


def _looks_chinese(file: BinaryIO) -> bool:
    """Whether most characters are of GB 2312's first level: accented letters of Windows code pages are not."""
    text = file.read(CHUNK).decode("gb18030", "ignore")
    file.seek(0)
    pairs = [char.encode("gb18030") for char in text if not char.isascii()]
    common = sum(0xA1 <= pair[0] <= 0xD7 and pair[1] >= 0xA1 for pair in pairs)
    return common * 2 > len(pairs)
