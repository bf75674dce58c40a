"""Every app's stream, cut, split and with frames that nobody knows: never taken for whole, never passed over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.captures.base import BadRow, CapturedAnswer
from tests.support.apps import APPS
from tests.support.streams import marked, recording

TEXTS = st.lists(st.text("露岚云纱abc。12", min_size=1, max_size=6), max_size=8)
"""Without blanks: Nano AI sends a line break as one."""
EVERY = pytest.mark.parametrize("name", APPS)


@EVERY
@given(pieces=TEXTS, data=st.data())
def test_the_text_does_not_depend_on_how_it_was_split(
    name: str, pieces: list[str], data: st.DataObject
) -> None:
    app, text = APPS[name], "".join(["露岚", *pieces, "。"])
    cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=6)))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    found = app.read(app.frames(parts))
    assert isinstance(found, CapturedAnswer), found
    assert (found.answer.text, found.answer.cut, found.answer.unknown_blocks) == (text, False, ())


@EVERY
@given(data=st.data())
def test_a_stream_cut_at_any_frame_or_byte_is_never_whole(name: str, data: st.DataObject) -> None:
    app = APPS[name]
    frames = app.frames(["露岚", "面膜很", "温和。"])
    kept = data.draw(st.integers(0, len(frames) - len(app.end)))
    rest = app.write(frames[kept])
    body = app.write(*frames[:kept]) + rest[: data.draw(st.integers(0, len(rest.rstrip()) - 2))]
    found = recording((app.url, app.request, body))
    assert all(isinstance(each, BadRow) or each.answer.cut for each in found), found


@EVERY
@pytest.mark.parametrize("at", [1, -1])
def test_text_of_a_kind_that_is_not_known_is_reported(name: str, at: int) -> None:
    app = APPS[name]
    frames = app.frames(["露岚", "面膜"])
    found = app.read(
        marked(frames, app.unknown, len(app.begin) + 1 if at == 1 else len(frames) - len(app.end))
    )
    assert isinstance(found, CapturedAnswer), found
    assert (found.answer.text, found.answer.cut, len(found.answer.unknown_blocks)) == ("露岚面膜", False, 1)
