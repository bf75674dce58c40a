"""Errors that users see; every message says what to do next."""

from __future__ import annotations


class GeoTrackerError(Exception):
    """Base of every expected failure; the command line prints its message without a traceback."""


class UsageError(GeoTrackerError):
    """The call, a file or a setting is wrong; exit code 2."""
