"""Test engines, installed as a plug-in: `tiny` answers at once, `looping` asks twice, `serp` has its key in the URL."""

import json

from geo_tracker.engines.base import (
    Engine,
    EngineError,
    EngineRequest,
    ErrorKind,
    ParsedAnswer,
    ParsedCitation,
)


class Tiny(Engine):
    name = "tiny"
    label = "Tiny"
    base_url = "http://tiny.invalid"
    key_variable = "TINY_API_KEY"
    concurrency = 8
    delay = 0.0
    timeout = 2.5
    confidence = "guess"

    def ask(self, prompt, access):
        response = yield self.request("/ask", prompt, access)
        self.check(response)
        return self.parse(response.body)

    def request(self, path, prompt, access):
        headers = {"Authorization": f"Bearer {access.key}"}
        return EngineRequest.post_json(self.url(access, path), {"prompt": prompt.text}, headers)

    def check(self, response):
        if response.status == 401:
            raise EngineError(ErrorKind.AUTH, json.loads(response.body)["message"])
        if response.status == 402:
            raise EngineError(ErrorKind.QUOTA, "no balance")
        if response.status == 429:
            raise EngineError(ErrorKind.RATE_LIMIT, "too many requests")
        if response.status >= 500:
            raise EngineError(ErrorKind.TRANSIENT, f"HTTP {response.status}")

    def parse(self, body):
        try:
            data = json.loads(body)
        except ValueError:
            raise EngineError(ErrorKind.MALFORMED, "not JSON") from None
        if "error" in data:
            raise EngineError(ErrorKind(data["error"]), "the engine says no")
        text = data["text"]
        text.strip()
        citations = (ParsedCitation(url=data["url"]),) if "url" in data else ()
        _, _, cost = text.partition("cost:")
        paid = {"cost": float(cost.split()[0]), "currency": "USD"} if cost else {}
        return ParsedAnswer(text=text, citations=citations, **paid)


class Looping(Tiny):
    name = "looping"
    label = "Looping"
    key_variable = None

    def ask(self, prompt, access):
        first = yield self.request("/tool", prompt, access)
        self.check(first)
        query = json.loads(first.body)["query"]
        second = yield self.request("/ask", prompt, access)
        self.check(second)
        answer = self.parse(second.body)
        return ParsedAnswer(text=answer.text, citations=answer.citations, queries=(query,))


class Serp(Tiny):
    name = "serp"
    label = "Serp"
    key_variable = "SERP_API_KEY"

    def request(self, path, prompt, access):
        return EngineRequest(
            "GET", f"{self.url(access, path)}?q={prompt.text.replace(' ', '+')}&api_key={access.key}"
        )
