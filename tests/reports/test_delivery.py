"""Files arrive in folders, object stores and messages; a failure is tried again and told without the address."""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

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


class Bucket(MemoryFileSystem):
    """Stands in for s3: no key, no network."""

    protocol = "s3"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    error: Exception | None = None

    def pipe_file(self, path: str, value: bytes, **options: Any) -> None:
        if Bucket.error:
            raise Bucket.error
        super().pipe_file(path, value, **options)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> type[Bucket]:
    fsspec.register_implementation("s3", Bucket, clobber=True)
    monkeypatch.setattr(Bucket, "error", None)
    Bucket.store.clear()
    return Bucket


def test_a_bucket_gets_the_files(bucket: type[Bucket]) -> None:
    (found,) = deliver(MADE, [Target("s3://clients/crm/")])
    assert (found.error, found.target) == ("", "s3://clients/crm/")
    assert {name.removeprefix("s3:").lstrip("/"): file.getvalue() for name, file in bucket.store.items()} == {
        f"clients/crm/{MADE[0].name}": b"%PDF-1"
    }


def test_missing_credentials_of_a_bucket_are_told_and_do_not_stop_the_others(
    bucket: type[Bucket], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    errors = ModuleType("botocore.exceptions")

    class BotoCoreError(Exception):
        """As botocore's: none of Python's own errors."""

    errors.BotoCoreError = BotoCoreError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "botocore", ModuleType("botocore"))
    monkeypatch.setitem(sys.modules, "botocore.exceptions", errors)
    monkeypatch.setattr(bucket, "error", BotoCoreError("Unable to locate credentials"))
    failed, fine = deliver(MADE, [Target("s3://clients"), Target(str(tmp_path))], lambda seconds: None)
    assert failed.tries == 3 and "Unable to locate credentials" in failed.error
    assert not fine.error and (tmp_path / MADE[0].name).exists()


class Hook(BaseHTTPRequestHandler):
    """Takes what is posted; the first time it is not well."""

    posted: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        self.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(500 if len(self.posted) == 1 else 200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def hook() -> Iterator[str]:
    Hook.posted.clear()
    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    server.server_close()


def test_a_service_gets_the_files_attached_and_is_asked_again_after_a_failure(hook: str) -> None:
    (found,) = deliver(MADE, [Target(hook)], lambda seconds: None)
    assert (found.error, found.tries) == ("", 2)
    message = Hook.posted[1]
    assert "still coming in" in message["message"] and MADE[0].name in message["message"]
    (file,) = message["attachments"]
    assert (file["filename"], base64.b64decode(file["base64"])) == (MADE[0].name, b"%PDF-1")
