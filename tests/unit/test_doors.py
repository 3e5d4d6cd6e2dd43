"""A room is entered through its door: from outside it, only `mainstem.domains.<room>` itself is imported."""

from pathlib import Path

import grimp
import pytest

import mainstem

pytestmark = pytest.mark.unit


def breaches(graph: grimp.ImportGraph, domains: str) -> list[str]:
    """Imports, as "importer -> imported", of a module inside a room by a module outside that room."""
    return sorted(
        f"{importer} -> {inside}"
        for room in graph.find_children(domains)
        for inside in graph.find_descendants(room)
        for importer in graph.find_modules_that_directly_import(inside)
        if importer != room and not importer.startswith(f"{room}.")
    )


def test_every_room_is_entered_through_its_door() -> None:
    graph = grimp.build_graph("mainstem", cache_dir=None)

    assert breaches(graph, "mainstem.domains") == []


def test_the_graph_covers_every_module() -> None:
    root = Path(mainstem.__file__).parent
    written = {
        ".".join(("mainstem", *path.relative_to(root).with_suffix("").parts)).removesuffix(".__init__")
        for path in root.rglob("*.py")
    }

    assert grimp.build_graph("mainstem", cache_dir=None).modules == written


@pytest.mark.parametrize(
    "statement",
    [
        "import grocer.domains.catalog.store",
        "from grocer.domains.catalog import store",
        "from grocer.domains.catalog.rules import decide",
        "from ..domains.catalog import commands",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from grocer.domains.catalog import queries",
        "def late():\n    from grocer.domains.catalog.contracts import Product",
        "from grocer.domains.catalog.tables import sku",
    ],
)
def test_a_window_is_found(
    statement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    # grimp looks packages up by name, so every house needs a name of its own.
    name = f"grocer_{request.node.callspec.indices['statement']}"
    build_house(tmp_path, name, statement.replace("grocer", name))
    monkeypatch.syspath_prepend(tmp_path)

    found = breaches(grimp.build_graph(name, cache_dir=None), f"{name}.domains")

    assert len(found) == 1
    assert found[0].startswith(f"{name}.processes.checkout -> {name}.domains.catalog.")


def test_doors_and_own_furniture_are_not_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_house(tmp_path, "grocer_tidy", "from grocer_tidy.domains.catalog import Product")
    monkeypatch.syspath_prepend(tmp_path)

    assert breaches(grimp.build_graph("grocer_tidy", cache_dir=None), "grocer_tidy.domains") == []


def build_house(folder: Path, name: str, statement: str) -> None:
    """Write package `name` with one room, `catalog`, and a process that runs `statement`."""
    files = {
        "__init__.py": "",
        "processes/__init__.py": "",
        "processes/checkout.py": statement,
        "domains/__init__.py": "",
        "domains/catalog/__init__.py": f"from {name}.domains.catalog.contracts import Product",
        "domains/catalog/contracts.py": "class Product: ...",
        "domains/catalog/rules.py": "def decide(): ...",
        "domains/catalog/store.py": "from . import contracts, rules",
        "domains/catalog/queries.py": "",
        "domains/catalog/commands.py": f"import {name}.domains.catalog.store",
        "domains/catalog/tables/__init__.py": "",
        "domains/catalog/tables/sku.py": "",
    }
    for path, text in files.items():
        target = folder / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text + "\n", encoding="utf-8")
