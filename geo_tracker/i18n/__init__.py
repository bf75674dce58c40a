"""The words on screens and in reports: one YAML file per language, English where a locale has none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

Translate = Callable[..., str]
"""`t("metric.mention_rate.label", **values)`; an unknown key raises `KeyError`."""

DEFAULT = "en"


def translate(locale: str) -> Translate:
    """The translator of a locale such as `zh-CN` or `en`; its file, 0.2 s to parse, is read when it is asked."""

    def text(key: str, **values: object) -> str:
        return read_strings(language(locale))[key].format(**values)

    return text


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
