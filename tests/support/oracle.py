"""Raw rows of every kind, and every daily sum and metric of them in plain Python: what the product must agree with."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from geo_tracker.score.longer_sums import sum_up, unsummed
from geo_tracker.score.rollup import roll_up
from geo_tracker.storage.database import insert_new, workspace_named, writing
from geo_tracker.storage.models import (
    Answer,
    Brand,
    Citation,
    Offer,
    Page,
    PageMention,
    PageReading,
    PageStatus,
    Prompt,
    Run,
    Score,
    Workspace,
)
from geo_tracker.workspaces.brands import Brands

MONDAY = date(2026, 3, 30)
DAYS = tuple(MONDAY + timedelta(days=n) for n in (-1, 0, 1, 2, 5))
"""Over the end of a week and of a month."""
ARCHIVED = DAYS[3]
BRANDS = {1: "云纱", 2: "Aurora", 3: "Former"}
STRATA = (("kimi", "web"), ("kimi", "api"), ("openai", "api, no web search"), ("doubao", "app"))
STATUSES = ("captured",) * 6 + ("failed", "refused", "empty", "cut", "planned")
POLARITIES = (None, "positive", "negative", "neutral", "mixed")
PROMPTS = {
    1: {"topic": "masks", "stage": "decision", "language": "zh", "branded": False, "persona": ""},
    2: {"topic": "creams", "stage": "", "language": "en", "branded": False, "persona": "student"},
    3: {"topic": "masks", "stage": "decision", "language": "en", "branded": True, "persona": ""},
    4: {"topic": "", "stage": "awareness", "language": "zh", "branded": False, "persona": "student"},
}


@dataclass
class Raw:
    """One answer with all that hangs on it, as columns."""

    id: int
    answer: dict[str, Any]
    citations: list[dict[str, Any]] = field(default_factory=list)
    scores: list[dict[str, Any]] = field(default_factory=list)
    offers: list[dict[str, Any]] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    """Cited pages, each of which offers what `PAGE_OFFERS` has."""

    @property
    def valid(self) -> bool:
        return bool(self.answer["status"] == "captured")

    @property
    def cited(self) -> list[dict[str, Any]]:
        return [each for each in self.citations if each["role"] == "cited" and self.valid]

    @property
    def shown(self) -> list[dict[str, Any]]:
        """Its own products, then those of the pages it cites."""
        if not self.valid:
            return []
        return [*self.offers, *(offer for page in dict.fromkeys(self.pages) for offer in PAGE_OFFERS[page])]

    @property
    def shows_shelf(self) -> bool:
        return self.valid and not self.answer["surface"].startswith("api")

    def of(self, brand: int | None) -> dict[str, Any]:
        """Its scores of a brand; zeros where there are none, and from the day on which it was archived."""
        none = dict.fromkeys(SCORED, 0) | {"polarity": None, "rank": None, "recommended": None}
        counts = self.valid and (brand != 3 or self.answer["day"] < ARCHIVED)
        return next((score for score in self.scores if score["brand_id"] == brand and counts), none)


PAGE_OFFERS: dict[int, list[dict[str, Any]]] = {
    1: [],
    2: [{"placement": "reference_page", "brand_id": 1, "platform": "jd"}],
    3: [
        {"placement": "reference_page", "brand_id": None, "platform": "jd", "final_platform": "tmall"},
        {"placement": "reference_page", "brand_id": 2, "platform": None},
    ],
}
SITES: dict[int, tuple[str, str | None, dict[int, str | None]]] = {
    1: ("fetched", "ugc", {2: None}),
    2: ("fetched", "editorial", {1: "negative", 2: "positive"}),
    3: ("planned", None, {}),
}
"""Of the same pages: status, type, and what each says of the brands that it names."""
MODES = ("", "search", "think")
"""Of the answers of apps, in turn."""
SCORED = (
    *("mentions", "prominence", "word_share", "citations_owned", "weight_owned", "pages_naming", "retrieved"),
    *(
        "offers",
        "offers_official",
        "offer_first",
        "clickable",
        "buyable",
        "offers_priced",
        "price_spread",
        "absent",
    ),
)


def domain_of(page: int | None) -> str:
    return f"p{page}.example" if page else "a.example"


def draw(seed: int, repeats: int = 2) -> list[Raw]:
    """Answers of all prompts, strata and days."""
    chance = random.Random(seed)
    places = [(day, prompt, where) for day in DAYS for prompt in PROMPTS for where in STRATA]
    return [
        _raw(number, day, prompt, *where, chance=chance)
        for number, (day, prompt, where) in enumerate((p for p in places for _ in range(repeats)), 1)
        if chance.random() < 0.7
    ]


def _raw(number: int, day: date, prompt: int, engine: str, surface: str, chance: random.Random) -> Raw:
    status = chance.choice(STATUSES)
    answer = {"day": day, "prompt_id": prompt, "engine": engine, "surface": surface, "status": status}
    answer["mode"] = MODES[number // 3 % len(MODES)] if surface != "api" else ""
    answer |= {"sandbox": day == DAYS[0] and chance.random() < 0.5, "rules": chance.choice(("7", "8", None))}
    raw = Raw(number, answer)
    weighted = chance.random() < 0.5
    for _ in range(chance.randint(0, 3)):
        role = chance.choice(("cited", "cited", "retrieved"))
        page = chance.choice((None, *PAGE_OFFERS))
        weight = chance.random() if weighted and role == "cited" else None
        place = {"page_id": page, "url": "https://a.example/", "domain": domain_of(page)}
        raw.citations.append({"role": role, "weight": weight, **place})
        if page and role == "cited":
            raw.pages.append(page)
    raw.offers = [_offer(chance) for _ in range(chance.choice((0, 0, 1, 2)))]
    raw.scores = [_score(brand, chance) for brand in BRANDS if chance.random() < 0.7]
    return raw


def _offer(chance: random.Random) -> dict[str, Any]:
    return {
        "placement": chance.choice(("card", "inline_link")),
        "brand_id": chance.choice((None, 1, 2)),
        "platform": chance.choice((None, "jd", "tmall")),
        "final_platform": chance.choice((None, "jd")),
        "merchant": chance.choice((None, "shop")),
        "store": chance.choice((None, "official", "reseller")),
        "dead": chance.choice((None, True, False)),
        "available": chance.choice((None, True, False)),
        "checkout": chance.randint(0, 5),
    }


def _score(brand: int, chance: random.Random) -> dict[str, Any]:
    beside = {
        "citations_owned": chance.choice((0, 0, 1, 2)),
        "weight_owned": chance.random(),
        "pages_naming": chance.choice((0, 0, 1)),
        "retrieved": chance.random() < 0.5,
        "offers": chance.choice((0, 0, 1, 3)),
        "offers_official": chance.choice((0, 1)),
        "offer_first": chance.random() < 0.3,
        "clickable": chance.random() < 0.3,
        "buyable": chance.random() < 0.2,
        "offers_priced": chance.choice((0, 1)),
        "price_spread": chance.random() - 0.5,
        "absent": chance.random() < 0.1,
    }
    if chance.random() < 0.4:
        return {
            "brand_id": brand,
            "mentions": 0,
            "prominence": 0,
            "word_share": 0,
            "rank": None,
            **beside,
        } | {
            "polarity": None,
            "recommended": None,
        }
    return {
        "brand_id": brand,
        "mentions": chance.randint(1, 4),
        "prominence": chance.random(),
        "word_share": chance.random(),
        "rank": chance.choice((None, 1, 2, 3, 4)),
        "polarity": chance.choice(POLARITIES),
        "recommended": chance.choice((None, True, False)),
        **beside,
    }


def store(engine: sa.Engine, rows: Sequence[Raw]) -> None:
    """The workspace `w` with these rows in the order given, every day rolled up."""
    with writing(engine) as session:
        session.add(Workspace(id=1, slug="w", name="W", timezone="UTC"))
        session.flush()
        session.add(Run(id=1, workspace_id=1, label="r"))
        for number, name in BRANDS.items():
            gone = (
                datetime(ARCHIVED.year, ARCHIVED.month, ARCHIVED.day, 9, tzinfo=UTC) if number == 3 else None
            )
            session.add(Brand(id=number, workspace_id=1, name=name, own=number == 1, archived_at=gone))
        for number, described in PROMPTS.items():
            session.add(Prompt(id=number, workspace_id=1, text=f"?{number}", **described))
        for number in PAGE_OFFERS:
            status, kind, named = SITES[number]
            url, read = f"https://p{number}.example/", PageStatus(status)
            session.add(Page(id=number, url=url, domain=domain_of(number), status=read, title=f"P{number}"))
            session.flush()
            session.add(PageReading(workspace_id=1, page_id=number, rules="7", type=kind))
            session.add_all(
                PageMention(page_id=number, brand_id=brand, mentions=brand, polarity=polarity)
                for brand, polarity in named.items()
            )
        session.flush()
        for raw in rows:
            ids = {"id": raw.id, "key": str(raw.id), "workspace_id": 1, "run_id": 1}
            insert_new(session, Answer, [{**ids, **raw.answer}])
            cited = [{"answer_id": raw.id, "position": at, **row} for at, row in enumerate(raw.citations)]
            insert_new(session, Citation, cited)
            insert_new(session, Score, [{"answer_id": raw.id, **row} for row in raw.scores])
            own = [
                {"answer_id": raw.id, "workspace_id": 1, "position": n, **o} for n, o in enumerate(raw.offers)
            ]
            insert_new(session, Offer, own)
        for page, offers in PAGE_OFFERS.items():
            found = [{"page_id": page, "workspace_id": 1, "position": n, **o} for n, o in enumerate(offers)]
            insert_new(session, Offer, found)
    roll(engine)


def roll(engine: sa.Engine) -> None:
    with writing(engine) as session:
        workspace = workspace_named(session, "w")
        days = session.exec(select(Answer.day).distinct().order_by(col(Answer.day))).all()
        roll_up(session, workspace, days, Brands(session, workspace))
        for time, first in unsummed(session, workspace):
            sum_up(session, workspace, time, first)


def _count(test: Callable[[Raw], Any]) -> Callable[[Iterable[Raw], int], float]:
    return lambda rows, brand: sum(test(raw) for raw in rows)


def _own(test: Callable[[dict[str, Any]], Any]) -> Callable[[Iterable[Raw], int], float]:
    return lambda rows, brand: sum(test(raw.of(brand)) for raw in rows)


def _all(test: Callable[[dict[str, Any]], Any]) -> Callable[[Iterable[Raw], int], float]:
    return lambda rows, brand: sum(test(raw.of(other)) for raw in rows for other in BRANDS)


def _named(test: Callable[[dict[str, Any]], Any]) -> Callable[[Iterable[Raw], int], float]:
    """Only of answers that name the brand."""
    return _own(lambda score: test(score) if score["mentions"] else 0)


DAILY: dict[str, Callable[[Iterable[Raw], int], float]] = {
    "planned": _count(lambda raw: 1),
    "answers": _count(lambda raw: raw.valid),
    **{
        status: _count(lambda raw, status=status: raw.answer["status"] == status)  # type: ignore[misc]
        for status in ("failed", "refused", "empty", "cut")
    },
    "answers_naming": _count(lambda raw: any(raw.of(brand)["mentions"] for brand in BRANDS)),
    "citations_all": _count(lambda raw: len(raw.cited)),
    "answers_with_citations": _count(lambda raw: bool(raw.cited)),
    "weight_all": _count(lambda raw: sum(each["weight"] or 0 for each in raw.cited)),
    "answers_weighted": _count(lambda raw: any(each["weight"] is not None for each in raw.cited)),
    "shelf_answers": _count(lambda raw: raw.shows_shelf),
    "triggered": _count(lambda raw: raw.shows_shelf and bool(raw.offers)),
    "triggered_pages": _count(lambda raw: raw.shows_shelf and bool(raw.shown)),
    "answers_with_offers": _count(lambda raw: bool(raw.shown)),
    "offers_all": _count(lambda raw: len(raw.shown)),
    "mentions_all": _all(lambda score: score["mentions"]),
    "mentioned_all": _all(lambda score: score["mentions"] > 0),
    "prominence_all": _all(lambda score: score["prominence"]),
    "mentioned": _own(lambda score: score["mentions"] > 0),
    **{
        name: _own(lambda score, name=name: score[name])  # type: ignore[misc]
        for name in SCORED
        if name not in ("offer_first", "pages_naming")
    },
    "rank_sum": _own(lambda score: score["rank"] or 0),
    "reciprocal_rank": _own(lambda score: 1 / score["rank"] if score["rank"] else 0.0),
    "answers_priced": _own(lambda score: score["offers_priced"] > 0),
    "top1": _own(lambda score: score["rank"] in (1,)),
    "top3": _own(lambda score: score["rank"] in (1, 2, 3)),
    "recommended": _named(lambda score: score["recommended"] is True),
    **{
        name: _named(lambda score, name=name: score["polarity"] == name)  # type: ignore[misc]
        for name in ("positive", "negative", "neutral", "mixed")
    },
    "opinions": _named(lambda score: score["polarity"] is not None),
    "balance": _named(lambda score: {"positive": 1, "negative": -1}.get(score["polarity"], 0)),
    "cited": _own(lambda score: score["citations_owned"] > 0),
    "sourced": _own(lambda score: bool(score["citations_owned"] or score["pages_naming"])),
    "offers_first": _own(lambda score: score["offer_first"]),
    "shown": _own(lambda score: score["offers"] > 0),
}
RATIOS = {
    "mention_rate": ("mentioned", "answers"),
    "share_of_voice": ("mentions", "mentions_all"),
    "share_of_voice_answers": ("mentioned", "mentioned_all"),
    "share_of_prominence": ("prominence", "prominence_all"),
    "mean_rank": ("rank_sum", "mentioned"),
    "mrr": ("reciprocal_rank", "answers"),
    "top1_rate": ("top1", "answers"),
    "top3_rate": ("top3", "answers"),
    "recommendation_rate": ("recommended", "answers"),
    "net_sentiment": ("balance", "opinions"),
    "citation_rate": ("cited", "answers"),
    "citation_share": ("citations_owned", "citations_all"),
    "citation_weight": ("weight_owned", "weight_all"),
    "trigger_rate": ("triggered", "shelf_answers"),
    "trigger_rate_pages": ("triggered_pages", "shelf_answers"),
    "shelf_share": ("offers", "offers_all"),
    "win_rate": ("offers_first", "answers_with_offers"),
    "official_store_share": ("offers_official", "offers"),
    "price_spread": ("price_spread", "offers_priced"),
    "coverage": ("answers", "planned"),
}


def tracked(rows: Iterable[Raw], brand: int | None) -> list[Raw]:
    """The answers of the days on which the brand was tracked."""
    return [raw for raw in rows if brand != 3 or raw.answer["day"] < ARCHIVED]


def group(raw: Raw, by: Sequence[str]) -> tuple[str, ...]:
    """What the answer's group is called."""
    day = raw.answer["day"]
    described = {**PROMPTS[raw.answer["prompt_id"]], **raw.answer, "prompt": f"?{raw.answer['prompt_id']}"}
    described |= {"week": day - timedelta(days=day.weekday()), "month": day.replace(day=1), "country": ""}
    return tuple(str(described[name]) for name in by)


def expected(rows: Sequence[Raw], by: Sequence[str]) -> dict[tuple[Any, ...], tuple[float, float, int]]:
    """Numerator, denominator and prompts of every metric of every brand in every group."""
    found: dict[tuple[Any, ...], tuple[float, float, int]] = {}
    for metric, (above, below) in RATIOS.items():
        shared = metric in ("trigger_rate", "trigger_rate_pages", "coverage")
        for brand, name in {0: None}.items() if shared else BRANDS.items():
            mine = tracked(rows, brand)
            for key in {group(raw, by) for raw in mine}:
                of = [raw for raw in mine if group(raw, by) == key]
                prompts = {raw.answer["prompt_id"] for raw in of}
                known = [
                    p
                    for p in prompts
                    if DAILY[below]([r for r in of if r.answer["prompt_id"] == p], brand) > 0
                ]
                found[(metric, name, key)] = (DAILY[above](of, brand), DAILY[below](of, brand), len(known))
    return found


def shelf(rows: Iterable[Raw]) -> dict[tuple[Any, ...], list[float]]:
    """Offers, official, dead and sold-out ones by cell, brand, placement, platform, merchant and checkout."""
    found: dict[tuple[Any, ...], list[float]] = {}
    for raw in rows:
        place = tuple(raw.answer[name] for name in ("day", "prompt_id", "engine", "surface", "mode"))
        for offer in raw.shown:
            named = [offer.get("platform"), offer.get("final_platform")]
            platforms = sorted({name for name in named if name}) or [""]
            flags = (
                offer.get("store") == "official",
                offer.get("dead") is True,
                offer.get("available") is False,
            )
            for platform in platforms:
                kind = (offer["brand_id"], offer["placement"], platform)
                key = (*place, *kind, offer.get("merchant") or "", offer.get("checkout", 0))
                sums = found.setdefault(key, [0.0, 0.0, 0.0, 0.0])
                for at, flag in enumerate((True, *flags)):
                    sums[at] += flag / len(platforms)
    return found


Leaning = dict[str, tuple[int, int, float, float]]


def leaning(rows: Iterable[Raw], pages: Iterable[int | None] = (None, *SITES)) -> Leaning:
    """By domain: answers that cite one of the pages, citations, their weight, and its part that is estimated."""
    found: Leaning = {}
    for raw in rows:
        told = any(each["weight"] is not None for each in raw.cited)
        for domain in {domain_of(each["page_id"]) for each in raw.cited if each["page_id"] in pages}:
            of = [each for each in raw.cited if domain_of(each["page_id"]) == domain]
            weight = sum((each["weight"] or 0) if told else 1 / len(raw.cited) for each in of)
            answers, citations, before, estimated = found.get(domain, (0, 0, 0.0, 0.0))
            guessed = estimated + (0 if told else weight)
            found[domain] = (answers + 1, citations + len(of), before + weight, guessed)
    return found
