"""The MCP server as an assistant's client meets it: the numbers are the product's, the words are marked."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from geo_tracker.api.mcp import INSTRUCTIONS, NOTICE, create_server
from geo_tracker.api.mcp_http import create_mcp_app
from geo_tracker.api.reads import reads
from geo_tracker.metrics.measures import table
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.facts import read_facts
from geo_tracker.storage.database import reading
from tests.support.api import Market, serving

RATE = {"workspace": "crm", "metric": ["mention_rate"], "brand": ["Aurora CRM"], "by": ["engine", "surface"]}
Asking = Callable[[Client], Awaitable[Any]]


def asked(server: Any, asking: Asking) -> Any:
    """What a client gets from a server in this process."""

    async def run() -> Any:
        async with Client(server) as client:
            return await asking(client)

    return anyio.run(run)


def call(server: Any, name: str, **arguments: Any) -> Any:
    async def asking(client: Client) -> Any:
        return await client.call_tool(name, arguments)

    return asked(server, asking)


def wanted(filled: Market) -> list[dict[str, Any]]:
    with reading(filled.engine) as session:
        found = table(
            read_facts(session, Selection("crm")), ("engine", "surface"), ("mention_rate",), ("Aurora CRM",)
        )
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def test_over_its_pipe_a_number_is_the_one_of_metrics(filled: Market, place: Path) -> None:
    environment = {**os.environ, "GEO_DATABASE_URL": f"sqlite:///{place}"}
    code = "from geo_tracker.cli import main; main()"
    started = StdioServerParameters(command=sys.executable, args=["-c", code, "mcp"], env=environment)

    async def run() -> tuple[Any, Any]:
        async with Client(stdio_client(started)) as client:
            return await client.call_tool("metrics", RATE), client.instructions

    result, said = anyio.run(run)
    assert result.structured_content["metrics"] == wanted(filled)
    assert json.loads(result.content[0].text) == result.structured_content
    assert said == INSTRUCTIONS


def test_every_read_is_a_tool_that_only_reads(filled: Market) -> None:
    async def asking(client: Client) -> Any:
        return (await client.list_tools()).tools

    found = {tool.name: tool for tool in asked(create_server(filled.engine), asking)}
    assert set(found) == {"workspaces", *(each.name for each in reads())}
    for tool in found.values():
        assert tool.annotations.read_only_hint
        assert tool.output_schema["type"] == "object"
        assert tool.description
    assert {"workspace", "engine", "from", "by", "metric"} <= set(found["metrics"].input_schema["properties"])


ARGUMENTS: dict[str, dict[str, Any]] = {"answer": {"id": 1}}


@pytest.mark.parametrize("name", [each.name for each in reads()])
def test_every_result_keeps_its_type_and_marks_what_is_untrusted(filled: Market, name: str) -> None:
    result = call(create_server(filled.engine), name, workspace="crm", **ARGUMENTS.get(name, {}))
    told = result.structured_content
    assert not result.is_error
    assert told["notice"] == NOTICE
    assert told["about"]["sandbox"] is True
    read = next(each for each in reads() if each.name == name)
    assert told["untrusted"] == list(read.untrusted)
    for field in read.untrusted:
        head, _, rest = field.partition(".")
        assert head in told
        rows = told[head] if isinstance(told[head], list) else [told[head]]
        assert all(rest in row for row in rows if rest)


def test_answers_of_a_hostile_market_are_marked(filled: Market) -> None:
    told = call(
        create_server(filled.engine), "answers", workspace="crm", branded=True, limit=1
    ).structured_content
    assert "<script>" in told["answers"][0]["text"]
    assert "answers.text" in told["untrusted"]


def test_a_mistake_is_told_so_that_it_can_be_mended(filled: Market) -> None:
    server = create_server(filled.engine)
    for name, arguments, reason in (
        ("metrics", {}, "name a workspace: crm, masks"),
        ("metrics", {"workspace": "nowhere"}, "no such workspace can be read: crm, masks"),
        ("metrics", {"workspace": "crm", "engine": ["kimmi"]}, "no answer has kimmi; there are openai"),
        ("metrics", {"workspace": "crm", "colour": "red"}, "colour: Extra inputs"),
        ("answer", {"workspace": "crm", "id": 10**6}, "no answer 1000000"),
        ("delete", {}, "no tool 'delete'"),
    ):
        result = call(server, name, **arguments)
        assert result.is_error
        assert reason in result.content[0].text


def test_a_server_of_one_workspace_tells_of_no_other(filled: Market) -> None:
    server = create_server(filled.engine, ["masks"])
    assert [row["slug"] for row in call(server, "workspaces").structured_content["workspaces"]] == ["masks"]
    assert call(server, "metrics").structured_content["about"]["workspace"] == "masks"
    refused = call(server, "metrics", workspace="crm")
    assert refused.is_error
    assert "crm" not in refused.content[0].text


@pytest.fixture(scope="module")
def address(filled: Market) -> Iterator[str]:
    with serving(create_mcp_app(filled.engine, "127.0.0.1")) as url:
        yield f"{url}/mcp"


@asynccontextmanager
async def over_http(address: str, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as http,
        Client(streamable_http_client(address, http_client=http)) as client,
    ):
        yield client


def test_over_http_a_token_opens_its_own_workspace(filled: Market, address: str) -> None:
    async def run(token: str) -> Any:
        async with over_http(address, token) as client:
            listed = await client.call_tool("workspaces", {})
            return listed.structured_content, await client.call_tool("metrics", RATE)

    listed, result = anyio.run(run, filled.crm)
    assert [row["slug"] for row in listed["workspaces"]] == ["crm"]
    assert result.structured_content["metrics"] == wanted(filled)
    _, foreign = anyio.run(run, filled.masks)
    assert foreign.is_error
    assert "no such workspace can be read: masks" in foreign.content[0].text


def test_over_http_nothing_is_told_without_a_token(address: str) -> None:
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    for headers in ({}, {"Authorization": "Bearer geo_wrong"}):
        answer = httpx2.post(address, json=ask, headers=headers, trust_env=False)
        assert answer.status_code == 401


def test_over_http_a_page_in_a_browser_is_refused(filled: Market, address: str) -> None:
    headers = {"Authorization": f"Bearer {filled.crm}", "Origin": "https://evil.example"}
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    assert httpx2.post(address, json=ask, headers=headers, trust_env=False).status_code == 403
