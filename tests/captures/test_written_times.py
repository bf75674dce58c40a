"""Times of Takeout's page in the languages of its accounts; what is not known is told, never today's."""

from __future__ import annotations

import pytest

from geo_tracker.captures._written_times import day_first, written_time
from geo_tracker.captures.base import BadRow, CapturedAnswer
from tests.captures.test_exports import cell
from tests.support.captures import read


@pytest.mark.parametrize(
    ("line", "utc"),
    [
        ("Nov 3, 2025, 2:05:06\u202fPM UTC", "2025-11-03T14:05:06"),
        ("Nov 3, 2025, 12:05:06 AM PST", "2025-11-03T08:05:06"),
        ("Nov 3, 2025, 2:05:06 PM CST", "2025-11-03T20:05:06"),
        ("3 Nov 2025, 14:05:06 GMT", "2025-11-03T14:05:06"),
        ("3 Sept 2025, 14:05:06 BST", "2025-09-03T13:05:06"),
        ("3 Nov 2025, 14:05:06 IST", "2025-11-03T08:35:06"),
        ("2025年11月3日 14:05:06 CST", "2025-11-03T06:05:06"),
        ("2025年11月3日 下午2:05:06 CST", "2025-11-03T06:05:06"),
        ("2025年11月3日 上午12:05:06 GMT+8", "2025-11-02T16:05:06"),
        ("2025年11月3日 下午12:05:06 HKT", "2025-11-03T04:05:06"),
        ("2025年11月3日 14:05", "2025-11-03T14:05:00"),
        ("2025/11/03 14:05:06 JST", "2025-11-03T05:05:06"),
        ("2025. 11. 3. 오후 2:05:06 KST", "2025-11-03T05:05:06"),
        ("03.11.2025, 14:05:06 MEZ", "2025-11-03T13:05:06"),
        ("3. Juli 2025, 14:05:06 MESZ", "2025-07-03T12:05:06"),
        ("3. März 2025, 14:05:06 MEZ", "2025-03-03T13:05:06"),
        ("3 nov. 2025, 14:05:06 CET", "2025-11-03T13:05:06"),
        ("3 févr. 2025, 14:05:06 UTC+1", "2025-02-03T13:05:06"),
        ("3 août 2025, 14:05:06 CEST", "2025-08-03T12:05:06"),
        ("3 juin 2025, 14:05:06 CEST", "2025-06-03T12:05:06"),
        ("3 de nov. de 2025, 14:05:06 BRT", "2025-11-03T17:05:06"),
        ("3 нояб. 2025 г., 14:05:06 MSK", "2025-11-03T11:05:06"),
        ("3 Şub 2025 14:05:06 TRT", "2025-02-03T11:05:06"),
        ("3 Nov 2025, 2:05:06 pm AEDT", "2025-11-03T03:05:06"),
        ("3 nov 2025, 14:05:06 GMT-03:30", "2025-11-03T17:35:06"),
    ],
)
def test_a_time_is_read_as_accounts_write_it(line: str, utc: str) -> None:
    found = written_time(line)
    assert found is not None and found.isoformat() == f"{utc}+00:00"


@pytest.mark.parametrize(
    "line",
    [
        "best mask?",
        "3 Foo 2025, 14:05:06 GMT",
        "3 Nov 2025, 14:05:06 XYZT",
        "03/11/2025, 14:05:06 CET",
        "31.02.2025, 14:05:06 MEZ",
        "3 Nov 1925, 14:05:06 GMT",
        "3 Nov 2025",
    ],
)
def test_what_would_be_a_guess_is_no_time(line: str) -> None:
    assert written_time(line) is None


def test_dates_with_slashes_are_read_where_one_of_the_page_shows_their_order() -> None:
    lines = ["x", "03/11/2025, 14:05:06 CET", "23/11/2025, 14:05:06 CET"]
    assert (day_first(lines), day_first(lines[:2]), day_first(["11/23/2025 14:05:06"])) == (True, None, False)
    assert [str(written_time(line, day_first=True))[:10] for line in lines[1:]] == [
        "2025-11-03",
        "2025-11-23",
    ]
    assert str(written_time(lines[1], day_first=False))[:10] == "2025-03-11"
    assert day_first([*lines, "11/23/2025 14:05:06"]) is None, "a page that says both says neither"


def test_a_time_that_is_not_known_is_told_and_its_answer_not_dated_today() -> None:
    known = cell("Prompted a?", "<p>a</p>", time="3 nov. 2025, 14:05:06 CET")
    for time in ("Montag um zehn", "3 Nov 2025, 14:05:06 XYZT"):
        page = f"<html><body>{known}{cell('Prompted b?', '<p>b</p>', time=time)}</body></html>"
        first, told = read(page.encode())
        assert isinstance(first, CapturedAnswer) and str(first.asked_at) == "2025-11-03 13:05:06+00:00"
        assert (
            isinstance(told, BadRow)
            and repr(time) in told.reason
            and "is no time that is known" in told.reason
        )
