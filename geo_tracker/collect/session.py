"""What is to be asked by hand in the assistants' own apps: planned rows, skipped with a reason, taken up again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, func, select, update

from geo_tracker.captures.assistants import apps
from geo_tracker.captures.base import NoAnswer
from geo_tracker.captures.companion import UNREAD
from geo_tracker.captures.folding import folded
from geo_tracker.captures.modes import UNASKED
from geo_tracker.collect.plan import last_due
from geo_tracker.collect.readings import ECHO
from geo_tracker.engines.base import ErrorKind
from geo_tracker.errors import UsageError
from geo_tracker.storage.answers import BY_HAND, RELEASED, clear_answer
from geo_tracker.storage.database import insert_new
from geo_tracker.storage.models import Answer, AnswerStatus, Body, Panel, Prompt, Run, Workspace
from geo_tracker.workspaces.panels import active_prompts

REASONS: Mapping[str, tuple[AnswerStatus, ErrorKind, str]] = MappingProxyType(
    {
        "refused": (AnswerStatus.REFUSED, ErrorKind.REFUSED, "the app refused to answer"),
        "login": (AnswerStatus.FAILED, ErrorKind.AUTH, "the app needs a login"),
        "limit": (AnswerStatus.FAILED, ErrorKind.RATE_LIMIT, "the app's limit is used up"),
        "unavailable": (AnswerStatus.FAILED, ErrorKind.TRANSIENT, "the app could not be reached"),
    }
)
"""Why a row is skipped -> what it ends as."""
FAILED = "failed"
"""The reason of a failure that is none of the others."""
TOLD = frozenset({*REASONS, UNREAD, ECHO, ErrorKind.EMPTY, ErrorKind.CUT, FAILED})
"""All reasons that a row may name: each has words in the dashboard and in the companion."""
_REASON_OF = {
    **{str(kind): reason for reason, (_, kind, _) in REASONS.items()},
    str(ErrorKind.QUOTA): "limit",
}
LABEL = "by hand"
"""What the label of a run begins with whose rows are asked by hand."""


Waiting = tuple[int, str, datetime]
"""A row that waits to be asked: its id, its prompt, since when it is due."""


@dataclass(frozen=True, slots=True)
class Due:
    """One answer that is to be captured, or was."""

    row: int
    panel: str
    prompt_id: int
    prompt: str
    engine: str
    surface: str
    repeat: int
    status: str
    reason: str | None
    """Why it was skipped, or the app gave no answer: one of `TOLD`; None where nothing did."""

    @property
    def open(self) -> bool:
        """Whether it is still to be asked."""
        return self.status == AnswerStatus.PLANNED


def plan_by_hand(session: Session, workspace: Workspace, now: datetime) -> int:
    """Write what the panels' newest passes want of their apps; returns how many rows are new.

    A pass is due when the panel's cron says; a panel without one is due once a day, from the first look at it.
    Call inside a writing transaction.
    """
    return sum(_plan(session, workspace, panel, now) for panel in _panels(session, workspace))


def _panels(session: Session, workspace: Workspace) -> list[Panel]:
    active = (Panel.workspace_id == workspace.id, col(Panel.archived_at).is_(None))
    found = session.exec(select(Panel).where(*active).order_by(col(Panel.id))).all()
    return [panel for panel in found if panel.apps]


def _due_at(panel: Panel, workspace: Workspace, now: datetime) -> datetime:
    today = now.astimezone(ZoneInfo(workspace.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return last_due(panel, workspace, now) or today.astimezone(UTC)


def _label(panel: Panel, due_at: datetime) -> str:
    return f"{LABEL} {panel.name} {due_at.astimezone(UTC):%Y-%m-%dT%H:%M}"


def _plan(session: Session, workspace: Workspace, panel: Panel, now: datetime) -> int:
    due_at = _due_at(panel, workspace, now)
    label = _label(panel, due_at)
    insert_new(session, Run, [{"workspace_id": workspace.id, "label": label, "due_at": due_at}])
    run = session.exec(select(Run).where(Run.workspace_id == workspace.id, Run.label == label)).one()
    cell: Any = (Answer.prompt_id, Answer.engine, Answer.repeat)
    have = set(map(tuple, session.exec(select(*cell).where(Answer.run_id == run.id)).all()))
    day = due_at.astimezone(ZoneInfo(workspace.timezone)).date()
    rows = [
        {
            "workspace_id": workspace.id,
            "run_id": run.id,
            "prompt_id": prompt.id,
            "engine": engine,
            "surface": apps()[engine].surface,
            "repeat": repeat,
            "mode": UNASKED,
            "key": _key(run.id, prompt.id, engine, repeat),
            "day": day,
        }
        for repeat in range(1, panel.repeats + 1)
        for prompt in active_prompts(session, workspace)
        for engine in panel.apps
        if engine in apps() and (prompt.id, engine, repeat) not in have
    ]
    return insert_new(session, Answer, rows)


def _key(run: int, prompt: int, engine: str, repeat: int) -> str:
    return f"{BY_HAND}{run}:{prompt}:{engine}:{repeat}"


def read_session(session: Session, workspace: Workspace, now: datetime) -> list[Due]:
    """The rows of the newest passes in the order in which they are to be asked; none where nothing was planned."""
    labels = {_label(panel, _due_at(panel, workspace, now)): panel for panel in _panels(session, workspace)}
    rows = session.exec(
        select(Answer, Prompt.text, Run.label)
        .join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
        .join(Run, col(Run.id) == col(Answer.run_id))
        .where(col(Run.workspace_id) == workspace.id, col(Run.label).in_(labels))
        .order_by(col(Answer.id))
    ).all()
    return [_due(answer, text, labels[label or ""]) for answer, text, label in rows]


def _due(answer: Answer, text: str, panel: Panel) -> Due:
    return Due(
        row=answer.id,
        panel=panel.name,
        prompt_id=answer.prompt_id,
        prompt=text,
        engine=answer.engine,
        surface=answer.surface,
        repeat=answer.repeat,
        status=answer.status,
        reason=_reason(answer.error_kind) if answer.error_kind else None,
    )


def _reason(kind: str) -> str:
    reason = _REASON_OF.get(kind, kind)
    return reason if reason in TOLD else FAILED


def next_due(session: Session, workspace: Workspace, rows: Sequence[Due]) -> Due | None:
    """The next row to ask: of the app that was asked longest ago, so that none is asked in a hurry."""
    asked: dict[str, datetime | None] = dict(
        session.exec(
            select(Answer.engine, func.max(Answer.captured_at))
            .where(Answer.workspace_id == workspace.id, col(Answer.id).in_([each.row for each in rows]))
            .group_by(col(Answer.engine))
        ).all()
    )
    never = datetime.min.replace(tzinfo=UTC)
    waiting = [each for each in rows if each.open]
    return min(waiting, key=lambda each: asked.get(each.engine) or never, default=None)


def skip(session: Session, workspace: Workspace, row: int, reason: str, now: datetime) -> None:
    """End an open row with a reason that counts in coverage; raises `UsageError` where there is none."""
    if reason not in REASONS:
        raise UsageError(f"a reason is one of {', '.join(REASONS)}")
    status, kind, words = REASONS[reason]
    ended = {
        "status": status,
        "error_kind": kind,
        "error": words,
        "captured_at": now,
        "rules": None,
        "mode": "",
    }
    open_ = (_of(workspace, row), col(Answer.status) == AnswerStatus.PLANNED)
    if not session.exec(update(Answer).where(*open_).values(**ended, **RELEASED)).rowcount:
        raise UsageError(f"row {row} is not waiting to be asked by hand")


def retry(session: Session, workspace: Workspace, row: int) -> None:
    """Ask again what was skipped, or captured and not valid; raises `UsageError` for any other row.

    What was captured stays in the archive as evidence.
    """
    answer = session.exec(
        select(Answer)
        .join(Run, col(Run.id) == col(Answer.run_id))
        .where(
            Answer.workspace_id == workspace.id,
            Answer.id == row,
            col(Run.label).startswith(LABEL, autoescape=True),
            col(Answer.status).not_in((AnswerStatus.PLANNED, AnswerStatus.CAPTURED)),
        )
    ).first()
    if answer is None:
        raise UsageError(f"row {row} is no answer that was asked by hand and failed")
    session.exec(update(Body).where(col(Body.answer_id) == row).values(superseded=True))
    clear_answer(session, [row])
    answer.key = _key(answer.run_id, answer.prompt_id, answer.engine, answer.repeat)
    answer.status = AnswerStatus.PLANNED
    answer.mode = UNASKED
    answer.text = answer.error = answer.error_kind = answer.captured_at = answer.rules = None
    session.add(answer)


def note_failure(session: Session, workspace: Workspace, told: NoAnswer) -> None:
    """Note on the row that waits for it why an app gave no answer; the row stays open."""
    row = fitting(open_rows(session, workspace, told.engine), told.prompt, told.asked_at)
    if row is not None:
        said: dict[str, Any] = {
            "error": told.reason[:500],
            "error_kind": told.kind,
            "attempts": col(Answer.attempts) + 1,
        }
        session.exec(update(Answer).where(col(Answer.id) == row).values(**said))


def open_rows(session: Session, workspace: Workspace, engine: str) -> list[Waiting]:
    """Row, prompt and due time of what waits to be asked of an app: the newest pass first, then the first repeat."""
    columns: Any = (Answer.id, Prompt.text, Run.due_at)
    waiting = (
        select(*columns)
        .join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
        .join(Run, col(Run.id) == col(Answer.run_id))
        .where(_by_hand(workspace), Answer.engine == engine, Answer.status == AnswerStatus.PLANNED)
        .order_by(col(Run.due_at).desc(), col(Answer.repeat), col(Answer.id))
    )
    return [(row, text, due_at) for row, text, due_at in session.exec(waiting).all()]


def fitting(waiting: list[Waiting], prompt: str, asked_at: datetime | None) -> int | None:
    """The row that an answer is filed under, which is taken off the list: of its prompt, and due when it was asked."""
    for place, (_, text, due_at) in enumerate(waiting):
        if folded(text) == folded(prompt) and (asked_at is None or asked_at >= due_at):
            return waiting.pop(place)[0]
    return None


def _by_hand(workspace: Workspace) -> sa.ColumnElement[bool]:
    mine = col(Answer.workspace_id) == workspace.id
    return sa.and_(mine, col(Answer.key).startswith(BY_HAND, autoescape=True))


def _of(workspace: Workspace, row: int) -> sa.ColumnElement[bool]:
    return sa.and_(_by_hand(workspace), col(Answer.id) == row)
