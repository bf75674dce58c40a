"""What a user decides on an unsure mention teaches the workspace a rule of the alias, which can be seen and undone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

from sqlmodel import Session, col, select

from geo_tracker.errors import UsageError
from geo_tracker.extract.brands.mentions import NEXT_TO
from geo_tracker.extract.brands.patterns import forms
from geo_tracker.extract.brands.spellings import spellings
from geo_tracker.extract.data import words
from geo_tracker.extract.text.folding import fold_name
from geo_tracker.extract.text.segmentation import dictionary, has_han
from geo_tracker.storage.models import Answer, Brand, Mention, Workspace
from geo_tracker.workspaces.brands import brands_of, forget_scores, spec_of
from geo_tracker.workspaces.entries import AliasEntry, BrandEntry

_WORD = re.compile(r"[^\W\d_]+")
_WORDS = ("includes", "excludes")
_Form = TypeVar("_Form", bound=AliasEntry)
_SENTENCE_END = re.compile(r"[.。!！?？\n]")


@dataclass(frozen=True, slots=True)
class Lesson:
    """Beside this word the alias is the brand, or is not."""

    name: str
    alias: str
    word: str
    brand: bool

    def __str__(self) -> str:
        return f"{self.name}: {self.alias!r} beside {self.word!r} is {'' if self.brand else 'not '}the brand"


def lessons(session: Session, workspace: Workspace) -> list[Lesson]:
    """The rules that decisions have taught, in the order of the brands."""
    return [
        Lesson(brand.name, **lesson) for brand in brands_of(session, workspace) for lesson in brand.lessons
    ]


def teach(session: Session, workspace: Workspace, place: str, *, brand: bool, word: str | None) -> Lesson:
    """Decide on the unsure mention at `ANSWER:START`, and have all answers scored again with the rule.

    The word beside the name is its neighbour in the sentence unless `word` names one. Raises `UsageError` where no
    unsure mention stands there or the word is not next to it. Call inside a writing transaction.
    """
    mention, answer = _unsure(session, workspace, place)
    text = answer.text or ""
    beside = fold_name(word) if word else neighbour(text, mention.start, mention.end)
    near = fold_name(text[max(0, mention.start - NEXT_TO) : mention.end + NEXT_TO])
    if not beside or beside not in near:
        raise UsageError(f"{place}: name a word within {NEXT_TO} characters of {mention.text!r} with --word")
    owner = session.get_one(Brand, mention.brand_id)
    lesson = Lesson(owner.name, _alias(owner, mention.text), beside, brand)
    _keep(session, owner, lesson)
    forget_scores(session, workspace)
    return lesson


def _unsure(session: Session, workspace: Workspace, place: str) -> tuple[Mention, Answer]:
    found = re.fullmatch(r"(\d{1,18}):(\d{1,9})", place.strip())
    if found is None:
        raise UsageError(
            f"{place[:50]!r} is no place of an unsure mention, such as 12:340: see geo-tracker unsure"
        )
    there = select(Mention, Answer).join(Answer, col(Answer.id) == col(Mention.answer_id))
    mine = there.where(Answer.workspace_id == workspace.id, Answer.id == int(found[1]))
    row = session.exec(mine.where(Mention.start == int(found[2]), col(Mention.unsure))).first()
    if row is None:
        raise UsageError(f"{place}: no unsure mention stands there: see geo-tracker unsure")
    return row


def neighbour(text: str, start: int, end: int) -> str:
    """The word of content next to a span in its sentence, after it or else before; empty if there is none."""
    after = _SENTENCE_END.split(text[end : end + NEXT_TO])[0]
    before = _SENTENCE_END.split(text[max(0, start - NEXT_TO) : start])[-1]
    cut = end + NEXT_TO < len(text) and text[end + NEXT_TO - 1].isalnum() and text[end + NEXT_TO].isalnum()
    following = _content(after)
    if cut and following and after.endswith(following[-1]) and not has_han(following[-1]):
        following.pop()
    preceding = _content(before)
    if start > NEXT_TO and before and text[start - NEXT_TO - 1].isalnum() and preceding:
        preceding = preceding[0 if has_han(preceding[0]) else 1 :]
    return next(iter((*following, *reversed(preceding))), "")


def _content(text: str) -> list[str]:
    found = (
        word
        for run in _WORD.findall(text)
        for word in (dictionary().cut(run, False) if has_han(run) else [run])
    )
    folded = map(fold_name, found)
    return [word for word in folded if len(word) > 1 and word not in words("en/function")]


def _alias(brand: Brand, written: str) -> str:
    """The alias that a text writes so; the brand's name where a misspelling was found."""
    key = fold_name(written)
    texts = [alias.text for alias in forms(spec_of(brand))]
    return next(
        (text for text in texts if any(key == spelling.text for spelling in spellings(text))), brand.name
    )


def _keep(session: Session, brand: Brand, lesson: Lesson) -> None:
    """A new decision on the same word takes the place of the old one."""
    values = {name: value for name, value in asdict(lesson).items() if name != "name"}
    others = [old for old in brand.lessons if (old["alias"], old["word"]) != (lesson.alias, lesson.word)]
    brand.lessons = [*others, values]
    session.add(brand)


def with_lesson(brands: Sequence[BrandEntry], lesson: Lesson) -> list[BrandEntry]:
    """The brands of a workspace file with the rule among the words of its alias.

    Raises `UsageError` where the file does not have the brand.
    """
    if lesson.name not in {brand.name for brand in brands}:
        raise UsageError(
            f"the file does not have {lesson.name}: decide without --write, or add it with discover --add --file"
        )
    return [_ruled(brand, lesson) if brand.name == lesson.name else brand for brand in brands]


def _ruled(brand: BrandEntry, lesson: Lesson) -> BrandEntry:
    """An alias that is only the brand's name becomes one of its own, to hold the rule."""
    written = {form.text for form in (*brand.aliases, *brand.products)}
    aliases = (
        list(brand.aliases) if lesson.alias in written else [*brand.aliases, AliasEntry(text=lesson.alias)]
    )
    return brand.model_copy(
        update={
            "aliases": [_with_word(form, lesson) for form in aliases],
            "products": [_with_word(form, lesson) for form in brand.products],
        }
    )


def _with_word(form: _Form, lesson: Lesson) -> _Form:
    """A decision takes the word away from what said the opposite."""
    if form.text != lesson.alias:
        return form
    kept = {name: [word for word in getattr(form, name) if word != lesson.word] for name in _WORDS}
    kept["includes" if lesson.brand else "excludes"].append(lesson.word)
    return form.model_copy(update=kept)


def forget(session: Session, workspace: Workspace, number: int) -> Lesson:
    """Undo the rule of that number, from 1, and have all answers scored again; raises `UsageError` if there is none."""
    taught = lessons(session, workspace)
    if not 1 <= number <= len(taught):
        raise UsageError(
            f"there is no rule {number}: {len(taught)} were taught, see geo-tracker unsure --rules"
        )
    lesson = taught[number - 1]
    (brand,) = [each for each in brands_of(session, workspace) if each.name == lesson.name]
    brand.lessons = [
        each for each in brand.lessons if (each["alias"], each["word"]) != (lesson.alias, lesson.word)
    ]
    session.add(brand)
    forget_scores(session, workspace)
    return lesson
