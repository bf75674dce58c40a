"""Captured answers into a workspace: archived first, each once, however often their files are imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from geo_tracker.captures import capture_named, captures, recognise
from geo_tracker.captures.base import BadRow, Capture, CapturedAnswer, Note
from geo_tracker.captures.engine_names import engine_name
from geo_tracker.collect.captured import ECHO, Stored, nothing, stored
from geo_tracker.collect.prompts import Prompts
from geo_tracker.engines.base import ErrorKind
from geo_tracker.errors import UsageError
from geo_tracker.score.answers import Progress, no_progress
from geo_tracker.score.processes import Pending, Processes, ahead, cores
from geo_tracker.storage.answers import save_sources
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new, insert_returning, reading, writing
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
    ErrorKind.EMPTY: "have no text",
    ErrorKind.CUT: "stop before their end, and are kept and shown",
}
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
    `processes`, None for one per core where the file is long; the rows are the same. Raises `UsageError` if the file
    cannot be opened or is of no known format.
    """
    with _opened(path) as file:
        capture = capture_named(format) if format else _recognised(file, path)
        size = path.stat().st_size
        done = Imported(str(path), capture.name)
        importer = _Importer(engine, archive, workspace, done, sandbox=sandbox)
        with Processes(processes or (cores() if size >= POOL_BYTES else 1), nothing) as pool:
            for batch in ahead(_begun(pool, _batches(capture, file, done))):
                importer.take(_checked(batch, done), dry_run=dry_run)
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


class _Item(NamedTuple):
    """One new answer with the engine's own body, where the file has it."""

    stored: Stored
    raw: bytes | None


_Batch = tuple[Sequence[CapturedAnswer | BadRow], Pending[Stored | BadRow]]


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
        yield batch, pool.run(stored, answers)


def _checked(batch: _Batch, done: Imported) -> list[_Item]:
    """The answers of a batch that can be stored; the others go to the report, in the order of the file."""
    results = iter(batch[1].results())
    items = []
    for each in batch[0]:
        found = each if isinstance(each, BadRow) else next(results)
        if isinstance(found, BadRow):
            _reject(done, found)
        else:
            done.read += 1
            items.append(_Item(found, each.raw if isinstance(each, CapturedAnswer) else None))
    return items


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

    def take(self, batch: Sequence[_Item], *, dry_run: bool) -> None:
        """Store what is new of a batch: bodies first, then all its rows in one transaction."""
        fresh = self._fresh(batch)
        new = fresh if dry_run else self._stored(fresh)
        self._done.new += len(new)
        self._done.known += len(batch) - len(new)
        self._done.unknown_blocks += sum(len(item.stored.columns.own["unknown_blocks"]) for item in new)
        self._failed_captures.update(filter(None, (item.stored.failed for item in new)))
        last = last_possible_day(self._workspace)
        asked = (item.stored.asked.asked_at for item in new)
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

    def _fresh(self, batch: Sequence[_Item]) -> list[_Item]:
        """Each answer that is neither stored nor met before, once."""
        with reading(self._engine) as session:
            have = _answers(self._workspace, [item.stored.key for item in batch])
            self._seen.update(session.exec(select(Answer.key).where(*have)).all())
        fresh = {item.stored.key: item for item in reversed(batch) if item.stored.key not in self._seen}
        self._seen.update(fresh)
        return list(reversed(fresh.values()))

    def _stored(self, fresh: Sequence[_Item]) -> list[_Item]:
        if not fresh:
            return []
        with ThreadPoolExecutor(ARCHIVING) as threads:
            bodies = dict(threads.map(self._archived, fresh))
        now = datetime.now(UTC)
        with writing(self._engine) as session:
            ids = self._inserted(session, fresh, now)
            new = [item for item in fresh if item.stored.key in ids]
            keys = [(ids[item.stored.key], item) for item in new]
            insert_new(
                session,
                Body,
                [row for answer_id, item in keys for row in _bodies(answer_id, bodies[item.stored.key], now)],
            )
            columns = {answer_id: item.stored.columns for answer_id, item in keys}
            save_sources(session, columns, sandbox=self._sandbox)
        return new

    def _archived(self, item: _Item) -> tuple[str, list[str]]:
        bodies = (item.stored.body, item.raw)
        return item.stored.key, [self._archive.put(body) for body in bodies if body is not None]

    def _run(self, item: _Item) -> str:
        label = item.stored.asked.run or RUN
        return f"{SANDBOX_RUN} {label}" if self._sandbox else label

    def _inserted(self, session: Session, items: Sequence[_Item], now: datetime) -> dict[str, int]:
        """Ids by key of the rows that this transaction made; another import may have been faster with the others."""
        prompts = Prompts(session, self._workspace, [item.stored.asked for item in items])
        runs = _run_ids(session, self._workspace, set(map(self._run, items)), sandbox=self._sandbox)
        rows = [
            self._row(item, prompts.id_of(item.stored.asked), runs[self._run(item)], now) for item in items
        ]
        return {row.key: row.id for row in insert_returning(session, Answer, rows, ("key", "id"))}

    def _row(self, item: _Item, prompt_id: int, run_id: int, now: datetime) -> dict[str, Any]:
        asked = item.stored.asked
        return {
            "workspace_id": self._workspace.id,
            "run_id": run_id,
            "sandbox": self._sandbox,
            "prompt_id": prompt_id,
            "engine": engine_name(asked.engine),
            "surface": asked.surface,
            "repeat": asked.repeat,
            "key": item.stored.key,
            "day": day_of(asked.asked_at or now, self._workspace),
            "asked_at": asked.asked_at,
            "captured_at": now,
            **item.stored.columns.own,
        }


def _bodies(answer_id: int, shas: Sequence[str], now: datetime) -> list[dict[str, Any]]:
    """Of an imported answer step 0 is its canonical record, step 1 the engine's own body where the file has it."""
    return [
        {"answer_id": answer_id, "step": step, "sha256": sha, "status": 200, "received_at": now}
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
