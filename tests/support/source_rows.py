"""Answers, the pages they cite and whom those name, written out, for tests of the readings of sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Citation,
    Page,
    PageMention,
    PageReading,
    PageStatus,
    Run,
)
from tests.support.daily_rows import DAY

OWN, AURORA, BASALT = 1, 2, 3


@dataclass(frozen=True)
class Site:
    """A page, how it was read and whom it names: (brand id, mentions, polarity)."""

    url: str
    domain: str
    kind: str | None = None
    names: Sequence[tuple[int, int, str | None]] = ()
    status: PageStatus = PageStatus.FETCHED
    wall: str | None = None


def add_pages(session: Session, sites: Iterable[Site]) -> None:
    """The pages, numbered from 1, as workspace 1 reads them."""
    for number, site in enumerate(sites, 1):
        text = "text" if site.status is PageStatus.FETCHED and not site.wall else None
        session.add(
            Page(
                id=number,
                url=site.url,
                domain=site.domain,
                status=site.status,
                wall=site.wall,
                title=f"Page {number}",
                text=text,
            )
        )
        session.flush()
        told = {"type": site.kind, "reason": "domain" if site.kind else None}
        session.add(PageReading(workspace_id=1, page_id=number, rules="5", campaign=0, **told))
        session.add_all(
            PageMention(page_id=number, brand_id=brand, mentions=count, polarity=polarity)
            for brand, count, polarity in site.names
        )
    session.flush()


def add_answer(
    session: Session,
    number: int,
    prompt: int,
    cited: Sequence[tuple[int, float | None]],
    *,
    engine: str = "doubao",
    day: date = DAY,
    **fields: Any,
) -> None:
    """A valid answer that cites pages, each with its weight."""
    if session.get(Run, 1) is None:
        session.add(Run(id=1, workspace_id=1))
        session.flush()
    keys = {"id": number, "workspace_id": 1, "run_id": 1, "prompt_id": prompt, "key": str(number)}
    captured = {"status": AnswerStatus.CAPTURED, "text": "text", "rules": "5", **fields}
    session.add(Answer(**keys, engine=engine, day=day, **captured))
    session.flush()
    for position, (page_id, weight) in enumerate(cited):
        page = session.get(Page, page_id)
        assert page is not None
        place = {"answer_id": number, "page_id": page_id, "position": position, "ordinal": position + 1}
        session.add(Citation(**place, url=page.url, domain=page.domain, weight=weight))
    session.flush()
