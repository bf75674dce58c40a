"""Captures as a companion writes them, and a workspace that asks apps by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from geo_tracker.storage.database import workspace_named, writing
from geo_tracker.storage.models import Workspace
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import WorkspaceFile
from tests.support.apps import APPS, ASKED

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
PROMPTS = (ASKED, "敏感肌可以用什么面膜?")


def capture(
    app: str = "doubao", text: str = "云纱面膜不错。", *, prompt: str = ASKED, **more: Any
) -> dict[str, Any]:
    """A capture of an app whose answer came in two frames."""
    of = APPS.get(app, APPS["doubao"])
    frames = of.frames([text[:2], text[2:]])
    request = {"url": of.url, "body": json.dumps(of.request | {"prompt": prompt}, ensure_ascii=False)}
    return {
        "capture": 1,
        "app": app.split()[0],
        "url": of.url.split("/", 3)[0] + "//" + of.url.split("/")[2] + "/chat/",
        "at": "2026-11-26T09:30:00.000Z",
        "mode": {"model": None, "search": True, "think": None},
        "prompt": prompt,
        "request": request,
        "response": {"content_type": "text/event-stream", "frames": [of.write(*frames)]},
        "html": None,
        "screenshot": None,
        "companion": "0.1.0",
        **more,
    }


def line(seen: dict[str, Any]) -> bytes:
    return json.dumps(seen, ensure_ascii=False).encode()


def asking_by_hand(engine: sa.Engine, apps: list[str] | None = None, repeats: int = 2) -> Workspace:
    """A workspace whose panel asks two apps by hand, every morning."""
    file = WorkspaceFile.model_validate(
        {
            "workspace": {"slug": "masks", "name": "面膜", "locale": "zh-CN", "timezone": "UTC"},
            "brands": [{"name": "云纱", "role": "own"}],
            "prompts": [{"text": text, "language": "zh"} for text in PROMPTS],
            "panels": [
                {"name": "apps", "apps": apps or ["doubao", "kimi"], "repeats": repeats, "cron": "0 6 * * *"}
            ],
        }
    )
    with writing(engine) as session:
        apply(session, file, NOW)
        return workspace_named(session, "masks")
