"""Answers, from planned to captured, with their bodies, searches and sources."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from geo_tracker.storage.models.columns import json_column, primary_key, reference, time_column


class AnswerStatus(StrEnum):
    """Where an answer stands. Only `captured` enters a denominator; all but `planned` are final."""

    PLANNED = "planned"
    CAPTURED = "captured"
    FAILED = "failed"
    REFUSED = "refused"
    EMPTY = "empty"
    CUT = "cut"
    """The text stops before the answer does: kept and shown, but what it does not name may have come later."""

    @property
    def has_text(self) -> bool:
        """Whether such an answer has a text to show."""
        return self in (AnswerStatus.CAPTURED, AnswerStatus.CUT)


class Run(SQLModel, table=True):
    """One pass of a panel, or one imported batch; a panel's due time is planned once."""

    __table_args__ = (UniqueConstraint("panel_id", "due_at"), UniqueConstraint("workspace_id", "label"))
    id: int = primary_key()
    workspace_id: int = reference("workspace.id")
    panel_id: int | None = Field(default=None, foreign_key="panel.id", ondelete="CASCADE")
    label: str | None = None
    """Of an imported batch: the row's `run`, else `import`."""
    due_at: datetime | None = time_column()
    sandbox: bool = False


class Answer(SQLModel, table=True):
    """One answer of one engine to one prompt: planned first, then captured or ended with a reason."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "key"),
        Index("ix_answer_open", "status", "claimed_until"),
        # Whatever is selected, counted and grouped by is read off the index, not from rows with texts.
        Index("ix_answer_day", "workspace_id", "day", "status", "prompt_id", "engine", "surface", "mode"),
    )
    id: int = primary_key()
    workspace_id: int = reference("workspace.id")
    run_id: int = reference("run.id")
    prompt_id: int = reference("prompt.id", index=True)
    engine: str
    surface: str = "api"
    mode: str = ""
    """Switches that were on, as `geo_tracker.captures.modes` names them; empty where nothing told."""
    repeat: int = 1
    key: str
    """sha256 of an imported row, else `<run>:<prompt>:<engine>:<repeat>`: the same answer is one row."""
    sandbox: bool = False
    status: AnswerStatus = Field(
        default=AnswerStatus.PLANNED, sa_column=Column(sa.String(16), nullable=False)
    )
    claimed_by: str | None = None
    claimed_until: datetime | None = time_column()
    attempts: int = 0
    """Times the engine was sent a request for this answer."""
    retry_at: datetime | None = time_column()
    day: date
    """Day in the workspace's timezone that the answer counts for."""
    asked_at: datetime | None = time_column()
    captured_at: datetime | None = time_column()
    model: str | None = None
    text: str | None = None
    search: str = "unknown"
    finish_reason: str | None = None
    follow_ups: list[str] = json_column(list)
    cards: list[dict[str, Any]] = json_column(list)
    """Products that the engine showed, as parsed; the offers are made of them and of the text's links."""
    usage: dict[str, Any] = json_column(dict)
    cost: float | None = None
    currency: str | None = None
    unknown_blocks: list[dict[str, Any]] = json_column(list)
    error_kind: str | None = None
    error: str | None = None
    rules: str | None = None
    """Version of the extraction rules that scored it; None until scored and after its brands changed."""
    scored_at: datetime | None = time_column()


class Body(SQLModel, table=True):
    """One archived response of an engine; `step` counts the requests of an answer from 0."""

    id: int = primary_key()
    answer_id: int = reference("answer.id", index=True)
    step: int
    sha256: str
    status: int
    superseded: bool = False
    """Answered with a failure that was retried: evidence, never replayed."""
    received_at: datetime | None = time_column()
    removed_at: datetime | None = time_column()
    """When it was taken out of the archive, as the workspace keeps bodies no longer."""


class SearchQuery(SQLModel, table=True):
    """A search the engine ran to answer (fan-out)."""

    __tablename__ = "search_query"
    id: int = primary_key()
    answer_id: int = reference("answer.id", index=True)
    position: int
    text: str


class Citation(SQLModel, table=True):
    """A source of an answer; retrieved, opened and cited are never merged."""

    __table_args__ = (
        # What sources add up is read off the index: half the time of reading the rows.
        Index("ix_citation_answer", "answer_id", "role", "page_id", "domain", "weight"),
    )
    id: int = primary_key()
    answer_id: int = reference("answer.id")
    page_id: int | None = Field(default=None, foreign_key="page.id", index=True)
    """None where the engine gave no address that could be crawled."""
    position: int
    url: str
    domain: str = ""
    """Registrable domain of the page, or of the address where there is none."""
    role: str = "cited"
    ordinal: int | None = None
    base: int = 1
    title: str | None = None
    site: str | None = None
    published: str | None = None
    snippet: str | None = None
    spans: list[list[int]] = json_column(list)
    weight: float | None = None
    """Position-adjusted share of the answer's cited sentences that it bears, 0..1; None before scoring, and
    where the engine does not say which sentence rests on which source."""
