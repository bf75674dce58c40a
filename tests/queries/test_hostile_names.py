"""SQL in names and filters is text, on both databases: it selects nothing, and it changes nothing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from geo_tracker.errors import UsageError
from geo_tracker.metrics.dimensions import CHOSEN
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.checking import checked
from geo_tracker.queries.facts import read_facts
from tests.support.daily_rows import Cell, fill

SQL = ("x' OR '1'='1", "x'; DROP TABLE daily_cell; --", 'x" OR "1"="1', "%", "\\' UNION SELECT 1 --")


@pytest.mark.parametrize("text", SQL)
def test_sql_as_a_value_of_any_dimension(engine: sa.Engine, text: str) -> None:
    fill(engine, [Cell(2, 10, (2, 2, 0))])
    with Session(engine) as session:
        for each in CHOSEN:
            chosen = Selection("demo").only(**{each.name: (text,)})
            assert read_facts(session, chosen).cells.empty, each.name
            with pytest.raises(UsageError):
                checked(session, chosen)
        with pytest.raises(UsageError):
            read_facts(session, Selection(text))
        assert len(read_facts(session, Selection("demo")).cells) == 1
