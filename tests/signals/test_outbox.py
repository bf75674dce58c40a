"""What goes out: each signal once to each channel, in its hours; a failure is tried again and told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as some
from sqlmodel import Session, select

from geo_tracker.errors import UsageError
from geo_tracker.signals.channels import Channel, channels
from geo_tracker.signals.outbox import batches, deliver, give_up, has_due, message_of, undelivered
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Signal, SignalDelivery, SignalStatus, Workspace
from tests.support.made_days import day

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 4, 1, 7, 30, tzinfo=UTC)  # a Wednesday, 09:30 in Berlin
TEAM = {"name": "team", "digest": "daily", "day": "monday", "at": "09:00", "now": ["outage"], "language": ""}
SETTINGS: dict[str, Any] = {"quiet": "22:00-08:00", "channels": [TEAM]}


def channel(**other: Any) -> Channel:
    made: dict[str, Any] = {
        "name": "team",
        "digest": "daily",
        "day": "monday",
        "at": time(9),
        "now": ("outage",),
    }
    return Channel(**{**made, "language": "en", "zone": BERLIN, "quiet": (time(22), time(8)), **other})


@pytest.fixture
def engine(engine: sa.Engine) -> sa.Engine:
    """A fall told an hour before nine and an outage told after it, on each kind of database."""
    with Session(engine) as session:
        made = {"slug": "demo", "name": "Demo", "timezone": "Europe/Berlin", "signals": SETTINGS}
        session.add(Workspace(id=1, **made))
        session.flush()
        session.add_all(
            signal(kind, told)
            for kind, told in (
                ("visibility", NOW - timedelta(hours=2)),
                ("outage", NOW - timedelta(minutes=5)),
            )
        )
        session.commit()
    return engine


def signal(kind: str, told: datetime, **more: Any) -> Signal:
    name = f"{kind}-{told:%d%H%M}"
    about: dict[str, Any] = {"workspace_id": 1, "subject": name, "fingerprint": name, "kind": kind}
    about |= {"brand": "Aurora", "engine": "kimi", "surface": "api", "metric": "mention_rate", "value": -0.2}
    about |= {"start": day(7), "end": day(13), "last_seen": day(13), "first_told": told, "verdict": "real"}
    return Signal(**{**about, **more})


def due(engine: sa.Engine, now: datetime = NOW, of: Channel | None = None) -> dict[str, list[str]]:
    """The kinds that are due, by why; with a `!` where they wait."""
    with reading(engine) as session:
        workspace = workspace_named(session, "demo")
        found = batches(session, workspace, of or channel(), now)
        return {f"{each.why}{'!' if each.held else ''}": [row.kind for row in each.signals] for each in found}


def send(engine: sa.Engine, environment: dict[str, str], now: datetime = NOW) -> list[str | None]:
    """Send all that is due; the errors."""
    with reading(engine) as session:
        workspace = workspace_named(session, "demo")
        found = [each for of in channels(workspace) for each in batches(session, workspace, of, now)]
    sent = [deliver(engine, workspace, each, environment, now, lambda seconds: None) for each in found]
    return [each.error if each else None for each in sent]


def test_what_was_chosen_goes_at_once_and_the_rest_with_the_digest(engine: sa.Engine) -> None:
    assert due(engine) == {"now": ["outage"], "digest": ["visibility"]}
    assert due(engine, of=channel(at=time(9, 45))) == {"now": ["outage"]}, "told after yesterday's digest"
    assert due(engine, of=channel(digest="never", now=())) == {}
    assert due(engine, of=channel(now=())) == {"digest": ["visibility"]}, "the outage came after nine"
    tomorrow = NOW + timedelta(days=1)
    assert due(engine, tomorrow, channel(now=())) == {"digest": ["outage", "visibility"]}


def test_in_quiet_hours_everything_waits(engine: sa.Engine) -> None:
    night = NOW.replace(hour=21)  # 23:00 in Berlin
    assert due(engine, night) == {"now!": ["outage"], "digest!": ["visibility"]}
    with reading(engine) as session:
        workspace = workspace_named(session, "demo")
        assert not has_due(session, workspace, night) and has_due(session, workspace, NOW)
    assert due(engine, NOW + timedelta(days=1)) == {"now": ["outage"], "digest": ["visibility"]}


def test_muted_and_resolved_do_not_go_out_but_an_outage_that_is_over_does(engine: sa.Engine) -> None:
    with writing(engine) as session:
        for row in session.exec(select(Signal)).all():
            row.status = SignalStatus.RESOLVED
    assert due(engine, NOW + timedelta(days=1)) == {"digest": ["outage"]}
    with writing(engine) as session:
        for row in session.exec(select(Signal)).all():
            row.status = SignalStatus.EXPECTED
    assert due(engine, NOW + timedelta(days=1)) == {}


def test_each_goes_once_to_a_folder(engine: sa.Engine, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert send(engine, {"GEO_SIGNALS_TEAM": str(folder)}) == ["", ""]
    texts = sorted(path.read_text("utf-8") for path in folder.iterdir())
    assert len(texts) == 2 and "Demo: new signals: 1" in texts[0] and "Visibility: Kimi" in texts[1]
    assert send(engine, {"GEO_SIGNALS_TEAM": str(folder)}) == [] and due(engine) == {}


def test_a_failure_is_kept_without_the_address_tried_again_and_then_given_up(
    engine: sa.Engine, tmp_path: Path
) -> None:
    secret = {"GEO_SIGNALS_TEAM": "json://user:pass-word@127.0.0.1:9/hook"}
    first, second = send(engine, secret)
    assert first and second and "pass-word" not in first
    with reading(engine) as session:
        workspace = workspace_named(session, "demo")
        rows = session.exec(select(SignalDelivery)).all()
    assert [(row.status, row.tries) for row in rows] == [("failed", 1)] * 2
    assert "pass-word" not in str(rows)
    assert len(undelivered(engine, workspace)) == 2
    assert send(engine, secret, NOW + timedelta(minutes=14)) == [], "not at once"
    assert send(engine, secret, NOW + timedelta(minutes=15))[0]
    assert send(engine, {"GEO_SIGNALS_TEAM": str(tmp_path / "out")}, NOW + timedelta(minutes=30)) == ["", ""]
    with reading(engine) as session:
        assert [(row.status, row.tries) for row in session.exec(select(SignalDelivery)).all()] == [
            ("sent", 3)
        ] * 2
    assert undelivered(engine, workspace) == [] and give_up(engine, workspace, NOW) == []


def test_what_failed_for_two_weeks_is_given_up_and_told(engine: sa.Engine) -> None:
    send(engine, {"GEO_SIGNALS_TEAM": "nosuch://x"})
    with reading(engine) as session:
        workspace = workspace_named(session, "demo")
    assert give_up(engine, workspace, NOW + timedelta(days=13)) == []
    late = NOW + timedelta(days=15)
    assert [row.status for row in give_up(engine, workspace, late)] == ["given up"] * 2
    assert due(engine, late) == {} and len(undelivered(engine, workspace)) == 2


def test_a_delivery_that_was_killed_is_told_and_never_repeated(engine: sa.Engine) -> None:
    with writing(engine) as session:
        row = session.exec(select(Signal).where(Signal.kind == "outage")).one()
        session.add(SignalDelivery(signal_id=row.id, channel="team", status="sending", at=NOW, tries=1))
        workspace = workspace_named(session, "demo")
    assert due(engine) == {"digest": ["visibility"]}
    assert give_up(engine, workspace, NOW + timedelta(minutes=30)) == []
    (row,) = give_up(engine, workspace, NOW + timedelta(hours=2))
    assert "may have arrived" in row.error and "outage" not in str(due(engine))


def test_two_processes_do_not_send_the_same(engine: sa.Engine, tmp_path: Path) -> None:
    with reading(engine) as session:
        workspace = workspace_named(session, "demo")
        found = list(batches(session, workspace, channel(), NOW))
    environment = {"GEO_SIGNALS_TEAM": str(tmp_path / "out")}
    for each in found:
        assert deliver(engine, workspace, each, environment, NOW) is not None
        assert deliver(engine, workspace, each, environment, NOW) is None


@pytest.mark.parametrize(("value", "says"), [("", "is not set"), ("/a slack://b", "holds several addresses")])
def test_a_channel_without_one_address_takes_nothing(engine: sa.Engine, value: str, says: str) -> None:
    with pytest.raises(UsageError, match=f"GEO_SIGNALS_TEAM {says}"):
        send(engine, {"GEO_SIGNALS_TEAM": value})
    assert due(engine) == {"now": ["outage"], "digest": ["visibility"]}


def test_a_message_has_the_evidence_where_the_dashboard_s_address_is_known(engine: sa.Engine) -> None:
    with writing(engine) as session:
        session.add_all(signal("visibility", NOW - timedelta(hours=3, minutes=n)) for n in range(40))
    with reading(engine) as session:
        workspace = workspace_named(session, "demo")
        digest = list(batches(session, workspace, channel(language="zh"), NOW))[1]
    with_links = message_of(digest, workspace, {"GEO_DASHBOARD_URL": "https://geo.example/"})
    assert (
        "https://geo.example/overview?lang=zh&workspace=demo&period=custom&days=2026-03-09" in with_links.body
    )
    assert with_links.title == "Demo：自上次摘要以来有 41 条信号" and "另有 11 条" in with_links.body
    plain = message_of(digest, workspace, {"GEO_DASHBOARD_URL": "javascript:alert(1)"})
    assert "http" not in plain.body and "javascript" not in plain.body


class Hook(BaseHTTPRequestHandler):
    """A webhook that fails the first time."""

    got: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(json.loads(body))
        self.send_response(503 if len(self.got) == 1 else 200)
        self.end_headers()

    def log_message(self, *about: Any) -> None:
        """Nothing on stderr."""


def test_a_message_reaches_a_webhook_through_apprise(engine: sa.Engine) -> None:
    Hook.got.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"json://127.0.0.1:{server.server_port}/hook"
        assert send(engine, {"GEO_SIGNALS_TEAM": address}) == ["", ""]
        server.shutdown()
    titles = [message["title"] for message in Hook.got]
    assert titles == ["Demo: new signals: 1"] * 2 + ["Demo: signals since the last digest: 1"]
    assert "Kimi" in Hook.got[1]["message"] and Hook.got[1]["attachments"] == []


class Mailbox(StreamRequestHandler):
    """An SMTP server that puts the first mail off and takes the rest."""

    got: ClassVar[list[EmailMessage]] = []
    tried: ClassVar[list[str]] = []

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            match line.upper().split(" ")[0]:
                case "DATA":
                    self._say("354 go on")
                    self._take()
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 fine")

    def _take(self) -> None:
        lines = list(iter(self.rfile.readline, b".\r\n"))
        self.tried.append("")
        if len(self.tried) == 1:
            self._say("451 try again later")
            return
        self.got.append(message_from_bytes(b"".join(lines), policy=default))  # type: ignore[arg-type]
        self._say("250 taken")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


def test_a_message_reaches_a_mailbox_in_the_channel_s_language(engine: sa.Engine) -> None:
    Mailbox.got.clear()
    Mailbox.tried.clear()
    with writing(engine) as session:
        chinese = {**TEAM, "language": "zh", "now": []}
        workspace_named(session, "demo").signals = {**SETTINGS, "channels": [chinese]}
    with ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        at = f"127.0.0.1:{server.server_address[1]}"
        address = f"mailto://{at}/?mode=insecure&from=geo@a.example&to=mei@b.example&format=text"
        assert send(engine, {"GEO_SIGNALS_TEAM": address}) == [""], "put off once, then taken"
        server.shutdown()
    (mail,) = Mailbox.got
    assert len(Mailbox.tried) == 2 and mail["To"] == "mei@b.example"
    assert mail["Subject"] == "Demo：自上次摘要以来有 1 条信号"
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "【可见度】Kimi" in text and due(engine, of=channel(now=())) == {}


MOMENTS = some.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=some.just(UTC))


@given(MOMENTS, some.times(), some.sampled_from(["daily", "weekly"]))
def test_a_digest_is_due_once_a_period_whatever_the_clock_does(
    moment: datetime, at: time, digest: str
) -> None:
    of = channel(at=at.replace(second=0, microsecond=0), digest=digest)
    due = of.last_due(moment)
    assert due is not None and due <= moment
    longest = timedelta(days=1 if digest == "daily" else 7, hours=2)
    assert moment - due < longest
    before = of.last_due(due - timedelta(seconds=1))
    assert before is not None and timedelta(hours=22) <= due - before <= longest


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        ("2026-03-28T21:30+00:00", True),  # 22:30, the night on which the clock goes forward
        ("2026-03-29T05:30+00:00", True),  # 07:30 summer time
        ("2026-03-29T06:30+00:00", False),  # 08:30 summer time, 07:30 winter time
        ("2026-10-25T06:30+00:00", True),  # 07:30 winter time, 08:30 summer time
        ("2026-10-25T07:00+00:00", False),
    ],
)
def test_quiet_hours_follow_the_workspace_s_clock(moment: str, quiet: bool) -> None:
    assert channel().is_quiet(datetime.fromisoformat(moment)) is quiet


@pytest.mark.parametrize(
    ("hours", "clock", "quiet"),
    [
        ((22, 8), "22:00", True),
        ((22, 8), "00:00", True),
        ((22, 8), "08:00", False),
        ((12, 14), "12:00", True),
        ((12, 14), "13:59", True),
        ((12, 14), "14:00", False),
        ((12, 14), "23:00", False),
    ],
)
def test_quiet_hours_begin_with_the_first_minute_and_end_before_the_last(
    hours: tuple[int, int], clock: str, quiet: bool
) -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    of = channel(zone=shanghai, quiet=(time(hours[0]), time(hours[1])))
    moment = datetime.combine(NOW.date(), time.fromisoformat(clock), shanghai)
    assert of.is_quiet(moment.astimezone(UTC)) is quiet


def test_what_was_told_two_weeks_ago_and_never_went_out_stays_here(engine: sa.Engine) -> None:
    assert "digest" in due(engine, NOW + timedelta(days=13))
    assert due(engine, NOW + timedelta(days=15)) == {}


def test_a_weekly_digest_is_due_on_its_day() -> None:
    weekly = channel(digest="weekly", day="monday")
    assert weekly.last_due(NOW) == datetime(2026, 3, 30, 7, tzinfo=UTC)
    assert channel(digest="never").last_due(NOW) is None


def names(found: Sequence[Channel]) -> list[str]:
    return [each.name for each in found]


def test_a_workspace_without_settings_has_no_channels() -> None:
    assert names(channels(Workspace(slug="demo", name="Demo"))) == []
    (made,) = channels(Workspace(slug="demo", name="Demo", locale="zh-CN", signals=SETTINGS))
    assert (made.language, made.quiet, made.at) == ("zh", (time(22), time(8)), time(9))
