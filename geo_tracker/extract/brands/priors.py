"""How a workspace's answers, taken together, use a name that is an everyday word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import log
from typing import NamedTuple

from geo_tracker.extract.brands.common_words import Kind, kind_of
from geo_tracker.extract.brands.contexts import CERTAIN, DECIDED
from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.brands.patterns import forms
from geo_tracker.extract.brands.senses import UNSURE
from geo_tracker.extract.records import BrandSpec, Document, Mention
from geo_tracker.extract.text.segmentation import has_han

FULL = 20
"""Odds, each side with one answer more than it has, at which a prior is at its strongest: 19 answers to none."""
Form = tuple[str, str]
"""A brand's name and an alias of it."""


class Uses(NamedTuple):
    """How many answers certainly use an alias as the brand, and how many certainly do not; an answer may do both."""

    brand: int
    other: int

    @property
    def strength(self) -> float:
        """-1..1: the smoothed log-odds that an answer uses the alias as the brand, bounded at `FULL`."""
        return max(-1.0, min(1.0, log((self.brand + 1) / (self.other + 1)) / log(FULL)))


def tally(matcher: Matcher, documents: Iterable[Document]) -> dict[Form, Uses]:
    """The uses of every Chinese alias that an answer uses with certainty; each answer counts once for a sense.

    `matcher` must know of no prior: what was learnt is then the same however often it is learnt. English names are
    left out: of simulated workspaces that mostly mean the word, more brands were lost than won at any weight
    (`python -m tests.quality.priors`, 27 November 2026).
    """
    found: dict[bool, Counter[Form]] = {True: Counter(), False: Counter()}
    for document in documents:
        for form, brand in {
            one for mention in matcher.weigh(document) if (one := told(mention)) and has_han(one[0][1])
        }:
            found[brand][form] += 1
    return {
        form: Uses(found[True][form], found[False][form]) for form in sorted({*found[True], *found[False]})
    }


def told(mention: Mention) -> tuple[Form, bool] | None:
    """What a place says of its alias; None where it is not certain, or the name, its case or its user decides."""
    if kind_of(mention.alias) in (Kind.NAME, Kind.ACRONYM) or UNSURE <= mention.confidence < CERTAIN:
        return None
    if mention.reason == DECIDED:
        return None
    if mention.text.islower() and not mention.alias.islower():
        return None
    return (mention.brand, mention.alias), mention.confidence >= CERTAIN


def with_uses(brand: BrandSpec, uses: Mapping[Form, Uses]) -> BrandSpec:
    """The brand with what is known of how answers use its aliases."""
    known = {alias: each for (name, alias), each in uses.items() if name == brand.name}
    if not known:
        return brand
    aliases = (
        replace(alias, prior=known[alias.text].strength) if alias.text in known else alias
        for alias in forms(brand)
    )
    return replace(brand, aliases=tuple(aliases))
