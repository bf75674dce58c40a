"""Prompts: which questions are won and which are lost, and every question on a page of its own."""

from __future__ import annotations

from dashboard import controls, elements, prompt_list, prompt_page, selection
from dashboard.selection import View


def show(view: View) -> None:
    shown = controls.fixed("prompt")
    if shown.isdecimal():
        prompt_page.show(view, int(shown[:9]))
        return
    elements.heading(view, view.t("dashboard.prompts"))
    if not elements.empty(view):
        prompt_list.show(view)


show(selection.current())
