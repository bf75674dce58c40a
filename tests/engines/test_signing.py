"""Tencent's signature, against one that the vendor's own SDK made."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from geo_tracker.engines import engine_named
from geo_tracker.engines._tc3 import signed_headers
from geo_tracker.engines.base import Access, EngineError, ErrorKind, Prompt
from tests.support.engines import access_of

BODY = '{"Model":"hunyuan-turbos-latest","Messages":[{"Role":"user","Content":"敏感肌"}]}'.encode()
# tencentcloud-sdk-python 3.1, AbstractClient._get_tc3_signature for the same body, key and time
SIGNATURE = "5ad65df703989eb7a85b1a0039f6dfb63be65f6bd4fde72f0dd30c56d81d4f4e"


def test_it_is_the_vendors_signature() -> None:
    headers = signed_headers(
        "https://hunyuan.tencentcloudapi.com/",
        BODY,
        service="hunyuan",
        action="ChatCompletions",
        version="2023-09-01",
        secret_id="AKIDexample",
        secret_key="secretexample",
        now=datetime.fromtimestamp(1763884800, UTC),
    )
    credential = "Credential=AKIDexample/2025-11-23/hunyuan/tc3_request, SignedHeaders=content-type;host"
    assert headers["Authorization"] == f"TC3-HMAC-SHA256 {credential}, Signature={SIGNATURE}"
    assert headers["X-TC-Timestamp"] == "1763884800"


def test_one_time_gives_one_request_and_no_time_none() -> None:
    engine = engine_named("yuanbao")
    first, second = (next(engine.ask(Prompt("敏感肌"), access_of(engine))) for _ in range(2))
    assert first == second
    with pytest.raises(EngineError, match=r"Access\.now") as error:
        next(engine.ask(Prompt("敏感肌"), Access("key")))
    assert error.value.kind is ErrorKind.REQUEST
