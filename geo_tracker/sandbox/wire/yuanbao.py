"""Yuanbao: Tencent Hunyuan's ChatCompletions with search, signed (TC3) or OpenAI-compatible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from geo_tracker.sandbox.records import SandboxAnswer
from geo_tracker.sandbox.wire._chat import ChatWire
from geo_tracker.sandbox.wire.base import Call, Json, last_user_message, new_id

_CREDENTIAL = re.compile(
    r"TC3-HMAC-SHA256 Credential=(\w+)/[0-9-]{10}/hunyuan/tc3_request, .*Signature=[0-9a-f]{64}"
)


class YuanbaoOpenAI(ChatWire):
    """The OpenAI-compatible host: the same fields in snake_case. `[n]` counts `index` from 1."""

    name = "yuanbao-openai"

    def extra(self, answer: SandboxAnswer) -> Json:
        found = {"search_results": _results(answer)}
        return {"search_info": found, "recommended_questions": list(answer.follow_ups)}


class YuanbaoTokenHub(YuanbaoOpenAI):
    """TokenHub: the results stand beside the choices."""

    name = "yuanbao-tokenhub"

    def extra(self, answer: SandboxAnswer) -> Json:
        return {"search_results": _results(answer)}


class Yuanbao(YuanbaoOpenAI):
    """The TC3-signed API: everything in CamelCase inside `Response`; failures come with HTTP 200."""

    name = "yuanbao"
    paths = ("/",)
    refuses_with = "sensitive"
    fails_with_200 = True
    codes: ClassVar[Mapping[int, str]] = {
        400: "InvalidParameter",
        401: "AuthFailure.SignatureFailure",
        404: "InvalidAction",
        429: "RequestLimitExceeded",
        500: "InternalError",
    }

    def key(self, call: Call) -> str:
        """The id of a signature; it is not checked against the secret, which the sandbox does not keep."""
        signed = _CREDENTIAL.match(call.headers.get("authorization", ""))
        complete = call.headers.get("x-tc-timestamp", "").isdigit() and "x-tc-version" in call.headers
        return signed[1] if signed and complete else ""

    def prompt(self, call: Call) -> str:
        return last_user_message(call.json, "Messages")

    def streams(self, call: Call) -> bool:
        return call.json.get("Stream") is True

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        return {"Response": {**camel_case(super().document(call, answer)), "RequestId": new_id("", answer)}}

    def events(self, call: Call, answer: SandboxAnswer) -> Iterator[tuple[str, Any]]:
        for name, data in super().events(call, answer):
            if data != "[DONE]":
                yield name, camel_case(data)

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"Response": {"Error": {"Code": code, "Message": message}, "RequestId": "sandbox"}}


def camel_case(value: Any) -> Any:
    """The same value with keys as Tencent's own API spells them."""
    if isinstance(value, list):
        return [camel_case(item) for item in value]
    if isinstance(value, dict):
        return {"".join(map(_capital, key.split("_"))): camel_case(item) for key, item in value.items()}
    return value


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _results(answer: SandboxAnswer) -> list[Json]:
    rows = enumerate(answer.sources, 1)
    return [
        {"index": number, "title": each.title, "url": each.url, "text": each.site, "icon": ""}
        for number, each in rows
    ]
