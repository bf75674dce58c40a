"""The options that select answers: those of every dimension, on every command that reads numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, get_args

import typer
from sqlmodel import Session

from geo_tracker.cli._console import say
from geo_tracker.cli._place import Slug
from geo_tracker.errors import UsageError
from geo_tracker.i18n import translate
from geo_tracker.metrics.dimensions import CHOSEN
from geo_tracker.metrics.records import Facts, Scope, Selection, Weights, previous
from geo_tracker.queries.checking import checked as known
from geo_tracker.queries.choices import read_choices

Several = Annotated[list[str] | None, typer.Option(help="Only these; repeat the option for several.")]
ScopeOption = Annotated[
    str,
    typer.Option(
        help="What low and high are about: these `prompts` asked on other days, or all `questions` buyers ask."
    ),
]
WeightsOption = Annotated[
    str,
    typer.Option(
        help="What counts the same where engines are pooled: `answers`, or `engines` however often each was asked."
    ),
]
LAST = ("json",)
"""Options of a command's own that stand behind those of the selection."""


def selecting(command: Callable[..., None], *, workspace: Any = Slug) -> Callable[..., None]:
    """A command whose parameter `selection` comes from `--workspace`, `--from`, `--to` and an option a dimension.

    With `workspace=AnySlug` it may be left out: the selection then names none.
    """
    own = inspect.signature(command, eval_str=True).parameters
    names = ("workspace", "start", "end", *(each.name for each in CHOSEN), "branded")

    def run(**values: Any) -> None:
        chosen = {name: values.pop(name) for name in names}
        command(selection=_selection(**chosen), **values)

    front = [each for name, each in own.items() if name not in ("selection", *LAST)]
    behind = [each for name, each in own.items() if name in LAST]
    slug, *rest = _options(workspace)
    # Typer draws a command's options from its signature.
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [_by_name(each) for each in (slug, *front, *rest, *behind)]
    )
    run.__name__, run.__doc__, run.__module__ = command.__name__, command.__doc__, command.__module__
    return run


def _by_name(option: inspect.Parameter) -> inspect.Parameter:
    return option.replace(kind=inspect.Parameter.KEYWORD_ONLY)


def _options(workspace: Any) -> Iterator[inspect.Parameter]:
    day = Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD.")]
    last = Annotated[str | None, typer.Option("--to", help="Last day, YYYY-MM-DD.")]
    branded = Annotated[bool, typer.Option("--branded", help="Also prompts that name a tracked brand.")]
    by_name = inspect.Parameter.KEYWORD_ONLY
    if workspace is Slug:
        yield inspect.Parameter("workspace", by_name, annotation=workspace)
    else:
        yield inspect.Parameter("workspace", by_name, annotation=workspace, default=None)
    yield inspect.Parameter("start", by_name, default=None, annotation=day)
    yield inspect.Parameter("end", by_name, default=None, annotation=last)
    for each in CHOSEN:
        yield inspect.Parameter(each.name, by_name, default=None, annotation=Several)
    yield inspect.Parameter("branded", by_name, default=False, annotation=branded)


def _selection(
    *, workspace: str | None, start: str | None, end: str | None, branded: bool, **chosen: list[str] | None
) -> Selection:
    first, last = day_of(start, "--from"), day_of(end, "--to")
    if first and last and first > last:
        raise UsageError(f"--from {first} is after --to {last}")
    everything = Selection(workspace or "", first, last, branded=branded)
    return everything.only(**{name: values or () for name, values in chosen.items()})


def day_of(text: str | None, option: str) -> date | None:
    """The day an option names; raises `UsageError` if it is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"{option}: {text!r} is not a day such as 2026-11-24") from None


def groups_of(by: str, known: Sequence[str]) -> tuple[str, ...]:
    """The groups that `--by` names, each once; raises `UsageError` for one that is not known."""
    groups = tuple(dict.fromkeys(name.strip() for name in by.split(",") if name.strip()))
    if unknown := set(groups) - set(known):
        raise UsageError(f"--by: no group {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return groups


def scope_of(text: str) -> Scope:
    """The question that `--scope` names; raises `UsageError` for none."""
    for scope in get_args(Scope):
        if scope == text:
            found: Scope = scope
            return found
    raise UsageError(f"--scope: {text!r} is none of {', '.join(get_args(Scope))}")


def weighing(selection: Selection, text: str) -> Selection:
    """The selection with the weights that `--weights` names; raises `UsageError` for none."""
    for weights in get_args(Weights):
        if weights == text:
            return replace(selection, weights=weights)
    raise UsageError(f"--weights: {text!r} is none of {', '.join(get_args(Weights))}")


def say_weights(facts: Facts, groups: Sequence[str]) -> None:
    """Say how engines weigh, where values pool engines that do not weigh alike."""
    from geo_tracker.reports.words import weights_text

    if "engine" not in groups and (text := weights_text(facts, translate("en"))):
        say(text)


def say_modes(facts: Facts, groups: Sequence[str]) -> None:
    """Say which modes of apps the values pool."""
    from geo_tracker.words.names import mode_text

    if "mode" not in groups and len(facts.modes) > 1:
        t = translate("en")
        named = t("text.comma").join(mode_text(name, t) for name in facts.modes)
        say(f"{t('dashboard.pooled_modes', modes=named)} --by mode keeps them apart")


def windows(session: Session, selection: Selection) -> tuple[Selection, Selection] | None:
    """The window before and the selection; None, said on stderr, where there are no answers before."""
    known = read_choices(session, selection.workspace)
    first, last = selection.start or known.first, selection.end or known.last
    if first is None or last is None:
        return None
    start, end = previous(first, last)
    if known.first is None or end < known.first:
        say(f"no answers from {start} to {end} to compare with: choose a later --from than {first}")
        return None
    return replace(selection, start=start, end=end), replace(selection, start=first, end=last)


def checked(session: Session, selection: Selection) -> Selection:
    """The selection; raises `UsageError` for a value of an option that no answer has."""
    return known(session, selection, "--")
