"""The tables, one module per concept. Times are UTC and timezone-aware; text offsets are code points."""

from geo_tracker.storage.models.answer import Answer, AnswerStatus, Body, Citation, Run, SearchQuery
from geo_tracker.storage.models.columns import UtcDateTime
from geo_tracker.storage.models.daily import (
    BY_TIME,
    DailyBrand,
    DailyCell,
    DailyShelf,
    MonthlyBrand,
    Stratum,
    SummedTime,
    WeeklyBrand,
)
from geo_tracker.storage.models.event import Event
from geo_tracker.storage.models.member import Bookmark, Member
from geo_tracker.storage.models.offer import Offer
from geo_tracker.storage.models.page import Page, PageMention, PageReading, PageStatus, PageVersion
from geo_tracker.storage.models.report import FrozenReport, ReportDelivery
from geo_tracker.storage.models.review import Audit, StatementMark
from geo_tracker.storage.models.revision import Revision
from geo_tracker.storage.models.score import Discovery, Mention, Score
from geo_tracker.storage.models.signal import (
    DeliveryStatus,
    Signal,
    SignalDelivery,
    SignalEvent,
    SignalStatus,
)
from geo_tracker.storage.models.spending import EnginePace, PaceState, Spending
from geo_tracker.storage.models.token import Token
from geo_tracker.storage.models.workspace import Brand, Panel, Prompt, Workspace

__all__ = [
    "BY_TIME",
    "Answer",
    "AnswerStatus",
    "Audit",
    "Body",
    "Bookmark",
    "Brand",
    "Citation",
    "DailyBrand",
    "DailyCell",
    "DailyShelf",
    "DeliveryStatus",
    "Discovery",
    "EnginePace",
    "Event",
    "FrozenReport",
    "Member",
    "Mention",
    "MonthlyBrand",
    "Offer",
    "PaceState",
    "Page",
    "PageMention",
    "PageReading",
    "PageStatus",
    "PageVersion",
    "Panel",
    "Prompt",
    "ReportDelivery",
    "Revision",
    "Run",
    "Score",
    "SearchQuery",
    "Signal",
    "SignalDelivery",
    "SignalEvent",
    "SignalStatus",
    "Spending",
    "StatementMark",
    "Stratum",
    "SummedTime",
    "Token",
    "UtcDateTime",
    "WeeklyBrand",
    "Workspace",
]
