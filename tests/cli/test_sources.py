"""`geo-tracker sources` and `gap` as their users meet them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from geo_tracker.storage.database import migrate, open_engine
from geo_tracker.storage.models import PageStatus
from tests.cli.test_commands import geo, lines
from tests.support.daily_rows import DAY, Cell, fill
from tests.support.source_rows import AURORA, OWN, Site, add_answer, add_pages

SITES = (
    Site("https://forum.example/1", "forum.example", "ugc", ((AURORA, 3, None),)),
    Site("https://news.example/a", "news.example", "editorial", ((OWN, 2, None),)),
    Site("https://unread.example/x", "unread.example", status=PageStatus.PLANNED),
)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Two days of answers: the forum is cited on both, the news on the second only."""
    engine = open_engine(f"sqlite:///{tmp_path / 'home' / 'geo.db'}")
    migrate(engine)
    fill(engine, [Cell(2, 1), Cell(2, 1, day=DAY + timedelta(days=1))])
    with Session(engine) as session:
        add_pages(session, SITES)
        add_answer(session, 1, 2, [(1, None), (3, None)])
        add_answer(session, 2, 2, [(1, None), (2, None)], day=DAY + timedelta(days=1))
        session.commit()
    return tmp_path


def test_sources_by_domain_page_and_type(here: Path) -> None:
    domains = lines(geo(here, "sources", "-w", "demo", "--json"))
    assert [(row["source"], row["type"], row["answers"], row["weight"]) for row in domains] == [
        ("forum.example", "ugc", 2, 1.0),
        ("news.example", "editorial", 1, 0.5),
        ("unread.example", None, 1, 0.5),
    ]
    (page,) = lines(geo(here, "sources", "-w", "demo", "--by", "page", "--type", "ugc", "--json"))
    assert (page["source"], page["page_id"]) == ("https://forum.example/1", 1)
    types = lines(geo(here, "sources", "-w", "demo", "--by", "type", "--json"))
    assert {(row["type"], row["value"], row["n"]) for row in types} == {
        ("ugc", 0.5, 2),
        ("editorial", 0.25, 2),
        (None, 0.25, 2),
    }
    assert "50.0%" in geo(here, "sources", "-w", "demo", "--by", "type").stdout


def test_sources_compared_with_the_window_before(here: Path) -> None:
    day = str(DAY + timedelta(days=1))
    rows = lines(geo(here, "sources", "-w", "demo", "--compare", "--from", day, "--json"))
    assert {(row["source"], row["state"], row["verdict"]) for row in rows} == {
        ("forum.example", "steady", "thin sample"),
        ("news.example", "new", "thin sample"),
        ("unread.example", "lost", "thin sample"),
    }
    assert "lost" in geo(here, "sources", "-w", "demo", "--compare", "--from", day).stdout


def test_a_window_without_one_before_says_so(here: Path) -> None:
    done = geo(here, "sources", "-w", "demo", "--compare", "--json")
    assert (done.returncode, done.stdout) == (0, "")
    assert "to compare with: choose a later --from" in done.stderr


def test_gap_names_rivals_and_what_to_do(here: Path) -> None:
    done = geo(here, "gap", "-w", "demo", "--json")
    (row,) = lines(done)
    assert (row["source"], row["action"], row["rivals"]) == ("forum.example", "pitch", {"Aurora Care": 3})
    assert (row["weight"], row["weight_estimated"]) == (1.0, 1.0)
    assert "1 cited domains were not read" in done.stderr
    assert "1.00*" in geo(here, "gap", "-w", "demo", "--by", "page").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("sources", "--by", "host"), "--by: 'host' is none of domain, page, type"),
        (("sources", "--type", "blog"), "--type: 'blog' is none of owned,"),
        (("sources", "--by", "type", "--compare"), "--compare is of domains or pages"),
        (("gap", "--by", "type"), "--by: 'type' is none of domain, page"),
        (("shelf", "--surface", "nowhere"), "--surface: no answer has nowhere"),
        (("shelf", "--by", "placement,shop"), "--by: no group shop"),
        (("gap", "--engine", "nobody"), "--engine: no answer has nobody"),
    ],
)
def test_a_wrong_call_says_so(here: Path, arguments: tuple[str, ...], says: str) -> None:
    done = geo(here, *arguments, "-w", "demo")
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
