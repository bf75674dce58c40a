"""Captured answers into a workspace: archived first, each once, however often their files are imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from geo_tracker.captures import capture_named, captures, recognise
from geo_tracker.captures.base import BadRow, Capture, CapturedAnswer, Note
from geo_tracker.captures.canonical import load
from geo_tracker.captures.engine_names import engine_name
from geo_tracker.collect.prompts import Prompts
from geo_tracker.collect.readings import Reading, Stored, best, stored
from geo_tracker.engines import engine_named
from geo_tracker.engines.base import EngineError, EngineResponse, ErrorKind, answer_from
from geo_tracker.engines.base import Prompt as Asked
from geo_tracker.errors import GeoTrackerError, UsageError
from geo_tracker.score.answers import Progress, no_progress
from geo_tracker.storage.answers import save_answer, save_answers
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new, reading, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Body, Prompt, Run, Workspace
from geo_tracker.workspaces.brands import mark_branded
from geo_tracker.workspaces.days import day_of, last_possible_day

HEAD = 65_536
BATCH = 250
"""Answers of one transaction."""
BATCH_BYTES = 16_000_000
ARCHIVING = 8
"""Bodies written at once: the disk's confirmation is what takes time."""
MAX_ERRORS = 1_000
"""Bad rows that are named one by one; the others are only counted."""
RUN = "import"
"""Label of the run of answers whose file names none."""
SANDBOX_RUN = "sandbox"
"""What stands before the label of a sandbox's run: its answers never share one with real answers."""
ECHO = "echo"
"""`error_kind` of an answer whose text is its prompt: the capture failed."""
NO_ANSWER = {
    ECHO: "repeat their prompt",
    ErrorKind.EMPTY: "have no text",
    ErrorKind.CUT: "stop before their end, and are kept and shown",
}


@dataclass(slots=True)
class Imported:
    """What became of one file."""

    file: str
    format: str
    read: int = 0
    """Answers and bad rows met."""
    new: int = 0
    updated: int = 0
    """Answers that were imported before and are now read otherwise, or further."""
    known: int = 0
    """Answers that were imported before, or stand in the file twice."""
    failed: int = 0
    """Bad rows."""
    unknown_blocks: int = 0
    """Blocks of a kind that the format's reader does not know, in new answers; kept raw."""
    errors: list[BadRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What the file's owner should know; nothing was lost."""


def import_file(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,
    path: Path,
    *,
    format: str | None = None,
    dry_run: bool = False,
    sandbox: bool = False,
    on_progress: Progress = no_progress,
) -> Imported:
    """Take the answers of a file into a workspace, a batch a transaction; the same answer is one row.

    `format` is a capture's name, recognised by content if None. `on_progress` takes bytes read and bytes in all.
    A dry run counts and writes nothing; `sandbox` marks the answers as invented. Raises `UsageError` if the file
    cannot be opened or is of no known format.
    """
    with _opened(path) as file:
        capture = capture_named(format) if format else _recognised(file, path)
        size = path.stat().st_size
        done = Imported(str(path), capture.name)
        importer = _Importer(engine, archive, workspace, done, sandbox=sandbox)
        for batch in _batches(capture, file, done):
            importer.take(batch, dry_run=dry_run)
            on_progress(min(file.tell(), size), size)
    importer.finish(dry_run=dry_run)
    if not done.read:
        done.notes.append("nothing was read from this file")
    return done


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _recognised(file: BinaryIO, path: Path) -> Capture:
    found = recognise(file.read(HEAD))
    file.seek(0)
    if found is None:
        known = ", ".join(sorted(captures()))
        raise UsageError(f"{path}: in no format that is known by its content; give --format, one of: {known}")
    return found


def _batches(capture: Capture, file: BinaryIO, done: Imported) -> Iterator[list[Reading]]:
    """The answers of a file in batches; bad rows and notes go to the report."""
    batch: list[Reading] = []
    for found in capture.read(file):
        match found:
            case Note():
                done.notes.append(found.text)
            case BadRow():
                _reject(done, found)
            case CapturedAnswer():
                try:
                    batch.append(Reading.of(found))
                    done.read += 1
                except GeoTrackerError as error:
                    _reject(done, BadRow(found.line, str(error)))
        if len(batch) == BATCH or sum(item.weight for item in batch) > BATCH_BYTES:
            yield batch
            batch = []
    yield batch


def _reject(done: Imported, row: BadRow) -> None:
    done.read += 1
    done.failed += 1
    if len(done.errors) < MAX_ERRORS:
        done.errors.append(row)
    elif len(done.errors) == MAX_ERRORS:
        done.errors.append(BadRow(row.line, "this and later rows are bad too; they are counted, not named"))


class _Importer:
    """Takes batches of one file into one workspace."""

    def __init__(
        self, engine: sa.Engine, archive: Archive, workspace: Workspace, done: Imported, *, sandbox: bool
    ) -> None:
        self._sandbox = sandbox
        self._engine = engine
        self._archive = archive
        self._workspace = workspace
        self._done = done
        self._seen: set[str] = set()
        self._failed_captures: Counter[str] = Counter()
        self._future = 0

    def take(self, batch: Sequence[Reading], *, dry_run: bool) -> None:
        """Store what is new or says more of a batch: bodies first, then all its rows in one transaction."""
        fresh, renewed = self._sorted(batch)
        new = fresh if dry_run else self._stored(fresh)
        if renewed and not dry_run:
            self._renew(renewed)
        self._done.new += len(new)
        self._done.updated += len(renewed)
        self._done.known += len(batch) - len(new) - len(renewed)
        changed = [*new, *(item for item, _ in renewed)]
        self._done.unknown_blocks += sum(len(item.captured.answer.unknown_blocks) for item in changed)
        self._failed_captures.update(filter(None, (_failed_capture(item.captured) for item in changed)))
        last = last_possible_day(self._workspace)
        asked = (item.captured.asked_at for item in new)
        self._future += sum(1 for at in asked if at and day_of(at, self._workspace) > last)

    def finish(self, *, dry_run: bool) -> None:
        """Note for the new prompts whether they name a brand, and what became of captures that hold no answer."""
        for kind, count in sorted(self._failed_captures.items()):
            self._done.notes.append(f"{count} of the new answers {NO_ANSWER[kind]}: counted as coverage only")
        if self._future:
            self._done.notes.append(
                f"{self._future} of the new answers are dated in the future: check their dates; "
                "the newest days end before them"
            )
        if not dry_run:
            with writing(self._engine) as session:
                mark_branded(session, self._workspace)

    def _sorted(self, batch: Sequence[Reading]) -> tuple[list[Reading], list[tuple[Reading, Stored]]]:
        """Each answer once: those that are neither stored nor met before, and those that say more than is stored."""
        items = best(batch)
        with reading(self._engine) as session:
            have = stored(session, self._workspace, items)
        fresh = [item for item in items if item.key not in have and item.key not in self._seen]
        self._seen.update(item.key for item in fresh)
        return fresh, [
            (item, have[item.key]) for item in items if item.key in have and item.renews(have[item.key])
        ]

    def _renew(self, pairs: Sequence[tuple[Reading, Stored]]) -> None:
        """Read stored answers anew; what they were read from before stays as evidence."""
        bodies = self._kept([item for item, _ in pairs])
        now = datetime.now(UTC)
        with writing(self._engine) as session:
            ids = [was.id for _, was in pairs]
            answers = {
                row.id: row for row in session.exec(select(Answer).where(col(Answer.id).in_(ids))).all()
            }
            session.exec(update(Body).where(col(Body.answer_id).in_(ids)).values(superseded=True))
            rows = [row for item, was in pairs for row in _bodies(answers[was.id], bodies[item.key], now)]
            insert_new(session, Body, rows)
            for item, was in pairs:
                answers[was.id].key = item.key
            _fill(session, [(answers[was.id], item.captured) for item, was in pairs], now)

    def _stored(self, fresh: Sequence[Reading]) -> list[Reading]:
        if not fresh:
            return []
        bodies = self._kept(fresh)
        now = datetime.now(UTC)
        with writing(self._engine) as session:
            answers = self._inserted(session, fresh, now)
            stored = [item for item in fresh if item.key in answers]
            insert_new(
                session,
                Body,
                [row for item in stored for row in _bodies(answers[item.key], bodies[item.key], now)],
            )
            _fill(session, [(answers[item.key], item.captured) for item in stored], now)
        return stored

    def _kept(self, items: Sequence[Reading]) -> dict[str, list[str]]:
        """The archived bodies of answers by their keys."""
        with ThreadPoolExecutor(ARCHIVING) as pool:
            return dict(pool.map(self._archived, items))

    def _archived(self, item: Reading) -> tuple[str, list[str]]:
        return item.key, [self._archive.put(body) for body in (item.body, item.raw) if body is not None]

    def _run(self, item: Reading) -> str:
        label = item.captured.run or RUN
        return f"{SANDBOX_RUN} {label}" if self._sandbox else label

    def _inserted(self, session: Session, items: Sequence[Reading], now: datetime) -> dict[str, Answer]:
        """The rows that this transaction created, by key; another import may have been faster with the others."""
        prompts = Prompts(session, self._workspace, [item.captured for item in items])
        runs = _run_ids(session, self._workspace, set(map(self._run, items)), sandbox=self._sandbox)
        insert_new(
            session,
            Answer,
            [
                {
                    "workspace_id": self._workspace.id,
                    "run_id": runs[self._run(item)],
                    "sandbox": self._sandbox,
                    "prompt_id": prompts.id_of(item.captured),
                    "engine": engine_name(item.captured.engine),
                    "surface": item.captured.surface,
                    "repeat": item.captured.repeat,
                    "key": item.key,
                    "day": day_of(item.captured.asked_at or now, self._workspace),
                    "asked_at": item.captured.asked_at,
                }
                for item in items
            ],
        )
        have = _answers(self._workspace, [item.key for item in items])
        unfilled = select(Answer).where(*have, Answer.status == AnswerStatus.PLANNED)
        return {answer.key: answer for answer in session.exec(unfilled).all()}


def _bodies(answer: Answer, shas: Sequence[str], now: datetime) -> list[dict[str, Any]]:
    """Of an imported answer step 0 is its canonical record, step 1 the engine's own body where the file has it."""
    return [
        {"answer_id": answer.id, "step": step, "sha256": sha, "status": 200, "received_at": now}
        for step, sha in enumerate(shas)
    ]


def _answers(workspace: Workspace, keys: Sequence[str]) -> tuple[Any, ...]:
    return Answer.workspace_id == workspace.id, col(Answer.key).in_(keys)


def _run_ids(
    session: Session, workspace: Workspace, labels: Iterable[str], *, sandbox: bool
) -> dict[str, int]:
    values = {"workspace_id": workspace.id, "sandbox": sandbox}
    insert_new(session, Run, [{**values, "label": label} for label in labels])
    have = (Run.workspace_id == workspace.id, col(Run.label).in_(labels))
    return {run.label or "": run.id for run in session.exec(select(Run).where(*have)).all()}


def _failed_capture(captured: CapturedAnswer) -> str | None:
    """Why a capture holds no whole answer, None if it does."""
    text = " ".join(captured.answer.text.split())
    if not text:
        return ErrorKind.EMPTY
    if text == " ".join(captured.prompt.split()):
        return ECHO
    return ErrorKind.CUT if captured.answer.cut else None


def _fill(session: Session, pairs: Sequence[tuple[Answer, CapturedAnswer]], at: datetime | None) -> None:
    save_answers(session, [(answer, captured.answer) for answer, captured in pairs], at)
    for answer, captured in pairs:
        if _failed_capture(captured) == ECHO:
            answer.status = AnswerStatus.FAILED
            answer.error_kind = ECHO
            answer.error = "the text repeats the prompt: the capture failed"


def rebuild(session: Session, archive: Archive, answer: Answer) -> None:
    """Restore an answer with its sources, queries and offers from its archived bodies alone.

    An answer that had failed and still does stays as it is. Raises `GeoTrackerError`, and changes nothing, where
    bodies are missing or damaged or no longer give the answer. Call inside a writing transaction.
    """
    current = (Body.answer_id == answer.id, col(Body.superseded).is_(False))
    bodies = session.exec(select(Body).where(*current).order_by(col(Body.step))).all()
    if not bodies:
        return
    if answer.key.startswith("import:"):
        _fill(session, [(answer, load(archive.get(bodies[0].sha256)))], answer.captured_at)
        return
    prompt = session.get_one(Prompt, answer.prompt_id)
    responses = [EngineResponse(body.status, archive.get(body.sha256)) for body in bodies]
    asked = Asked(prompt.text, prompt.language or None, prompt.country or None)
    try:
        parsed = answer_from(engine_named(answer.engine), responses, asked)
    except EngineError:
        if AnswerStatus(answer.status).has_text:
            raise
        return
    save_answer(session, answer, parsed, answer.captured_at)
