"""Every formula of the product, once: sums of `daily` in, estimates with n, interval and coverage out."""

from geo_tracker.metrics.changes import Movement, change, frame_movements, movements
from geo_tracker.metrics.comparing import comparability
from geo_tracker.metrics.definitions import METRICS, SOURCE_RATE, SOURCE_SHARE, Metric, metric
from geo_tracker.metrics.dimensions import DIMENSIONS
from geo_tracker.metrics.families import HEADLINE, benjamini_hochberg
from geo_tracker.metrics.measures import Measurement, answer_counts, estimates, measure, measurements, table
from geo_tracker.metrics.records import (
    Change,
    ChangeVerdict,
    Estimate,
    Facts,
    Scope,
    Selection,
    TrackedBrand,
    Verdict,
    previous,
)

__all__ = [
    "DIMENSIONS",
    "HEADLINE",
    "METRICS",
    "SOURCE_RATE",
    "SOURCE_SHARE",
    "Change",
    "ChangeVerdict",
    "Estimate",
    "Facts",
    "Measurement",
    "Metric",
    "Movement",
    "Scope",
    "Selection",
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
