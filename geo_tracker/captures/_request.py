"""What of a request is kept with an answer: the prompt, the switches, the ids of the conversation; nothing else."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

KEPT_KEYS = frozenset(
    {
        *(
            "prompt",
            "displayPrompt",
            "query",
            "query_str",
            "question",
            "messages",
            "message",
            "input",
            "params",
        ),
        *("text", "content", "parts", "blocks", "content_block", "text_block", "value", "data"),
        *("role", "author", "user_type", "content_type"),
        *(
            "chat_id",
            "chatId",
            "chat_session_id",
            "session_id",
            "sessionId",
            "conversation_id",
            "conversationId",
        ),
        *("message_id", "parent_message_id", "parent_message_uuid", "req_id", "reqid", "client_meta"),
        *("re_answer", "re_answer_msg_id", "is_regenerate", "retry"),
        *("model", "mode", "search_enabled", "thinking_enabled"),
    }
)
"""Fields of a request's body; the companion has the same list in its `data.js`."""
KEPT_OPTIONS = frozenset({"chat_id", "chat_session_id", "session_id", "conversation_id", "q", "udm"})
"""Options of an address, as in `data.js`."""
_OWNER = re.compile(r"(?<=/organizations/)[^/?#]+")


def kept_body(body: str) -> str:
    """The body of a request, JSON or a form, without the fields that are not kept; empty if it is neither."""
    start = body.find("{")
    if start >= 0:
        try:
            value = json.loads(body[start:])
        except (ValueError, RecursionError):
            pass
        else:
            less = _only(value)
            return body[start:] if less == value else _written(less)
    form = parse_qsl(body, keep_blank_values=True)
    kept = [(key, _nested(value)) for key, value in form if key in KEPT_KEYS]
    return body if kept == form else urlencode(kept)


def kept_address(address: str) -> str:
    """An address without the options that are not kept, and without whose account it is."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    options = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(key, value) for key, value in options if key in KEPT_OPTIONS]
    query = parts.query if kept == options else urlencode(kept)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], _OWNER.sub("-", parts.path), query, ""))


def _only(value: Any) -> Any:
    if isinstance(value, list):
        return [_only(each) for each in value]
    if isinstance(value, dict):
        return {key: _only(each) for key, each in value.items() if key in KEPT_KEYS}
    return _nested(value) if isinstance(value, str) else value


def _nested(text: str) -> str:
    """JSON that stands in a string, as it does in fields of forms."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    less = _only(value)
    return text if less == value else _written(less)


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
