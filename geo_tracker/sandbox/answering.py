"""Answers a prompt as one engine would on one day: the neutral record that the encoders put on the wire."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from geo_tracker.sandbox.choosing import Chooser, Decision, Pick
from geo_tracker.sandbox.composing import composed
from geo_tracker.sandbox.records import Card, SandboxAnswer, Source
from geo_tracker.sandbox.web import Web
from geo_tracker.sandbox.world import words


class AnswerEngine:
    """One mind with many profiles."""

    def __init__(self, web: Web, seed: int) -> None:
        self._web = web
        self._chooser = Chooser(web, seed)

    def answer(self, engine: str, prompt: str, day: date, repeat: int) -> SandboxAnswer:
        """The answer of an engine; the same arguments always give the same."""
        decision = self._chooser.decide(engine, prompt, day, repeat)
        answer = SandboxAnswer(
            prompt=prompt,
            language=decision.question.market.language,
            asked=day,
            segments=composed(decision),
            sources=tuple(self._source(decision, i) for i in range(len(decision.pages))),
            opened=self._opened(decision),
            queries=_queries(decision, day.year),
            cards=self._cards(decision),
            follow_ups=_follow_ups(decision),
            searched=decision.searched,
        )
        return refused(answer) if decision.refuses else answer

    def _source(self, decision: Decision, number: int) -> Source:
        page = decision.pages[number]
        published = None if page.published is None else self._web.date_of(page.published)
        return Source(page.url, page.title, page.site, page.snippet, published)

    def _opened(self, decision: Decision) -> tuple[int, ...]:
        n = len(decision.pages)
        return tuple(range(min(2, n))) if decision.rng.random() < decision.profile.opens else ()

    def _cards(self, decision: Decision) -> tuple[Card, ...]:
        if decision.rng.random() >= decision.profile.carded * decision.selling:
            return ()
        return tuple(_card(pick, decision) for pick in decision.picks)


def refused(answer: SandboxAnswer) -> SandboxAnswer:
    """The same where the engine declines to answer."""
    return replace(emptied(answer), refused=words(answer.language, "answers")["refusal"])


def emptied(answer: SandboxAnswer) -> SandboxAnswer:
    """The same without a text, as engines give now and then."""
    return replace(answer, segments=(), cards=(), follow_ups=())


def _card(pick: Pick, decision: Decision) -> Card:
    """Most cards lead straight to the product, some through the shop's short link."""
    listing = pick.listing
    host = listing.url.split("/")[2]
    return Card(
        title=listing.product.name,
        url=decision.rng.choice((listing.url, listing.url, listing.link)),
        price=listing.price_on(decision.day),
        currency=listing.currency,
        merchant=listing.store,
        image=f"http://img.{host}/{listing.product.sku}.jpg",
        rating=listing.product.rating,
        reviews=listing.product.reviews,
    )


def _queries(decision: Decision, year: int) -> tuple[str, ...]:
    """The searches that the engine says it made."""
    if not decision.searched:
        return ()
    question = decision.question
    brand = decision.picks[0].brand.name if decision.picks else question.market.category
    templates = [question.words["year"], *question.words["query"]]
    chosen = decision.rng.sample(templates, decision.rng.randint(1, 3))
    values = {"topic": question.topic_label, "category": question.market.category}
    return tuple(each.format(brand=brand, year=year, **values) for each in chosen)


def _follow_ups(decision: Decision) -> tuple[str, ...]:
    question = decision.question
    names = [pick.brand.name for pick in decision.picks]
    if len(names) < 2:
        return ()
    chosen = decision.rng.sample(question.words["follow_ups"], 3)
    values = {"topic": question.topic_label, "category": question.market.category}
    return tuple(each.format(a=names[0], b=names[1], **values) for each in chosen)
