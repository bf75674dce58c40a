"""One answer's scores per brand; every formula is in docs/metrics.md."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate, takewhile
from math import exp
from typing import Any

from geo_tracker.extract.brands.discovery import discover
from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.opinions.attributes import Attributes
from geo_tracker.extract.opinions.scopes import clauses, leads
from geo_tracker.extract.opinions.sentiment import clause_values, opinions
from geo_tracker.extract.opinions.verdicts import verdicts
from geo_tracker.extract.records import (
    Analysis,
    AttributeNote,
    BrandScore,
    Discovered,
    Document,
    DomainMention,
    Mention,
)
from geo_tracker.extract.text.sentences import count_words, read
from geo_tracker.extract.text.triggers import triggered

RULES_VERSION = "12"


def analyse(text: str, matcher: Matcher, *, prompt: str | None = None) -> Analysis:
    """Read and score one answer.

    `prompt`, if the answer echoes it, is not part of the answer. Brands come in order of first mention; a
    brand without a mention is absent.
    """
    return analyse_document(read(text, prompt=prompt), matcher)


def analyse_document(document: Document, matcher: Matcher) -> Analysis:
    """As `analyse`, of a text that was read already."""
    found = matcher.read(document)
    return Analysis(
        words=document.words,
        sentences=len(document.sentences),
        brands=score(document, found.mentions, matcher.attributes),
        unsure=found.unsure,
        absent=tuple(sorted(found.absent)),
        domains=found.domains,
        discovered=discover(document, found.mentions, matcher.tracks),
    )


def score(document: Document, mentions: Sequence[Mention], attributes: Attributes) -> tuple[BrandScore, ...]:
    """Scores of the mentioned brands in order of first mention."""
    by_brand: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_brand.setdefault(mention.brand, []).append(mention)
    shares, prominences = _shares(document, mentions)
    ranks = rank(document, mentions)
    found_words = triggered(document)
    about = clauses(document, mentions, found_words["any/contrasts"])
    advised = verdicts(document, mentions, about, found_words)
    values = clause_values(document, mentions, about)
    opinion = opinions(document, mentions, about, values, advised, found_words["any/comparing"])
    notes = attributes.find(document, about, values)
    before = [0, *accumulate(sentence.words for sentence in document.sentences)]
    return tuple(
        BrandScore(
            brand=brand,
            mentions=tuple(found),
            rank=ranks[brand],
            first_position=_first_position(document, found[0], before),
            word_share=shares.get(brand),
            prominence=prominences.get(brand),
            polarity=opinion[brand].polarity if brand in opinion else None,
            evidence=(opinion[brand].start, opinion[brand].end) if brand in opinion else None,
            clear=brand in opinion and opinion[brand].clear,
            recommended=advised.get(brand),
            attributes=notes.get(brand, ()),
        )
        for brand, found in by_brand.items()
    )


def _shares(document: Document, mentions: Iterable[Mention]) -> tuple[dict[str, float], dict[str, float]]:
    """Word share and prominence per brand; a sentence is shared equally by the brands in it."""
    if not document.words:
        return {}, {}
    count = len(document.sentences)
    whole = sum(s.words * exp(-i / count) for i, s in enumerate(document.sentences))
    shares: defaultdict[str, float] = defaultdict(float)
    prominences: defaultdict[str, float] = defaultdict(float)
    named: dict[int, dict[str, None]] = {}
    for mention in mentions:
        named.setdefault(mention.sentence, {})[mention.brand] = None
    for index, brands in named.items():
        words = document.sentences[index].words / len(brands)
        weighted = words * exp(-index / count)
        for brand in brands:
            shares[brand] += words / document.words
            prominences[brand] += weighted / whole
    return dict(shares), dict(prominences)


def citation_weights(
    document: Document, citations: Sequence[Sequence[Sequence[int]]]
) -> tuple[float | None, ...]:
    """The position-adjusted share of the cited sentences that each citation bears; None for one without spans.

    `citations` holds the spans of each. PAWC of GEO (Aggarwal et al., KDD 2024): sum of |s| w(s) / k(s) over the
    sentences that carry a citation, k(s) = citations in s, divided by that sum over all citations: 0..1, together 1.
    """
    count = len(document.sentences)
    held = [{index for span in spans for index in carrying(document, *span)} for spans in citations]
    shared = Counter(index for sentences in held for index in sentences)
    weights = [
        sum(document.sentences[index].words * exp(-index / count) / shared[index] for index in sentences)
        for sentences in held
    ]
    whole = sum(weights)
    return tuple(
        weight / whole if whole and spans else None for weight, spans in zip(weights, citations, strict=True)
    )


def carrying(document: Document, start: int, end: int) -> set[int]:
    """The sentences of a passage, by index; of a marker the one before it, on whichever side of the full stop."""
    sentences, clean = document.sentences, document.clean
    first = bisect_right(sentences, start, key=lambda sentence: sentence.end)
    inside = takewhile(lambda index: sentences[index].start < end, range(first, len(sentences)))
    passage = {
        index
        for index in inside
        if count_words(clean[max(start, sentences[index].start) : min(end, sentences[index].end)])
    }
    if passage:
        return passage
    before = bisect_left(sentences, start, key=lambda sentence: sentence.start) - 1
    if before > 0 and not count_words(clean[sentences[before].start : start]):
        before -= 1
    return {before} if before >= 0 else set()


def _first_position(document: Document, mention: Mention, before: Sequence[int]) -> float | None:
    """Words before the mention over all words; `before` has those before each sentence."""
    if not document.words:
        return None
    start = document.sentences[mention.sentence].start
    within = count_words(document.clean[start : mention.start])
    return (before[mention.sentence] + within) / document.words


def rank(document: Document, mentions: Sequence[Mention]) -> dict[str, int]:
    """Rank per brand: the printed ordinal where the answer ranks brands in one list, then order of first mention."""
    ranks = _listed(document, mentions)
    after = max(ranks.values(), default=0)
    for mention in mentions:
        if mention.brand not in ranks:
            after += 1
            ranks[mention.brand] = after
    return ranks


def _listed(document: Document, mentions: Sequence[Mention]) -> dict[str, int]:
    """Ordinals of the brands that lead the items of a numbered list; empty unless it is the only such list."""
    ordinals = [s.ordinal for s in document.sentences if s.ordinal is not None]
    if len(ordinals) < 2:
        return {}
    listed: dict[str, int] = {}
    for mention in mentions:
        sentence = document.sentences[mention.sentence]
        if sentence.ordinal is not None and leads(document, mention):
            if sentence.ordinal in listed.values() and listed.get(mention.brand) != sentence.ordinal:
                return {}
            listed.setdefault(mention.brand, sentence.ordinal)
    return listed


def to_json(identifier: str | int | None, analysis: Analysis) -> dict[str, Any]:
    """The record that `geo-tracker analyse --json` prints."""
    return {
        "id": identifier,
        "words": analysis.words,
        "sentences": analysis.sentences,
        "brands": [_brand_json(brand) for brand in analysis.brands],
        "unsure": [{"brand": mention.brand, **_mention_json(mention)} for mention in analysis.unsure],
        "absent_note": list(analysis.absent),
        "domains": [_plain(domain) for domain in analysis.domains],
        "discovered": [_plain(name) for name in analysis.discovered],
    }


def _brand_json(brand: BrandScore) -> dict[str, Any]:
    return {
        "brand": brand.brand,
        "mentions": [_mention_json(mention) for mention in brand.mentions],
        "rank": brand.rank,
        "first_position": brand.first_position,
        "word_share": brand.word_share,
        "prominence": brand.prominence,
        "polarity": brand.polarity,
        "evidence": None
        if brand.evidence is None
        else dict(zip(("start", "end"), brand.evidence, strict=True)),
        "clear": brand.clear,
        "recommended": brand.recommended,
        "attributes": [_plain(note) for note in brand.attributes],
    }


def _plain(record: AttributeNote | DomainMention | Discovered) -> dict[str, Any]:
    """A flat record's fields; `dataclasses.asdict` would copy every one of them."""
    return {name: getattr(record, name) for name in record.__slots__}


def _mention_json(mention: Mention) -> dict[str, Any]:
    return {
        "start": mention.start,
        "end": mention.end,
        "text": mention.text,
        "alias": mention.alias,
        "where": mention.where,
        "column": mention.column,
        "confidence": mention.confidence,
        "reason": mention.reason,
    }
