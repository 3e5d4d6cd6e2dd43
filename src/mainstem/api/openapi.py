"""The OpenAPI 3.1 document, drawn from the routes; its schemas come from the structs that read and write the bodies."""

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, get_args, get_origin

import msgspec

from mainstem.api.commands import ITEMS_MAX, ItemAnswer
from mainstem.api.exchange import KEY_LENGTH_MAX
from mainstem.api.problems import Problem
from mainstem.api.routes import Route

_PARAMETER = re.compile(r"\{(\w+):(\w+)\}")
_REF = "#/components/schemas/{name}"
_SCHEME = "apiKey"

_REFUSALS: dict[int, str] = {
    400: "The request cannot be read.",
    401: "No valid API key.",
    403: "The key does not permit this.",
    404: "What is named does not exist.",
    405: "Another method is meant.",
    409: "In conflict with what is there; or the idempotency key was used with another request.",
    413: "Too large.",
    422: "Not acceptable as it stands.",
    500: "Failed on our side.",
    503: "Not possible right now; try again.",
}


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """The document of all routes below /v1, the health checks and the rest."""
    schemas, components = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = _PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, schemas, components)
    for query in {route.query for route in routes if route.query is not None}:
        del components[_name(schemas[query])]  # its fields stand as parameters
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mainstem",
            "version": version("mainstem"),
            "summary": "One customer, one stock, one price, one order.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "security": [{_SCHEME: []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {
                f"Problem{status}": {
                    "description": description,
                    "content": {"application/problem+json": {"schema": schemas[Problem]}},
                }
                for status, description in _REFUSALS.items()
            },
            "securitySchemes": {_SCHEME: {"type": "http", "scheme": "bearer", "bearerFormat": "API key"}},
        },
    }


def _schemas(routes: Iterable[Route]) -> tuple[dict[Any, Any], dict[str, Any]]:
    types: list[Any] = [Problem, ItemAnswer]
    for route in routes:
        types += [_inner(one) for one in (route.body, route.query, route.result, route.held_back) if one is not None]
    unique = list(dict.fromkeys(types))
    found, components = msgspec.json.schema_components(unique, ref_template=_REF)
    return dict(zip(unique, found, strict=True)), components


def _name(reference: dict[str, Any]) -> str:
    """The component that a reference names."""
    return str(reference["$ref"]).rsplit("/", 1)[1]


def _inner(kind: object) -> object:
    """The type of an item of a bulk body, or the type itself."""
    return get_args(kind)[0] if get_origin(kind) is list else kind


def _operation(route: Route, schemas: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    public = isinstance(route.permission, str)
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "tags": [_tag(route)],
        "x-permission": route.permission_code,
        "parameters": _parameters(route, schemas, components),
        "responses": _responses(route, schemas),
    }
    if not operation["parameters"]:
        del operation["parameters"]
    if public:
        operation["security"] = []
    if route.body is not None:
        operation["requestBody"] = {
            "required": not route.body_optional,
            "content": {"application/json": {"schema": _body(route.body, schemas)}},
        }
    return operation


def _body(kind: object, schemas: dict[Any, Any]) -> dict[str, Any]:
    if get_origin(kind) is not list:
        return schemas[kind]  # type: ignore[no-any-return]
    return {
        "type": "object",
        "required": ["items"],
        "additionalProperties": False,
        "properties": {"items": {"type": "array", "maxItems": ITEMS_MAX, "items": schemas[_inner(kind)]}},
    }


def _result(kind: object, schemas: dict[Any, Any]) -> dict[str, Any]:
    if get_origin(kind) is not list:
        return schemas[kind]  # type: ignore[no-any-return]
    item = {
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": {"type": "integer"},
            "result": schemas[_inner(kind)],
            "problem": schemas[Problem],
            "repeated": {"type": "boolean"},
            "quarantine": {"type": "integer"},
        },
    }
    return {
        "type": "object",
        "required": ["items"],
        "properties": {"items": {"type": "array", "items": item}},
    }


def _parameters(route: Route, schemas: dict[Any, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _PATH_TYPES[form]}
        for name, form in _PARAMETER.findall(route.path)
    ]
    if route.query is not None:
        shape = components[_name(schemas[route.query])]
        required = set(shape.get("required", ()))
        found += [
            {"name": name, "in": "query", "required": name in required, "schema": schema, "explode": True}
            for name, schema in shape["properties"].items()
        ]
    if route.key != "none":
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": route.key == "required",
                "description": "Unique to this request; a repeated request gets the first answer.",
                "schema": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": KEY_LENGTH_MAX,
                    "pattern": "^[!-~]+$",
                },
            }
        )
    if route.polled:
        found.append({"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}})
    return found


_PATH_TYPES: dict[str, dict[str, Any]] = {
    "int": {"type": "integer", "format": "int64", "minimum": 0, "maximum": 2**63 - 1},
    "str": {"type": "string", "minLength": 1},
}


def _responses(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {
        "description": HTTPStatus(route.status).phrase,
        "headers": {"trace-id": _TRACE},
    }
    if route.result is not None:
        success["content"] = {route.media: {"schema": _result(route.result, schemas)}}
    else:
        success["content"] = {route.media: {"schema": {"type": "string"}}}
    if route.key != "none":
        success["headers"]["Idempotency-Replayed"] = {
            "description": "true when this is the answer to an earlier request with the same key.",
            "schema": {"type": "string", "enum": ["true"]},
        }
    if route.polled:
        success["headers"]["ETag"] = {"schema": {"type": "string"}}
    found = {str(route.status): success}
    if route.held_back is not None:
        content = {"application/json": {"schema": schemas[route.held_back]}}
        found["202"] = {"description": "Kept in quarantine until it is corrected.", "content": content}
    if route.polled:
        found["304"] = {"description": "What the client has is still right."}
    found |= {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in _possible(route)}
    return dict(sorted(found.items()))


def _possible(route: Route) -> list[int]:
    """The statuses of the problems that a route can be answered with."""
    found = {500, 503}
    if not isinstance(route.permission, str):
        found |= {400, 401, 403}
    if "{" in route.path or route.query is not None or route.body is not None:
        found |= {404}
    if route.body is not None or route.query is not None:
        found |= {413, 422}
    if route.body is not None or route.method != "GET":
        found |= {409}
    return sorted(found)


_TRACE = {"description": "The W3C trace id of the request.", "schema": {"type": "string"}}


def _operation_id(route: Route) -> str:
    words = re.findall(r"[A-Za-z_]+", _PARAMETER.sub(r"by_\1", route.path.removeprefix("/v1")))
    return "_".join([route.method.lower(), *words]).replace("__", "_")


def _tag(route: Route) -> str:
    return route.path.removeprefix("/v1").strip("/").split("/", 1)[0].split(".", 1)[0]
