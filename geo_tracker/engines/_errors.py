"""What went wrong, read from an engine's own words: body, headers, then HTTP status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from itertools import chain

from geo_tracker.engines._json import Json, record, records, said, string
from geo_tracker.engines.base import EngineError, ErrorKind, ReportedError

KindsByCode = Mapping[str, ErrorKind]

LONGEST_WAIT = 86_400.0
"""Seconds; a longer wait than a day is no hint to wait."""
_LONGEST_MESSAGE = 500

_STATUS: Mapping[int, ErrorKind] = {
    401: ErrorKind.AUTH,
    402: ErrorKind.QUOTA,
    403: ErrorKind.AUTH,
    408: ErrorKind.TRANSIENT,
    409: ErrorKind.TRANSIENT,
    425: ErrorKind.TRANSIENT,
    429: ErrorKind.RATE_LIMIT,
    451: ErrorKind.REFUSED,
}

_WORDS = tuple(
    (kind, field, re.compile(pattern, re.IGNORECASE))
    for kind, field, pattern in (
        (
            ErrorKind.REFUSED,
            "code",
            r"content.?(filter|policy)|illegal|sensitive|inspection|risk|moderation|safety|refus",
        ),
        (
            ErrorKind.RATE_LIMIT,
            "code",
            r"throttl|rate.?(limit|quota)|too.?many|[rt]pm|qps|concurren|queue.?limit",
        ),
        (
            ErrorKind.QUOTA,
            "code",
            r"arrear|overdue|insufficient|balance|billing|credit|pack(age)?.?exhaust|quota",
        ),
        (ErrorKind.RATE_LIMIT, "code", r"limit.?(exceeded|reached)|resource_exhausted"),
        (ErrorKind.TRANSIENT, "code", r"overload|server.?error|internal|unavailable|time.?out|busy"),
        (
            ErrorKind.REFUSED,
            "message",
            r"content (exists risk|policy|illegal)|illegal content|high risk|flagged by|敏感|违规|违法|不合规|审核",
        ),
        (
            ErrorKind.QUOTA,
            "message",
            r"(insufficient|any|no|out of|enough) (balance|credit|quota|money)|run out of|balance is too low",
        ),
        (ErrorKind.QUOTA, "message", r"余额|欠费|额度|充值"),
        (
            ErrorKind.EMPTY,
            "message",
            r"(has not|hasn't) returned any results|no (search )?results|not available for this search",
        ),
        (
            ErrorKind.RATE_LIMIT,
            "message",
            r"too many requests|too frequent|rate limit|限流|过于频繁|频率|并发",
        ),
        # last, as a plan that is used up is often called a missing permission
        (ErrorKind.AUTH, "code", r"auth|api.?key|permission|access.?denied|forbidden|signature|iam.?token"),
        (
            ErrorKind.AUTH,
            "message",
            r"(invalid|incorrect|missing) api.?key|api.?key not valid|authenticat|(un|not )authori[sz]ed",
        ),
        (ErrorKind.AUTH, "message", r"鉴权|未授权|密钥|未登录|请先登录|not.?log(ged)?.?in"),
    )
)
_TRY_AGAIN = re.compile(r"try again in ([0-9]{1,6}(?:\.[0-9]{1,6})?) ?(ms|s)\b", re.IGNORECASE)
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)s")
_CODE_KEYS = (
    "code",
    "Code",
    "CodeN",
    "errCode",
    "error_code",
    "errorCode",
    "status_code",
    "status",
    "type",
    "error_type",
)
_MESSAGE_KEYS = (
    "message",
    "Message",
    "msg",
    "Msg",
    "errMsg",
    "error_msg",
    "errorMsg",
    "status_message",
    "detail",
    "details",
)
_BARE = frozenset(
    {"message", "detail", "details", "code", "type", "object", "param", "request_id", "requestId"}
)
"""Keys of a body that holds nothing but a complaint."""
_NO_ERROR = frozenset({"", "0", "200", "None", "success", "Success", "ok", "OK"})


def reported(
    document: Json, kinds: KindsByCode, headers: Mapping[str, str] | None = None
) -> ReportedError | None:
    """The failure that a body reports whatever its HTTP status was, or None."""
    error = _error_object(document)
    if error is None:
        return None
    kind = _kind(error, kinds) or _kind_by_form(error)
    return ReportedError(kind, _message(error), retry_after=_wait(headers or {}, error))


def of_status(status: int, document: Json, kinds: KindsByCode, headers: Mapping[str, str]) -> EngineError:
    """The failure of a response whose HTTP status is not 2xx."""
    error = _error_object(document) or document
    kind = _kind(error, kinds) or by_status(status)
    return EngineError(kind, f"HTTP {status}: {_message(error)}", retry_after=_wait(headers, error))


def by_status(status: int) -> ErrorKind:
    """What an HTTP status alone says."""
    if status >= 500 or status < 300:
        return ErrorKind.TRANSIENT
    return _STATUS.get(status, ErrorKind.REQUEST)


def _error_object(document: Json) -> Json | None:
    """The object that holds code and message, wherever the vendor puts it."""
    for key in ("error", "Error", "ErrorMsg"):
        inner = document.get(key)
        if isinstance(inner, dict) and inner:
            return inner
        if said(inner):
            return {"message": inner, "code": document.get("code")}
    for key in ("ResponseMetadata", "Response"):
        inner = record(document.get(key))
        if inner and (found := _error_object(inner)):
            return found
    code = next(
        (document[key] for key in ("code", "errCode", "error_code", "errorCode") if key in document), None
    )
    failed = isinstance(code, (str, int)) and str(code) not in _NO_ERROR
    failed = failed or (code is None and document.keys() <= _BARE)
    return document if failed and said(*(document.get(key) for key in _MESSAGE_KEYS)) else None


def _code_words(error: Json) -> list[str]:
    return [str(error[key]) for key in _CODE_KEYS if isinstance(error.get(key), (str, int))]


def _kind(error: Json, kinds: KindsByCode) -> ErrorKind | None:
    """What codes, then words say; None where only the HTTP status can."""
    if _of_a_day(error):
        return ErrorKind.QUOTA
    words = _code_words(error)
    by_code = (kinds[word] for word in words if word in kinds)
    fields = {"code": " ".join(words), "message": _message(error)}
    by_words = (kind for kind, field, pattern in _WORDS if pattern.search(fields[field]))
    return next(chain(by_code, by_words), None)


def _kind_by_form(error: Json) -> ErrorKind:
    """For a failure inside HTTP 200 whose words are not known: codes are often HTTP statuses again."""
    words = _code_words(error)
    statuses = [int(word) for word in words if re.fullmatch("[45][0-9][0-9]", word)]
    if statuses:
        return by_status(statuses[0])
    invalid = any(
        re.search("invalid|not.?found|bad.?request|too.?large", word, re.IGNORECASE) for word in words
    )
    return ErrorKind.REQUEST if invalid else ErrorKind.TRANSIENT


def _of_a_day(error: Json) -> bool:
    """Google says with one status that a minute's or a day's quota is used up."""
    violations = [v for detail in records(error.get("details")) for v in records(detail.get("violations"))]
    return any("PerDay" in string(v.get("quotaId")) for v in violations)


def _message(error: Json) -> str:
    message = said(*(error.get(key) for key in _MESSAGE_KEYS)) or "no reason given"
    code = next((word for word in _code_words(error) if word not in message), None)
    return (f"{message} ({code})" if code else message)[:_LONGEST_MESSAGE]


def _wait(headers: Mapping[str, str], error: Json) -> float | None:
    milliseconds = _seconds(headers.get("retry-after-ms"))
    waits = (
        None if milliseconds is None else milliseconds / 1000,
        _retry_after(headers),
        _retry_info(error),
        _try_again(_message(error)),
    )
    found = next((wait for wait in waits if wait is not None), None)
    return found if found is not None and 0 <= found <= LONGEST_WAIT else None


def _seconds(written: str | None) -> float | None:
    try:
        return float(written) if written is not None else None
    except ValueError:
        return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    written = headers.get("retry-after")
    seconds = _seconds(written)
    if written is None or seconds is not None:
        return seconds
    try:  # a date: its distance from the server's own clock, as adapters have none
        return (parsedate_to_datetime(written) - parsedate_to_datetime(headers["date"])).total_seconds()
    except (ValueError, TypeError, KeyError):
        return None


def _retry_info(error: Json) -> float | None:
    """Google's `RetryInfo` detail, e.g. `34.4s`."""
    for detail in records(error.get("details")):
        if match := _DURATION.fullmatch(string(detail.get("retryDelay"))):
            return float(match[1])
    return None


def _try_again(message: str) -> float | None:
    match = _TRY_AGAIN.search(message)
    return float(match[1]) / (1000 if match[2].lower() == "ms" else 1) if match else None
