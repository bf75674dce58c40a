"""Prompts: pasted a line each, from a CSV file, or changed in a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import edit_draft, elements, gated
from dashboard.edit_draft import lines
from dashboard.selection import View
from geo_tracker.words.mistakes import mistake_text

COLUMNS = ("text", "language", "country", "topic", "stage", "persona", "tags")
STAGES = ("", "awareness", "consideration", "decision")
MOST = 2_000_000
"""Bytes of a CSV file of prompts: 5,000 of them are a tenth of it."""


def show(view: View) -> None:
    """Three ways to the same list."""
    t = view.t
    _, data = edit_draft.data_of(view)
    _paste(view, data)
    _file(view, data)
    elements.html("section", title=t("workspace.all_prompts", count=len(data["prompts"] or ())))
    _table(view, data)


def _paste(view: View, data: dict[str, Any]) -> None:
    t = view.t
    with st.form("paste", enter_to_submit=False):
        text = st.text_area(t("workspace.paste"), placeholder=t("workspace.paste_help"), height=120)
        columns = st.columns(4)
        with columns[0]:
            language = st.text_input(t("dimension.language"), view.facts.locale.split("-")[0], max_chars=16)
        with columns[1]:
            country = st.text_input(t("dimension.country"), max_chars=2)
        with columns[2]:
            topic = st.text_input(t("dimension.topic"))
        with columns[3]:
            stage = st.selectbox(t("dimension.stage"), STAGES, format_func=lambda each: _stage(view, each))
        pressed = gated.submit(view, "edit", t("workspace.see"), type="primary", icon=":material/visibility:")
    if pressed:
        more = {"language": language, "country": country, "topic": topic, "stage": stage}
        add(view, data, [{"text": line, **more} for line in lines(text)])


def add(view: View, data: dict[str, Any], new: Sequence[dict[str, Any]], reason: str = "") -> None:
    """Have new prompts wait beside those that are there."""
    edit_draft.propose(view, {**data, "prompts": [*(data["prompts"] or ()), *new]}, reason)


def _file(view: View, data: dict[str, Any]) -> None:
    t = view.t
    with st.expander(t("workspace.csv"), icon=":material/upload_file:"):
        elements.html("note", text=t("workspace.csv_help", columns=", ".join(COLUMNS)))
        uploaded = st.file_uploader(t("workspace.csv"), type=["csv"], label_visibility="collapsed")
        if uploaded is None or not gated.button(view, "edit", t("workspace.see"), key="csv-see"):
            return
        try:
            new = prompts_of(uploaded.getvalue())
        except (ValueError, csv.Error) as error:
            reason = elements.plain(mistake_text(str(error), view.language))
            st.error(t("workspace.csv_bad", reason=reason), icon=":material/error:")
            return
        add(view, data, new)


def prompts_of(content: bytes) -> list[dict[str, Any]]:
    """The prompts of a CSV file with a header; raises `ValueError` that says what is wrong with it."""
    if len(content) > MOST:
        raise ValueError(f"larger than {MOST:,} bytes")
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    header = [name.strip().lower() for name in reader.fieldnames or ()]
    if "text" not in header or set(header) - set(COLUMNS):
        raise ValueError(f"its columns are {', '.join(header) or 'none'}")
    reader.fieldnames = header
    return [_entry(row) for row in reader if (row.get("text") or "").strip()]


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    """A row as a prompt; tags stand between semicolons."""
    values = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    tags = [tag.strip() for tag in values.pop("tags").split(";") if tag.strip()]
    return {**values, "tags": tags}


def _table(view: View, data: dict[str, Any]) -> None:
    t = view.t
    rows = [{**prompt, "tags": "; ".join(prompt["tags"])} for prompt in data["prompts"] or ()]
    labels = {name: t(f"workspace.column.{name}") for name in COLUMNS}
    config = {name: st.column_config.TextColumn(label) for name, label in labels.items()}
    config["stage"] = st.column_config.SelectboxColumn(
        labels["stage"], options=STAGES, format_func=lambda each: _stage(view, str(each))
    )
    edited = st.data_editor(
        pd.DataFrame(rows, columns=COLUMNS),
        num_rows="dynamic",
        hide_index=True,
        column_config=config,
        key="prompts-table",
        height=420,
    )
    elements.html("note", text=t("workspace.prompts_help"))
    if gated.button(view, "edit", t("workspace.see"), key="table-see", icon=":material/visibility:"):
        values = edited.fillna("").to_dict("records")
        kept = [_entry(row) for row in values if str(row["text"]).strip()]
        edit_draft.propose(view, {**data, "prompts": kept})


def _stage(view: View, name: str) -> str:
    return view.t(f"doc.stage.{name}") if name else view.t("number.none")
