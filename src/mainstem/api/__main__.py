"""Prints what the API is, without a database: `python -m mainstem.api openapi`, or `routes`."""

import sys

import msgspec

from mainstem.api import openapi
from mainstem.api.app import all_routes, create_app, route_table
from mainstem.api.services import assemble
from mainstem.platform.postgres import Database
from mainstem.platform.settings import load


def openapi_text() -> str:
    """The OpenAPI document as it is served, formatted for people and for `diff`."""
    services = assemble(load({}), Database("postgresql://nowhere/"))
    document = msgspec.json.encode(openapi.document(all_routes(services)))
    return msgspec.json.format(document, indent=1).decode() + "\n"


def routes_text() -> str:
    """Every route with its method and permission, one a line."""
    table = route_table(create_app(assemble(load({}), Database("postgresql://nowhere/"))))
    first = max(len(path) for _, path, _ in table)
    return "".join(f"{method:6}  {path:{first}}  {permission}\n" for method, path, permission in table)


if __name__ == "__main__":
    sys.stdout.write(openapi_text() if sys.argv[1:] == ["openapi"] else routes_text())
