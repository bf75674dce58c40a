"""Reports sent to where a client reads them: a folder, object storage, or a message with attachments."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from geo_tracker.delivery.sending import Message, Sent, Sleep, send
from geo_tracker.delivery.targets import Target, addresses, variable
from geo_tracker.errors import UsageError
from geo_tracker.i18n import translate
from geo_tracker.reports.making import Made

VARIABLE = "GEO_REPORT_TARGETS"


def targets(environment: Mapping[str, str], slug: str = "") -> list[Target]:
    """The targets of a workspace: `GEO_REPORT_TARGETS_<SLUG>`, else `GEO_REPORT_TARGETS`, separated by spaces.

    Raises `UsageError` where neither is set.
    """
    own = variable(VARIABLE, slug)
    found = addresses(environment, own, VARIABLE)
    if not found:
        raise UsageError(f"no target: set {VARIABLE} (or {own}) to folders, s3:// or apprise addresses")
    return found


def deliver(made: Sequence[Made], to: Sequence[Target], sleep: Sleep = time.sleep) -> Iterator[Sent]:
    """Send all files to every target; one that fails does not stop the others."""
    message = _message(made)
    for target in to:
        yield send(message, target, sleep)


def _message(made: Sequence[Made]) -> Message:
    first = made[0]
    t = translate(first.lang)
    title = t("doc.message_title", name=first.name.rpartition(".")[0])
    files = t("doc.message", files=t("text.comma").join(each.name for each in made))
    return Message(title, "\n".join([files, *first.notes]), made)
