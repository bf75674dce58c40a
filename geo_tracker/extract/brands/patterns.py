"""The table of everything that is looked for: spellings of aliases, domains, and names that are neither."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from geo_tracker.extract.brands.common_words import Kind, kind_of
from geo_tracker.extract.brands.spellings import spellings
from geo_tracker.extract.data import lines
from geo_tracker.extract.records import AliasSpec, BrandSpec
from geo_tracker.extract.text.folding import fold_name

OTHER = -1
"""In place of a brand: a longer name that is not the brand's, such as a mountain called after it."""


class Pattern(NamedTuple):
    """One spelling of one alias."""

    brand: int
    alias: AliasSpec
    split: bool
    kind: Kind
    requires: tuple[str, ...] = ()
    """Folded."""
    excludes: tuple[str, ...] = ()
    """Folded."""
    domain: bool = False
    includes: tuple[str, ...] = ()
    """Folded."""


def build(brands: Sequence[BrandSpec]) -> dict[str, list[Pattern]]:
    """Every folded form with the patterns that own it; an alias as written comes before a derived spelling."""
    owners: dict[str, list[Pattern]] = {}
    for index, brand in enumerate(brands):
        for alias in forms(brand):
            kind = kind_of(alias.text)
            requires = tuple(map(fold_name, alias.requires))
            excludes = tuple(map(fold_name, alias.excludes))
            for form, split in spellings(alias.text):
                bare = "." in alias.text and "." not in form
                owned = Pattern(
                    index,
                    alias,
                    split,
                    kind_of(form) if bare else kind,
                    requires,
                    excludes,
                    includes=tuple(map(fold_name, alias.includes)),
                )
                owners.setdefault(form, []).append(owned)
        for domain in brand.domains:
            pattern = Pattern(index, AliasSpec(domain), False, Kind.NAME, domain=True)
            owners.setdefault(fold_name(domain), []).append(pattern)
    for name in lines("any/other_names"):
        owners.setdefault(fold_name(name), []).append(Pattern(OTHER, AliasSpec(name), False, Kind.NAME))
    for patterns in owners.values():
        patterns.sort(key=lambda pattern: (pattern.domain, pattern.split))
    return owners


def forms(brand: BrandSpec) -> tuple[AliasSpec, ...]:
    """The aliases of a brand; its name is one of them, with rules of its own where an alias is written as it is."""
    named = any(alias.text == brand.name for alias in brand.aliases)
    return brand.aliases if named else (AliasSpec(brand.name), *brand.aliases)


def written_as(written: str, pattern: Pattern) -> bool:
    """Whether the original letters satisfy the alias: its case if it asks for it, capitals at joints it lacks."""
    if pattern.alias.case_sensitive:
        return "".join(filter(str.isalnum, written)) == "".join(filter(str.isalnum, pattern.alias.text))
    if pattern.split:
        return not any(part[:1].islower() for part in written.replace("-", " ").split())
    return True
