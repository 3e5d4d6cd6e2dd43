"""The OpenAPI document: reviewed, served, and valid."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from mainstem.api.__main__ import openapi_text
from tests.contract.conftest import Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

GOLDEN = Path(__file__).parents[1] / "golden" / "openapi.json"
RENEW = "If the change is meant: python -m mainstem.api openapi > tests/golden/openapi.json"


def test_the_document_is_the_reviewed_one() -> None:
    assert openapi_text() == GOLDEN.read_text(encoding="utf-8"), RENEW


async def test_the_document_is_served_to_everybody(bare: Shop) -> None:
    answer = await bare.send("GET", "/openapi.json", key=None)
    assert answer.json() == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_every_schema_is_one() -> None:
    document = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert document["openapi"].startswith("3.1")
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema | {"$schema": document["jsonSchemaDialect"]})
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text, f"{name} is used nowhere"


def test_every_operation_is_described() -> None:
    document = json.loads(GOLDEN.read_text(encoding="utf-8"))
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations) > 60
    assert all(operation["summary"].endswith(".") and operation["x-permission"] for operation in operations)
