"""Readings of answers: one to store, and the stored one that it is a reading of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from geo_tracker.captures.base import BadRow, CapturedAnswer
from geo_tracker.captures.canonical import dump, key, load, normalised, spelled_key, text_key
from geo_tracker.captures.companion import UNREAD, is_capture
from geo_tracker.captures.engine_names import engine_name
from geo_tracker.engines.base import ErrorKind, ParsedAnswer
from geo_tracker.errors import GeoTrackerError
from geo_tracker.storage.answers import AnswerColumns, answer_columns
from geo_tracker.storage.models import Answer, AnswerStatus, Body, Prompt, Workspace
from geo_tracker.workspaces.entries import MAX_PROMPT

NAMED = "import:named:%"
ECHO = "echo"
"""`error_kind` of an answer whose text is its prompt: the capture failed."""
WHY_FAILED = {
    ECHO: "the text repeats the prompt: the capture failed",
    UNREAD: "kept, not yet read: 'geo-tracker score --all' reads it once this program knows the app's new format",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer to store, as the archive will give it back; made without a database, on all cores."""

    asked: CapturedAnswer
    """How it was asked; the answer itself stands in `columns`."""
    key: str
    text_key: str
    spelled_key: str
    """Under which it was stored while keys were taken before names were normalised."""
    body: bytes
    columns: AnswerColumns
    failed: str | None
    """Why the capture holds no whole answer, None if it does."""
    raw: bytes | None = None
    """The engine's own body, where the file has it."""

    @property
    def named(self) -> bool:
        """Whether its app has a name for it."""
        return self.key != self.text_key

    @property
    def one_of_its_recording(self) -> bool:
        """Whether what it was read from tells which answer it is."""
        return self.named or self.recorded_by_companion

    @property
    def recorded_by_companion(self) -> bool:
        """Whether it is of an app's own page, as a person saw it."""
        return self.raw is not None and is_capture(self.raw)

    @property
    def text(self) -> str:
        return str(self.columns.own["text"])

    @property
    def whole(self) -> bool:
        return bool(self.text.strip()) and self.failed != ErrorKind.CUT

    def renews(self, stored: Stored) -> bool:
        """Whether it says more than the stored reading: the same recording read otherwise, or the rest of a cut one."""
        if self.raw is not None and stored.raw == _sha(self.raw):
            return stored.body != _sha(self.body)
        longer = self.named and len(self.text) > (stored.length or 0)
        return stored.status != AnswerStatus.CAPTURED and (self.failed is None or longer)


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer in the database: what is compared with a new reading of it. Bodies are given by their sha256."""

    id: int
    key: str
    status: AnswerStatus
    length: int | None
    body: str | None
    raw: str | None


def read(state: None, captured: CapturedAnswer) -> Reading | BadRow:
    """The reading of a captured answer, without its raw body; a bad row where it cannot be stored."""
    try:
        if len(captured.prompt.encode("utf-8", "replace")) > MAX_PROMPT:
            raise GeoTrackerError(
                f"prompt: longer than {MAX_PROMPT:,} bytes: ask it shorter or import its beginning"
            )
        one = normalised(captured)
        body, by_text = dump(one), text_key(one)
        kept = load(body)
    except GeoTrackerError as error:
        return BadRow(captured.line, str(error))
    named = by_text if one.message is None else key(one)
    bare = replace(kept, answer=ParsedAnswer(""))
    return Reading(
        bare, named, by_text, spelled_key(captured), body, captured_columns(kept), failed_capture(kept)
    )


def captured_columns(captured: CapturedAnswer) -> AnswerColumns:
    """A captured answer as rows; one that repeats its prompt failed."""
    columns = answer_columns(captured.answer)
    kind = failed_capture(captured)
    if kind in WHY_FAILED:
        failed = {"status": AnswerStatus.FAILED, "error_kind": kind, "error": WHY_FAILED[kind]}
        columns = columns._replace(own={**columns.own, **failed})
    return columns


def failed_capture(captured: CapturedAnswer) -> str | None:
    """Why a capture holds no whole answer, None if it does."""
    text = " ".join(captured.answer.text.split())
    if not text:
        return UNREAD if captured.answer.finish_reason == UNREAD else ErrorKind.EMPTY
    if text == " ".join(captured.prompt.split()):
        return ECHO
    return ErrorKind.CUT if captured.answer.cut else None


def no_state() -> None:
    """What the processes that make readings share."""


def best(readings: Iterable[Reading]) -> list[Reading]:
    """One reading of each answer in the order of the first: a whole one, else the longest."""
    found: dict[str, Reading] = {}
    for reading in readings:
        known = found.get(reading.key)
        found[reading.key] = reading if known is None else max(known, reading, key=_said)
    return list(found.values())


def _said(reading: Reading) -> tuple[bool, int]:
    return reading.whole, len(reading.text)


def stored(session: Session, workspace: Workspace, readings: Sequence[Reading]) -> dict[str, Stored]:
    """The stored answers that these are readings of, by the readings' keys.

    One that was stored before answers had names is known by its text, or by the recording that it was read from.
    """
    keys = {key for r in readings for key in (r.key, r.text_key, r.spelled_key)}
    rows = {row.key: row for row in _rows(session, workspace, col(Answer.key).in_(keys))}
    found = {r.key: rows[k] for r in readings for k in (r.spelled_key, r.text_key, r.key) if k in rows}
    unknown = {_sha(r.raw): r for r in readings if r.raw and r.one_of_its_recording and r.key not in found}
    return found | _recorded(session, workspace, unknown) if unknown else found


def _recorded(
    session: Session, workspace: Workspace, readings: Mapping[str | None, Reading]
) -> dict[str, Stored]:
    """Answers without a name that were read from the same recordings, in other words or not yet at all."""
    asked = {reading.asked.prompt for reading in readings.values()}
    # of a recording with several answers the prompt tells which; a capture has one, filed under the row that waited
    whole = [sha for sha, reading in readings.items() if reading.recorded_by_companion]
    engines = {engine_name(reading.asked.engine) for reading in readings.values()}
    rows = _rows(
        session,
        workspace,
        col(Prompt.workspace_id) == workspace.id,
        sa.or_(col(Prompt.text).in_(asked), col(RAW.sha256).in_(whole)),
        col(Answer.engine).in_(engines),
        col(Answer.key).not_like(NAMED),
        col(RAW.sha256).in_(readings),
    )
    return {readings[row.raw].key: row for row in reversed(rows)}


BODY, RAW = aliased(Body), aliased(Body)


def _rows(session: Session, workspace: Workspace, *where: sa.ColumnElement[bool]) -> list[Stored]:
    columns: Any = (
        Answer.id,
        Answer.key,
        Answer.status,
        sa.func.length(Answer.text),
        BODY.sha256,
        RAW.sha256,
    )
    found = (
        sa.select(*columns)
        .join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
        .outerjoin(BODY, current(BODY, step=0))
        .outerjoin(RAW, current(RAW, step=1))
        .where(col(Answer.workspace_id) == workspace.id, *where)
        .order_by(col(Answer.id))
    )
    return [Stored(*row) for row in session.connection().execute(found).all()]


def stored_of(session: Session, workspace: Workspace, answer: int) -> Stored:
    """A stored answer by its id."""
    return _rows(session, workspace, col(Answer.id) == answer)[0]


def current(body: type[Body], step: int) -> sa.ColumnElement[bool]:
    """The body of a step that the answer is read from."""
    of = col(body.answer_id) == col(Answer.id)
    return sa.and_(of, col(body.step) == step, col(body.superseded).is_(False))


def _sha(body: bytes | None) -> str | None:
    return None if body is None else hashlib.sha256(body).hexdigest()
