"""Controls whose values stand in the address bar: a link shows the same numbers, in any language.

Streamlit's own binding writes an option's label into the address, which a translation changes; here it is the
value. Every run opens the address, draws controls and closes it; a control that is not drawn keeps its value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

import streamlit as st

V = TypeVar("V")
Address = Mapping[str, Sequence[str]]
GIVEN, WRITTEN, DRAWN, KEPT = "address.given", "address.written", "address.drawn", "address.kept"


def open_address() -> None:
    """Take over an address that was typed, followed or gone back to; an empty one keeps all values."""
    here = {key: st.query_params.get_all(key) for key in st.query_params}
    st.session_state[GIVEN] = here if here and here != st.session_state.get(WRITTEN) else None
    st.session_state[DRAWN] = {}
    st.session_state.setdefault(KEPT, {})


def close_address() -> None:
    """Write the values of all drawn controls that are not at their default."""
    address = st.session_state[DRAWN]
    if address != {key: st.query_params.get_all(key) for key in st.query_params}:
        st.query_params.from_dict(address)
    st.session_state[WRITTEN] = address


def written() -> Address:
    """The address as the last run left it."""
    found: Address = st.session_state.get(WRITTEN, {})
    return found


def address(**changed: str) -> dict[str, Any]:
    """The address of this run with some values changed; an empty one is left out."""
    return {key: value for key, value in {**st.session_state[DRAWN], **changed}.items() if value}


def one_of(
    label: str,
    key: str,
    options: Sequence[str],
    default: str,
    text: Callable[[str], str] = str,
    widget: Callable[..., Any] = st.selectbox,
    **more: Any,
) -> str:
    """A choice of one; an unknown value in the address gives the default."""
    _settle(key, _one(key, options, default))
    chosen: str = widget(label, options, key=key, format_func=text, **more)
    return _drawn(key, chosen, default)


def some_of(
    label: str, key: str, options: Sequence[str], text: Callable[[str], str] = str, **more: Any
) -> tuple[str, ...]:
    """A choice of several; none chosen means all."""
    known = [value for value in _value(key, (), tuple) if value in options]
    _settle(key, known)
    chosen: tuple[str, ...] = tuple(st.multiselect(label, options, key=key, format_func=text, **more))
    return _drawn(key, chosen, ())


def switch(label: str, key: str, **more: Any) -> bool:
    """On or off; off by default."""
    _settle(key, _value(key, False, lambda texts: texts[:1] == ["1"]))
    on: bool = st.toggle(label, key=key, **more)
    return _drawn(key, on, False)


def words(label: str, key: str, **more: Any) -> str:
    """Free text; empty by default."""
    _settle(key, _value(key, "", lambda texts: "".join(texts[:1])[:200]))
    typed: str = st.text_input(label, key=key, max_chars=200, **more)
    return _drawn(key, typed.strip(), "")


def fixed(key: str) -> str:
    """A value that only the address and `put` set, such as the answer that is shown; empty by default."""
    value: str = _value(key, "", lambda texts: "".join(texts[:1])[:500])
    return _drawn(key, value, "")


def page(key: str, pages: int) -> int:
    """Page buttons; one page needs none."""
    chosen: int = min(max(_value(key, 1, _whole) or 1, 1), max(pages, 1))
    if pages > 1:
        chosen = st.pagination(pages, default=chosen, key=f"{key}-buttons")
    return _drawn(key, chosen, 1)


def days(label: str, key: str, first: date, last: date, **more: Any) -> tuple[date, date]:
    """A range of days within first..last; while only one end is picked, the range ends there."""
    chosen = sorted(min(max(day, first), last) for day in _value(key, (first, last), _dates))
    _settle(key, (chosen[0], chosen[-1]))
    picked = st.date_input(label, key=key, min_value=first, max_value=last, **more)
    _drawn(key, picked, (first, last))
    return picked[0], picked[-1]


def put(**values: Any) -> None:
    """Set values from code; they show in the next run."""
    st.session_state[KEPT].update(values)
    for key in values:
        st.session_state.pop(key, None)


def _one(key: str, options: Sequence[str], default: str) -> str:
    value: str = _value(key, default, lambda texts: texts[0] if texts else default)
    return value if value in options else default


def _value(key: str, default: Any, read: Callable[[Sequence[str]], Any]) -> Any:
    given: Address | None = st.session_state[GIVEN]
    if given is not None:
        return read(given[key]) if key in given else default
    kept = st.session_state[KEPT].get(key, default)
    return st.session_state.get(key, kept)


def _settle(key: str, value: Any) -> None:
    """Set a control before it is drawn: a translated label then shows the value it stands for."""
    st.session_state[key] = value


def _drawn(key: str, value: V, default: Any) -> V:
    st.session_state[KEPT][key] = value
    if value != default:
        st.session_state[DRAWN][key] = [_text(each) for each in _several(value)]
    return value


def _several(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def _text(value: Any) -> str:
    return "1" if value is True else str(value)


def _whole(texts: Sequence[str]) -> int | None:
    return (
        int(texts[0]) if texts and texts[0].isascii() and texts[0].isdigit() and len(texts[0]) < 10 else None
    )


def _dates(texts: Sequence[str]) -> list[date]:
    try:
        return [date.fromisoformat(text) for text in texts[:2]]
    except ValueError:
        return []
