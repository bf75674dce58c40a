"""The picture that came with a captured answer is shown beside it, on request."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import select

from geo_tracker.collect.intake import take_capture
from geo_tracker.i18n import translate
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading
from geo_tracker.storage.models import Answer
from tests.support.captured import asking_by_hand, capture, line
from tests.support.pages import visit, words


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """A home with an answer that was captured with a picture."""
    monkeypatch.setenv("GEO_HOME", str(tmp_path))
    engine, archive = (
        open_engine(f"sqlite:///{tmp_path / 'geo.db'}"),
        Archive((tmp_path / "archive").as_uri()),
    )
    migrate(engine)
    workspace = asking_by_hand(engine, apps=["doubao"], repeats=1)
    drawn = BytesIO()
    Image.new("RGB", (30, 20), "red").save(drawn, "JPEG")
    shot = "data:image/jpeg;base64," + base64.b64encode(drawn.getvalue()).decode()
    assert take_capture(engine, archive, workspace, line(capture(screenshot=shot))).outcome == "new"
    score(engine, archive, workspace)
    engine.dispose()
    return archive


def test_it_is_shown_when_asked_for_and_its_loss_is_told(archive: Archive, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    with reading(engine) as session:
        answer = session.exec(select(Answer.id).where(Answer.status == "captured")).one()
    app, t = visit("answers", answer=str(answer), lang="zh"), translate("zh")
    assert not app.exception
    assert not app.get("image")
    [wanted] = [each for each in app.toggle if each.label == t("answer.picture")]
    wanted.set_value(True).run()
    assert not app.exception
    assert len(app.get("image")) == 1
    for path in tmp_path.rglob("*.zst"):
        path.unlink()
    app.run()
    assert not app.exception
    assert not app.get("image")
    assert t("answer.no_archive") in words(app)
    engine.dispose()
