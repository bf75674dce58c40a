"""The analytic read: filters, brands, what a selection says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from geo_tracker.errors import UsageError
from geo_tracker.metrics.dimensions import CHOSEN
from geo_tracker.metrics.measures import measure
from geo_tracker.metrics.sums import Table, sums_of
from geo_tracker.queries.facts import Choices, Selection, read_choices, read_facts, read_workspaces
from geo_tracker.storage.models import Brand, DailyBrand, DailyCell, Workspace
from tests.support.daily_rows import BRANDS, DAY, Cell, fill

CELLS = [
    Cell(
        number,
        10,
        (number, 2, 0),
        engine=engine,
        surface=surface,
        day=DAY + timedelta(days=day),
        sandbox=day == 2,
    )
    for number in range(1, 9)
    for engine, surface in (("doubao", "api"), ("kimi", "web"))
    for day in range(3)
]


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    fill(engine, CELLS)
    with Session(engine) as session:
        yield session


def test_branded_prompts_stay_out_unless_asked_for(session: Session) -> None:
    without, with_branded = (
        read_facts(session, Selection("demo", branded=branded)) for branded in (False, True)
    )
    assert set(without.cells["prompt_id"]) == {2, 3, 4, 5, 6, 7, 8}
    assert set(with_branded.cells["prompt_id"]) == {1, 2, 3, 4, 5, 6, 7, 8}


@pytest.mark.parametrize(
    ("filters", "prompts", "surfaces", "days"),
    [
        (Selection("demo").only(engine=("kimi",)), 7, ("web",), 3),
        (Selection("demo").only(surface=("api",)), 7, ("api",), 3),
        (Selection("demo").only(language=("en",)), 3, ("api", "web"), 3),
        (Selection("demo").only(topic=("masks",)), 3, ("api", "web"), 3),
        (Selection("demo").only(stage=("awareness", "decision")), 7, ("api", "web"), 3),
        (Selection("demo").only(persona=("student",)), 1, ("api", "web"), 3),
        (Selection("demo").only(country=("CN",)), 2, ("api", "web"), 3),
        (Selection("demo").only(tag=("mask",)), 1, ("api", "web"), 3),
        (Selection("demo").only(tag=('it\'s "new"', "masks")), 2, ("api", "web"), 3),
        (Selection("demo", start=DAY + timedelta(days=1)), 7, ("api", "web"), 2),
        (Selection("demo", start=DAY, end=DAY), 7, ("api", "web"), 1),
    ],
)
def test_filters(
    session: Session, filters: Selection, prompts: int, surfaces: tuple[str, ...], days: int
) -> None:
    found = read_facts(session, filters, ("day",))
    for frame in (found.cells, found.own_sums):
        assert frame["prompt_id"].nunique() == prompts
        assert frame["day"].nunique() == days
    assert found.surfaces == surfaces


def test_facts_describe_their_selection(session: Session) -> None:
    found = read_facts(session, Selection("demo"))
    assert (found.name, found.locale, found.timezone) == ("Demo", "zh-CN", "Asia/Shanghai")
    assert (found.first, found.last) == (DAY, DAY + timedelta(days=2))
    assert [brand.name for brand in found.brands] == list(BRANDS)
    assert found.own is not None and found.own.name == "云纱"
    assert found.sandbox
    assert not read_facts(session, Selection("demo", end=DAY)).sandbox


def test_a_selection_without_rows_is_still_measurable(session: Session) -> None:
    found = read_facts(session, Selection("demo", start=date(2030, 1, 1)))
    assert found.first is found.last is None
    assert not found.sandbox
    assert found.surfaces == ()
    assert measure(found, "mention_rate", "云纱").verdict == "no data"


def test_archived_brands_come_last_and_only_with_their_history(session: Session) -> None:
    first = session.get_one(Brand, 2)
    first.archived_at = datetime(2026, 3, 3, 16, tzinfo=UTC)  # the 4th in Shanghai
    session.add(Brand(id=9, workspace_id=1, name="Gone", archived_at=datetime(2020, 1, 1, tzinfo=UTC)))
    session.flush()
    found = read_facts(session, Selection("demo"))
    assert [(brand.name, brand.archived) for brand in found.brands] == [
        ("云纱", False),
        ("Basalt", False),
        ("Aurora Care", True),
    ]
    mentions = measure(found, "mention_rate", "Aurora Care")
    assert (mentions.numerator, mentions.denominator) == (2 * 14 * 2, 10 * 14 * 2), "two of the three days"
    later = read_facts(session, Selection("demo", start=DAY + timedelta(days=2)))
    assert [brand.name for brand in later.brands] == ["云纱", "Basalt"]
    assert set(later.own_sums["brand"]) == {"云纱"}


def test_rules_versions_of_the_selected_answers(engine: sa.Engine) -> None:
    rules = ("1", "1 2", "")
    fill(engine, (Cell(2, 3, day=DAY + timedelta(days=day), rules=each) for day, each in enumerate(rules)))
    with Session(engine) as session:
        assert read_facts(session, Selection("demo")).rules == ("1", "2")
        assert read_facts(session, Selection("demo", end=DAY)).rules == ("1",)


def test_unknown_workspace_names_the_known_ones(session: Session) -> None:
    with pytest.raises(UsageError, match=r"no workspace 'other'.*demo"):
        read_facts(session, Selection("other"))


def test_every_sum_is_a_column_and_is_read(session: Session) -> None:
    facts = read_facts(session, Selection("demo"))
    tables: tuple[tuple[Table, Any, Any], ...] = (
        ("cell", DailyCell, facts.cells),
        ("brand", DailyBrand, facts.own_sums),
    )
    for table, model, frame in tables:
        names = {each.name for each in sums_of(table)}
        assert names <= set(sa.inspect(model).columns.keys())
        assert names <= set(frame.columns)


def test_choices_of_the_filters(session: Session) -> None:
    last = DAY + timedelta(days=2)
    assert read_choices(session, "demo") == Choices(
        {
            "engine": ("doubao", "kimi"),
            "surface": ("api", "web"),
            "mode": ("unknown",),
            "language": ("en", "zh"),
            "topic": ("creams", "masks"),
            "stage": ("awareness", "decision"),
            "persona": ("student",),
            "country": ("CN",),
            "tag": ('it\'s "new"', "mask", "masks"),
        },
        first=DAY,
        last=last,
    )
    assert read_workspaces(session) == {"demo": "Demo"}


def test_a_new_workspace_has_no_choices_yet(session: Session) -> None:
    session.add(Workspace(id=2, slug="new", name="New"))
    session.flush()
    assert read_choices(session, "new") == Choices({each.name: () for each in CHOSEN}, None, None)


def test_the_surface_with_most_answers_comes_first(engine: sa.Engine) -> None:
    fill(engine, [Cell(2, 3), Cell(2, 9, surface="web", engine="kimi")])
    with Session(engine) as session:
        assert read_choices(session, "demo").values["surface"] == ("web", "api")
