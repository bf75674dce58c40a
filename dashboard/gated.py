"""Buttons that store something: for those who may not, they stand there disabled and say why."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import person
from dashboard.selection import View
from geo_tracker.people.permissions import Permission


def button(view: View, permission: Permission, label: str, **more: Any) -> bool:
    """As `st.button`, for who may do it in the workspace."""
    return bool(st.button(label, **_gated(view, permission, more)))


def submit(view: View, permission: Permission, label: str, **more: Any) -> bool:
    """As `st.form_submit_button`, for who may do it in the workspace."""
    return bool(st.form_submit_button(label, **_gated(view, permission, more)))


def _gated(view: View, permission: Permission, more: dict[str, Any]) -> dict[str, Any]:
    if person.allowed(permission, view.slug):
        return more
    return {**more, "disabled": True, "help": view.t(f"people.cannot.{permission}")}
