"""The words on screens and in reports: one YAML file per language, English where a locale has none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

from ruamel.yaml import YAML

Translate = Callable[..., str]
"""`t("metric.mention_rate.label", **values)`; an unknown key raises `KeyError`."""

DEFAULT = "en"
_HAN, _LATIN = "[\u3400-\u9fff]", "[A-Za-zÀ-ɏ]"
_PLACE = "\0"
"""Where a value begins or ends, until the spaces around it are right."""
_APART = re.compile(f"({_HAN}){_PLACE}(?={_LATIN})|({_LATIN}){_PLACE}(?={_HAN})")
_TOGETHER = re.compile(f"({_HAN})(?: {_PLACE}|{_PLACE} )(?={_HAN})")


def translate(locale: str) -> Translate:
    """The translator of a locale such as `zh-CN` or `en`; its file, 0.2 s to parse, is read when it is asked."""

    def text(key: str, **values: object) -> str:
        template = read_strings(language(locale))[key]
        return _spaced(template, values) if values and language(locale) == "zh" else template.format(**values)

    return text


def _spaced(template: str, values: Mapping[str, object]) -> str:
    """Chinese with values in it: a space beside a Latin word, none between two Chinese ones."""
    text = "".join(
        literal + (f"{_PLACE}{_value(name, spec, turn, values)}{_PLACE}" if name is not None else "")
        for literal, name, spec, turn in Formatter().parse(template)
    )
    text = _TOGETHER.sub(r"\1", text)
    return _APART.sub(lambda found: f"{found[1] or found[2]} ", text).replace(_PLACE, "")


def _value(name: str, spec: str | None, turn: str | None, values: Mapping[str, object]) -> str:
    return f"{{{name}{'!' + turn if turn else ''}{':' + spec if spec else ''}}}".format(**values)


def language(locale: str) -> str:
    """The language of a locale that the product speaks."""
    wanted = locale.replace("_", "-").split("-")[0].lower()
    return wanted if wanted in languages() else DEFAULT


@cache
def languages() -> tuple[str, ...]:
    """Languages with a file of strings."""
    return tuple(
        sorted(path.name[:-5] for path in files(__package__).iterdir() if path.name.endswith(".yaml"))
    )


@cache
def read_strings(name: str) -> Mapping[str, str]:
    """All strings of a language by dotted key."""
    tree = YAML(typ="safe", pure=True).load((files(__package__) / f"{name}.yaml").read_text("utf-8"))
    return dict(_flat(tree))


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
