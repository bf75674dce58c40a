"""The answer engine: searches the fictional web for a prompt and decides what to say of whom."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from random import Random

from geo_tracker.sandbox.pages import Listing, Statement, WebPage
from geo_tracker.sandbox.profiles import Profile, profile_of
from geo_tracker.sandbox.questions import Question, understood
from geo_tracker.sandbox.retrieval import Index
from geo_tracker.sandbox.web import Web
from geo_tracker.sandbox.world import LANGUAGES, Brand, Fact, Product

_LEAST_SCORE = 6.0
"""BM25 score below which nothing on the web is about the prompt."""
_CANDIDATES = 60
_ADVISED = 0.35
"""How much rarer links and cards are in answers that advise than in those that recommend."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Something to say, and the retrieved pages that state it, as indices."""

    text: str
    about: str = ""
    sources: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Pick:
    """What the answer says of one brand."""

    brand: Brand
    form: str
    product: Product
    price: float
    merits: tuple[Claim, ...]
    flaws: tuple[Claim, ...]
    listing: Listing
    shelf: tuple[int, ...]
    """The retrieved pages that sell the product."""


class Chooser:
    """Turns prompts into decisions; the same engine, prompt, day and repeat always give the same."""

    def __init__(self, web: Web, seed: int) -> None:
        self.web, self.seed = web, seed
        self.shelves = {each: [page for page in web.pages if page.language == each] for each in LANGUAGES}
        self.indexes = {
            language: Index([f"{page.title}\n{page.title}\n{page.text}" for page in shelf])
            for language, shelf in self.shelves.items()
        }

    def decide(self, engine: str, prompt: str, day: date, repeat: int) -> Decision:
        rng = Random(f"{self.seed}|{engine}|{prompt}|{day}|{repeat}")  # noqa: S311 - dice, not a secret
        number = self.web.day_of(day)
        return Decision(self, understood(prompt), profile_of(engine, number), rng, number)

    def search(self, question: Question, profile: Profile, rng: Random, day: int) -> tuple[WebPage, ...]:
        """The pages an engine finds on a day, best first; none if nothing is about the prompt."""
        language = question.market.language
        shelf, found = self.shelves[language], self.indexes[language].search(question.prompt)[:_CANDIDATES]
        if not found or found[0][1] < _LEAST_SCORE:
            return ()
        scored = [
            (score * profile.kinds.get(shelf[i].kind, 1.0) * math.exp(rng.gauss(0, profile.noise)), i)
            for i, score in found
            if shelf[i].exists_on(day)
        ]
        return tuple(
            shelf[i].on(day) for _, i in sorted(scored, reverse=True)[: rng.randint(*profile.retrieved)]
        )


class Decision:
    """All that one answer is written from."""

    def __init__(self, chooser: Chooser, question: Question, profile: Profile, rng: Random, day: int) -> None:
        self.question, self.profile, self.rng, self.day = question, profile, rng, day
        self._listings = chooser.web.listings
        self.selling = _ADVISED if question.intent == "advice" else 1.0
        self.refuses = rng.random() < profile.refuses
        self.searched = profile.search and rng.random() >= profile.forgets_search
        self.pages = chooser.search(question, profile, rng, day) if self.searched else ()
        self.picks = [pick for pick in map(self._pick, self._brands()) if pick.merits or pick.flaws]
        known = [pick.brand for pick in self.picks]
        self.unknown = [brand for brand in question.named if brand not in known]
        self.knowledge = self._knowledge()

    @cached_property
    def stated(self) -> dict[Statement, tuple[int, ...]]:
        """The statements on the retrieved pages and where each one stands."""
        found: dict[Statement, tuple[int, ...]] = {}
        for number, page in enumerate(self.pages):
            for statement in page.statements:
                found[statement] = (*found.get(statement, ()), number)
        return found

    def _brands(self) -> list[Brand]:
        """The brands to speak of, best first: those the prompt names, else drawn by weight."""
        known = [brand for brand in self.question.market.brands.values() if self._knows(brand)]
        if self.question.is_focused:
            return [brand for brand in self.question.named if brand in known]
        others = [brand for brand in known if brand not in self.question.named]
        scored = {brand.key: self._score(brand) for brand in others}
        others.sort(key=lambda brand: -scored[brand.key])
        return others[: self.rng.randint(*self.profile.brands)]

    def _knows(self, brand: Brand) -> bool:
        if brand.key in self.profile.unknown:
            return False
        if not self.searched:
            return self.question.on_topic
        return any(each.brand == brand.key for each in self.stated)

    def _score(self, brand: Brand) -> float:
        """How strongly the brand is recommended: its own weight, the engine's taste, the pages on it, chance."""
        pages = {page for each, where in self.stated.items() if each.brand == brand.key for page in where}
        fits = any(product.topic == self.question.topic for product in brand.products)
        weight = brand.weight_on(self.day) * self.profile.bias.get(brand.key, 1.0)
        weight *= math.log2(2 + len(pages)) * (1.4 if fits else 1.0)
        return math.log(weight) + self.rng.gauss(0, self.profile.noise)

    def _pick(self, brand: Brand) -> Pick:
        focused = self.question.is_focused
        merits = self._claims(brand, good=True)[: self.rng.randint(*self.profile.facts) + focused]
        critical = focused or self.rng.random() < self.profile.critical
        product = brand.product_for(self.question.topic)
        selling = (i for i, page in enumerate(self.pages) if page.listing and page.listing.product is product)
        return Pick(
            brand=brand,
            form=self.rng.choice(brand.forms),
            product=product,
            price=product.price_on(self.day),
            merits=tuple(merits),
            flaws=tuple(self._claims(brand, good=False)[: 1 + focused]) if critical else (),
            listing=self.rng.choice(self._listings[product.sku]),
            shelf=tuple(selling)[:1],
        )

    def _claims(self, brand: Brand, *, good: bool) -> list[Claim]:
        """The brand's facts that can be told, those on the topic first; from memory, without sources."""
        rows = [(number, fact) for number, fact in enumerate(brand.facts) if fact.good is good]
        self.rng.shuffle(rows)
        rows.sort(key=lambda row: self.question.topic not in row[1].topics)
        claims = (self._claim(fact, Statement(brand.key, number)) for number, fact in rows)
        return [claim for claim in claims if claim]

    def _claim(self, fact: Fact, statement: Statement) -> Claim | None:
        if not self.searched:
            return None if "planted" in fact.kinds else Claim(fact.text, fact.about)
        where = self.stated.get(statement)
        return Claim(fact.text, fact.about, self._cited(where)) if where else None

    def _cited(self, where: tuple[int, ...]) -> tuple[int, ...]:
        """Some of the pages that state a fact, the better ranked more likely; of an engine that errs, also another."""
        others = [number for number in range(len(self.pages)) if number not in where]
        if self.profile.misattributes and others and self.rng.random() < self.profile.misattributes:
            return (self.rng.choice(others),)
        shuffled = sorted(where, key=lambda i: i + self.rng.random() * 4)
        return tuple(sorted(shuffled[: self.rng.randint(*self.profile.citations)]))

    def _knowledge(self) -> list[Claim]:
        """General advice on the topic that the pages give."""
        found = []
        for number, each in enumerate(self.question.market.knowledge):
            where = tuple(i for i, page in enumerate(self.pages) if number in page.knowledge)
            if self.question.topic in each.topics and (where or not self.searched):
                found.append(Claim(each.text, sources=self._cited(where) if where else ()))
        self.rng.shuffle(found)
        return found
