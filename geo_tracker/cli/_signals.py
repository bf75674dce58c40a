"""Looking for signals and sending them, for every command after which there may be new ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from geo_tracker.cli._console import emit, say, show, warn
from geo_tracker.cli._place import Place
from geo_tracker.errors import UsageError
from geo_tracker.i18n import translate
from geo_tracker.signals.channels import channels
from geo_tracker.signals.life import refresh
from geo_tracker.signals.outbox import Batch, batches, deliver, give_up, message_of
from geo_tracker.signals.text import sentence
from geo_tracker.storage.database import reading
from geo_tracker.storage.models import Workspace

TOLD = 5


def look(place: Place, slug: str) -> None:
    """Find what is new and say it."""
    found = refresh(place.engine, slug, datetime.now(UTC))
    t = translate("en")
    for row in found[:TOLD]:
        say(f"{slug}: signal: {sentence(row, t)}")
    if len(found) > TOLD:
        say(f"{slug}: {len(found) - TOLD} more signals: 'geo-tracker signals -w {slug}' lists them")


def send_due(place: Place, workspace: Workspace, *, dry_run: bool = False, json: bool = False) -> bool:
    """Send what is due, or show it; False if any did not arrive, which is told."""
    now = datetime.now(UTC)
    found = [each for channel in channels(workspace) for each in _due(place, workspace, channel, now)]
    if dry_run:
        shown = [_shown(place, workspace, each) for each in found]
        if json or not shown:
            emit(shown, json=json)
        else:
            show("\n\n".join(map(_as_letter, shown)))
        return True
    lost = give_up(place.engine, workspace, now)
    for row in lost:
        warn(f"{workspace.slug}: signal {row.signal_id} to {row.channel!r} given up: {row.error}")
    arrived = [_sent(place, workspace, each, now) for each in found]
    return all(arrived) and not lost


def _due(place: Place, workspace: Workspace, channel: Any, now: datetime) -> list[Batch]:
    with reading(place.engine) as session:
        return list(batches(session, workspace, channel, now))


def _sent(place: Place, workspace: Workspace, batch: Batch, now: datetime) -> bool:
    name, count = f"{workspace.slug}: channel {batch.channel.name!r}", len(batch.signals)
    if batch.held:
        say(f"{name}: {count} signals wait for the end of the quiet hours")
        return True
    try:
        sent = deliver(place.engine, workspace, batch, place.settings.environment, now)
    except UsageError as error:
        warn(f"{workspace.slug}: {count} signals not sent: {error}")
        return False
    if sent is None:
        return True
    if sent.error:
        why = f"after {sent.tries} tries; the next 'signals send' tries again: {sent.error}"
        warn(f"{name}: {count} signals did not arrive {why}")
        return False
    say(f"{name}: {count} signals sent to {sent.target}")
    return True


def _as_letter(of: dict[str, Any]) -> str:
    """A message under its address, as it would be read: a cell of a table is too narrow for it."""
    waits = " (waits for the end of the quiet hours)" if of["held"] else ""
    head = f"{of['workspace']}, channel {of['channel']!r}, {of['why']}, to {of['target']}{waits}"
    return f"{head}\n\n{of['title']}\n\n{of['body']}"


def _shown(place: Place, workspace: Workspace, batch: Batch) -> dict[str, Any]:
    """What a message would be, and where it would go."""
    message = message_of(batch, workspace, place.settings.environment)
    try:
        target = batch.channel.target(place.settings.environment).shown
    except UsageError as error:
        target = str(error)
    return {
        "workspace": workspace.slug,
        "channel": batch.channel.name,
        "why": batch.why,
        "target": target,
        "held": batch.held,
        "signals": [row.fingerprint for row in batch.signals],
        "title": message.title,
        "body": message.body,
    }
