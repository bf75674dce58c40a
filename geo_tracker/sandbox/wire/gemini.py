"""Gemini: generateContent with Google Search grounding, and the Interactions API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from geo_tracker.sandbox.jumps import jump
from geo_tracker.sandbox.records import SandboxAnswer
from geo_tracker.sandbox.wire import _responses as responses
from geo_tracker.sandbox.wire._links import host_of
from geo_tracker.sandbox.wire.base import (
    BadRequest,
    Call,
    Json,
    Reply,
    Wire,
    new_id,
    pieces,
    string_at,
    tokens,
)


class Gemini(Wire):
    """Supports give byte offsets of sentences; addresses are redirects, titles are hosts."""

    name = "gemini"
    paths = ("/models/",)
    codes: ClassVar[Mapping[int, str]] = {
        400: "INVALID_ARGUMENT",
        401: "UNAUTHENTICATED",
        404: "NOT_FOUND",
        429: "RESOURCE_EXHAUSTED",
        500: "INTERNAL",
    }

    def key(self, call: Call) -> str:
        return call.headers.get("x-goog-api-key", "")

    def prompt(self, call: Call) -> str:
        try:
            text: str = call.json["contents"][-1]["parts"][0]["text"]
        except (KeyError, IndexError, TypeError):
            raise BadRequest("contents must hold parts with a text") from None
        return text

    def streams(self, call: Call) -> bool:
        return ":streamGenerateContent" in call.path

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        part = {
            "content": {"role": "model", "parts": [{"text": answer.text}]},
            "finishReason": "STOP",
            "index": 0,
        }
        return self._body(call, answer, {**part, "groundingMetadata": _grounding(answer)})

    def events(self, call: Call, answer: SandboxAnswer) -> Iterator[tuple[str, Any]]:
        """The grounding comes with the last chunk; its offsets count over the whole text."""
        chunks = pieces(answer.text) or [""]
        for number, piece in enumerate(chunks, 1):
            candidate: Json = {"content": {"role": "model", "parts": [{"text": piece}]}, "index": 0}
            if number == len(chunks):
                candidate |= {"finishReason": "STOP", "groundingMetadata": _grounding(answer)}
            yield "", self._body(call, answer, candidate)

    def refusal(self, call: Call, answer: SandboxAnswer) -> Reply:
        return Reply.of_json({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {}})

    def failure(self, status: int, code: str, message: str) -> Json:
        details: list[Json] = []
        if status == 429:
            kind = "type.googleapis.com/google.rpc."
            violation = {"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}
            details = [
                {"@type": f"{kind}QuotaFailure", "violations": [violation]},
                {"@type": f"{kind}RetryInfo", "retryDelay": "1s"},
            ]
        return {"error": {"code": status, "message": message, "status": code, "details": details}}

    def _body(self, call: Call, answer: SandboxAnswer, candidate: Json) -> Json:
        read, written = tokens(answer.prompt), tokens(answer.text)
        counts = {
            "promptTokenCount": read,
            "candidatesTokenCount": written,
            "totalTokenCount": read + written,
        }
        model = call.path.removeprefix("/models/").partition(":")[0]
        return {"candidates": [candidate], "usageMetadata": counts, "modelVersion": model}


class GeminiInteractions(Gemini):
    """Steps; the output precedes the searches it was made from."""

    name = "gemini-interactions"
    paths = ("/interactions",)

    def prompt(self, call: Call) -> str:
        responses.requires(call.json, "google_search")
        return string_at(call.json, "input")

    def streams(self, call: Call) -> bool:
        return call.json.get("stream") is True

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        searches = [{"search_suggestions": "<style></style>"}] if answer.queries else []
        read, written = tokens(answer.prompt), tokens(answer.text)
        return {
            "id": new_id("v1_", answer),
            "object": "interaction",
            "status": "completed",
            "model": string_at(call.json, "model"),
            "steps": [
                {"type": "thought", "signature": "sandbox"},
                {"type": "model_output", "content": [_annotated(answer)]},
                *(
                    {"type": "google_search_call", "arguments": {"queries": [each]}}
                    for each in answer.queries
                ),
                *({"type": "google_search_result", "result": [each]} for each in searches),
            ],
            "usage": {"total_input_tokens": read, "total_output_tokens": written},
        }

    def events(self, call: Call, answer: SandboxAnswer) -> Iterator[tuple[str, Any]]:
        document = self.document(call, answer)
        bare = {**document, "steps": []}
        yield _event("interaction.created", interaction=bare)
        for index, step in enumerate(document["steps"]):
            started, deltas = _deltas(step)
            yield _event("step.start", index=index, step=started)
            for delta in deltas:
                yield _event("step.delta", index=index, delta=delta)
            yield _event("step.stop", index=index)
        bare.pop("steps")
        yield _event("interaction.completed", interaction=bare)

    def refusal(self, call: Call, answer: SandboxAnswer) -> Reply:
        message = "The request was blocked by the content policy."
        return Reply.of_json(self.failure(400, "FAILED_PRECONDITION", message), 400)


def _event(kind: str, **data: Any) -> tuple[str, Json]:
    return kind, {"event_type": kind, **data}


def _deltas(step: Json) -> tuple[Json, list[Json]]:
    """A step as it opens, and what is added to it: the annotations come after the text."""
    if step["type"] != "model_output":
        return step, []
    content = step["content"][0]
    texts = [{"type": "text", "text": piece} for piece in pieces(content["text"])]
    return {"type": "model_output"}, [*texts, {"type": "text", "annotations": content["annotations"]}]


def _sentences(answer: SandboxAnswer) -> Iterable[tuple[int, int, str, tuple[int, ...]]]:
    """The sentences that rest on sources: first and last byte, text, sources."""
    place = 0
    for segment in answer.segments:
        sentence = segment.text.rstrip()
        if segment.sources:
            yield place, place + len(sentence.encode()), sentence, segment.sources
        place += len(segment.text.encode())


def _annotated(answer: SandboxAnswer) -> Json:
    notes = [
        {
            "type": "url_citation",
            "start_index": start,
            "end_index": end,
            "url": jump(answer.sources[index].url),
            "title": host_of(answer.sources[index]),
        }
        for start, end, _, sources in _sentences(answer)
        for index in sources
    ]
    return {"type": "text", "text": answer.text, "annotations": notes}


def _grounding(answer: SandboxAnswer) -> Json:
    """What the answer is grounded on; a start of 0 is left out, as the vendor does."""
    if not answer.searched:
        return {}
    supports = [
        {
            "segment": {**({"startIndex": start} if start else {}), "endIndex": end, "text": sentence},
            "groundingChunkIndices": list(sources),
        }
        for start, end, sentence, sources in _sentences(answer)
    ]
    return {
        "webSearchQueries": [*answer.queries, ""],
        "groundingChunks": [{"web": {"uri": jump(s.url), "title": host_of(s)}} for s in answer.sources],
        "groundingSupports": supports,
        "searchEntryPoint": {"renderedContent": "<style></style>"},
    }
