"""Whether a selection asks for what there is."""

from __future__ import annotations

from sqlmodel import Session

from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.choices import read_choices


def checked(session: Session, selection: Selection, mark: str = "") -> Selection:
    """The selection; raises `UsageError` for a value of a dimension that no answer has.

    A slip of the pen would otherwise read as an empty result. `mark` stands before the dimension's name.
    """
    choices = read_choices(session, selection.workspace)
    for name, chosen in selection.chosen:
        known = choices.values[name]
        if unknown := sorted(set(chosen) - set(known)):
            there_are = f"there are {', '.join(known)}" if known else "there is none"
            raise UsageError(f"{mark}{name}: no answer has {', '.join(unknown)}; {there_are}")
    return selection
