"""Which shop an address leads to, which product, and who earns on the click; the patterns are data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, unquote

from geo_tracker.errors import UsageError
from geo_tracker.extract.data import toml
from geo_tracker.extract.records import Affiliate
from geo_tracker.extract.urls import Address, Owners, canonical, split

LinkKind = Literal["product", "short", "list", "cart", "article"]
KINDS: tuple[LinkKind, ...] = ("product", "short", "list", "cart", "article")
MAX_HOPS = 3
"""Addresses inside addresses that are followed by reading them."""
_ID = re.compile(r"[\w./-]{1,128}")


@dataclass(frozen=True, slots=True)
class ShopLink:
    """What the address of a shop says."""

    platform: str
    kind: LinkKind
    canonical_url: str
    item_id: str | None = None
    sku_id: str | None = None
    affiliate: Affiliate | None = None
    currency: str | None = None
    """The platform's own, for prices without a sign."""


class _Pattern(NamedTuple):
    kind: LinkKind
    match: re.Pattern[str]
    item: tuple[str, ...]
    sku: tuple[str, ...]
    to: str | None
    proof: bool
    canonical: str | None


class _Platform(NamedTuple):
    name: str
    label: str
    currency: str | None
    hosts: tuple[str, ...]
    affiliate: Mapping[str, Any]
    links: tuple[_Pattern, ...]
    schemes: tuple[str, ...]


class Platforms:
    """The known platforms, a workspace's own before the built-in ones."""

    def __init__(self, own: Sequence[Mapping[str, Any]] = ()) -> None:
        """Raises `UsageError` where a platform of the workspace lacks something or has a broken expression."""
        self._platforms = (*map(_platform, own), *_built_in())
        hosts = [(host, at) for at, platform in enumerate(self._platforms) for host in platform.hosts]
        self._owners = Owners(hosts)

    def label(self, name: str) -> str:
        """A platform's name for people."""
        return next((platform.label for platform in self._platforms if platform.name == name), name)

    @property
    def labels(self) -> tuple[str, ...]:
        """The platforms' names for people."""
        return tuple(platform.label for platform in self._platforms)

    def app(self, url: str) -> str | None:
        """The platform whose app an address opens (`openapp.jdmobile://...`)."""
        scheme = url.partition("://")[0].lower() if "://" in url[:40] else ""
        return next(
            (platform.name for platform in self._platforms if scheme and scheme in platform.schemes), None
        )

    def read(self, url: str, *, proven: str | None = None) -> ShopLink | None:
        """What a shop's address says; None where it is no link to goods, is cut off or only looks like a shop's.

        `proven` names a platform that the page at this address runs on (a Shopify store on its own domain).
        """
        return self._read(url, proven, MAX_HOPS)

    def _read(self, url: str, proven: str | None, hops: int) -> ShopLink | None:
        parts = split(url)
        if parts is None or parts.credentials or hops == 0:
            return None
        for platform, pattern in self._patterns(url, proven):
            link = self._matched(url, parts, platform, pattern, hops)
            if link is not None:
                return link
        return None

    def _patterns(self, url: str, proven: str | None) -> Iterator[tuple[_Platform, _Pattern]]:
        owners = self._owners.of(url)
        for at, platform in enumerate(self._platforms):
            own = at in owners
            for pattern in platform.links:
                if (own and not pattern.proof) or (pattern.proof and platform.name == proven):
                    yield platform, pattern

    def _matched(
        self, url: str, parts: Address, platform: _Platform, pattern: _Pattern, hops: int
    ) -> ShopLink | None:
        found = pattern.match.match(parts.host + unquote(parts.path))
        if found is None:
            return None
        query = dict(reversed(parse_qsl(parts.query)))
        groups = found.groupdict()
        item = groups.get("item") or _first(query, pattern.item)
        if pattern.item and "item" not in pattern.match.groupindex and item is None:
            return None
        if pattern.kind in ("product", "cart") and item is None:
            return None
        affiliate = _affiliate(platform, query)
        inner = self._read(query.get(pattern.to, ""), None, hops - 1) if pattern.to else None
        if inner is not None:
            return _with_affiliate(inner, affiliate)
        sku = groups.get("sku") or _first(query, pattern.sku)
        address = _address(pattern, url, parts.host, item, sku)
        return ShopLink(platform.name, pattern.kind, address, item, sku, affiliate, platform.currency)


def _with_affiliate(link: ShopLink, affiliate: Affiliate | None) -> ShopLink:
    return ShopLink(
        link.platform,
        link.kind,
        link.canonical_url,
        link.item_id,
        link.sku_id,
        affiliate or link.affiliate,
        link.currency,
    )


def _first(query: Mapping[str, str], names: Sequence[str]) -> str | None:
    """The first parameter that holds an id; names are compared without case."""
    folded = {name.lower(): value for name, value in query.items()}
    values = (folded.get(name.lower(), "").strip() for name in names)
    return next((value for value in values if _ID.fullmatch(value)), None)


def _address(pattern: _Pattern, url: str, host: str, item: str | None, sku: str | None) -> str:
    if pattern.canonical and item:
        return pattern.canonical.format(item=item, sku=sku or "", host=host)
    return canonical(url)


def _affiliate(platform: _Platform, query: Mapping[str, str]) -> Affiliate | None:
    rules = platform.affiliate
    pid, campaign = (_said(query, rules.get(name, ())) for name in ("pid", "campaign"))
    return Affiliate(rules["network"], pid, campaign) if pid or campaign else None


def _said(query: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((query[name][:200] for name in names if query.get(name)), None)


def _platform(rules: Mapping[str, Any]) -> _Platform:
    name = str(rules.get("name") or "")
    if not name or not rules.get("hosts"):
        raise UsageError(f"platform {name or '?'}: needs a name and hosts")
    affiliate = rules.get("affiliate") or {}
    if affiliate and not affiliate.get("network"):
        raise UsageError(f"platform {name}: affiliate needs a network")
    return _Platform(
        name=name,
        label=str(rules.get("label") or name),
        currency=rules.get("currency"),
        hosts=_texts(name, rules, "hosts"),
        affiliate={**affiliate, **{key: _texts(name, affiliate, key) for key in ("pid", "campaign")}},
        links=tuple(_pattern(name, link) for link in rules.get("link") or ()),
        schemes=_texts(name, rules, "schemes"),
    )


def _texts(platform: str, rules: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """One text or a list of them."""
    value = rules.get(field) or ()
    values = (value,) if isinstance(value, str) else value
    if not isinstance(values, Sequence) or not all(isinstance(each, str) for each in values):
        raise UsageError(f"platform {platform}: {field} must be a text or a list of texts, not {value!r}")
    return tuple(values)


def _pattern(platform: str, rules: Mapping[str, Any]) -> _Pattern:
    kind = rules.get("kind", "product")
    if kind not in KINDS:
        raise UsageError(f"platform {platform}: kind must be one of {', '.join(KINDS)}, not {kind}")
    try:
        match = re.compile(str(rules["match"]))
    except KeyError:
        raise UsageError(f"platform {platform}: a link needs match") from None
    except re.error as error:
        raise UsageError(
            f"platform {platform}: match {rules['match']!r} is no expression: {error}"
        ) from error
    return _Pattern(
        kind=kind,
        match=match,
        item=_texts(platform, rules, "item"),
        sku=_texts(platform, rules, "sku"),
        to=rules.get("to"),
        proof=bool(rules.get("proof")),
        canonical=rules.get("canonical"),
    )


@cache
def _built_in() -> tuple[_Platform, ...]:
    return tuple(map(_platform, toml("any/platforms")["platform"]))
