"""Every formula of the product, once: sums of `daily` in, estimates with n, interval and coverage out."""

from geo_tracker.metrics.changes import (
    Movement,
    benjamini_hochberg,
    change,
    comparability,
    frame_movements,
    movements,
)
from geo_tracker.metrics.definitions import METRICS, SOURCE_RATE, SOURCE_SHARE, Metric, metric
from geo_tracker.metrics.measures import Measurement, answer_counts, estimates, measure, measurements, table
from geo_tracker.metrics.records import (
    DIMENSIONS,
    Change,
    ChangeVerdict,
    Estimate,
    Facts,
    Filters,
    TrackedBrand,
    Verdict,
    previous,
)

__all__ = [
    "DIMENSIONS",
    "METRICS",
    "SOURCE_RATE",
    "SOURCE_SHARE",
    "Change",
    "ChangeVerdict",
    "Estimate",
    "Facts",
    "Filters",
    "Measurement",
    "Metric",
    "Movement",
    "TrackedBrand",
    "Verdict",
    "answer_counts",
    "benjamini_hochberg",
    "change",
    "comparability",
    "estimates",
    "frame_movements",
    "measure",
    "measurements",
    "metric",
    "movements",
    "previous",
    "table",
]
