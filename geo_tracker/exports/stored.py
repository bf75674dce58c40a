"""Tables of what is stored: one statement each, streamed from the database as it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.exports.table import BATCH, Table, columns
from geo_tracker.metrics.dimensions import CHOSEN
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import (
    Answer,
    Audit,
    Body,
    Brand,
    Citation,
    Discovery,
    Event,
    Mention,
    Offer,
    Page,
    PageReading,
    Prompt,
    Score,
    SearchQuery,
    StatementMark,
    Workspace,
)

Statement = Callable[[Workspace, Selection], sa.Select[Any]]
OF_ANSWER = ("answer_id", "day", "engine", "surface", "mode", "prompt_id")
"""What every row that belongs to an answer begins with."""


def _table(name: str, meaning: str, names: Sequence[str], statement: Statement, *key: str) -> Table:
    """A table whose columns are those of a statement."""

    def read(session: Session, selection: Selection) -> Iterator[Sequence[Any]]:
        made = statement(workspace_named(session, selection.workspace), selection)
        rows = session.connection().execute(made, execution_options={"yield_per": BATCH})
        return iter(rows)

    return Table(name, meaning, columns(*names), read, key)


def _of_answer() -> list[Any]:
    of = (Answer.id, Answer.day, Answer.engine, Answer.surface, Answer.mode, Answer.prompt_id)
    return [col(column) for column in of]


def _belonging(table: Any, own: Sequence[str]) -> list[Any]:
    return [*_of_answer(), *(getattr(table, name) for name in own)]


def _joined(
    statement: sa.Select[Any], workspace: Workspace, selection: Selection, order: Any
) -> sa.Select[Any]:
    """Of the selected answers, in the order of their key: rows stream without being sorted first."""
    asked = statement.join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
    return asked.where(*selected(Answer, workspace, selection)).order_by(*order)


_PROMPT = ("text", *(each.column for each in CHOSEN if each.of == "prompt" and not each.several))
_ANSWER = (
    *("asked_at", "captured_at", "repeat", "status", "model", "search", "finish_reason", "sandbox", "cost"),
    *("currency", "rules", "error_kind", "error", "follow_ups", "text"),
)


def _answers(workspace: Workspace, selection: Selection) -> sa.Select[Any]:
    asked = [getattr(Prompt, name).label(f"prompt_{name}") for name in _PROMPT]
    stored = [getattr(Answer, name) for name in _ANSWER]
    cited = select(func.count()).where(Citation.answer_id == Answer.id, Citation.role == "cited")
    gone = select(func.max(Body.removed_at)).where(Body.answer_id == Answer.id).scalar_subquery()
    statement = sa.select(*_of_answer(), *asked, cited.scalar_subquery().label("citations"), *stored, gone)
    return _joined(statement.select_from(Answer), workspace, selection, [col(Answer.id)])


_CITATION = ("position", "ordinal", "role", "url", "domain", "title", "site", "published", "snippet", "spans")
_PAGE = (
    *("page_id", "page_url", "page_status", "page_title", "page_published", "page_removed_at"),
    *("source_type", "type_reason"),
)


def _citations(workspace: Workspace, selection: Selection) -> sa.Select[Any]:
    page = [Citation.page_id, Page.url, Page.status, Page.title, Page.published, Page.removed_at]
    of_page = [*page, PageReading.type, PageReading.reason]
    mine = (col(PageReading.page_id) == col(Page.id), col(PageReading.workspace_id) == workspace.id)
    statement = (
        sa.select(*_belonging(Citation, (*_CITATION, "weight")), *of_page)
        .select_from(Citation)
        .join(Answer, col(Answer.id) == col(Citation.answer_id))
        .outerjoin(Page, col(Page.id) == col(Citation.page_id))
        .outerjoin(PageReading, sa.and_(*mine))
    )
    return _joined(statement, workspace, selection, [col(Citation.id)])


_MENTION = ("start", "end", "text", "where", "confidence", "reason", "unsure")


def _mentions(workspace: Workspace, selection: Selection) -> sa.Select[Any]:
    statement = (
        sa.select(*_of_answer(), col(Brand.name), col(Brand.own), *(getattr(Mention, n) for n in _MENTION))
        .select_from(Mention)
        .join(Answer, col(Answer.id) == col(Mention.answer_id))
        .join(Brand, col(Brand.id) == col(Mention.brand_id))
    )
    return _joined(statement, workspace, selection, [col(Mention.id)])


_SCORE = (
    *("mentions", "rank", "first_position", "word_share", "prominence", "polarity", "recommended", "absent"),
    *("evidence_start", "evidence_end", "attributes", "citations_owned", "weight_owned", "pages_naming"),
    *("retrieved", "offers", "offers_official", "offer_first", "clickable", "buyable", "offers_priced"),
    "price_spread",
)


def _scores(workspace: Workspace, selection: Selection) -> sa.Select[Any]:
    statement = (
        sa.select(*_of_answer(), col(Brand.name), col(Brand.own), *(getattr(Score, name) for name in _SCORE))
        .select_from(Score)
        .join(Answer, col(Answer.id) == col(Score.answer_id))
        .join(Brand, col(Brand.id) == col(Score.brand_id))
    )
    return _joined(statement, workspace, selection, [col(Score.answer_id), col(Score.brand_id)])


_MARK = ("evidence", "state", "who", "at")


def _marks(workspace: Workspace, selection: Selection) -> sa.Select[Any]:
    statement = (
        sa.select(*_of_answer(), col(Brand.name), *(getattr(StatementMark, name) for name in _MARK))
        .select_from(StatementMark)
        .join(Answer, col(Answer.id) == col(StatementMark.answer_id))
        .join(Brand, col(Brand.id) == col(StatementMark.brand_id))
    )
    return _joined(statement, workspace, selection, [col(StatementMark.id)])


_OFFER = (
    *("position", "placement", "checkout", "url", "final_url", "platform", "item_id", "sku_id", "title"),
    *("price", "price_original", "currency", "reference_price", "shop_price", "shop_currency", "merchant"),
    *("store", "product", "image", "rating", "promo", "available", "dead", "affiliate"),
)


def _offers(workspace: Workspace, selection: Selection) -> sa.Select[Any]:
    """Products in answers; those of a cited page once for each answer that cites it."""
    described = [col(Brand.name), *(getattr(Offer, name) for name in _OFFER)]
    own = sa.select(*_of_answer(), sa.null().label("page_id"), *described).select_from(Offer)
    own = own.join(Answer, col(Answer.id) == col(Offer.answer_id))
    own = own.outerjoin(Brand, col(Brand.id) == col(Offer.brand_id))
    return _joined(own, workspace, selection, [col(Offer.id)])


def _page_offers(workspace: Workspace, selection: Selection) -> sa.Select[Any]:
    described = [col(Offer.page_id), col(Brand.name), *(getattr(Offer, name) for name in _OFFER)]
    cited = (
        sa.select(*_of_answer(), *described)
        .select_from(Offer)
        .join(Citation, col(Citation.page_id) == col(Offer.page_id))
        .join(Answer, col(Answer.id) == col(Citation.answer_id))
        .outerjoin(Brand, col(Brand.id) == col(Offer.brand_id))
        .where(col(Citation.role) == "cited", col(Offer.workspace_id) == workspace.id)
    )
    return _joined(cited, workspace, selection, [col(Offer.id), col(Citation.id)])


def _searches(workspace: Workspace, selection: Selection) -> sa.Select[Any]:
    statement = sa.select(*_belonging(SearchQuery, ("position", "text"))).select_from(SearchQuery)
    statement = statement.join(Answer, col(Answer.id) == col(SearchQuery.answer_id))
    return _joined(statement, workspace, selection, [col(SearchQuery.id)])


_FOUND = ("name", "start", "end", "mentions", "reason")


def _names(workspace: Workspace, selection: Selection) -> sa.Select[Any]:
    statement = sa.select(*_belonging(Discovery, _FOUND)).select_from(Discovery)
    statement = statement.join(Answer, col(Answer.id) == col(Discovery.answer_id))
    return _joined(statement, workspace, selection, [col(Discovery.answer_id), col(Discovery.name)])


_ASKED = ("id", *_PROMPT, "tags", "branded", "declared", "archived_at")


def _prompts(workspace: Workspace, selection: Selection) -> sa.Select[Any]:
    mine = sa.select(*(getattr(Prompt, name) for name in _ASKED))
    return mine.where(col(Prompt.workspace_id) == workspace.id).order_by(col(Prompt.id))


_BRAND = ("name", "own", "domains", "aliases", "products", "declared", "archived_at")


def _brands(workspace: Workspace, selection: Selection) -> sa.Select[Any]:
    mine = sa.select(*(getattr(Brand, name) for name in _BRAND))
    return mine.where(col(Brand.workspace_id) == workspace.id).order_by(col(Brand.position), col(Brand.id))


_PROMPT_NAMES = tuple("prompt" if name == "text" else name for name in _PROMPT)


_CHANGE = ("id", "at", "who", "via", "reason", "undone", "changes")


def _history(workspace: Workspace, selection: Selection) -> sa.Select[Any]:
    chosen = sa.select(*(getattr(Audit, name) for name in _CHANGE))
    mine = (col(Audit.workspace_id) == workspace.id, col(Audit.kind) == "workspace")
    return chosen.where(*mine).order_by(col(Audit.id))


def _audit(workspace: Workspace, selection: Selection) -> sa.Select[Any]:
    chosen = sa.select(col(Audit.kind), *(getattr(Audit, name) for name in _CHANGE))
    return chosen.where(col(Audit.workspace_id) == workspace.id).order_by(col(Audit.id))


_EVENT = ("name", "day", "kind", "note", "moves", "controls", "pages", "window")


def _events(workspace: Workspace, selection: Selection) -> sa.Select[Any]:
    mine = sa.select(*(getattr(Event, name) for name in _EVENT))
    return mine.where(col(Event.workspace_id) == workspace.id).order_by(col(Event.day), col(Event.id))


STORED = (
    _table(
        "answers",
        "One row an answer, whatever became of it.",
        (*OF_ANSWER, *_PROMPT_NAMES, "citations", *_ANSWER, "evidence_removed_at"),
        _answers,
        "answer_id",
    ),
    _table(
        "citations",
        "Sources of answers: retrieved, opened or cited.",
        (*OF_ANSWER, *_CITATION, "weight", *_PAGE),
        _citations,
    ),
    _table(
        "mentions",
        "Spans of answers that name a tracked brand.",
        (*OF_ANSWER, "brand", "own", "start", "end", "mention", *_MENTION[3:]),
        _mentions,
    ),
    _table(
        "scores",
        "What one answer says of one brand; no row where it neither names nor cites it.",
        (*OF_ANSWER, "brand", "own", *_SCORE),
        _scores,
        *("answer_id", "brand"),
    ),
    _table(
        "marks",
        "What people decided on what an answer says of a brand.",
        (*OF_ANSWER, "brand", "statement", "decision", "decided_by", "decided_at"),
        _marks,
        *("answer_id", "brand"),
    ),
    _table(
        "offers",
        "Product links and cards in answers.",
        (*OF_ANSWER, "page_id", "brand", *_OFFER),
        _offers,
    ),
    _table(
        "page_offers",
        "Product links and cards on pages, once for each answer that cites the page.",
        (*OF_ANSWER, "page_id", "brand", *_OFFER),
        _page_offers,
    ),
    _table(
        "searches",
        "What engines searched for to answer.",
        (*OF_ANSWER, "position", "search_query"),
        _searches,
    ),
    _table(
        "untracked_names",
        "Names in answers that look like brands and are not tracked.",
        (*OF_ANSWER, *_FOUND),
        _names,
        *("answer_id", "name"),
    ),
    _table(
        "prompts",
        "The questions of the workspace.",
        ("prompt_id", *_PROMPT_NAMES, "tags", "branded", "declared", "archived_at"),
        _prompts,
        "prompt_id",
    ),
    _table(
        "history",
        "Who changed what of the workspace, in the dashboard or by its file.",
        ("change_id", "changed_at", "who", "via", "change_reason", "undone", "changes"),
        _history,
        "change_id",
    ),
    _table(
        "audit",
        "Who did what and when: changes, members, tokens, reports, runs, marks on statements and signals.",
        ("change_kind", "change_id", "changed_at", "who", "via", "change_reason", "undone", "changes"),
        _audit,
        "change_id",
    ),
    _table(
        "events",
        "What was done and when, the earliest first; an experiment has what was fixed before it began.",
        ("event", "event_day", "event_kind", "note", "moves", "controls", "event_pages", "experiment"),
        _events,
        "event",
    ),
    _table("brands", "The tracked brands.", ("brand", *_BRAND[1:]), _brands, "brand"),
)
"""All of them, by what they are about."""
