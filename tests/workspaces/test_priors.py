"""What answers tell together of how they use a name: bounded, and the same however often it is learnt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from math import isclose, log
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import select

from geo_tracker.engines.base import ParsedAnswer
from geo_tracker.errors import UsageError
from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.brands.priors import FULL, Uses, tally, with_uses
from geo_tracker.extract.records import AliasSpec, BrandSpec
from geo_tracker.extract.scores import RULES_VERSION
from geo_tracker.extract.text.sentences import read
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.unsure import Unsure, read_unsure
from geo_tracker.score.answers import no_progress, score
from geo_tracker.storage.answers import save_answer
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, writing
from geo_tracker.storage.models import Answer, Brand, Prompt, Run, Workspace
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.brands import spec_of
from geo_tracker.workspaces.file import workspace_of
from geo_tracker.workspaces.lessons import Lesson, with_lesson
from geo_tracker.workspaces.priors import forget_learnt, learn, priors
from geo_tracker.workspaces.written import rewritten

NOW = datetime(2026, 11, 27, tzinfo=UTC)
FILE = """workspace: {slug: w, name: W}
# Who is tracked.
brands:
- name: 骆驼 # ours
  role: own
  aliases: # forms
  - Pk # short
- {name: Kelvira}
prompts:
- Which app?
"""
BRAND = "骆驼冲锋衣12元，性价比很高。"
WORD = "骆驼在沙漠里走。"
DOUBTFUL = "骆驼也在名单里。"


def test_strength_is_smoothed_and_bounded() -> None:
    assert Uses(0, 0).strength == 0 == Uses(7, 7).strength
    assert isclose(Uses(3, 0).strength, log(4) / log(FULL))
    assert Uses(FULL - 1, 0).strength == 1 == Uses(10_000, 3).strength
    assert Uses(2, 90).strength == -1
    assert Uses(1, 4).strength == -Uses(4, 1).strength


def test_an_answer_counts_once_and_what_a_user_decided_not_at_all() -> None:
    brands = [
        BrandSpec("骆驼", (AliasSpec("骆驼", includes=("名单",)),)),
        BrandSpec("Kelvira"),
        BrandSpec("Peak"),
    ]
    certain = "The Peak app costs $12 a month."
    texts = [BRAND + BRAND, BRAND, BRAND + WORD, WORD, DOUBTFUL, "Kelvira is a name.", certain]
    uses = tally(Matcher(brands), [read(text) for text in texts])
    assert uses == {("骆驼", "骆驼"): Uses(3, 2)}
    assert uses == tally(Matcher(brands), [read(text) for text in reversed(texts)])


def test_what_is_known_tells_in_every_text() -> None:
    def confidence(uses: Uses) -> float:
        brand = with_uses(BrandSpec("骆驼"), {("骆驼", "骆驼"): uses, ("Other", "骆驼"): Uses(90, 0)})
        (mention,) = Matcher([brand]).weigh(read(DOUBTFUL))
        return mention.confidence

    rarely, unknown, mostly = (confidence(uses) for uses in (Uses(0, 30), Uses(0, 0), Uses(30, 0)))
    assert rarely < unknown < mostly
    assert confidence(Uses(3_000, 0)) == mostly


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    """A workspace whose answers name 骆驼, most of them with certainty."""
    found = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    migrate(found)
    with writing(found) as session:
        apply(session, workspace_of(Path("w.yaml"), FILE), NOW)
        workspace = session.exec(select(Workspace)).one()
        run = Run(workspace_id=workspace.id, label="r")
        session.add(run)
        session.flush()
        prompt = session.exec(select(Prompt)).one()
        ids = {"workspace_id": workspace.id, "run_id": run.id, "prompt_id": prompt.id}
        for at, text in enumerate([BRAND.replace("12", str(n)) for n in range(10, 30)] + [DOUBTFUL, WORD]):
            answer = Answer(**ids, engine="openai", key=str(at), day=NOW.date())
            session.add(answer)
            session.flush()
            save_answer(session, answer, ParsedAnswer(text), NOW)
    score(found, Archive("memory://"), workspace)
    yield found
    found.dispose()


def doubts(engine: sa.Engine) -> list[Unsure]:
    with reading(engine) as session:
        return read_unsure(session, Selection("w"))


def test_learnt_by_a_step_seen_and_undone(engine: sa.Engine) -> None:
    workspace, archive = _workspace(engine), Archive("memory://")
    before = doubts(engine)
    assert learn(engine, workspace, NOW, no_progress)
    with reading(engine) as session:
        (known,) = priors(session, workspace)
    assert (known.alias, known.brand, known.other, known.strength) == ("骆驼", 20, 1, 0.785)
    assert (known.answers, known.rules, known.at) == (22, RULES_VERSION, "2026-11-27T00:00:00+00:00")
    assert score(engine, archive, workspace).answers == 22
    with reading(engine) as session:
        (brand,) = session.exec(select(Brand).where(Brand.name == "骆驼")).all()
        assert [round(alias.prior, 3) for alias in spec_of(brand).aliases] == [0.785, 0.0]

    assert not learn(engine, workspace, NOW, no_progress)
    assert score(engine, archive, workspace).answers == 0

    with writing(engine) as session:
        assert forget_learnt(session, workspace)
    assert score(engine, archive, workspace).answers == 22
    assert doubts(engine) == before
    with writing(engine) as session:
        assert not forget_learnt(session, workspace)
        assert priors(session, workspace) == []


def _workspace(engine: sa.Engine) -> Workspace:
    with reading(engine) as session:
        return session.exec(select(Workspace)).one()


def test_a_decision_is_written_into_the_file(tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    before = workspace_of(path, FILE)
    yes, no = (Lesson("骆驼", "骆驼", "名单", brand) for brand in (True, False))
    ruled = before.model_copy(update={"brands": with_lesson(before.brands, yes)})
    text = rewritten(path, FILE, ruled)
    form = "  - Pk # short\n"
    assert text == FILE.replace(form, f"{form}  - text: 骆驼\n    includes:\n    - 名单\n")
    other = ruled.model_copy(update={"brands": with_lesson(ruled.brands, no)})
    assert rewritten(path, text, other) == text.replace("includes", "excludes")
    with pytest.raises(UsageError, match="does not have Zebra"):
        with_lesson(before.brands, Lesson("Zebra", "Zebra", "app", True))
