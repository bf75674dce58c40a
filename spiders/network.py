"""What the network can do, in words of our own: its messages may hold the address with the key in it."""

from __future__ import annotations

from typing import cast

from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from twisted.internet.error import ConnectError, ConnectionDone, ConnectionLost
from twisted.python.failure import Failure

REASONS = {
    DownloadTimeoutError: "no response in time",
    DownloadConnectionRefusedError: "connection refused",
    CannotResolveHostError: "host not found",
    ResponseDataLossError: "the response was cut off",
    DownloadFailedError: "the connection broke",
    ConnectionLost: "the connection broke",
    ConnectionDone: "the connection broke",
    ConnectError: "no connection",
}


def broken_connection(error: BaseException | None) -> str | None:
    """The reason if the network failed, None if something else did."""
    return next((reason for kind, reason in REASONS.items() if isinstance(error, kind)), None)


def request_of(failure: Failure) -> Request:
    """The request that failed; Scrapy hangs it onto the failure."""
    return cast(Request, failure.request)  # type: ignore[attr-defined]
