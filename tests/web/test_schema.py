"""The API against its own OpenAPI document: no request, however odd, makes it fail or answer what is not described."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import (
    allow_header_conformance,
    content_type_conformance,
    ignored_auth,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.tiny_models import write_tiny_weights
from tests.web.server import served

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    allow_header_conformance,
    unsupported_method,
    ignored_auth,
)


@pytest.mark.timeout(600)
def test_whatever_is_sent_the_answer_is_one_of_those_described(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("schema")
    write_tiny_weights(folder / "weights")
    with served(folder, api_keys="required") as api:
        key = api.new_key()
        schema = schemathesis.openapi.from_url(f"{api.base}/openapi.json")
        seen: set[int] = set()

        def check(operation: schemathesis.APIOperation) -> None:
            @settings(
                max_examples=15,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(data=st.data())
            def ask(data: st.DataObject) -> None:
                case = data.draw(operation.as_strategy())
                response = case.call(headers=key)
                seen.add(response.status_code)
                case.validate_response(response, checks=list(CHECKS), headers=key)

            ask()

        for found in schema.get_all_operations():
            check(found.ok())
        assert {200, 404, 422} <= seen
