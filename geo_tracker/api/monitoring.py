"""Counts of requests for Prometheus; nothing in them says which workspace was read."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Counts:
    """Requests by route, method and status, and how long they took."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        names = ("route", "method", "status")
        self._requests = Counter("geo_tracker_requests", "Requests answered", names, registry=self._registry)
        self._seconds = Histogram(
            "geo_tracker_request_seconds",
            "Time to answer",
            ("route",),
            buckets=SECONDS,
            registry=self._registry,
        )

    def add(self, route: str, method: str, status: int, seconds: float) -> None:
        known = method if method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS") else "other"
        self._requests.labels(route, known, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """As Prometheus scrapes it."""
        return generate_latest(self._registry)
