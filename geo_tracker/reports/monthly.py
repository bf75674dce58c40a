"""The report of a month that is over: frozen once its answers are in, sent to each target once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from geo_tracker.config import Settings
from geo_tracker.delivery.sending import Sent, Sleep
from geo_tracker.delivery.targets import MONTHLY, Target, setting
from geo_tracker.errors import UsageError
from geo_tracker.i18n import language
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.evidence import waiting
from geo_tracker.reports.delivery import deliver, targets
from geo_tracker.reports.frozen import find_frozen
from geo_tracker.reports.making import FORMATS, Asked, Made, make
from geo_tracker.reports.months import Month
from geo_tracker.reports.template import read_template
from geo_tracker.signals.outbox import AGAIN, BROKEN_OFF, OLDEST
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_returning, reading, writing
from geo_tracker.storage.models import Answer, DeliveryStatus, FrozenReport, ReportDelivery, Workspace
from geo_tracker.workspaces.days import day_of

ENDED = (DeliveryStatus.SENT, DeliveryStatus.GIVEN_UP)


def month_over(workspace: Workspace, now: datetime) -> Month:
    """The newest month that is over where the workspace is."""
    today = day_of(now, workspace)
    return Month(today.year, today.month).before


def has_due(session: Session, workspace: Workspace, environment: Mapping[str, str], now: datetime) -> bool:
    """Whether a report is to be frozen, sent, sent again or given up now."""
    if not setting(environment, MONTHLY, workspace.slug):
        return False
    month = month_over(workspace, now)
    if row := _frozen(session, workspace, month):
        try:
            keys = {key_of(each) for each in targets(environment, workspace.slug)}
        except UsageError:
            return False  # no target: told when the month was frozen, which has a value of its own
        return bool(keys - _resting(session, row, now))
    return _is_in(session, workspace, month)


def _frozen(session: Session, workspace: Workspace, month: Month) -> FrozenReport | None:
    row = find_frozen(session, workspace.slug, month, language(workspace.locale))
    return row if row and row.complete else None


def _is_in(session: Session, workspace: Workspace, month: Month) -> bool:
    """Whether the month has answers, and none that is still to come."""
    mine = select(Answer.id).where(
        Answer.workspace_id == workspace.id, col(Answer.day).between(month.first, month.last)
    )
    has_any = session.exec(mine.limit(1)).first() is not None
    return has_any and not waiting(session, Selection(workspace.slug, month.first, month.last))


def deliveries(session: Session, row: FrozenReport) -> list[ReportDelivery]:
    """Where a frozen month went, in the order in which it was first tried."""
    mine = select(ReportDelivery).where(ReportDelivery.report_id == row.id)
    return list(session.exec(mine.order_by(col(ReportDelivery.id))).all())


def _resting(session: Session, row: FrozenReport, now: datetime) -> set[str]:
    """Targets at which nothing is to be done now."""
    pause = {DeliveryStatus.FAILED: AGAIN, DeliveryStatus.SENDING: BROKEN_OFF}
    return {
        each.target
        for each in deliveries(session, row)
        if each.status in ENDED or (each.at and now - each.at < pause[each.status])
    }


def key_of(target: Target) -> str:
    """What stands for a target in the database, which holds no address."""
    return hashlib.sha256(target.address.encode()).hexdigest()


def freeze_month(
    engine: sa.Engine, archive: Archive, workspace: Workspace, settings: Settings, now: datetime, who: str
) -> list[Made]:
    """The files of the month that is over, frozen now where they are not yet; none while its answers come in.

    Raises `UsageError` for a format that there is not.
    """
    month = month_over(workspace, now)
    wanted = setting(settings.environment, MONTHLY, workspace.slug).replace(",", " ").split()
    if unknown := set(wanted) - set(FORMATS):
        names = ", ".join(sorted(unknown))
        raise UsageError(f"{MONTHLY}: no format {names}: there are {', '.join(FORMATS)}")
    template, branding = read_template(None, settings.look)
    template = template.model_copy(update={"language": language(workspace.locale)})
    asked = Asked(Selection(workspace.slug), wanted, month, template, branding)
    with reading(engine) as session:
        is_frozen, is_in = _frozen(session, workspace, month), _is_in(session, workspace, month)
    if not is_frozen and not is_in:
        return []
    if not is_frozen:
        _freeze(engine, archive, workspace, asked, now, who)
    return make(engine, archive, asked, now, who=who)


def _freeze(
    engine: sa.Engine, archive: Archive, workspace: Workspace, asked: Asked, now: datetime, who: str
) -> None:
    try:
        make(engine, archive, replace(asked, freeze=True), now, who=who)
    except (UsageError, sa.exc.IntegrityError):
        with reading(engine) as session:
            if not _frozen(session, workspace, month_over(workspace, now)):
                raise  # else another process was faster


def send_month(
    engine: sa.Engine,
    workspace: Workspace,
    made: list[Made],
    to: list[Target],
    now: datetime,
    sleep: Sleep = time.sleep,
) -> Iterator[Sent]:
    """Send the files to every target that has not got them, and keep how it went."""
    with reading(engine) as session:
        row = _frozen(session, workspace, month_over(workspace, now))
    if row is None:
        return
    for target in to:
        with writing(engine) as session:
            taken = _take(session, row, target, now)
        if taken is None:
            continue
        (sent,) = deliver(made, [target], sleep)
        status = DeliveryStatus.FAILED if sent.error else DeliveryStatus.SENT
        with writing(engine) as session:
            change = update(ReportDelivery).where(col(ReportDelivery.id) == taken)
            session.exec(change.values(status=status, error=sent.error[:500], at=now))
        yield sent


def _take(session: Session, row: FrozenReport, target: Target, now: datetime) -> int | None:
    """Claim a target for this process: one never tried, or one that failed a while ago."""
    of = (col(ReportDelivery.report_id) == row.id, col(ReportDelivery.target) == key_of(target))
    failed = (col(ReportDelivery.status) == DeliveryStatus.FAILED, col(ReportDelivery.at) <= now - AGAIN)
    again = (
        update(ReportDelivery)
        .where(*of, *failed)
        .values(status=DeliveryStatus.SENDING, at=now, tries=ReportDelivery.tries + 1)
        .returning(col(ReportDelivery.id))
    )
    taken = session.connection().execute(again).scalar()
    if taken is None:
        fresh = {"report_id": row.id, "target": key_of(target), "shown": target.shown, "at": now, "tries": 1}
        new = insert_returning(
            session, ReportDelivery, [{**fresh, "status": DeliveryStatus.SENDING, "error": ""}], ("id",)
        )
        taken = new[0][0] if new else None
    return taken


def give_up(engine: sa.Engine, workspace: Workspace, now: datetime) -> list[ReportDelivery]:
    """End deliveries that were broken off or failed for too long; returns them, to be told."""
    with writing(engine) as session:
        row = _frozen(session, workspace, month_over(workspace, now))
        found = [each for each in deliveries(session, row) if _is_lost(each, row, now)] if row else []
        for each in found:
            if each.status == DeliveryStatus.SENDING:
                each.error = "broken off: it may have arrived, so it is not sent again"
            each.status = DeliveryStatus.GIVEN_UP
            session.add(each)
    return found


def _is_lost(of: ReportDelivery, row: FrozenReport, now: datetime) -> bool:
    if of.status == DeliveryStatus.SENDING:
        return of.at is not None and now - of.at >= BROKEN_OFF
    return of.status == DeliveryStatus.FAILED and row.frozen_at is not None and now - row.frozen_at > OLDEST
