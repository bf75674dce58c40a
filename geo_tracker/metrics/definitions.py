"""Every metric as data: which sum of `daily` is divided by which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geo_tracker.errors import UsageError

Unit = Literal["share", "score", "position", "balance", "change"]


@dataclass(frozen=True, slots=True)
class Metric:
    """numerator / denominator, both summed over the selection; see docs/metrics.md under its name."""

    name: str
    numerator: str
    denominator: str
    sample: tuple[str, ...] = ("answers",)
    """Sum of the answers that the value rests on; of several the smallest."""
    unit: Unit = "share"
    """`share` and `score` lie in 0..1, `balance` in -1..1, `change` above -1; `position` is 1.., smaller is better."""
    per_brand: bool = True
    covered: tuple[str, str] = ("answers", "planned")
    """Columns whose ratio is the coverage: what the value rests on of what it could rest on."""

    @property
    def within_one(self) -> bool:
        """Whether it lies in 0..1: it then varies no more than a yes/no answer with the same mean."""
        return self.unit in ("share", "score")

    @property
    def yes_no(self) -> bool:
        """Whether it is a share of answers: each either counts or does not."""
        return self.unit == "share" and self.sample == (self.denominator,)

    @property
    def weighable(self) -> bool:
        """Whether engines can weigh the same in it: coverage would forget an engine without a single answer."""
        return self.denominator != "planned"

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.numerator, self.denominator, *self.sample, *self.covered)


_NAMING = ("answers_naming",)

METRICS = {
    metric.name: metric
    for metric in (
        Metric("mention_rate", "mentioned", "answers"),
        Metric("share_of_voice", "mentions", "mentions_all", _NAMING),
        Metric("share_of_voice_answers", "mentioned", "mentioned_all", _NAMING),
        Metric("share_of_prominence", "prominence", "prominence_all", _NAMING),
        Metric("mean_rank", "rank_sum", "mentioned", ("mentioned",), unit="position"),
        Metric("mrr", "reciprocal_rank", "answers", unit="score"),
        Metric("top1_rate", "top1", "answers"),
        Metric("top3_rate", "top3", "answers"),
        Metric("recommendation_rate", "recommended", "answers"),
        Metric(
            *("net_sentiment", "balance", "opinions", ("opinions",)),
            unit="balance",
            covered=("opinions", "mentioned"),
        ),
        Metric("citation_rate", "cited", "answers"),
        Metric("citation_share", "citations_owned", "citations_all", ("answers_with_citations",)),
        Metric("citation_weight", "weight_owned", "weight_all", ("answers_weighted",)),
        Metric("trigger_rate", "triggered", "shelf_answers", ("shelf_answers",), per_brand=False),
        Metric("trigger_rate_pages", "triggered_pages", "shelf_answers", ("shelf_answers",), per_brand=False),
        Metric("shelf_share", "offers", "offers_all", ("answers_with_offers",)),
        Metric("win_rate", "offers_first", "answers_with_offers", ("answers_with_offers",)),
        Metric("official_store_share", "offers_official", "offers", ("shown",)),
        Metric("price_spread", "price_spread", "offers_priced", ("answers_priced",), unit="change"),
        Metric("coverage", "answers", "planned", ("planned",), per_brand=False),
    )
}

SOURCE_SHARE = Metric("source_share", "citations", "citations_all", ("answers_with_citations",))
"""Of a kind of source; not of a brand, hence not among `METRICS`."""
SOURCE_RATE = Metric("source_rate", "citing", "answers")
"""Of a source."""


def metric(name: str) -> Metric:
    """The metric of that name; raises `UsageError` naming the known ones."""
    try:
        return METRICS[name]
    except KeyError:
        raise UsageError(f"no metric {name!r}: there are {', '.join(METRICS)}") from None
