"""Files sent to where a client reads them: a folder, object storage, or a message with attachments."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo_tracker.errors import GeoTrackerError, UsageError
from geo_tracker.i18n import translate
from geo_tracker.reports.making import Made, file_name, write

VARIABLE = "GEO_REPORT_TARGETS"
TRIES = 3
WAIT = 5.0
"""Seconds before the second try, three times as long before the third."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send; `address` may hold a secret and is never shown."""

    address: str

    @property
    def kind(self) -> str:
        """folder, or the scheme of the address."""
        scheme, found, _ = self.address.partition("://")
        return scheme if found else "folder"

    @property
    def shown(self) -> str:
        """The target without what may be secret: a folder or a bucket by name, a message by its service alone."""
        return self.address if self.kind in ("folder", "s3") else f"{self.kind}://…"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one target fared."""

    target: str
    files: tuple[str, ...]
    tries: int
    error: str
    """Empty where it arrived."""


def targets(environment: Mapping[str, str], slug: str = "") -> list[Target]:
    """The targets of a workspace: `GEO_REPORT_TARGETS_<SLUG>`, else `GEO_REPORT_TARGETS`, separated by spaces.

    Raises `UsageError` where neither is set.
    """
    own = f"{VARIABLE}_{file_name(slug).replace('-', '_').replace('.', '_').upper()}"
    found = (environment.get(own) or environment.get(VARIABLE) or "").split()
    if not found:
        raise UsageError(f"no target: set {VARIABLE} (or {own}) to folders, s3:// or apprise addresses")
    return [Target(address) for address in found]


def deliver(
    made: Sequence[Made], to: Sequence[Target], sleep: Callable[[float], None] = time.sleep
) -> Iterator[Delivery]:
    """Send all files to every target, each tried up to `TRIES` times; one that fails does not stop the others."""
    names = tuple(each.name for each in made)
    for target in to:
        error, tries = "", 0
        while tries < TRIES:
            tries += 1
            error = _sent(made, target)
            if not error:
                break
            if tries < TRIES:
                sleep(WAIT * 3 ** (tries - 1))
        yield Delivery(target.shown, names, tries, error)


def _sent(made: Sequence[Made], target: Target) -> str:
    """Send once; why it failed, without the address, empty where it did not."""
    try:
        match target.kind:
            case "folder":
                write(made, Path(target.address))
            case "s3" | "file" | "memory":
                _store(made, target)
            case _:
                _message(made, target)
    except GeoTrackerError as error:
        return str(error)
    except (OSError, ValueError, ImportError) as error:  # of fsspec and its filesystems
        return f"{type(error).__name__}: {str(error).replace(target.address, target.shown)}"
    return ""


def _store(made: Sequence[Made], target: Target) -> None:
    import fsspec

    filesystem, root = fsspec.core.url_to_fs(target.address)  # type: ignore[no-untyped-call]
    filesystem.makedirs(root, exist_ok=True)
    for each in made:
        filesystem.pipe_file(f"{root.rstrip('/')}/{each.name}", each.data)


def _message(made: Sequence[Made], target: Target) -> None:
    import apprise

    sender = apprise.Apprise()
    if not sender.add(target.address):
        raise UsageError(f"{target.shown} is no address that apprise knows, or misses a part")
    first = made[0]
    t = translate(first.lang)
    title = t("doc.message_title", name=first.name.rpartition(".")[0])
    body = "\n".join([t("doc.message", files=t("text.comma").join(each.name for each in made)), *first.notes])
    with tempfile.TemporaryDirectory(prefix="geo-deliver-") as folder:
        files: Any = [str(path) for path in write(made, Path(folder))]
        if not sender.notify(title=title, body=body, attach=files):
            raise UsageError(f"{target.shown} did not take the message")
