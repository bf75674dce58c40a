"""Tables or JSON Lines on stdout, messages and progress on stderr."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

_messages = Console(stderr=True, highlight=False, soft_wrap=True)

Json = Annotated[bool, typer.Option("--json", help="JSON Lines on stdout.")]


def printable(text: str) -> str:
    """A text without what a terminal obeys or what turns its reading round: each such character as its escape.

    Answers and pages are strangers' texts: ESC sequences move the cursor, set titles and write to clipboards.
    """
    if text.isprintable():
        return text
    return "".join(ascii(each)[1:-1] if _is_obeyed(each) else each for each in text)


def _is_obeyed(character: str) -> bool:
    if unicodedata.bidirectional(character) in _TURNING:
        return True
    return character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cs")


_TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""Unicode's names for what begins or ends another direction of reading."""


def say(message: str) -> None:
    """A message for people, on stderr."""
    _messages.print(Text(printable(message)))


def warn(message: str) -> None:
    """A message about something that went wrong, on stderr."""
    _messages.print(Text(printable(message), style="red"))


def show(text: str) -> None:
    """A text for people, on stdout."""
    typer.echo(printable(text))


def emit(records: Iterable[Mapping[str, Any]], *, json: bool, title: str = "") -> None:
    """Write records to stdout: as JSON Lines, or as one table with the records' keys as columns."""
    if json:
        for record in records:
            sys.stdout.buffer.write(orjson.dumps(record, default=str) + b"\n")
        sys.stdout.buffer.flush()
        return
    rows = list(records)
    if not rows:
        say("nothing to show")
        return
    table = Table(title=title or None)
    for name in rows[0]:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(_cell(row.get(name)))) for name in rows[0]))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _cell(value: Any) -> str:
    match value:
        case None:
            return "-"
        case float():
            return f"{value:.3f}".rstrip("0").rstrip(".")
        case list() | tuple():
            return ", ".join(map(_cell, value))
        case dict():
            return ", ".join(f"{name} {_cell(each)}" for name, each in value.items())
        case _:
            return str(value)


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr; yields the function that takes done and total."""
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_messages, refresh_per_second=4) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
