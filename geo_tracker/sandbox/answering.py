"""Answers a prompt as one engine would on one day: the neutral record that the encoders put on the wire."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from geo_tracker.sandbox.choosing import Pick, Thinker, Thought
from geo_tracker.sandbox.composing import composed
from geo_tracker.sandbox.records import Card, SandboxAnswer, Source
from geo_tracker.sandbox.web import Web
from geo_tracker.sandbox.world import words


class AnswerEngine:
    """One mind with many profiles."""

    def __init__(self, web: Web, seed: int) -> None:
        self._web = web
        self._thinker = Thinker(web, seed)

    def answer(self, engine: str, prompt: str, day: date, repeat: int) -> SandboxAnswer:
        """The answer of an engine; the same arguments always give the same."""
        thought = self._thinker.thought(engine, prompt, day, repeat)
        answer = SandboxAnswer(
            prompt=prompt,
            language=thought.question.market.language,
            asked=day,
            segments=composed(thought),
            sources=tuple(self._source(thought, i) for i in range(len(thought.pages))),
            opened=self._opened(thought),
            queries=_queries(thought, day.year),
            cards=self._cards(thought),
            follow_ups=_follow_ups(thought),
            searched=thought.searched,
        )
        return refused(answer) if thought.refuses else answer

    def _source(self, thought: Thought, number: int) -> Source:
        page = thought.pages[number]
        published = None if page.published is None else self._web.date_of(page.published)
        return Source(page.url, page.title, page.site, page.snippet, published)

    def _opened(self, thought: Thought) -> tuple[int, ...]:
        n = len(thought.pages)
        return tuple(range(min(2, n))) if thought.rng.random() < thought.profile.opens else ()

    def _cards(self, thought: Thought) -> tuple[Card, ...]:
        if thought.rng.random() >= thought.profile.carded * thought.selling:
            return ()
        return tuple(_card(pick, thought) for pick in thought.picks)


def refused(answer: SandboxAnswer) -> SandboxAnswer:
    """The same where the engine declines to answer."""
    return replace(emptied(answer), refused=words(answer.language, "answers")["refusal"])


def emptied(answer: SandboxAnswer) -> SandboxAnswer:
    """The same without a text, as engines give now and then."""
    return replace(answer, segments=(), cards=(), follow_ups=())


def _card(pick: Pick, thought: Thought) -> Card:
    """Most cards lead straight to the product, some through the shop's short link."""
    listing = pick.listing
    host = listing.url.split("/")[2]
    return Card(
        title=listing.product.name,
        url=thought.rng.choice((listing.url, listing.url, listing.link)),
        price=listing.price_on(thought.day),
        currency=listing.currency,
        merchant=listing.store,
        image=f"http://img.{host}/{listing.product.sku}.jpg",
        rating=listing.product.rating,
        reviews=listing.product.reviews,
    )


def _queries(thought: Thought, year: int) -> tuple[str, ...]:
    """The searches that the engine says it made."""
    if not thought.searched:
        return ()
    question = thought.question
    brand = thought.picks[0].brand.name if thought.picks else question.market.category
    templates = [question.words["year"], *question.words["query"]]
    chosen = thought.rng.sample(templates, thought.rng.randint(1, 3))
    values = {"topic": question.topic_label, "category": question.market.category}
    return tuple(each.format(brand=brand, year=year, **values) for each in chosen)


def _follow_ups(thought: Thought) -> tuple[str, ...]:
    question = thought.question
    names = [pick.brand.name for pick in thought.picks]
    if len(names) < 2:
        return ()
    chosen = thought.rng.sample(question.words["follow_ups"], 3)
    values = {"topic": question.topic_label, "category": question.market.category}
    return tuple(each.format(a=names[0], b=names[1], **values) for each in chosen)
