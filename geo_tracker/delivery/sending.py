"""A message with or without files, sent to one target and tried again where that fails."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo_tracker.delivery.files import File, write
from geo_tracker.delivery.targets import Target
from geo_tracker.errors import GeoTrackerError, UsageError

TRIES = 3
WAIT = 5.0
"""Seconds before the second try, three times as long before the third."""
Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text that is kept as a file."""

    name: str
    text: str

    @property
    def data(self) -> bytes:
        return self.text.encode()


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: folders and object stores take the files, services the text with the files attached."""

    title: str
    body: str
    files: Sequence[File]
    attached: bool = True
    """False where the files only repeat the text."""


@dataclass(frozen=True, slots=True)
class Sent:
    """How one target fared."""

    target: str
    tries: int
    error: str
    """Empty where it arrived; never holds the address."""


def send(message: Message, target: Target, sleep: Sleep = time.sleep) -> Sent:
    """Send to a target, tried up to `TRIES` times."""
    error, tries = "", 0
    while tries < TRIES:
        tries += 1
        error = _once(message, target)
        if not error:
            break
        if tries < TRIES:
            sleep(WAIT * 3 ** (tries - 1))
    return Sent(target.shown, tries, error)


def _once(message: Message, target: Target) -> str:
    """Send once; why it failed, without the address, empty where it did not."""
    try:
        match target.kind:
            case "folder":
                write(message.files, Path(target.address))
            case "s3" | "file" | "memory":
                _store(message.files, target)
            case _:
                _notify(message, target)
    except GeoTrackerError as error:
        return str(error)
    except _store_errors() as error:
        return f"{type(error).__name__}: {str(error).replace(target.address, target.shown)}"
    return ""


def _store_errors() -> tuple[type[Exception], ...]:
    """What folders and object stores raise; botocore's, such as for missing credentials, are no errors of Python."""
    try:
        from botocore.exceptions import BotoCoreError
    except ImportError:  # the extra `s3` is not installed
        return OSError, ValueError, ImportError
    return OSError, ValueError, ImportError, BotoCoreError


def _store(files: Sequence[File], target: Target) -> None:
    import fsspec

    filesystem, root = fsspec.core.url_to_fs(target.address)  # type: ignore[no-untyped-call]
    filesystem.makedirs(root, exist_ok=True)
    for each in files:
        filesystem.pipe_file(f"{root.rstrip('/')}/{each.name}", each.data)


def _notify(message: Message, target: Target) -> None:
    import apprise

    sender = apprise.Apprise()
    if not sender.add(target.address):
        raise UsageError(f"{target.shown} is no address that apprise knows, or misses a part")
    with tempfile.TemporaryDirectory(prefix="geo-deliver-") as folder:
        attached = write(message.files, Path(folder)) if message.attached else []
        files: Any = [str(path) for path in attached] or None
        if not sender.notify(title=message.title, body=message.body, attach=files):
            raise UsageError(f"{target.shown} did not take the message")
