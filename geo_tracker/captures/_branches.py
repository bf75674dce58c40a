"""Branches: which turns of a conversation the user replaced by asking otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from geo_tracker.captures.assistants.base import Turn


def is_open(turn: Turn) -> bool:
    """Whether a later request can tell that it takes the place of this turn."""
    return turn.follows is not None or turn.instead_of is not None


def standing(turns: Sequence[Turn], new: Turn) -> Iterator[bool]:
    """Of the earlier turns of a conversation in their order: whether each still stands after a new one.

    The ones that the new one takes the place of do not, nor what followed on those.
    """
    gone: set[str] = set()
    for turn in turns:
        replaced = _is_sibling(turn, new) or turn.follows in gone
        if replaced and turn.id is not None:
            gone.add(turn.id)
        yield not replaced


def _is_sibling(old: Turn, new: Turn) -> bool:
    if new.instead_of is not None:
        return new.instead_of in (old.question_id, old.instead_of)
    return new.follows is not None and old.follows == new.follows
