"""Bytes of a web page to text, whatever its headers claim."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

_BROKEN = 0.01
"""Share of undecodable characters up to which an encoding is believed."""
_STATEFUL = ("iso2022", "hz", "utf-16", "utf-32")
"""Written in 7-bit or wide units: such bytes can pass for UTF-8 and must be taken at their word."""
_SAMPLE = 64 * 1024


def decode(body: bytes, content_type: str | None = None) -> str:
    """The text of a body: by its byte order mark, else UTF-8 if it is valid, else as declared, else as it looks.

    Valid UTF-8 is believed over the declaration: pages are mislabelled far more often than other encodings happen to
    be valid UTF-8. Never fails; what cannot be read becomes U+FFFD.
    """
    marked, bom = read_bom(body)
    if marked and bom:
        return body[len(bom) :].decode(marked, "replace").lstrip("\ufeff")
    for name in _candidates(body, content_type):
        text = body.decode(name, "replace")
        if _broken(text) <= _BROKEN:
            return text
    return body.decode("utf-8", "replace")


def _candidates(body: bytes, content_type: str | None) -> Iterator[str]:
    named = (http_content_type_encoding(content_type), html_body_declared_encoding(body))
    declared = [codecs.lookup(name).name for name in named if name]
    yield from (name for name in declared if name.startswith(_STATEFUL))
    yield "utf-8"
    western = not _is_multibyte(body)
    # Every byte string is valid Windows-1252, so that claim is believed only where the bytes look like it.
    yield from (name for name in declared if western or name != "cp1252")
    yield "cp1252" if western else _looks_like(body)
    yield "gb18030"


def _is_multibyte(body: bytes) -> bool:
    """Whether bytes beyond ASCII come in runs, as in every script but the Latin one."""
    high = len(re.findall(rb"[\x80-\xff]", body))
    alone = len(re.findall(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])", body))
    return alone < high / 2


def _broken(text: str) -> float:
    # Of what is not ASCII: markup would outvote a body of wrongly read Chinese.
    beyond = len(re.findall(r"[^\x00-\x7f]", text))
    return text.count("\ufffd") / beyond if beyond else 0.0


def _looks_like(body: bytes) -> str:
    best = from_bytes(body[:_SAMPLE]).best()
    return (best and resolve_encoding(best.encoding)) or "gb18030"
