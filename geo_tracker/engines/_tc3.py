"""TC3-HMAC-SHA256, the request signature of Tencent Cloud."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

_ALGORITHM = "TC3-HMAC-SHA256"
_CONTENT_TYPE = "application/json"


def signed_headers(
    url: str,
    body: bytes,
    *,
    service: str,
    action: str,
    version: str,
    secret_id: str,
    secret_key: str,
    now: datetime,
) -> Mapping[str, str]:
    """The headers of a POST of `body`; the signature holds for five minutes around `now`."""
    address = urlsplit(url)
    timestamp, date = int(now.timestamp()), now.astimezone(UTC).date().isoformat()
    signed = {"content-type": _CONTENT_TYPE, "host": address.netloc}
    names = ";".join(signed)
    lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
    request = "\n".join(["POST", address.path or "/", address.query, lines, names, _digest(body)])
    scope = f"{date}/{service}/tc3_request"
    text = "\n".join([_ALGORITHM, str(timestamp), scope, _digest(request.encode())])
    key = f"TC3{secret_key}".encode()
    for part in (date, service, "tc3_request"):
        key = _hmac(key, part)
    credential = f"Credential={secret_id}/{scope}, SignedHeaders={names}, Signature={_hmac(key, text).hex()}"
    return {
        "Authorization": f"{_ALGORITHM} {credential}",
        "Content-Type": _CONTENT_TYPE,
        "X-TC-Action": action,
        "X-TC-Version": version,
        "X-TC-Timestamp": str(timestamp),
    }


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
