"""Turns of web apps as captured answers, each answer once however often its app sent it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from geo_tracker.captures._branches import is_open, standing
from geo_tracker.captures.assistants._dialogue import together
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.captures.base import BadRow, CapturedAnswer, Read
from geo_tracker.engines._endings import ended
from geo_tracker.engines._marks import readable
from geo_tracker.engines._stream import cut_off
from geo_tracker.engines.base import EngineError

ONE_OF_A_KIND = re.compile(r"[0-9]{15,}|[0-9a-f-]{20,40}|[0-9a-v]{20}")
"""Ids that no other message has: snowflakes, UUIDs and hashes, xids. Any other counts within its conversation."""
NO_QUESTION = "the question is not in the file: import this answer as JSONL with its prompt"
MAX_HELD = 1_000
"""Conversations whose newest answer is held back, and answers that may still be replaced; of more, the oldest go."""


@dataclass(frozen=True, slots=True)
class Found:
    """A turn, and where it stood."""

    name: str
    turn: Turn
    line: int
    exchange: Exchange | None = None
    assistant: Assistant | None = None

    @property
    def read(self) -> Read:
        """The turn as an answer of its assistant, or what it lacks."""
        if _is_lost(self.turn):
            return BadRow(self.line, f"{self.name}: {cut_off()}")
        if not self.turn.prompt:
            return BadRow(self.line, f"{self.name}: {NO_QUESTION}")
        return CapturedAnswer(
            prompt=self.turn.prompt,
            engine=self.name,
            answer=ended(readable(self.turn.answer)),
            line=self.line,
            surface="web",
            asked_at=self.turn.at or (self.exchange.at if self.exchange else None),
            id=self.turn.id,
            raw=self.turn.raw or (self.exchange.body if self.exchange else None),
            message=_named(self.turn),
        )


def _is_lost(turn: Turn) -> bool:
    """Whether a stream stopped before the answer's first word."""
    return turn.answer.cut and not turn.answer.text.strip()


def _named(turn: Turn) -> str | None:
    """The app's own name of an answer: its id, or its number within its conversation."""
    if turn.id is None or ONE_OF_A_KIND.fullmatch(turn.id):
        return turn.id
    return f"{turn.thread}/{turn.id}" if turn.thread else None


def captured(name: str, turns: Iterator[Turn], line: int, exchange: Exchange | None = None) -> Iterator[Read]:
    """Each turn as an answer of the assistant `name`; a failure that the recording reports ends them as a bad row."""
    for found in met(name, turns, line, exchange):
        yield found if isinstance(found, BadRow) else found.read


def met(
    name: str,
    turns: Iterator[Turn],
    line: int,
    exchange: Exchange | None = None,
    assistant: Assistant | None = None,
) -> Iterator[Found | BadRow]:
    """The turns of a recording with their place; errors as for `captured`."""
    try:
        for turn in turns:
            yield Found(name, turn, line, exchange, assistant)
    except EngineError as error:
        yield BadRow(line, str(error) if str(error).startswith(f"{name}: ") else f"{name}: {error}")


class Newest:
    """Holds back the newest turn of each conversation until no later one can continue, repeat or replace it."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str | None], Found] = {}
        self._open: dict[tuple[str, str | None], list[Found]] = {}
        """Earlier turns of conversations whose app says which question takes the place of which."""
        self._seen: dict[int, set[str | None]] = defaultdict(set)
        """The apps' names of the answers told so far, by what is said in them."""

    def take(self, new: Found) -> Iterator[Read]:
        """The turns that are settled by this one."""
        key = new.name, new.turn.thread
        if key not in self._held and not new.turn.prompt:
            key = new.name, None  # the question may stand in a request that does not name its conversation
        old = self._held.pop(key, None)
        one = new if old is None else _one_of(old, new)
        earlier = [*self._open.pop(key, []), *([old] if one is None and old is not None else [])]
        yield from self._earlier(key, earlier, new.turn)
        self._held[key] = one or new
        if len(self._held) > MAX_HELD:
            yield from self._settled(self._held.pop(next(iter(self._held))))

    def _earlier(self, key: tuple[str, str | None], earlier: list[Found], new: Turn) -> Iterator[Read]:
        """The earlier turns of a conversation without those that a new one replaces; some of them stay open."""
        stands = standing([found.turn for found in earlier], new)
        left = [found for found, stays in zip(earlier, stands, strict=True) if stays]
        listed = new.raw is not None  # a history, which holds what came before again
        settled = [found for found in left if listed or not is_open(found.turn)]
        if kept := [found for found in left if not listed and is_open(found.turn)]:
            self._open[key] = kept
        if sum(map(len, self._open.values())) > MAX_HELD:
            settled += self._open.pop(next(iter(self._open)))
        for found in settled:
            yield from self._settled(found)

    def rest(self) -> Iterator[Read]:
        """What is still held, in the order of the recording."""
        held = [*self._held.values(), *(found for listed in self._open.values() for found in listed)]
        for found in sorted(held, key=lambda found: found.line):
            yield from self._settled(found)
        self._held.clear()
        self._open.clear()

    def _settled(self, found: Found) -> Iterator[Read]:
        """The turn, unless the same was told before: an app loads as history what it has just streamed."""
        if not (found.turn.prompt or found.turn.answer.text.strip() or found.turn.answer.unknown_blocks):
            return  # told of an answer that is not in the recording
        told = self._seen[hash((found.name, found.turn.prompt, found.turn.answer.text))]
        named = _named(found.turn)
        if not told or not found.turn.prompt or not (None in told or named is None or named in told):
            yield found.read
        told.add(named)


def _one_of(old: Found, new: Found) -> Found | None:
    """The one turn that two of a conversation are; None where they are two."""
    before, after = old.turn, new.turn
    if before.prompt and after.prompt and before.prompt != after.prompt:
        return None
    asked = replace(new, turn=replace(after, prompt=after.prompt or before.prompt))
    linked = after.thread is not None or not after.prompt
    same = linked and before.id is not None and before.id == after.id
    again = after.again or (before.question_id is not None and before.question_id == after.question_id)
    if after.continues and (same or after.id is None):
        return _continued(old, asked)
    if same and before.again and after.answer.text.endswith(before.answer.text):
        return old  # a history that lists both answers
    if before.answer.text == after.answer.text and after.prompt:
        return max((old, new), key=lambda each: (len(each.turn.answer.citations), each is old))
    if (same or before.answer.cut) and after.answer.text.startswith(before.answer.text):
        return asked
    if (same or after.answer.cut) and before.answer.text.startswith(after.answer.text):
        return old
    return asked if same or (linked and again) else None


def _continued(old: Found, new: Found) -> Found:
    """An answer that had stopped and what went on with it, which repeats the beginning or only adds to it."""
    before, after = old.turn.answer, new.turn.answer
    if both := _read_together(old, new):
        return both
    if not after.text:  # only tells whether it has ended
        follow_ups = after.follow_ups or before.follow_ups
        return replace(
            old, turn=replace(old.turn, answer=replace(before, cut=after.cut, follow_ups=follow_ups))
        )
    if after.text.startswith(before.text):
        return new
    if before.text.startswith(after.text):
        return old
    answer = together([before, after], "".join)
    raw = b"\n".join(found.exchange.body for found in (old, new) if found.exchange)
    return replace(new, line=old.line, turn=replace(new.turn, answer=answer, raw=raw))


def _read_together(old: Found, new: Found) -> Found | None:
    """The answer of two recordings that make one stream."""
    if new.assistant is None or old.exchange is None or new.exchange is None:
        return None
    exchange = new.assistant.whole(old.exchange, new.exchange)
    found = (
        list(met(new.name, new.assistant.turns(exchange), old.line, exchange, new.assistant))
        if exchange
        else []
    )
    turns = [each for each in found if isinstance(each, Found)]
    return turns[-1] if turns else None


def assistant_for(url: str, known: tuple[Assistant, ...]) -> Assistant | None:
    """The assistant whose answers the response to a request holds."""
    return next((assistant for assistant in known if assistant.recorded(url)), None)
