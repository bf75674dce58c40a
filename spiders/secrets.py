"""Keys stay out of logs and rows: no query strings in log lines, no key in any text that leaves the process."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

from scrapy import Request, logformatter

HIDDEN = "***"


class Secrets:
    """The keys of this run, to be redacted from any text."""

    def __init__(self, keys: Iterable[str]) -> None:
        written = {
            form for key in keys if len(key) >= 4 for form in (key, quote(key, safe=""), quote_plus(key))
        }
        self._forms = sorted(written, key=len, reverse=True)

    def hide(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text

    def guard_logs(self) -> None:
        """Blot the keys out of every line, tracebacks included, of the handlers installed so far."""
        for handler in logging.getLogger().handlers:
            handler.setFormatter(_Redacting(self, handler.formatter or logging.Formatter()))


class _Redacting(logging.Formatter):
    def __init__(self, secrets: Secrets, inner: logging.Formatter) -> None:
        super().__init__()
        self._secrets, self._inner = secrets, inner

    def format(self, record: logging.LogRecord) -> str:
        return self._secrets.hide(self._inner.format(record))


class LogFormatter(logformatter.LogFormatter):
    """Names requests without their query, where some engines take the key."""

    def crawled(self, request: Request, *args: Any) -> Any:
        return _without_query(super().crawled(request, *args), request)

    def spider_error(self, failure: Any, request: Request, *args: Any) -> Any:
        return _without_query(super().spider_error(failure, request, *args), request)

    def download_error(self, failure: Any, request: Request, *args: Any) -> Any:
        return _without_query(super().download_error(failure, request, *args), request)


def _without_query(line: Any, request: Request) -> Any:
    parts = urlsplit(request.url)
    line["args"]["request"] = f"<{request.method} {parts.scheme}://{parts.hostname}{parts.path}>"
    return line
