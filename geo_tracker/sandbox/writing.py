"""Writes the text of pages: each kind of site words the facts it knows in its own way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from geo_tracker.sandbox.pages import Listing, Section, Statement
from geo_tracker.sandbox.world import Brand, Fact, Market, Words

FACTS_PER_BRAND = 4
KNOWLEDGE_PER_KIND = {"encyclopedia": 6, "review": 2, "qa": 2, "news": 1, "brand": 1}


@dataclass(slots=True)
class PageDraft:
    """A page's text in the making, and what it states."""

    sections: list[Section] = field(default_factory=list)
    statements: set[Statement] = field(default_factory=set)
    knowledge: set[int] = field(default_factory=set)


class Writer:
    """Writes one page of a market; the same page always reads the same."""

    def __init__(self, market: Market, words: Words, kind: str, topic: str, key: str) -> None:
        self.market, self.words, self.topic, self.kind = market, words, topic, kind
        self.phrases = words["kinds"][kind]
        self.rng = Random(key)  # noqa: S311 - no secret hangs on it
        self.done = PageDraft()
        self._last: dict[str, str] = {}

    def article(self, brands: Sequence[Brand]) -> PageDraft:
        """An opening, general knowledge, a section per brand, a closing."""
        first = brands[0] if brands else None
        self.add("", [self.phrase("opening", first), *self.general()], self.person())
        for number, brand in enumerate(brands, 1):
            self.add(self.heading(number, brand), self.about(brand, len(brands)), self.person())
        self.add("", [self.phrase("closing", first)], self.person())
        return self.done

    def goods(self, brand: Brand, listing: Listing) -> PageDraft:
        """A shop's page: what it sells and the facts it prints; the price is not text, it changes."""
        opening = self.phrase("opening", brand, product=listing.product.name, store=listing.store)
        self.add("", [opening, *self.about(brand, 1)[:-1], self.phrase("closing", brand)], "")
        return self.done

    def add(self, heading: str, paragraphs: Iterable[str], person: str) -> None:
        self.done.sections.append(Section(heading, tuple(filter(None, paragraphs)), person))

    def person(self) -> str:
        return str(self.rng.choice(self.words["people"])) if self.kind in ("forum", "qa") else ""

    def heading(self, number: int, brand: Brand) -> str:
        name = brand.product_for(self.topic).name
        if self.kind in ("review", "deal"):
            return f"{number}. {name}"
        return "" if self.kind in ("forum", "qa", "news", "shop") else name

    def phrase(self, name: str, brand: Brand | None = None, **values: object) -> str:
        """One wording of the kind of site, filled in."""
        known = {"brand": brand.name, "story": brand.story} if brand else {"brand": "", "story": ""}
        template = self.fresh(name)
        topic = self.market.topics[self.topic].label
        return template.format(topic=topic, category=self.market.category, **known, **values)

    def fresh(self, name: str) -> str:
        """A wording that is not the one used just before, where there is another."""
        others = [each for each in self.phrases[name] if each != self._last.get(name)]
        self._last[name] = self.rng.choice(others or self.phrases[name])
        return self._last[name]

    def general(self) -> list[str]:
        """Paragraphs of general knowledge on the topic."""
        rows = list(enumerate(self.market.knowledge))
        known = [number for number, each in rows if self.topic in each.topics]
        chosen = known[: KNOWLEDGE_PER_KIND.get(self.kind, 0)]
        self.done.knowledge.update(chosen)
        return [self.sentence(self.market.knowledge[number].text) for number in chosen]

    def about(self, brand: Brand, n_brands: int) -> list[str]:
        """What the site knows about a brand: merits, then flaws, then the price."""
        limit = FACTS_PER_BRAND if n_brands > 1 else len(brand.facts)
        chosen = self.facts(brand)[:limit]
        self.done.statements.update(Statement(brand.key, number) for number in chosen)
        form = self.rng.choice(brand.forms)
        good = [self.state(fact, form) for fact in map(brand.facts.__getitem__, chosen) if fact.good]
        bad = [self.state(fact, form) for fact in map(brand.facts.__getitem__, chosen) if not fact.good]
        return [*map(self.market.gap.join, (good, bad)), self.price(brand)]

    def facts(self, brand: Brand) -> list[int]:
        """The facts that this kind of site states, those on the page's topic first."""
        stated = [number for number, fact in enumerate(brand.facts) if self.kind in fact.kinds]
        self.rng.shuffle(stated)
        return sorted(stated, key=lambda number: self.topic not in brand.facts[number].topics)

    def state(self, fact: Fact, form: str) -> str:
        stated = self.words["fact"].format(brand=form, text=fact.text)
        return self.phrase("good" if fact.good else "bad", s=stated)

    def price(self, brand: Brand) -> str:
        product = brand.product_for(self.topic)
        return self.phrase("price", product=product.name, price=f"{product.price:g}", pack=product.pack)

    def sentence(self, text: str) -> str:
        return text + ("。" if self.market.language == "zh" else ".")
