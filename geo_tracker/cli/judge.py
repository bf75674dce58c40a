"""A second opinion on the sentiment of texts, from an engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from geo_tracker.cli._console import Json, emit, say, warn
from geo_tracker.cli._input import Input, Jsonl, Texts
from geo_tracker.collect.judge import Agreement, Judged, Opinions, agreement
from geo_tracker.collect.judge import judge as judge_texts
from geo_tracker.collect.replies import Replies
from geo_tracker.config import Settings
from geo_tracker.engines import engine_named
from geo_tracker.errors import UsageError
from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.scores import analyse
from geo_tracker.workspaces.file import read_workspace

app = typer.Typer()


@app.command()
def judge(
    file: Input,
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", help="Workspace file; only its brands are needed.")
    ],
    engine: Annotated[str, typer.Option("--engine", "-e", help="Engine that judges; its key is needed.")],
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Texts asked about at most.")] = 20,
    max_cost: Annotated[
        float, typer.Option(min=0.0, help="Stop when this much is spent, in the engine's currency.")
    ] = 1.0,
    replies: Annotated[
        Path | None,
        typer.Option(
            help="File of replies that are not asked for again; default judge-replies.jsonl in GEO_HOME."
        ),
    ] = None,
    jsonl: Jsonl = False,
    json: Json = False,
) -> None:
    """Have an engine judge what texts say of brands, and report how often the offline default agrees.

    Costs one answer per text, once: replies are kept, and a run that was stopped goes on. A judgement counts only
    with a quotation that is in the text.
    """
    asked, settings = engine_named(engine), Settings.from_environment()
    if reason := settings.unready(asked):
        raise UsageError(reason)
    texts = Texts(file, jsonl=jsonl)
    judged: list[Judged] = []
    kept = Replies.at(replies or Path(settings.environment.get("GEO_HOME") or "data") / "judge-replies.jsonl")
    found = judge_texts(
        asked, _opinions(texts, workspace), settings, limit=limit, max_cost=max_cost, replies=kept
    )
    for each in found:
        judged.append(each)
        for reason in filter(None, (each.error, *each.rejected)):
            warn(f"{each.opinions.id}: {reason}")
        if json:
            emit([_record(each)], json=True)
    if not json:
        emit((row for each in judged for row in _rows(each)), json=False)
    _summarise(judged, sandbox=bool(settings.sandbox_url), json=json)
    if texts.failed or not all(each.judgements for each in judged):
        raise typer.Exit(1)


def _opinions(texts: Texts, workspace: Path) -> Iterator[Opinions]:
    declared = read_workspace(workspace)
    matcher = Matcher(declared.specs, topics=declared.topics, attributes=declared.attributes)
    for text_id, text, prompt in texts:
        brands = analyse(text, matcher, prompt=prompt).brands
        yield Opinions(text_id, text, {brand.brand: brand.polarity or "neutral" for brand in brands})


def _record(judged: Judged) -> dict[str, Any]:
    ours = judged.opinions.polarities
    return {
        "id": judged.opinions.id,
        "judgements": [
            {
                "brand": of.brand,
                "judge": of.polarity,
                "default": ours[of.brand],
                "start": of.start,
                "end": of.end,
            }
            for of in judged.judgements
        ],
        "rejected": list(judged.rejected),
        "error": judged.error,
        "cost": judged.cost,
    }


def _rows(judged: Judged) -> Iterator[dict[str, Any]]:
    for of in judged.judgements:
        ours = judged.opinions.polarities[of.brand]
        yield {
            "text": judged.opinions.id,
            "brand": of.brand,
            "judge": of.polarity,
            "default": ours,
            "agree": "yes" if ours == of.polarity else "no",
            "evidence": judged.opinions.text[of.start : of.end],
        }


def _summarise(judged: list[Judged], *, sandbox: bool, json: bool) -> None:
    of = agreement(judged)
    costs = [each.cost for each in judged if each.cost is not None]
    summary = {
        "texts": len(judged),
        "failed": sum(not each.judgements for each in judged),
        "rejected": sum(len(each.rejected) for each in judged),
        "agreed": of.agreed,
        "compared": of.compared,
        "agreement": of.value,
        "low": of.low,
        "high": of.high,
        "kappa": of.kappa,
        "kappa_low": of.kappa_low,
        "kappa_high": of.kappa_high,
        "classes": {name: {"agreed": agreed, "compared": n} for name, (agreed, n) in of.classes.items()},
        "known": sum(each.known for each in judged),
        "cost": sum(costs) if costs else None,
        "sandbox": sandbox,
    }
    if json:
        emit([{"summary": summary}], json=True)
    else:
        say(_in_words(summary, of))


def _in_words(summary: Mapping[str, Any], of: Agreement) -> str:
    parts = [
        f"{summary['texts']} texts, {summary['failed']} without a judgement",
        f"{summary['rejected']} judgements rejected, {summary['known']} replies known from before",
        "cost not known" if summary["cost"] is None else f"cost {summary['cost']:.2f}",
    ]
    if of.value is None:
        return "; ".join((*parts, "nothing to compare"))
    classes = ", ".join(f"{name} {agreed}/{n}" for name, (agreed, n) in of.classes.items())
    share = f"{of.value:.2f} (95 % {of.low:.2f} to {of.high:.2f})"
    parts.append(f"the default agrees on {of.agreed} of {of.compared} brands: {share}; {classes}")
    parts.append(
        "kappa not known"
        if of.kappa is None
        else f"kappa {of.kappa:.2f} ({of.kappa_low:.2f} to {of.kappa_high:.2f})"
    )
    return "; ".join(parts)
