"""Writes an answer from a decision, as an assistant would: lists, tables, prose, headings, bold names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from geo_tracker.sandbox.choosing import Claim, Decision, Pick
from geo_tracker.sandbox.records import Segment


class Composer:
    """Collects the segments of one answer."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.segments: list[Segment] = []
        self.words = decision.question.words
        self.rng = decision.rng
        self.stop: str = self.words["stop"]

    def say(self, text: str, sources: Sequence[int] = ()) -> None:
        self.segments.append(Segment(text, tuple(sources)))

    def sentence(self, claim: Claim, template: str = "{text}") -> None:
        """A claim as a sentence of its own, with its sources."""
        self.say(template.format(text=claim.text) + self.stop, claim.sources)

    def phrase(self, *path: str, **values: object) -> str:
        """One of the wordings at a path, filled in."""
        found = self.words
        for key in path:
            found = found[key]
        template: str = self.rng.choice(found) if isinstance(found, list) else str(found)
        question = self.decision.question
        return template.format(topic=question.topic_label, category=question.market.category, **values)

    def end(self, breaks: str = "\n") -> None:
        """Finish a line or, with two breaks, a paragraph; what stood between sentences goes."""
        last = self.segments.pop()
        self.segments += [Segment(last.text.rstrip(" "), last.sources), Segment(breaks)]

    def paragraph(self, *path: str, **values: object) -> None:
        """A wording as a paragraph."""
        self.say(self.phrase(*path, **values).rstrip() + "\n\n")


def composed(decision: Decision) -> tuple[Segment, ...]:
    """The answer's segments."""
    composer = Composer(decision)
    if not decision.searched:
        composer.paragraph("memory", "opening")
    for brand in decision.unknown if decision.question.is_focused else ():
        composer.paragraph("brand", "unknown", a=brand.name)
    if decision.picks:
        _WRITERS[_form(decision)](composer)
    elif decision.knowledge:
        _advice(composer)
    elif not decision.unknown:
        composer.paragraph("memory", "unsure")
    return _trimmed(composer.segments)


def _form(decision: Decision) -> str:
    intent = decision.question.intent
    if intent == "compare" and len(decision.picks) < 2:
        return "brand"
    return intent


def _trimmed(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    *first, last = segments
    return (*first, Segment(last.text.rstrip(), last.sources))


def _recommend(composer: Composer) -> None:
    if composer.decision.searched:
        composer.paragraph("recommend", "opening")
    _STYLES[composer.decision.profile.style(composer.rng)](composer, composer.decision.picks)
    _compared(composer)
    picks = composer.decision.picks
    composer.paragraph("recommend", "closing", first=picks[0].brand.name, last=picks[-1].brand.name)


def _advice(composer: Composer) -> None:
    composer.paragraph("advice", "opening")
    composer.paragraph("advice", "heading")
    for claim in composer.decision.knowledge[:4]:
        composer.say("- ")
        composer.sentence(claim)
        composer.end()
    composer.say("\n")
    if picks := composer.decision.picks[:3]:
        composer.paragraph("advice", "bridge")
        _STYLES[composer.decision.profile.style(composer.rng)](composer, picks)
    composer.paragraph("advice", "closing")


def _brand(composer: Composer) -> None:
    pick = composer.decision.picks[0]
    composer.paragraph("brand", "opening", a=pick.form)
    for name, claims in (("merits", pick.merits), ("flaws", pick.flaws)):
        if claims:
            composer.paragraph("brand", name)
            for claim in claims:
                composer.say(f"- **{claim.about}**{composer.words['colon']}")
                composer.sentence(_bare(claim))
                composer.end()
            composer.say("\n")
    _price(composer, pick)
    _link(composer, pick)
    composer.end("\n\n")
    if others := _rivals(composer.decision, pick):
        composer.paragraph("brand", "rivals", others=composer.words["pause"].join(others))
    composer.paragraph("brand", "closing", a=pick.brand.name)


def _rivals(decision: Decision, pick: Pick) -> list[str]:
    """Brands that the retrieved pages speak of, too."""
    keys = dict.fromkeys(each.brand for each in sorted(decision.stated) if each.brand != pick.brand.key)
    brands = [decision.question.market.brands[key] for key in keys]
    return [brand.name for brand in decision.rng.sample(brands, min(2, len(brands)))]


def _compare(composer: Composer) -> None:
    one, other = composer.decision.picks[:2]
    composer.paragraph("compare", "opening", a=one.form, b=other.form)
    criterion, price = composer.words["compare"]["head"]
    _row(composer, [criterion, one.brand.name, other.brand.name])
    _row(composer, ["---"] * 3)
    abouts = dict.fromkeys(claim.about for pick in (one, other) for claim in (*pick.merits, *pick.flaws))
    for about in abouts:
        _row(composer, [about, _claim_of(one, about), _claim_of(other, about)])
    _row(composer, [price, f"{one.price:g}", f"{other.price:g}"])
    composer.say("\n")
    better, worse = (one, other) if composer.rng.random() < 0.6 else (other, one)
    if better.merits:
        composer.paragraph(
            "compare", "better", a=better.brand.name, b=worse.brand.name, about=better.merits[0].about
        )
    composer.paragraph("compare", "closing")


def _claim_of(pick: Pick, about: str) -> Claim | str:
    return next((_bare(each) for each in (*pick.merits, *pick.flaws) if each.about == about), "-")


def _listed(composer: Composer, picks: Sequence[Pick]) -> None:
    if composer.rng.random() < 0.5:
        composer.paragraph("recommend", "heading")
    numbered = composer.rng.random() < 0.7
    for number, pick in enumerate(picks, 1):
        name = pick.form if composer.rng.random() < 0.5 else pick.product.name
        composer.say(f"{number}. " if numbered else "- ")
        composer.say(f"**{name}**{composer.words['colon']}")
        _details(composer, pick)
        composer.end()
    composer.say("\n")


def _sections(composer: Composer, picks: Sequence[Pick]) -> None:
    for pick in picks:
        composer.say(f"### {pick.product.name}\n\n")
        _details(composer, pick)
        composer.end("\n\n")


def _prose(composer: Composer, picks: Sequence[Pick]) -> None:
    for number, pick in enumerate(picks):
        start = composer.phrase("prose", "next" if number else "start", brand=f"**{pick.form}**")
        composer.say(start + composer.decision.question.market.gap)
        subject = composer.rng.choice(pick.brand.forms)
        for claim in pick.merits:
            composer.sentence(claim, composer.words["claim"].format(brand=subject, text="{text}"))
            subject = pick.brand.name
        _flaws(composer, pick)
        _link(composer, pick)
        composer.end("\n\n")


def _table(composer: Composer, picks: Sequence[Pick]) -> None:
    _row(composer, composer.words["table"]["head"])
    _row(composer, ["---"] * 4)
    for pick in picks:
        flaw = _bare(pick.flaws[0]) if pick.flaws else composer.words["table"]["none"]
        merit = _bare(pick.merits[0]) if pick.merits else "-"
        _row(composer, [f"**{pick.form}**", f"{pick.price:g} / {pick.product.pack}", merit, flaw])
    composer.say("\n")
    composer.paragraph("table", "note")


def _row(composer: Composer, cells: Sequence[Claim | str]) -> None:
    """A table row; the sources of a cell stand inside it."""
    for cell in cells:
        composer.say("| ")
        composer.say(cell, ()) if isinstance(cell, str) else composer.say(cell.text, cell.sources)
        composer.say(" ")
    composer.say("|\n")


def _details(composer: Composer, pick: Pick) -> None:
    """What follows a brand's name: its merits, a flaw, the price, a link to buy it."""
    lead = composer.words["item"]
    for number, claim in enumerate(pick.merits):
        template = lead["also"] if number else lead["lead"]
        composer.sentence(_bare(claim), composer.rng.choice(template))
    _flaws(composer, pick)
    if composer.rng.random() < composer.decision.profile.priced:
        _price(composer, pick)
    _link(composer, pick)


def _flaws(composer: Composer, pick: Pick) -> None:
    for claim in pick.flaws[:1]:
        composer.sentence(_bare(claim), composer.rng.choice(composer.words["item"]["flaw"]))


def _price(composer: Composer, pick: Pick) -> None:
    text = composer.phrase("item", "price", price=f"{pick.price:g}", pack=pick.product.pack)
    composer.say(text + composer.stop, pick.shelf)


def _link(composer: Composer, pick: Pick) -> None:
    """A link to buy the product, short, tracked or in full, by engines that give them."""
    if composer.rng.random() >= composer.decision.profile.linked * composer.decision.selling:
        return
    listing = pick.listing
    url = composer.rng.choice((listing.link, listing.tracked, listing.url))
    price = f"{listing.price_on(composer.decision.day):g}"
    link = f"[{listing.product.name}]({url})"
    composer.say(composer.phrase("item", "link", link=link, store=listing.store, price=price) + composer.stop)


def _compared(composer: Composer) -> None:
    """Now and then the answer plays two brands against each other."""
    pairs = [(one, other) for one, other in pairwise(composer.decision.picks) if one.merits]
    if pairs and composer.rng.random() < 2 * composer.decision.profile.contrasts:
        one, other = composer.rng.choice(pairs)
        composer.paragraph("compared", a=one.brand.name, b=other.brand.name, about=one.merits[0].about)


def _bare(claim: Claim) -> Claim:
    """The claim where the brand's name does not stand right before it."""
    return Claim(claim.text.removeprefix("的").lstrip(), claim.about, claim.sources)


_WRITERS: Mapping[str, Callable[[Composer], None]] = {
    "recommend": _recommend,
    "advice": _advice,
    "brand": _brand,
    "compare": _compare,
}
_STYLES: Mapping[str, Callable[[Composer, Sequence[Pick]], None]] = {
    "list": _listed,
    "sections": _sections,
    "prose": _prose,
    "table": _table,
}
