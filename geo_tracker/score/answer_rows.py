"""What answers say, written: Offer, Mention, Score and Discovery rows of batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Generic, TypeVar

from sqlmodel import Session, col, delete, select

from geo_tracker.score import offers
from geo_tracker.score.pages import PageReader
from geo_tracker.score.processes import Processes
from geo_tracker.score.sources import Source, Sources, cited_pages, sources_of, weigh
from geo_tracker.score.texts import AnswerRows, AnswerText, Row, Texts, domain_owners
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Discovery,
    Mention,
    Offer,
    Prompt,
    Score,
    Workspace,
)
from geo_tracker.workspaces.brands import Brands

R = TypeVar("R")


class Found(Generic[R]):
    """What some answers say."""

    def __init__(
        self, texts: Processes[Texts], work: Callable[[Texts, AnswerText], R], jobs: Sequence[AnswerText]
    ) -> None:
        self._texts, self._work, self._jobs = texts, work, jobs
        self._pending = texts.run(work, jobs)

    def of(self, current: Iterable[AnswerText]) -> dict[int, R]:
        """By answer; one that was stored anew since its text was given to read is read again."""
        results = self._pending.results()
        read = {job.answer_id: (job, result) for job, result in zip(self._jobs, results, strict=True)}
        return {job.answer_id: self._current(job, *read.get(job.answer_id, ())) for job in current}

    def _current(self, job: AnswerText, *read: Any) -> R:
        return read[1] if read and read[0] == job else self._work(self._texts.state, job)


class Scorer:
    """Scores batches of answers; a cited page is read once, however often it is cited."""

    def __init__(
        self, archive: Archive, workspace: Workspace, brands: Brands, texts: Processes[Texts]
    ) -> None:
        self.brands, self.texts = brands, texts
        self._workspace = workspace
        self._pages = PageReader(archive, workspace, brands, texts)
        self._owners = domain_owners(brands.all)

    def read_offers_of(self, session: Session, ids: Sequence[int], found: Found[list[Row]]) -> None:
        """Write the offers of these answers and of the pages they cite anew, and plan where they lead."""
        answers, sources = answers_of(session, ids), sources_of(session, ids)
        offered = found.of(texts_of(session, answers, sources))
        self._save_offers(session, answers, sources, [row for rows in offered.values() for row in rows])

    def _save_offers(
        self, session: Session, answers: Sequence[Answer], sources: Sources, rows: Sequence[Row]
    ) -> dict[int, list[Offer]]:
        self._pages.read(session, {s.page_id for cited in sources.values() for s in cited if s.page_id})
        session.exec(delete(Offer).where(col(Offer.answer_id).in_([answer.id for answer in answers])))
        captured = [answer for answer in answers if answer.status == AnswerStatus.CAPTURED]
        insert_new(session, Offer, rows)
        found = offers.of_answers(session, self._workspace, cited_pages(sources))
        for sandbox in {answer.sandbox for answer in captured}:
            shown = [o for answer in captured if answer.sandbox is sandbox for o in found[answer.id]]
            offers.plan_targets(session, shown, sandbox=sandbox)
        return found

    def score(self, session: Session, ids: Sequence[int], found: Found[tuple[list[Row], AnswerRows]]) -> None:
        """Write the Offer, Mention, Score and Discovery rows of these answers anew."""
        answers, sources = answers_of(session, ids), sources_of(session, ids)
        said = found.of(texts_of(session, answers, sources))
        offered = self._save_offers(
            session, answers, sources, [row for rows, _ in said.values() for row in rows]
        )
        self._settle(session, {offer.id: offer for shown in offered.values() for offer in shown})
        for cleared in (Mention, Score, Discovery):
            session.exec(delete(cleared).where(col(cleared.answer_id).in_(ids)))
        weigh(session, sources, {answer_id: rows.weights for answer_id, (_, rows) in said.items()})
        insert_new(session, Mention, [row for _, rows in said.values() for row in rows.mentions])
        insert_new(session, Discovery, [row for _, rows in said.values() for row in rows.discoveries])
        insert_new(
            session,
            Score,
            [
                row
                for answer in answers
                if answer.id in said
                for row in self._scores(answer, said[answer.id][1], sources[answer.id], offered[answer.id])
            ],
        )

    def _settle(self, session: Session, offered: Mapping[int, Offer]) -> None:
        """Note on the offers what the crawl of their links found."""
        targets = offers.ends(session, offered.values())
        self._pages.read(session, {page.id for page in targets.values()})
        platforms = self.texts.state.catalogue.platforms
        offers.settle(session, self._workspace, offered.values(), targets, platforms)

    def _scores(
        self, answer: Answer, said: AnswerRows, sources: Sequence[Source], offered: Sequence[Offer]
    ) -> Iterator[Row]:
        """One row per brand that the answer names, knows nothing of, cites a page about or offers."""
        weights = iter(said.weights)
        beside: defaultdict[int, Row] = defaultdict(lambda: dict(NOTHING))
        for source in sources:
            self._count_source(beside, source, next(weights) if source.role == "cited" else None)
        for offer in offered:
            if offer.brand_id is not None:
                _count_offer(beside[offer.brand_id], offer, first=offer is offered[0])
        for brand_id in said.absent:
            beside[brand_id]["absent"] = True
        for brand_id in self._tracked(answer.day):
            if brand_id in said.scores or brand_id in beside:
                own = said.scores.get(brand_id, {})
                yield {"answer_id": answer.id, "brand_id": brand_id, **own, **beside[brand_id]}

    def _count_source(self, beside: defaultdict[int, Row], source: Source, weight: float | None) -> None:
        """By where the source really is: an engine may cite through an address of its own."""
        owners = self._owners.of(self._pages.addresses.get(source.page_id or 0, source.url))
        about = self._pages.naming.get(source.page_id or 0, ())
        for brand_id in owners.union(about):
            beside[brand_id]["retrieved"] = True
        if source.role == "cited":
            for brand_id in owners:
                beside[brand_id]["citations_owned"] += 1
                beside[brand_id]["weight_owned"] += weight or 0.0
            for brand_id in about:
                beside[brand_id]["pages_naming"] += 1

    def _tracked(self, day: date) -> list[int]:
        return [brand.id for brand in self.brands.on(day)]


NOTHING: Row = {
    "absent": False,
    "citations_owned": 0,
    "weight_owned": 0.0,
    "pages_naming": 0,
    "retrieved": False,
    "offers": 0,
    "offers_official": 0,
    "offer_first": False,
    "clickable": False,
    "buyable": False,
    "offers_priced": 0,
    "price_spread": 0.0,
}
"""Of a brand that an answer has nothing of, beside its text."""


def _count_offer(beside: Row, offer: Offer, *, first: bool) -> None:
    spread = offers.price_spread(offer)
    beside["offers"] += 1
    beside["offers_official"] += offer.store == "official"
    beside["offer_first"] |= first
    beside["clickable"] |= bool(offer.url)
    beside["buyable"] |= offers.is_buyable(offer)
    beside["offers_priced"] += spread is not None
    beside["price_spread"] += spread or 0.0


def answers_of(session: Session, ids: Sequence[int]) -> Sequence[Answer]:
    """These answers by their ids."""
    return session.exec(select(Answer).where(col(Answer.id).in_(ids)).order_by(col(Answer.id))).all()


def texts_of(session: Session, answers: Sequence[Answer], sources: Sources) -> list[AnswerText]:
    """The texts of the valid answers."""
    ids = {answer.prompt_id for answer in answers}
    prompts = dict(session.exec(select(Prompt.id, Prompt.text).where(col(Prompt.id).in_(ids))).all())
    return [
        AnswerText(
            answer.id,
            answer.day,
            prompts[answer.prompt_id],
            answer.text or "",
            answer.cards,
            [source.spans for source in sources[answer.id] if source.role == "cited"],
        )
        for answer in answers
        if answer.status == AnswerStatus.CAPTURED
    ]
