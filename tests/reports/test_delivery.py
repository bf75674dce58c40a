"""Files arrive in folders, object stores and messages; a failure is tried again and told without the address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fsspec
import pytest

from geo_tracker.delivery.targets import Target
from geo_tracker.errors import UsageError
from geo_tracker.reports.delivery import deliver, targets
from geo_tracker.reports.making import Made

MADE = [Made("crm", "pdf", "en", "crm-2026-11-en.pdf", b"%PDF-1", False, ("November is still coming in",))]
SECRET = "json://user:pass-word@127.0.0.1:9/hook"


def test_a_folder_and_a_store_get_the_files(tmp_path: Path) -> None:
    found = list(deliver(MADE, [Target(str(tmp_path / "to")), Target("memory://bucket/reports")]))
    assert [(each.error, each.tries) for each in found] == [("", 1), ("", 1)]
    assert (tmp_path / "to" / MADE[0].name).read_bytes() == b"%PDF-1"
    assert fsspec.filesystem("memory").cat_file(f"/bucket/reports/{MADE[0].name}") == b"%PDF-1"


def test_a_failure_is_tried_three_times_and_told_without_the_secret(tmp_path: Path) -> None:
    waits: list[float] = []
    blocked = tmp_path / "file"
    blocked.write_text("x")
    to = [Target(SECRET), Target(str(blocked / "below")), Target(str(tmp_path / "fine"))]
    message, folder, fine = deliver(MADE, to, waits.append)
    assert message.tries == folder.tries == 3 and waits == [5.0, 15.0] * 2
    assert (
        message.error
        and "pass-word" not in f"{message.target}{message.error}"
        and message.target == "json://…"
    )
    assert folder.error and not fine.error  # one that fails does not stop the others


def test_what_comes_through_the_second_time_is_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    import apprise

    answers, sent = iter([False, True]), []

    def notify(self: Any, **message: Any) -> bool:
        files = [Path(name).read_bytes() for name in message["attach"]]
        sent.append((message["title"], message["body"], files))
        return next(answers)

    monkeypatch.setattr(apprise.Apprise, "notify", notify)
    (found,) = deliver(MADE, [Target(SECRET)], lambda seconds: None)
    assert (found.error, found.tries) == ("", 2)
    title, body, files = sent[1]
    assert title == "Report crm-2026-11-en" and files == [b"%PDF-1"]
    assert "crm-2026-11-en.pdf" in body and "still coming in" in body


def test_an_address_that_is_none_is_told() -> None:
    (found,) = deliver(MADE, [Target("nosuch://x")], lambda seconds: None)
    assert "no address that apprise knows" in found.error


def test_targets_come_from_the_environment_a_workspace_s_own_first() -> None:
    env = {"GEO_REPORT_TARGETS": "/a s3://b", "GEO_REPORT_TARGETS_DEMO_ZH": "mailto://x"}
    assert [each.address for each in targets(env, "crm")] == ["/a", "s3://b"]
    assert [each.shown for each in targets(env, "demo-zh")] == ["mailto://…"]
    with pytest.raises(UsageError, match="GEO_REPORT_TARGETS_CRM"):
        targets({}, "crm")
