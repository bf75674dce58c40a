"""Entries of a workspace file: what may stand in each section, and what a mistake in it is called."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from pydantic import Field, ValidationInfo, field_validator, model_validator

from geo_tracker.captures.assistants import apps
from geo_tracker.engines import engine_named
from geo_tracker.errors import UsageError
from geo_tracker.extract.records import AliasSpec, BrandSpec
from geo_tracker.i18n import DEFAULT, languages, read_strings
from geo_tracker.workspaces.budget import BudgetEntry
from geo_tracker.workspaces.declared import Entry, is_currency

MAX_PROMPT = 2_500
"""Bytes of a question, its persona included: PostgreSQL takes no longer text into a unique index."""


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class AliasEntry(Entry):
    """A written form; `requires`, `excludes` and `includes` are words that let it count or not."""

    text: str = Field(min_length=1, max_length=200)
    requires: list[str] = []
    excludes: list[str] = []
    includes: list[str] = []
    case: Literal["sensitive", "insensitive"] = "insensitive"

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: Any) -> Any:
        return (
            {"text": value} if isinstance(value, (str, int, float)) and not isinstance(value, bool) else value
        )

    @field_validator("text", mode="before")
    @classmethod
    def _text_of_number(cls, value: Any) -> Any:
        return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value

    def spec(self, *, product: bool) -> AliasSpec:
        return AliasSpec(
            self.text,
            tuple(self.requires),
            tuple(self.excludes),
            self.case == "sensitive",
            product=product,
            includes=tuple(self.includes),
        )


class ProductEntry(AliasEntry):
    """A product; its numbers tell it on a shelf, its price is what offers are compared with."""

    sku: list[str] = []
    """Numbers that shops give it: item ids and SKUs."""
    gtin: str = ""
    price: float | None = Field(default=None, gt=0)
    currency: str = ""

    _currency = field_validator("currency")(is_currency)

    @field_validator("sku", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        several = value if isinstance(value, list) else [value]
        return [str(each) for each in several if each not in (None, "")]

    @field_validator("gtin", mode="before")
    @classmethod
    def _digits(cls, value: Any) -> Any:
        return "" if value is None else str(value)

    @model_validator(mode="after")
    def _priced(self) -> ProductEntry:
        if self.price is not None and not self.currency:
            raise ValueError("a price needs a currency such as CNY")
        return self


class BrandEntry(Entry):
    """A tracked brand."""

    name: str = Field(min_length=1, max_length=200)
    role: Literal["own", "competitor"] = "competitor"
    aliases: list[AliasEntry] = []
    products: list[ProductEntry] = []
    domains: list[str] = []

    _lists = field_validator("aliases", "products", "domains", mode="before")(_as_list)

    @field_validator("name", mode="before")
    @classmethod
    def _name_of_number(cls, value: Any) -> Any:
        return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value

    @field_validator("domains")
    @classmethod
    def _bare_domains(cls, values: list[str]) -> list[str]:
        bare = [re.sub(r"^https?://|/.*$", "", value.strip().lower()) for value in values]
        for value in bare:
            if "." not in value or " " in value:
                raise ValueError(f"{value!r} is not a domain such as example.com")
        return bare

    def spec(self) -> BrandSpec:
        aliases = [alias.spec(product=False) for alias in self.aliases]
        products = [alias.spec(product=True) for alias in self.products]
        return BrandSpec(self.name, (*aliases, *products), tuple(self.domains), self.role == "own")


class PromptEntry(Entry):
    """A question that buyers ask."""

    text: str = Field(min_length=1)
    language: str = Field(default="", max_length=16)
    country: str = Field(default="", max_length=2)
    topic: str = ""
    persona: str = ""
    stage: Literal["", "awareness", "consideration", "decision"] = ""
    tags: list[str] = []

    _lists = field_validator("tags", mode="before")(_as_list)

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value

    @field_validator("text", "persona")
    @classmethod
    def _storable(cls, value: str, info: ValidationInfo) -> str:
        key: str = info.data.get("text", "") + value
        if len(key.encode("utf-8", "replace")) > MAX_PROMPT:
            raise ValueError(f"longer than {MAX_PROMPT:,} bytes, text and persona together: ask it shorter")
        return value

    @field_validator("language", mode="before")
    @classmethod
    def _norwegian(cls, value: Any) -> Any:
        return "no" if value is False else value  # YAML 1.1 habit: an unquoted `no`

    @field_validator("country")
    @classmethod
    def _upper(cls, value: str) -> str:
        return value.upper()


class PanelEntry(Entry):
    """Which engines are asked all prompts, which apps are asked by hand, and when."""

    name: str = Field(min_length=1, max_length=100)
    engines: list[str] = []
    apps: list[str] = []
    repeats: int = Field(default=1, ge=1, le=100)
    cron: str = ""
    budget: BudgetEntry = BudgetEntry()

    _lists = field_validator("engines", "apps", mode="before")(_as_list)

    @field_validator("apps")
    @classmethod
    def _known_apps(cls, names: list[str]) -> list[str]:
        if unknown := sorted(set(names) - set(apps())):
            raise ValueError(f"no app {', '.join(unknown)}; apps: {', '.join(sorted(apps()))}")
        return list(dict.fromkeys(names))

    @model_validator(mode="after")
    def _asks_somebody(self) -> PanelEntry:
        if not self.engines and not self.apps:
            raise ValueError("a panel needs engines, or apps that are asked by hand")
        return self

    @field_validator("engines")
    @classmethod
    def _known_engines(cls, names: list[str]) -> list[str]:
        for name in names:
            try:
                engine_named(name)
            except UsageError as error:
                raise ValueError(str(error)) from None
        return list(dict.fromkeys(names))

    @field_validator("cron")
    @classmethod
    def _valid_cron(cls, value: str) -> str:
        if value:
            try:
                CronSim(value, datetime(2026, 1, 1))
            except CronSimError as error:
                raise ValueError(f"{value!r} is not a cron expression such as '0 6 * * *': {error}") from None
        return value


_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _is_time(value: str) -> str:
    if not _CLOCK.fullmatch(value):
        raise ValueError(f"{value!r} is not a time of day such as '09:00'")
    return value


def signal_kinds() -> list[str]:
    """The kinds of signals, as the translations name them all."""
    start = "signal.kind."
    return [key.removeprefix(start) for key in read_strings(DEFAULT) if key.startswith(start)]


class ChannelEntry(Entry):
    """Where signals go to; the address stands in the environment as `GEO_SIGNALS_<NAME>`."""

    name: str = Field(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]*$")
    digest: Literal["daily", "weekly", "never"] = "weekly"
    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    at: str = "09:00"
    now: list[str] = []
    language: str = ""

    _lists = field_validator("now", mode="before")(_as_list)
    _time = field_validator("at")(_is_time)

    @field_validator("now")
    @classmethod
    def _known_kinds(cls, names: list[str]) -> list[str]:
        if unknown := sorted(set(names) - set(signal_kinds())):
            raise ValueError(f"no kind of signal {', '.join(unknown)}; there are {', '.join(signal_kinds())}")
        return list(dict.fromkeys(names))

    @field_validator("language")
    @classmethod
    def _spoken(cls, value: str) -> str:
        if value and value not in languages():
            raise ValueError(f"{value!r} is none of {', '.join(languages())}")
        return value


class SignalsEntry(Entry):
    """Who is told of signals, and when; times are the workspace's."""

    quiet: str = ""
    """Hours in which nothing goes out, such as 22:00-08:00."""
    channels: list[ChannelEntry] = []

    @field_validator("quiet")
    @classmethod
    def _two_times(cls, value: str) -> str:
        if value:
            start, _, end = value.partition("-")
            if _is_time(start.strip()) == _is_time(end.strip()):
                raise ValueError(f"{value!r} begins and ends at the same time")
        return value.replace(" ", "")


class WorkspaceEntry(Entry):
    """The workspace itself."""

    slug: str = Field(default="", pattern=r"^[a-z0-9][a-z0-9-]*$|^$", max_length=64)
    name: str = ""
    locale: str = "en"
    timezone: str = "UTC"
    recrawl_days: int = Field(default=30, ge=0, le=3650)

    @field_validator("locale")
    @classmethod
    def _is_locale(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", value):
            raise ValueError(f"{value!r} is not a language tag such as en or zh-CN")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is not a timezone such as Asia/Shanghai")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)
