"""Offers in any text, page or captured body."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer

from geo_tracker.captures import recognise
from geo_tracker.captures.base import CapturedAnswer
from geo_tracker.cli._console import Json, emit
from geo_tracker.cli._input import Input, Jsonl, Texts, read_whole
from geo_tracker.extract.commerce.offers import answer_offers, built_in, find_offers
from geo_tracker.extract.commerce.platforms import Platforms
from geo_tracker.extract.records import Offer

app = typer.Typer()

Found = tuple[str, tuple[Offer, ...]]
"""The offers of one text or answer, under its id."""
Record = Callable[[Offer], dict[str, Any]]
HEAD = 65536
"""Bytes by which a capture is recognised."""
SHOWN = ("placement", "platform", "title", "price", "currency", "merchant", "item_id", "url")
KNOWN = ("brand", "product", "store", "reference_price")
"""Shown besides where a workspace tells them."""


@app.command()
def offers(
    file: Input,
    jsonl: Jsonl = False,
    url: Annotated[str, typer.Option(help="Address of an HTML page, for its relative links.")] = "",
    workspace: Annotated[
        str, typer.Option("--workspace", "-w", help="File or slug: its own platforms, brands and products.")
    ] = "",
    json: Json = False,
) -> None:
    """Find product links and cards in text, markdown, an HTML page, JSON Lines or a captured file.

    No database is needed, unless the workspace is named by its slug.
    """
    platforms, record = _known(workspace)
    columns = (*SHOWN, *KNOWN) if workspace else SHOWN
    texts = Texts(file, jsonl=True) if jsonl or file.endswith(".jsonl") else None
    for text_id, each in _of_lines(texts, url, platforms) if texts else _of_whole(file, url, platforms):
        records = [record(offer) for offer in each]
        if json:
            emit([{"id": text_id, "offers": records}], json=True)
        else:
            emit(({name: record[name] for name in columns} for record in records), json=False, title=text_id)
    if texts and texts.failed:
        raise typer.Exit(1)


def _known(workspace: str) -> tuple[Platforms, Record]:
    if not workspace:
        return built_in(), asdict
    from geo_tracker.cli._catalogue import known  # the other way does not wait for a database to load

    found = known(workspace)
    return found.platforms, found.record


def _of_lines(texts: Texts, url: str, platforms: Platforms) -> Iterator[Found]:
    for text_id, text, _ in texts:
        yield text_id, find_offers(text, url=url, platforms=platforms)


def _of_whole(name: str, url: str, platforms: Platforms) -> Iterator[Found]:
    """Of each captured answer in the file; a file without any is one text or page."""
    data = read_whole(name)
    capture = recognise(data[:HEAD])
    rows = capture.read(io.BytesIO(data)) if capture else iter(())
    answers = [row for row in rows if isinstance(row, CapturedAnswer)]
    if not answers:
        yield name, find_offers(data.decode("utf-8", "replace"), url=url, platforms=platforms)
    for row in answers:
        yield row.id or str(row.line), answer_offers(row.answer.text, row.answer.offers, platforms=platforms)
