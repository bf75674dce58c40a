"""Events and experiments: what can be marked, what stays as it was fixed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from geo_tracker.errors import UsageError
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Event, Prompt
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.events import EventDraft, add_event, read_events, remove_event
from geo_tracker.workspaces.file import WorkspaceFile

NOW = datetime(2026, 3, 10, 20, tzinfo=UTC)  # the 11th in Shanghai
FILE = WorkspaceFile.model_validate(
    {
        "workspace": {"slug": "w", "name": "W", "timezone": "Asia/Shanghai"},
        "brands": [{"name": "云纱", "role": "own"}],
        "prompts": [
            {"text": "面膜怎么选", "topic": "面膜", "tags": ["a", "b"]},
            {"text": "敏感肌面膜", "topic": "面膜"},
            {"text": "防晒推荐", "topic": "防晒", "tags": ["b"]},
            {"text": "云纱好用吗", "topic": "防晒"},
        ],
    }
)


@pytest.fixture
def filled(engine: sa.Engine) -> sa.Engine:
    with writing(engine) as session:
        apply(session, FILE, NOW)
    return engine


def mark(engine: sa.Engine, draft: EventDraft, window: dict[str, int] | None = None) -> Event:
    with writing(engine) as session:
        return add_event(session, workspace_named(session, "w"), draft, NOW, window)


def texts(engine: sa.Engine, ids: list[int]) -> list[str]:
    with reading(engine) as session:
        return [session.get(Prompt, each).text for each in ids]  # type: ignore[union-attr]


def test_prompts_are_named_by_text_and_by_what_describes_them(filled: sa.Engine) -> None:
    made = mark(
        filled, EventDraft("改版", date(2026, 3, 1), "relaunch", moves=["topic=面膜"], controls=["防晒推荐"])
    )
    assert texts(filled, made.moves) == ["面膜怎么选", "敏感肌面膜"]
    assert texts(filled, made.controls) == ["防晒推荐"]
    tagged = mark(filled, EventDraft("PR", date(2026, 2, 1), "pr", moves=["tag=b"], controls=["rest"]))
    assert texts(filled, tagged.moves) == ["面膜怎么选", "防晒推荐"]
    assert texts(filled, tagged.controls) == ["敏感肌面膜"]  # not the one that names a brand
    with reading(filled) as session:
        assert [each.name for each in read_events(session, workspace_named(session, "w"))] == ["PR", "改版"]


@pytest.mark.parametrize(
    ("draft", "says"),
    [
        (EventDraft("", date(2026, 3, 1)), "needs a name"),
        (EventDraft("a\nb", date(2026, 3, 1)), "needs a name"),
        (EventDraft("a", date(2026, 3, 1), "party"), "no kind 'party'"),
        (EventDraft("a", date(2026, 3, 1), moves=["nobody asked"]), "no prompt 'nobody asked'"),
        (EventDraft("a", date(2026, 3, 1), pages=["javascript:alert(1)"]), "is not an address"),
        (
            EventDraft("a", date(2026, 3, 1), moves=["tag=b"], controls=["防晒推荐"]),
            "both moved and a control: 防晒推荐",
        ),
        (EventDraft("known", date(2026, 3, 1)), "has an event 'known'"),
    ],
)
def test_what_cannot_be_marked_is_told_and_nothing_is_stored(
    filled: sa.Engine, draft: EventDraft, says: str
) -> None:
    mark(filled, EventDraft("known", date(2026, 3, 1)))
    with pytest.raises(UsageError, match=says):
        mark(filled, draft)
    with reading(filled) as session:
        assert len(read_events(session, workspace_named(session, "w"))) == 1


def test_an_experiment_that_has_begun_stays(filled: sa.Engine) -> None:
    window = {"before": 7, "after": 7}
    mark(filled, EventDraft("begun", date(2026, 3, 11)), window)
    mark(filled, EventDraft("tomorrow", date(2026, 3, 12)), window)
    mark(filled, EventDraft("event", date(2026, 3, 1)))
    with writing(filled) as session:
        workspace = workspace_named(session, "w")
        for name in ("tomorrow", "event"):
            remove_event(session, workspace, name, NOW)
        with pytest.raises(UsageError, match="began on 2026-03-11: it stays"):
            remove_event(session, workspace, "begun", NOW)
        with pytest.raises(UsageError, match="no event 'other'; there are begun"):
            remove_event(session, workspace, "other", NOW)
