"""What vendors read off an assistant's page: its lines, and that a refusal is only another text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from geo_tracker.sandbox.records import SandboxAnswer, Segment
from geo_tracker.sandbox.wire.base import Call, Json, Reply, Wire


class PageWire(Wire):
    """A page shows what the assistant says; nobody else says whether it declined."""

    def refusal(self, call: Call, answer: SandboxAnswer) -> Reply:
        return Reply.of_json(self.document(call, spoken(answer)))


def spoken(answer: SandboxAnswer) -> SandboxAnswer:
    """The answer with its refusal, if it is one, as the text."""
    return replace(answer, segments=(Segment(answer.refused),)) if answer.refused else answer


@dataclass(frozen=True, slots=True)
class Line:
    """One line of markdown and the sources of all that stands on it, as indices."""

    text: str
    sources: tuple[int, ...]

    @property
    def is_item(self) -> bool:
        return self.text.startswith("- ") or self.text.split(".")[0].isdigit()

    @property
    def is_row(self) -> bool:
        return self.text.startswith("|")

    @property
    def plain(self) -> str:
        """The words without what makes it a heading, an item or bold."""
        words = self.text.lstrip("#- ").replace("**", "")
        number, dot, rest = words.partition(". ")
        return rest if dot and number.isdigit() else words


def lines(answer: SandboxAnswer) -> list[Line]:
    """The lines of an answer that are not blank."""
    found: list[Line] = []
    text, sources = "", list[int]()
    for segment in (*answer.segments, Segment("\n")):
        first, *others = segment.text.split("\n")
        text, sources = text + first, [*sources, *segment.sources]
        for other in others:
            found.append(Line(text, tuple(dict.fromkeys(sources))))
            text, sources = other, []
    return [line for line in found if line.text.strip()]


def renumbered(sources: Iterable[int], cited: tuple[int, ...]) -> list[int]:
    """Sources as indices into the list of those that the answer cites."""
    return [cited.index(source) for source in sources]


def row_cells(line: Line) -> list[str]:
    return [cell.strip().replace("**", "") for cell in line.text.strip("| ").split("|")]


def is_ruler(line: Line) -> bool:
    """Whether a table row only separates the head from the body."""
    return line.is_row and not line.text.strip("|- ")


def references(answer: SandboxAnswer) -> list[Json]:
    """The cited sources under the names that result vendors share."""
    return [
        {
            "title": source.title,
            "url": source.url,
            "source": source.site,
            "text": source.snippet,
            "position": number,
        }
        for number, index in enumerate(answer.cited, 1)
        for source in [answer.sources[index]]
    ]
