"""Parts that a small install leaves out, and how to get them."""

from __future__ import annotations

from importlib.util import find_spec

from geo_tracker.errors import UsageError

EXTRAS = {
    "pandas": "metrics",
    "numpy": "metrics",
    "scipy": "metrics",
    "streamlit": "dashboard",
    "altair": "reports",
    "vl_convert": "reports",
    "typst": "reports",
    "pptx": "reports",
    "xlsxwriter": "reports",
    "pyarrow": "reports",
    "apprise": "reports",
    "fastapi": "api",
    "uvicorn": "api",
    "prometheus_client": "api",
    "mcp": "api",
    "psycopg": "postgres",
    "procrastinate": "postgres",
    "aiohttp": "demo",
    "s3fs": "s3",
    "scrapy_playwright": "browser",
    "playwright": "browser",
}
"""Module -> the extra of this package that brings it."""


def has(module: str) -> bool:
    """Whether a module of an extra is installed."""
    return find_spec(module) is not None


def need(module: str) -> None:
    """Raise `UsageError` with what to install if a module of an extra is missing."""
    if not has(module):
        raise missing(module)


def missing(module: str) -> UsageError:
    """What to do where a module of an extra cannot be imported."""
    return UsageError(f"{module} is not installed - pip install 'geo-tracker[{EXTRAS[module]}]'")
