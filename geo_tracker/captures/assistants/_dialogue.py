"""Dialogues: the messages of a conversation as turns, one answer to each question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from geo_tracker.captures._document import written
from geo_tracker.captures.assistants._reading import (
    is_user,
    message_id,
    parent_id,
    plain_text,
    time_of,
)
from geo_tracker.captures.assistants.base import Turn
from geo_tracker.engines._json import Json
from geo_tracker.engines._markers import merged
from geo_tracker.engines._paragraphs import paragraphs
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation

AnswerOf = Callable[[Sequence[Json]], ParsedAnswer]
"""The one answer that an assistant's messages in a row make."""


def dialogue(
    messages: Sequence[Json], answer_of: AnswerOf, *, thread: str | None = None, current: str | None = None
) -> Iterator[Turn]:
    """The turns of messages in order: each question with everything that was answered to it, until the next.

    Of answers or questions that were made again only the last counts, or the one that `current`, the message on the
    screen, belongs to.
    """
    asked: Json = {}
    answers: list[Json] = []
    for message in shown(messages, current):
        if is_user(message):
            yield from _turn(asked, answers, answer_of, thread)
            asked, answers = message, []
        else:
            answers.append(message)
    yield from _turn(asked, answers, answer_of, thread)


def _turn(asked: Json, answers: Sequence[Json], answer_of: AnswerOf, thread: str | None) -> Iterator[Turn]:
    answer = answer_of(answers) if answers else ParsedAnswer("")
    if answer.text.strip() or answer.unknown_blocks:
        yield Turn(
            plain_text(asked).strip(),
            answer,
            message_id(answers[-1]),
            time_of(asked, *answers),
            written([asked, *answers]),
            thread,
            message_id(asked),
        )


def shown(messages: Sequence[Json], current: str | None = None) -> list[Json]:
    """The messages without those that were made again, and without what followed on those."""
    parents = {id_: parent_id(message) for message in messages if (id_ := message_id(message)) is not None}
    screen = set(_upwards(current, parents))
    chosen: dict[str, str] = {}
    for id_, parent in parents.items():
        if parent is not None and not (chosen.get(parent) in screen and id_ not in screen):
            chosen[parent] = id_
    questions_linked = any(is_user(message) and parent_id(message) for message in messages)
    roots = [id_ for id_, parent in parents.items() if parent is None]
    first = next((id_ for id_ in roots if id_ in screen), roots[-1] if questions_linked and roots else None)
    dropped = {id_ for id_, parent in parents.items() if parent is not None and chosen[parent] != id_}
    if first is not None and (questions_linked or first in screen):
        dropped |= {id_ for id_ in roots if id_ != first and _is_question(messages, id_)}
    return [
        message
        for message in messages
        if (id_ := message_id(message)) is None or dropped.isdisjoint(_upwards(id_, parents))
    ]


def _is_question(messages: Sequence[Json], id_: str) -> bool:
    return any(message_id(message) == id_ and is_user(message) for message in messages)


def _upwards(id_: str | None, parents: dict[str, str | None]) -> Iterator[str]:
    """A message and those that it follows, as far as they are known; a circle ends."""
    seen: set[str] = set()
    while id_ is not None and id_ in parents and id_ not in seen:
        seen.add(id_)
        yield id_
        id_ = parents[id_]


def one_by_one(answer_of: Callable[[Json], ParsedAnswer]) -> AnswerOf:
    """For apps whose messages each say all of themselves: the answer that several in a row make."""
    return lambda messages: together([answer_of(message) for message in messages])


def together(
    answers: Sequence[ParsedAnswer], join: Callable[[Iterable[str]], str] = paragraphs
) -> ParsedAnswer:
    """Answers one below the other as one; it is cut if the last one is."""
    whole = answers[0]
    for answer in answers[1:]:
        text = join([whole.text, answer.text])
        whole = replace(
            answer,
            text=text,
            citations=merged([*whole.citations, *shifted(answer.citations, len(text) - len(answer.text))]),
            queries=tuple(dict.fromkeys([*whole.queries, *answer.queries])),
            search="yes" if "yes" in (whole.search, answer.search) else answer.search,
            offers=(*whole.offers, *answer.offers),
            model=answer.model or whole.model,
            unknown_blocks=(*whole.unknown_blocks, *answer.unknown_blocks),
        )
    return whole


def shifted(citations: Sequence[ParsedCitation], by: int) -> Iterator[ParsedCitation]:
    """The citations of a text that now stands further down."""
    for row in citations:
        yield replace(row, spans=tuple((start + by, end + by) for start, end in row.spans))
