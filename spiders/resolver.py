"""Resolves names to public addresses only: the address that was checked is the one that is connected to."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from typing import Any

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    ip = ip_address(address)
    return ip.is_global and not ip.is_multicast


class PublicResolver(CachingThreadedResolver):
    """Refuses names of private addresses, whatever they resolved to before; `refused` holds them.

    `hosts` are let through (a proxy of the user's own), and so are the private `addresses`.
    """

    def __init__(
        self, reactor: ReactorBase, timeout: float, hosts: Collection[str], addresses: Collection[str]
    ) -> None:
        super().__init__(reactor, cache_size=10_000, timeout=timeout)
        self._hosts, self._addresses = hosts, addresses
        self.refused: dict[str, str] = {}

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:
        return super().getHostByName(name, timeout).addCallback(self._checked, name)

    def _checked(self, address: str, name: str) -> str:
        if is_public(address) or name in self._hosts or address in self._addresses:
            return address
        self.refused[name] = address
        raise DNSLookupError(f"{name} is the private address {address}")
