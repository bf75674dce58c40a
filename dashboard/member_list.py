"""Who has which role in the workspace; the agency's own admins also give roles in all of them."""

from __future__ import annotations

import streamlit as st

from dashboard import elements, gated, membership, person, tables
from dashboard.selection import View
from geo_tracker.errors import UsageError
from geo_tracker.people.permissions import ROLES
from geo_tracker.storage.models import Member


def show(view: View) -> None:
    t = view.t
    if not person.signs_in():
        elements.html("note", text=t("people.no_login"))
    found = membership.members(view.url, view.slug)
    if found:
        heads = [t(f"people.head.{name}") for name in ("who", "role", "where", "added")]
        tables.grid(heads, [_row(view, member, slug) for member, slug in found], (0, 1, 2, 3))
    else:
        elements.html("note", text=t("people.no_members"))
    for role in ROLES:
        elements.html(
            "note", text=t("text.term", term=t(f"people.role.{role}"), meaning=t(f"people.does.{role}"))
        )
    _add(view)
    _remove(view, [(member, slug) for member, slug in found if person.allowed("administer", slug)])


def _row(view: View, member: Member, slug: str | None) -> tables.Row:
    t = view.t
    added = t(
        "people.by", at=elements.time_text(member.added_at, view.facts.timezone, t), who=member.added_by
    )
    texts = (
        member.who,
        t(f"people.role.{member.role}"),
        view.facts.name if slug else t("people.everywhere"),
        added,
    )
    return tables.Row([tables.Cell(text) for text in texts])


def _add(view: View) -> None:
    t = view.t
    with st.form("member-form", border=True, clear_on_submit=True):
        who = st.text_input(t("people.address"), key="member-who", max_chars=200)
        role = st.selectbox(
            t("people.head.role"), tuple(ROLES), format_func=lambda name: t(f"people.role.{name}")
        )
        every = person.allowed("administer", None) and st.checkbox(
            t("people.give_everywhere"), key="member-all"
        )
        pressed = gated.submit(view, "administer", t("people.add"))
    if pressed:
        try:
            membership.add_member(view.url, None if every else view.slug, who, str(role))
        except UsageError as error:
            elements.mistake(error, view.language)
            return
        st.rerun()


def _remove(view: View, found: list[tuple[Member, str | None]]) -> None:
    t = view.t
    if not found:
        return
    names = [
        f"{member.who} · {view.facts.name if slug else t('people.everywhere')}" for member, slug in found
    ]
    left, right = st.columns((4, 1), vertical_alignment="bottom")
    with left:
        place = st.selectbox(
            t("people.remove_label"), range(len(names)), format_func=names.__getitem__, key="member-gone"
        )
    with right:
        pressed = gated.button(view, "administer", t("people.remove"), width="stretch", key="member-remove")
    if pressed:
        member, slug = found[int(place)]
        membership.remove_member(view.url, slug, member.who)
        st.rerun()
