"""From stored answers to Mention, Offer, Score and Daily rows; everything here can be thrown away and rebuilt."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select, update

from geo_tracker.extract.scores import RULES_VERSION
from geo_tracker.score import offers
from geo_tracker.score.campaigns import flag_campaigns
from geo_tracker.score.pages import PageReader
from geo_tracker.score.processes import WORTH, Processes, cores
from geo_tracker.score.rollup import outdated, roll_up
from geo_tracker.score.texts import AnswerRows, AnswerText, Row, Texts, domain_owners
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new, reading, writing
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Citation,
    Discovery,
    Mention,
    Offer,
    Page,
    Prompt,
    Score,
    Workspace,
)
from geo_tracker.workspaces.brands import Brands

AHEAD = 2
"""Batches in work while one is written."""
BATCH = 500
Progress = Callable[[int, int], None]
R = TypeVar("R")


def no_progress(done: int, total: int) -> None:
    """For callers that show nothing."""


@dataclass(frozen=True, slots=True)
class Scored:
    """How many answers were scored and how many days rolled up."""

    answers: int
    days: int


def read_offers_of(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,
    progress: Progress = no_progress,
    *,
    processes: int | None = None,
) -> None:
    """Take the offers of answers and cited pages that are not scored yet, and plan the pages that they lead to.

    To be followed by a crawl of those pages and by `score`; `score` alone does the same and knows nothing of them.
    """
    with _scorer(engine, archive, workspace, processes) as (scorer, pending):
        done = 0
        for _, batch, found in _begun(engine, _batched(pending), scorer.texts, Texts.offers):
            with writing(engine) as session:
                _lock(session, workspace)
                scorer.read_offers_of(session, batch, found)
            done += len(batch)
            progress(done, _count(pending))


def score(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,
    progress: Progress = no_progress,
    *,
    processes: int | None = None,
) -> Scored:
    """Score the answers that are new or whose brands, rules or pages changed; roll up their days.

    A day's answers are marked as scored together with its roll-up: a killed process repeats at most one day. Texts
    are analysed in so many `processes`, None for one per core where there are enough of them; the rows are the same.
    """
    with _scorer(engine, archive, workspace, processes) as (scorer, pending):
        done = 0
        for day, batch, found in _begun(engine, _batched(pending), scorer.texts, Texts.answer):
            with writing(engine) as session:
                _lock(session, workspace)
                scorer.score(session, batch, found)
            done += len(batch)
            progress(done, _count(pending))
            if batch[-1] == pending[day][-1]:
                with writing(engine) as session:
                    _lock(session, workspace)
                    _finish(session, workspace, day, scorer.brands, pending[day])
    days = roll_up_outdated(engine, workspace)
    with writing(engine) as session:
        _lock(session, workspace)
        flag_campaigns(session, workspace)
        _know(session, workspace, scorer.brands)
    return Scored(done, len(pending) + days)


def roll_up_outdated(engine: sa.Engine, workspace: Workspace) -> int:
    """Roll up the days that an older version of the sums rolled up; reads scores, no texts. Returns how many."""
    with reading(engine) as session:
        days, brands = outdated(session, workspace), Brands(session, workspace)
    for day in days:
        with writing(engine) as session:
            _lock(session, workspace)
            roll_up(session, workspace, day, brands)
    return len(days)


def _know(session: Session, workspace: Workspace, brands: Brands) -> None:
    """Note which brands have been scored; one that is added meanwhile is not among them."""
    newest = max((brand.id for brand in brands.all), default=None)
    session.exec(update(Workspace).where(col(Workspace.id) == workspace.id).values(scored_brand=newest))


@contextmanager
def _scorer(
    engine: sa.Engine, archive: Archive, workspace: Workspace, processes: int | None
) -> Iterator[tuple[_Scorer, Mapping[date, Sequence[int]]]]:
    """What scores, and the answers that are to be scored by day."""
    with writing(engine) as session:
        pending = _pending(session, workspace)
        brands = Brands(session, workspace)
    fitting = cores() if _count(pending) >= WORTH else 1
    with Processes(processes or fitting, Texts, workspace, brands) as texts:
        yield _Scorer(archive, workspace, brands, texts), pending


def _count(pending: Mapping[date, Sequence[int]]) -> int:
    return sum(map(len, pending.values()))


def _batched(pending: Mapping[date, Sequence[int]]) -> Iterator[tuple[date, Sequence[int]]]:
    for day, ids in pending.items():
        for batch in _batches(ids):
            yield day, batch


def _begun(
    engine: sa.Engine,
    batches: Iterable[tuple[date, Sequence[int]]],
    texts: Processes[Texts],
    work: Callable[[Texts, AnswerText], R],
) -> Iterator[tuple[date, Sequence[int], _Found[R]]]:
    """Each batch with its texts in work; those of the next ones are, too, while this one is written."""
    begun: deque[tuple[date, Sequence[int], _Found[R]]] = deque()
    for day, ids in batches:
        with reading(engine) as session:
            jobs = _texts(session, _answers(session, ids), _sources(session, ids))
        begun.append((day, ids, _Found(texts, work, jobs)))
        if len(begun) > AHEAD:
            yield begun.popleft()
    yield from begun


class _Found(Generic[R]):
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


def _finish(session: Session, workspace: Workspace, day: date, brands: Brands, ids: Sequence[int]) -> None:
    _mark_scored(session, ids)  # first: the daily rows tell which rules they rest on
    roll_up(session, workspace, day, brands)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[at : at + BATCH] for at in range(0, len(ids), BATCH))


def _mark_scored(session: Session, ids: Sequence[int]) -> None:
    for batch in _batches(ids):
        scored = update(Answer).where(col(Answer.id).in_(batch))
        session.exec(scored.values(rules=RULES_VERSION, scored_at=datetime.now(UTC)))


def _lock(session: Session, workspace: Workspace) -> None:
    """Two scorers of one workspace take turns."""
    session.exec(select(Workspace.id).where(Workspace.id == workspace.id).with_for_update()).one()


def _pending(session: Session, workspace: Workspace) -> dict[date, list[int]]:
    """Ids of the answers to score, by day."""
    stale = sa.or_(col(Answer.rules).is_(None), col(Answer.rules) != RULES_VERSION)
    ids = sa.select(col(Answer.id)).where(*_ended(workspace), stale).union(*_with_newer_pages(workspace))
    ordered = select(col(Answer.day), col(Answer.id)).where(col(Answer.id).in_(ids))
    pending: dict[date, list[int]] = defaultdict(list)
    for day, answer_id in session.exec(ordered.order_by(col(Answer.day), col(Answer.id))).all():
        pending[day].append(answer_id)
    return pending


def _ended(workspace: Workspace) -> tuple[sa.ColumnElement[bool], ...]:
    return col(Answer.workspace_id) == workspace.id, col(Answer.status) != AnswerStatus.PLANNED


def _with_newer_pages(workspace: Workspace) -> Iterator[sa.Select[Any]]:
    """Answers scored before a page was fetched: one they cite, or one that an offer of theirs or of those leads to.

    Each starts from the rows that lead to pages, not from the answers: asked for every answer, SQLite would look
    through all offers of the workspace each time.
    """
    newer = (*_ended(workspace), col(Page.fetched_at) >= col(Answer.scored_at))
    mine = col(Offer.workspace_id) == workspace.id
    cited = sa.select(col(Answer.id)).join(Citation, col(Citation.answer_id) == col(Answer.id))
    yield cited.join(Page, col(Page.id) == col(Citation.page_id)).where(*newer)
    offered = sa.select(col(Answer.id)).join(Offer, col(Offer.answer_id) == col(Answer.id))
    yield offered.join(Page, col(Page.id) == col(Offer.target_id)).where(mine, *newer)
    led = sa.select(col(Offer.page_id), sa.func.max(Page.fetched_at).label("fetched_at")).where(mine)
    latest = led.join(Page, col(Page.id) == col(Offer.target_id)).group_by(col(Offer.page_id)).subquery()
    shown = cited.join(latest, latest.c.page_id == Citation.page_id)
    yield shown.where(*_ended(workspace), latest.c.fetched_at >= col(Answer.scored_at))


class _Source(NamedTuple):
    """A source of an answer, whatever its role."""

    id: int
    page_id: int | None
    url: str
    role: str
    spans: Sequence[Sequence[int]]
    weight: float | None


Sources = Mapping[int, Sequence[_Source]]
"""By answer, in the order in which the answer has them."""


class _Scorer:
    """Scores batches of answers; a cited page is read once, however often it is cited."""

    def __init__(
        self, archive: Archive, workspace: Workspace, brands: Brands, texts: Processes[Texts]
    ) -> None:
        self.brands, self.texts = brands, texts
        self._workspace = workspace
        self._pages = PageReader(archive, workspace, brands, texts)
        self._owners = domain_owners(brands.all)

    def read_offers_of(self, session: Session, ids: Sequence[int], found: _Found[list[Row]]) -> None:
        """Write the offers of these answers and of the pages they cite anew, and plan where they lead."""
        answers, sources = _answers(session, ids), _sources(session, ids)
        offered = found.of(_texts(session, answers, sources))
        self._shelve(session, answers, sources, [row for rows in offered.values() for row in rows])

    def _shelve(
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

    def score(
        self, session: Session, ids: Sequence[int], found: _Found[tuple[list[Row], AnswerRows]]
    ) -> None:
        """Write the Offer, Mention, Score and Discovery rows of these answers anew."""
        answers, sources = _answers(session, ids), _sources(session, ids)
        said = found.of(_texts(session, answers, sources))
        offered = self._shelve(session, answers, sources, [row for rows, _ in said.values() for row in rows])
        self._settle(session, {offer.id: offer for shown in offered.values() for offer in shown})
        for cleared in (Mention, Score, Discovery):
            session.exec(delete(cleared).where(col(cleared.answer_id).in_(ids)))
        _weigh(session, sources, {answer_id: rows.weights for answer_id, (_, rows) in said.items()})
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
        self, answer: Answer, said: AnswerRows, sources: Sequence[_Source], offered: Sequence[Offer]
    ) -> Iterator[Row]:
        """One row per brand that the answer names, knows nothing of, leans on a page about or offers."""
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

    def _count_source(self, beside: defaultdict[int, Row], source: _Source, weight: float | None) -> None:
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


def cited_pages(sources: Sources) -> dict[int, list[int]]:
    """The pages that each answer cites, in order; what was only retrieved or opened does not count."""
    return {
        answer: [source.page_id for source in found if source.page_id and source.role == "cited"]
        for answer, found in sources.items()
    }


def _answers(session: Session, ids: Sequence[int]) -> Sequence[Answer]:
    return session.exec(select(Answer).where(col(Answer.id).in_(ids)).order_by(col(Answer.id))).all()


def _sources(session: Session, ids: Sequence[int]) -> dict[int, list[_Source]]:
    found: dict[int, list[_Source]] = {answer_id: [] for answer_id in ids}
    columns = (Citation.id, Citation.page_id, Citation.url, Citation.role, Citation.spans, Citation.weight)
    cited = sa.select(col(Citation.answer_id), *columns).where(col(Citation.answer_id).in_(ids))  # type: ignore[call-overload]
    for answer_id, *values in session.connection().execute(cited.order_by(col(Citation.position))):
        found[answer_id].append(_Source(*values))
    return found


def _texts(session: Session, answers: Sequence[Answer], sources: Sources) -> list[AnswerText]:
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


def _weigh(session: Session, sources: Sources, weights: Mapping[int, Sequence[float | None]]) -> None:
    """Note on each cited source how much of the answer leans on it."""
    changed = [
        {"source": source.id, "weighs": weight}
        for answer_id, each in weights.items()
        for source, weight in zip(
            (source for source in sources[answer_id] if source.role == "cited"), each, strict=True
        )
        if weight != source.weight
    ]
    if changed:
        citation = sa.inspect(Citation).local_table.c
        noted = sa.update(citation.id.table).where(citation.id == sa.bindparam("source"))
        session.connection().execute(noted.values(weight=sa.bindparam("weighs")), changed)
