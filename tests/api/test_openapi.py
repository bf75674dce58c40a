"""Everything that the description allows, and some that it does not: no error of ours, and the shapes it promises."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from geo_tracker.api.reads import reads
from tests.support.api import Market

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
BELOW = "/v1/workspaces/{slug}"
PATHS = ["/v1/workspaces", *(f"{BELOW}/{each.path}".rstrip("/") for each in reads())]


@pytest.fixture(scope="session")
def description(url: str) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{url}/openapi.json")


def test_every_read_is_described(description: schemathesis.BaseSchema) -> None:
    assert sorted(found.ok().path for found in description.get_all_operations()) == sorted(PATHS)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("path", PATHS)
def test_it_keeps_to_its_description(
    description: schemathesis.BaseSchema, filled: Market, path: str, mode: GenerationMode
) -> None:
    if mode is GenerationMode.NEGATIVE and path == "/v1/workspaces":
        pytest.skip("nothing can be asked of it wrongly")

    @settings(max_examples=6, derandomize=True)
    @given(st.data())
    def keeps(data: st.DataObject) -> None:
        case = data.draw(description[path]["GET"].as_strategy(generation_mode=mode))
        if "slug" in case.path_parameters:
            case.path_parameters["slug"] = "crm"  # any other is refused before it is read
        headers = {"Authorization": f"Bearer {filled.crm}"}
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=60)

    keeps()
