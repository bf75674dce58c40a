"""Addresses: one form per page, the registrable domain, and which may be crawled at all."""

from __future__ import annotations

import ipaddress
import re
import socket
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar
from urllib.parse import quote, unquote, unquote_plus, urlsplit

from geo_tracker.extract.data import toml

if TYPE_CHECKING:
    from tldextract import TLDExtract

T = TypeVar("T")
MAX_LENGTH = 8000
"""Characters; a longer address is a data blob, not a page."""

_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home", ".intranet", ".corp", ".onion")
_IPV6_PUBLIC = ipaddress.IPv6Network("2000::/3")
_HOST = re.compile(r"[^\s<>\"\\^`{|}%/?#@\[\]\x00-\x1f]{1,253}")
_TWIN = re.compile(r"^(?:www|m|mobile|wap|amp)\.")


class Address(NamedTuple):
    """The parts of an absolute http(s) address; host in ASCII and lower case, port None where it is the default."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str
    credentials: bool


def split(url: str) -> Address | None:
    """The parts of an absolute http(s) address; None for anything else."""
    return None if len(url) > MAX_LENGTH else _split(url)


# A page is looked at once per answer that cites it.
@lru_cache(maxsize=16_384)
def _split(url: str) -> Address | None:
    try:
        parts = urlsplit(url.strip())
        host, port = _ascii(parts.hostname or ""), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or "" in host.split("."):
        return None
    if re.search(r"[\s\\]", parts.netloc):
        return None
    default = {"http": 80, "https": 443}[parts.scheme]
    credentials = "@" in parts.netloc
    return Address(
        parts.scheme, host, port if port != default else None, parts.path, parts.query, credentials
    )


def _ascii(host: str) -> str:
    """The host as DNS asks for it; raises ValueError where it cannot be one."""
    return (host if host.isascii() else host.encode("idna").decode()).rstrip(".").lower()


def canonical(url: str) -> str:
    """One form for one page; idempotent.

    Without tracking parameters, fragment and default port, percent-encoded alike, the full page instead of its
    mobile or AMP twin, and the page instead of a jump link that carries its address, where the rules in
    `data/addresses.toml` know both. An address that is not absolute http(s) comes back as it was.
    """
    return url if len(url) > MAX_LENGTH else _settled(url)


# Answers cite the same pages again and again, and each is asked for when it is planned, stored and scored.
@lru_cache(maxsize=16_384)
def _settled(url: str) -> str:
    previous, current = "", _canonical(url)
    while current != previous:
        previous, current = current, _canonical(unwrapped(current))
    return current


def unwrapped(url: str) -> str:
    """The address that a jump link carries in itself, so that nobody has to be asked; any other as it was."""
    parts = split(url)
    if parts is None or parts.port is not None or parts.credentials:
        return url
    address = f"{parts.host}{parts.path}?{parts.query}"
    rules = _rules()
    written, coded = rules.carried.match(address), rules.coded.match(address)
    if written and written.lastindex:
        target = unquote(written.group(written.lastindex))
    elif coded and coded.lastindex:
        target = _decoded(coded.group(coded.lastindex))
    else:
        return url
    return target if split(target) else url


def _decoded(text: str) -> str:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return ""


def same_page(address: str, claimed: str | None) -> str:
    """The address of a page's row: the one that the page claims, where that is another and can be meant.

    A claim that only changes the scheme says nothing, and a home page that every page claims is a mistake.
    """
    mine, other = split(address), split(claimed or "")
    if mine is None or other is None or mine[1:] == other[1:]:
        return address
    is_home = other.path in ("", "/") and not other.query
    return address if is_home and (mine.path not in ("", "/") or mine.query) else claimed or address


def _canonical(url: str) -> str:
    parts = split(url)
    if parts is None:
        return url
    host = f"[{parts.host}]" if ":" in parts.host else parts.host
    host = _rules().hosts.get(host, host)
    port = f":{parts.port}" if parts.port is not None else ""
    path = _encoded(parts.path) or "/"
    query = "&".join(_kept(parts.query, _rules().pages.get(host + path)))
    address = f"{host}{port}{path}" + (f"?{query}" if query else "")
    rewritten = address
    for pattern, replacement in _rules().rewrites:
        rewritten = pattern.sub(replacement, rewritten)
    # What a wrapper carries may be no address at all.
    return f"{parts.scheme}://{rewritten if split(f'{parts.scheme}://{rewritten}') else address}"


def _encoded(text: str) -> str:
    """Percent-encoded once, whatever was encoded before; escapes in upper case."""
    quoted = quote(text, safe="%/:;=&?@!$'()*+,~[]|", errors="replace")
    return re.sub(r"%[0-9a-fA-F]{2}", lambda escape: escape.group().upper(), quoted)


def _kept(query: str, names: Sequence[str] | None) -> Iterator[str]:
    """The `name=value` pairs that tell pages apart, spelled as they were: some servers mind."""
    pairs = [(unquote_plus(pair.partition("=")[0]), pair) for pair in _encoded(query).split("&") if pair]
    if names and any(name in names for name, _pair in pairs):
        yield from (pair for wanted in names for name, pair in pairs if name == wanted)
    else:
        yield from (pair for name, pair in pairs if not _rules().tracking.fullmatch(name))


class _Rules(NamedTuple):
    tracking: re.Pattern[str]
    hosts: dict[str, str]
    pages: dict[str, list[str]]
    rewrites: list[tuple[re.Pattern[str], str]]
    carried: re.Pattern[str]
    coded: re.Pattern[str]


@cache
def _rules() -> _Rules:
    rules = toml("any/addresses")
    rewrites = [(re.compile(rule["from"], re.IGNORECASE), rule["to"]) for rule in rules["rewrites"]]
    tracking = re.compile("|".join(rules["tracking"]), re.IGNORECASE)
    carried, coded = (
        re.compile("|".join(rules["wrappers"][code]), re.IGNORECASE) for code in ("percent", "base64")
    )
    return _Rules(tracking, rules["hosts"], rules["pages"], rewrites, carried, coded)


@cache
def _suffixes() -> TLDExtract:
    import tldextract  # brings an HTTP client along, which nobody waits for who asks for no domain

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@lru_cache(maxsize=65536)
def _registrable(host: str) -> str:
    return _suffixes()(host).top_domain_under_public_suffix or host


def domain(url: str) -> str | None:
    """The registrable domain of an address, by the public suffix list that ships with tldextract."""
    parts = split(url)
    return _registrable(parts.host) if parts else None


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one registrable domain or, with no listed suffix, differ in `m.` alone."""
    mine, theirs = split(one), split(other)
    return mine is not None and theirs is not None and _site(mine.host) == _site(theirs.host)


def _site(host: str) -> str:
    return _suffixes()(host).top_domain_under_public_suffix or _TWIN.sub("", host)


def owned_by(url: str, domains: Sequence[str]) -> bool:
    """Whether the address is on one of these domains or a subdomain of one."""
    parts = split(url)
    return parts is not None and not _domains(parts.host).isdisjoint(map(_host, domains))


class Owners(Generic[T]):
    """Whose domains an address is on: as `owned_by` for many owners, in a time that does not grow with them."""

    def __init__(self, domains: Iterable[tuple[str, T]]) -> None:
        self._owners: dict[str, list[T]] = {}
        for name, owner in domains:
            self._owners.setdefault(_host(name), []).append(owner)

    def of(self, url: str) -> set[T]:
        """The owners of the address."""
        parts = split(url)
        names = _domains(parts.host) if parts else ()
        return {owner for name in names for owner in self._owners.get(name, ())}


@lru_cache(maxsize=4096)
def _domains(host: str) -> frozenset[str]:
    """A host and all domains that it is in."""
    labels = host.split(".")
    return frozenset(".".join(labels[at:]) for at in range(len(labels)))


@lru_cache(maxsize=65536)
def _host(name: str) -> str:
    """A declared domain as addresses have it; empty, which no host is in, where it cannot be one."""
    try:
        return _ascii(name)
    except ValueError:
        return ""


def is_public_http(url: str) -> bool:
    """Whether an address may be crawled, as far as its text tells; the resolved address is checked by the crawler."""
    return len(url) <= MAX_LENGTH and _is_public_http(url)


@lru_cache(maxsize=16_384)
def _is_public_http(url: str) -> bool:
    parts = split(url)
    if parts is None or parts.credentials or parts.port == 0:
        return False
    address = _address(parts.host)
    if isinstance(address, ipaddress.IPv6Address):
        # Within 2000::/3 only: the ranges outside it embed or translate IPv4 addresses, and so do 6to4 and Teredo.
        embeds = address.sixtofour is not None or address.teredo is not None
        return address.is_global and address in _IPV6_PUBLIC and not embeds
    if address is not None:
        return address.is_global and not address.is_multicast
    name, _dot, top = parts.host.rpartition(".")
    return bool(name) and not top.isdigit() and not parts.host.endswith(_PRIVATE_SUFFIXES)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address a host spells, in any spelling a resolver takes (0x7f.1, 2130706433, ::ffff:127.0.0.1)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if not re.fullmatch(r"[0-9a-fx.]+", host):
            return None
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
    return getattr(address, "ipv4_mapped", None) or address
