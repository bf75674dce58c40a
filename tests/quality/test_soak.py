"""A few fault schedules of `make soak`, one of each kind of fault among them over time."""

from __future__ import annotations

from pathlib import Path

from tests.quality.soak import soaking


def test_faults_lose_nothing_and_move_no_number(tmp_path: Path) -> None:
    met, failed = soaking(tmp_path, range(7, 12))
    assert not failed
    assert met.total() >= 5
