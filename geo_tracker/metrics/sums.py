"""Every daily sum as data: what it adds up, and where it is kept; the list is in docs/metrics.md#sums.

A new sum is one entry here, with the next `ROLLUP_VERSION` as its `since`, and one migration that adds its column.
Days that an older version rolled up have no value of it until they are rolled up again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from geo_tracker.metrics.surfaces import shows_shelf

ROLLUP_VERSION = 3
"""Raised with every change of a sum: days of an older one are rolled up again, without reading texts."""

Table = Literal["cell", "brand"]
"""`cell`: one value for all brands of a day x prompt x engine x surface; `brand`: one for each of them."""
Source = Literal["answer", "score"]
"""What is added up: planned answers, or their scores of tracked brands (see `AnswerRow`, `ScoreRow`)."""


class AnswerRow(Protocol):
    """One planned answer, whatever became of it; what a captured one holds is 0 or None for the others."""

    @property
    def status(self) -> str: ...
    @property
    def surface(self) -> str: ...
    @property
    def naming(self) -> bool:
        """Whether it names any tracked brand."""

    @property
    def citations(self) -> int: ...
    @property
    def weight(self) -> float | None:
        """Sum of its citations' weights; None where the engine does not say what rests on which source."""

    @property
    def offers(self) -> int:
        """Its products, those on the pages that it cites included."""

    @property
    def offers_own(self) -> int:
        """Of them, its own cards and links."""


class ScoreRow(Protocol):
    """A captured answer's scores of one tracked brand: the columns of the table `score`."""

    def __getattr__(self, name: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class Sum:
    """One daily sum: the sum of `value` over the rows of `source`."""

    name: str
    table: Table
    source: Source
    value: Callable[[Any], float | bool]
    meaning: str
    real: bool = False
    """Not whole numbers."""
    since: int = 1
    """Version of the roll-up from which on it means this."""


def _is(status: str) -> Callable[[AnswerRow], bool]:
    return lambda row: row.status == status


def _shelf(row: AnswerRow) -> bool:
    """Whether it is valid and of a surface that can show a shelf."""
    return row.status == "captured" and shows_shelf(row.surface)


def _said(polarity: str) -> Callable[[ScoreRow], bool]:
    return lambda row: bool(row.mentions) and row.polarity == polarity


def _recommended(row: ScoreRow) -> bool:
    return bool(row.mentions) and row.recommended is True


def _balance(row: ScoreRow) -> int:
    return int(_said("positive")(row)) - int(_said("negative")(row))


_ANSWERS = (
    Sum("planned", "cell", "answer", lambda row: 1, "all planned answers, whatever became of them"),
    Sum("answers", "cell", "answer", _is("captured"), "valid answers"),
    Sum("failed", "cell", "answer", _is("failed"), "answers that could not be had"),
    Sum("refused", "cell", "answer", _is("refused"), "answers that the engine declined"),
    Sum("empty", "cell", "answer", _is("empty"), "answers without text"),
    Sum("cut", "cell", "answer", _is("cut"), "answers whose text stops before its end", since=2),
    Sum(
        *("answers_naming", "cell", "answer", lambda row: row.naming),
        meaning="valid answers that name any tracked brand",
        since=2,
    ),
    Sum("citations_all", "cell", "answer", lambda row: row.citations, "citations of valid answers"),
    Sum("answers_with_citations", "cell", "answer", lambda row: row.citations > 0, "valid answers that cite"),
    Sum("weight_all", "cell", "answer", lambda row: row.weight or 0.0, "weights of citations", real=True),
    Sum(
        *("answers_weighted", "cell", "answer", lambda row: row.weight is not None),
        meaning="valid answers whose engine says what rests on which source",
    ),
    Sum("shelf_answers", "cell", "answer", _shelf, "valid answers of surfaces other than an API"),
    Sum(
        *("triggered", "cell", "answer", lambda row: _shelf(row) and row.offers_own > 0),
        meaning="of those, answers with a product card or a product link of their own",
        since=2,
    ),
    Sum(
        *("triggered_pages", "cell", "answer", lambda row: _shelf(row) and row.offers > 0),
        meaning="of those, answers with a product of their own or on a page that they cite",
    ),
    Sum("answers_with_offers", "cell", "answer", lambda row: row.offers > 0, "valid answers with a product"),
    Sum("offers_all", "cell", "answer", lambda row: row.offers, "products of valid answers"),
    Sum("mentions_all", "cell", "score", lambda row: row.mentions, "mentions of all tracked brands"),
    Sum("mentioned_all", "cell", "score", lambda row: row.mentions > 0, "`mentioned` of all tracked brands"),
    Sum(
        *("prominence_all", "cell", "score", lambda row: row.prominence or 0.0),
        meaning="`prominence` of all tracked brands",
        real=True,
    ),
)
_SCORES = (
    Sum("mentioned", "brand", "score", lambda row: row.mentions > 0, "answers that name the brand"),
    Sum("mentions", "brand", "score", lambda row: row.mentions, "mentions of the brand"),
    Sum(
        *("prominence", "brand", "score", lambda row: row.prominence or 0.0),
        meaning="prominence of the brand",
        real=True,
    ),
    Sum(
        *("word_share", "brand", "score", lambda row: row.word_share or 0.0),
        meaning="word share of the brand",
        real=True,
    ),
    Sum("rank_sum", "brand", "score", lambda row: row.rank or 0, "ranks in the answers that name it"),
    Sum(
        *("reciprocal_rank", "brand", "score", lambda row: 1 / row.rank if row.rank else 0.0),
        meaning="1 / rank in the answers that name it",
        real=True,
        since=3,
    ),
    Sum("top1", "brand", "score", lambda row: row.rank == 1, "answers in which it ranks first"),
    Sum(
        *("top3", "brand", "score", lambda row: row.rank is not None and row.rank <= 3),
        meaning="answers in which it ranks third or better",
    ),
    Sum("recommended", "brand", "score", _recommended, "answers that advise choosing it"),
    Sum("absent", "brand", "score", lambda row: row.absent, "answers that say they know nothing of it"),
    Sum("positive", "brand", "score", _said("positive"), "answers that speak well of it"),
    Sum("negative", "brand", "score", _said("negative"), "answers that speak badly of it"),
    Sum("neutral", "brand", "score", _said("neutral"), "answers with a neutral word on it"),
    Sum("mixed", "brand", "score", _said("mixed"), "answers that speak well and badly of it"),
    Sum(
        *("opinions", "brand", "score", lambda row: bool(row.mentions and row.polarity)),
        meaning="`positive` + `negative` + `neutral` + `mixed`",
    ),
    Sum("balance", "brand", "score", _balance, "`positive` - `negative`"),
    Sum("cited", "brand", "score", lambda row: row.citations_owned > 0, "answers that cite a site it owns"),
    Sum("citations_owned", "brand", "score", lambda row: row.citations_owned, "citations of sites it owns"),
    Sum("weight_owned", "brand", "score", lambda row: row.weight_owned, "their weights", real=True),
    Sum(
        *("retrieved", "brand", "score", lambda row: row.retrieved),
        meaning="answers for which a source that is its own or names it was found",
    ),
    Sum(
        *("sourced", "brand", "score", lambda row: row.citations_owned > 0 or row.pages_naming > 0),
        meaning="answers that cite such a source",
    ),
    Sum("offers", "brand", "score", lambda row: row.offers, "products of the brand"),
    Sum(
        "offers_official",
        "brand",
        "score",
        lambda row: row.offers_official,
        "of them, those of its own stores",
    ),
    Sum("offers_first", "brand", "score", lambda row: row.offer_first, "answers whose first product is its"),
    Sum("shown", "brand", "score", lambda row: row.offers > 0, "answers with a product of the brand"),
    Sum("clickable", "brand", "score", lambda row: row.clickable, "answers with a link to a product of it"),
    Sum("buyable", "brand", "score", lambda row: row.buyable, "answers with a link to buy a product of it"),
    Sum(
        *("offers_priced", "brand", "score", lambda row: row.offers_priced),
        meaning="products of it with a shown and a reference price in one currency",
    ),
    Sum(
        *("answers_priced", "brand", "score", lambda row: row.offers_priced > 0),
        meaning="answers with such a product",
        since=3,
    ),
    Sum(
        *("price_spread", "brand", "score", lambda row: row.price_spread),
        meaning="(shown - reference) / reference over those",
        real=True,
    ),
)
SUMS = {each.name: each for each in (*_ANSWERS, *_SCORES)}


def sums_of(table: Table, source: Source | None = None) -> tuple[Sum, ...]:
    """The sums that a table keeps, or those of them that one source adds to."""
    return tuple(each for each in SUMS.values() if each.table == table and source in (None, each.source))


def computed_since(names: Iterable[str]) -> int:
    """The version of the roll-up from which on all of these columns are known; what is no daily sum always is."""
    return max((SUMS[name].since for name in names if name in SUMS), default=1)
