"""Captured answers into a workspace: archived first, each once, however often their files are imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from geo_tracker.captures import capture_named, captures, recognise
from geo_tracker.captures.assistants import apps
from geo_tracker.captures.base import BadRow, Capture, CapturedAnswer, NoAnswer, Note
from geo_tracker.captures.companion import UNREAD
from geo_tracker.captures.engine_names import engine_name
from geo_tracker.collect.again import Before, before
from geo_tracker.collect.prompts import Prompts
from geo_tracker.collect.readings import ECHO, Reading, Stored, best, no_state, read, stored
from geo_tracker.collect.session import Waiting, fitting, note_failure, open_rows
from geo_tracker.engines.base import ErrorKind
from geo_tracker.errors import UsageError
from geo_tracker.score.answers import Progress, no_progress
from geo_tracker.score.processes import Pending, Processes, ahead, cores
from geo_tracker.storage.answers import clear_answer, save_sources
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new, insert_returning, reading, update_rows, writing
from geo_tracker.storage.models import Answer, Body, Run, Workspace
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
NO_ANSWER = {
    ECHO: "repeat their prompt",
    UNREAD: "are kept, not yet read",
    ErrorKind.EMPTY: "have no text",
    ErrorKind.CUT: "stop before their end, and are kept and shown",
}
UNKNOWN = "unknown"
"""Format of a file that is in none."""
EMPTY = "the file is empty"
NOTHING = "nothing was read from this file"
NO_FORMAT = "in no format that is known by its content; give --format, one of: {known}"
FUTURE = "dated in the future: check their dates; the newest days end before them"
POOL_BYTES = 2_000_000
"""Of a file from which a pool of processes pays: about a thousand answers."""


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
    processes: int | None = None,
) -> Imported:
    """Take the answers of a file into a workspace, a batch a transaction; the same answer is one row.

    `format` is a capture's name, recognised by content if None. `on_progress` takes bytes read and bytes in all.
    A dry run counts and writes nothing; `sandbox` marks the answers as invented. Answers are prepared in so many
    `processes`, None for one per core where the file is long; the rows are the same. An empty file, and one of no
    known format, is told as such and nothing is read of it. Raises `UsageError` if the file cannot be opened.
    """
    with _opened(path) as file:
        size = path.stat().st_size
        capture = capture_named(format) if format else _recognised(file)
        done = Imported(str(path), capture.name if capture else UNKNOWN)
        if capture is None or not size:
            done.notes.append(EMPTY if not size else NO_FORMAT.format(known=", ".join(sorted(captures()))))
            return done
        importer = Importer(engine, archive, workspace, done, sandbox=sandbox)
        with Processes(processes or (cores() if size >= POOL_BYTES else 1), no_state) as pool:
            for batch in ahead(_begun(pool, _batches(capture, file, done))):
                importer.take(_checked(batch, done), dry_run=dry_run)
                importer.note([each for each in batch[0] if isinstance(each, NoAnswer)], dry_run=dry_run)
                on_progress(min(file.tell(), size), size)
    importer.finish(dry_run=dry_run)
    if not done.read:
        done.notes.append(NOTHING)
    return done


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _recognised(file: BinaryIO) -> Capture | None:
    found = recognise(file.read(HEAD))
    file.seek(0)
    return found


_Batch = tuple[Sequence[CapturedAnswer | BadRow], Pending[Reading | BadRow]]


def _batches(capture: Capture, file: BinaryIO, done: Imported) -> Iterator[Sequence[CapturedAnswer | BadRow]]:
    """The answers and bad rows of a file in batches; notes go to the report."""
    batch: list[CapturedAnswer | BadRow] = []
    weight = 0
    for found in capture.read(file):
        match found:
            case Note():
                done.notes.append(found.text)
            case BadRow():
                batch.append(found)
            case CapturedAnswer():
                batch.append(found)
                weight += len(found.answer.text) + len(found.raw or b"")
        if len(batch) == BATCH or weight > BATCH_BYTES:
            yield batch
            batch, weight = [], 0
    yield batch


def _begun(pool: Processes[None], batches: Iterable[Sequence[CapturedAnswer | BadRow]]) -> Iterator[_Batch]:
    """Each batch with its answers in work; raw bodies stay here."""
    for batch in batches:
        answers = [replace(each, raw=None) for each in batch if isinstance(each, CapturedAnswer)]
        yield batch, pool.run(read, answers)


def _checked(batch: _Batch, done: Imported) -> list[Reading]:
    """The answers of a batch that can be stored; the others go to the report, in the order of the file."""
    results = iter(batch[1].results())
    readings = []
    for each in batch[0]:
        found = each if isinstance(each, BadRow) else next(results)
        if isinstance(found, BadRow):
            _reject(done, found)
        else:
            done.read += 1
            readings.append(replace(found, raw=each.raw if isinstance(each, CapturedAnswer) else None))
    return readings


def _reject(done: Imported, row: BadRow) -> None:
    done.read += 1
    done.failed += 1
    if len(done.errors) < MAX_ERRORS:
        done.errors.append(row)
    elif len(done.errors) == MAX_ERRORS:
        done.errors.append(BadRow(row.line, "this and later rows are bad too; they are counted, not named"))


class Importer:
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
        """Store what is new or says more of a batch: bodies first, then all its rows in one transaction.

        What a companion recorded goes one by one: an answer may be one of before, made again.
        """
        together = [item for item in batch if not item.recorded_by_companion]
        for part in (together, *([item] for item in batch if item.recorded_by_companion)):
            if part:
                self._take(part, dry_run=dry_run)

    def note(self, told: Sequence[NoAnswer], *, dry_run: bool) -> None:
        """Keep what apps told in place of answers, and note it on the rows that wait for them."""
        for each in told if not dry_run else ():
            self._archive.put(each.raw)
            with writing(self._engine) as session:
                note_failure(session, self._workspace, each)

    def _take(self, batch: Sequence[Reading], *, dry_run: bool) -> None:
        fresh, renewed = self._sorted(batch)
        new = fresh if dry_run else self._stored(fresh)
        if renewed and not dry_run:
            self._renew(renewed)
        self._done.new += len(new)
        self._done.updated += len(renewed)
        self._done.known += len(batch) - len(new) - len(renewed)
        changed = [*new, *(item for item, _ in renewed)]
        self._done.unknown_blocks += sum(len(item.columns.own["unknown_blocks"]) for item in changed)
        self._failed_captures.update(filter(None, (item.failed for item in changed)))
        self._future += sum(is_future(item, self._workspace) for item in new)

    def finish(self, *, dry_run: bool) -> None:
        """Note for the new prompts whether they name a brand, and what became of captures that hold no answer."""
        for kind, count in sorted(self._failed_captures.items()):
            self._done.notes.append(f"{count} of the new answers {NO_ANSWER[kind]}: counted as coverage only")
        if self._future:
            self._done.notes.append(f"{self._future} of the new answers are {FUTURE}")
        if not dry_run:
            with writing(self._engine) as session:
                mark_branded(session, self._workspace)

    def _sorted(self, batch: Sequence[Reading]) -> tuple[list[Reading], list[tuple[Reading, Stored]]]:
        """Each answer once: those that are neither stored nor met before, and those that say more than is stored."""
        items = best(batch)
        with reading(self._engine) as session:
            have = stored(session, self._workspace, items)
            fresh = [item for item in items if item.key not in have and item.key not in self._seen]
            again = self._made_again(session, fresh)
        fresh = [item for item in fresh if item.key not in again]
        self._seen.update(item.key for item in fresh)
        renewed = [
            (item, was.stored) for item in items if (was := again.get(item.key)) and was.gives_way(item)
        ]
        more = [(item, have[item.key]) for item in items if item.key in have and item.renews(have[item.key])]
        return fresh, [*renewed, *more]

    def _made_again(self, session: Session, fresh: Sequence[Reading]) -> dict[str, Before]:
        """By key the stored answers of which these are later, or earlier, tries in one conversation."""
        found = {
            item.key: before(session, self._archive, self._workspace, item)
            for item in fresh
            if item.recorded_by_companion
        }
        return {key: was for key, was in found.items() if was}

    def _renew(self, pairs: Sequence[tuple[Reading, Stored]]) -> None:
        """Read stored answers anew; what they were read from before stays as evidence."""
        bodies = self._kept([item for item, _ in pairs])
        now = datetime.now(UTC)
        renewed = {was.id: item for item, was in pairs}
        with writing(self._engine) as session:
            session.exec(update(Body).where(col(Body.answer_id).in_(renewed)).values(superseded=True))
            rows = [row for key, item in renewed.items() for row in _bodies(key, bodies[item.key], now)]
            insert_new(session, Body, rows)
            clear_answer(session, list(renewed))
            said = {
                key: {**item.columns.own, "key": item.key, "captured_at": now, **_asked(item)}
                for key, item in renewed.items()
            }
            update_rows(session, Answer, said)
            columns = {key: item.columns for key, item in renewed.items()}
            save_sources(session, columns, sandbox=self._sandbox)

    def _kept(self, items: Sequence[Reading]) -> dict[str, list[str]]:
        """The archived bodies of answers by their keys."""
        with ThreadPoolExecutor(ARCHIVING) as threads:
            return dict(threads.map(self._archived, items))

    def _stored(self, fresh: Sequence[Reading]) -> list[Reading]:
        if not fresh:
            return []
        bodies = self._kept(fresh)
        now = datetime.now(UTC)
        with writing(self._engine) as session:
            filed = self._filed(session, fresh, now)
            ids = filed | self._inserted(session, [item for item in fresh if item.key not in filed], now)
            new = [item for item in fresh if item.key in ids]
            keys = [(ids[item.key], item) for item in new]
            insert_new(
                session,
                Body,
                [row for answer_id, item in keys for row in _bodies(answer_id, bodies[item.key], now)],
            )
            columns = {answer_id: item.columns for answer_id, item in keys}
            save_sources(session, columns, sandbox=self._sandbox)
        return new

    def _filed(self, session: Session, items: Sequence[Reading], now: datetime) -> dict[str, int]:
        """Ids by key of the rows that waited to be asked by hand and are these answers."""
        by_hand = [item for item in items if item.asked.engine in apps() and item.recorded_by_companion]
        taken = _keys(session, self._workspace, by_hand) if by_hand else set()
        waiting: dict[str, list[Waiting]] = {}
        filed: dict[str, int] = {}
        for item in by_hand:
            engine = item.asked.engine
            if engine not in waiting:
                waiting[engine] = open_rows(session, self._workspace, engine)
            row = (
                None
                if item.key in taken
                else fitting(waiting[engine], item.asked.prompt, item.asked.asked_at)
            )
            if row is not None:
                filed[item.key] = row
        said = {filed[i.key]: {**_said(i, now), "sandbox": self._sandbox} for i in by_hand if i.key in filed}
        update_rows(session, Answer, said)
        return filed

    def _archived(self, item: Reading) -> tuple[str, list[str]]:
        return item.key, [self._archive.put(body) for body in (item.body, item.raw) if body is not None]

    def _run(self, item: Reading) -> str:
        label = item.asked.run or RUN
        return f"{SANDBOX_RUN} {label}" if self._sandbox else label

    def _inserted(self, session: Session, items: Sequence[Reading], now: datetime) -> dict[str, int]:
        """Ids by key of the rows that this transaction made; another import may have been faster with the others."""
        prompts = Prompts(session, self._workspace, [item.asked for item in items])
        runs = _run_ids(session, self._workspace, set(map(self._run, items)), sandbox=self._sandbox)
        rows = [self._row(item, prompts.id_of(item.asked), runs[self._run(item)], now) for item in items]
        return {row.key: row.id for row in insert_returning(session, Answer, rows, ("key", "id"))}

    def _row(self, item: Reading, prompt_id: int, run_id: int, now: datetime) -> dict[str, Any]:
        asked = item.asked
        return {
            "workspace_id": self._workspace.id,
            "run_id": run_id,
            "sandbox": self._sandbox,
            "prompt_id": prompt_id,
            "engine": engine_name(asked.engine),
            "surface": asked.surface,
            "repeat": asked.repeat,
            "key": item.key,
            "day": day_of(asked.asked_at or now, self._workspace),
            "asked_at": asked.asked_at,
            "captured_at": now,
            **item.columns.own,
        }


def is_future(item: Reading, workspace: Workspace) -> bool:
    """Whether an answer is dated after any day that it can be anywhere."""
    at = item.asked.asked_at
    return at is not None and day_of(at, workspace) > last_possible_day(workspace)


def _asked(item: Reading) -> dict[str, Any]:
    """When an answer that takes the place of another was asked, where that is known."""
    return {"asked_at": item.asked.asked_at} if item.asked.asked_at else {}


def _said(item: Reading, now: datetime) -> dict[str, Any]:
    """What a row that waited has once its answer is there; it counts for the day that it was planned for."""
    asked_at = item.asked.asked_at or now
    return {**item.columns.own, "key": item.key, "captured_at": now, "asked_at": asked_at}


def _keys(session: Session, workspace: Workspace, items: Sequence[Reading]) -> set[str]:
    """Which of these answers the database has by now."""
    have = (Answer.workspace_id == workspace.id, col(Answer.key).in_([item.key for item in items]))
    return set(session.exec(select(Answer.key).where(*have)).all())


def _bodies(answer_id: int, shas: Sequence[str], now: datetime) -> list[dict[str, Any]]:
    """Of an imported answer step 0 is its canonical record, step 1 the engine's own body where the file has it."""
    return [
        {"answer_id": answer_id, "step": step, "sha256": sha, "status": 200, "received_at": now}
        for step, sha in enumerate(shas)
    ]


def _run_ids(
    session: Session, workspace: Workspace, labels: Iterable[str], *, sandbox: bool
) -> dict[str, int]:
    values = {"workspace_id": workspace.id, "sandbox": sandbox}
    insert_new(session, Run, [{**values, "label": label} for label in labels])
    have = (Run.workspace_id == workspace.id, col(Run.label).in_(labels))
    return {run.label or "": run.id for run in session.exec(select(Run).where(*have)).all()}
