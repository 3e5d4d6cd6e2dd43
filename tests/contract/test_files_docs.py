"""The layout as it is documented is the layout as it is."""

import re
from pathlib import Path

import pytest

from mainstem.connectors.files.layout import LAYOUTS

pytestmark = pytest.mark.contract

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["import-layout.md", "zh/import-layout.md"])
def test_every_column_is_documented_and_no_other(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### (\w+)[^\n]*\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))
    for kind, layout in LAYOUTS.items():
        cells = re.findall(r"^\| (`[^|]+) \|([^|]*)\|", sections[kind], re.MULTILINE)
        documented = {name: mark for names, mark in cells for name in re.findall(r"`(\w+)`", names)}
        assert documented.keys() == layout.by_name.keys(), kind
        for name, column in layout.by_name.items():
            marks = documented[name].split()
            assert ("○" in marks) == (column.required and bool(column.other)), (kind, name)
            assert ("key" in marks) == column.key or kind == "prices", (kind, name)
            if column.required and not column.other:
                assert "●" in marks, (kind, name)


def test_the_files_shown_by_a_kind_have_their_columns_once() -> None:
    for layout in LAYOUTS.values():
        names = [column.name for column in layout.columns]
        assert len(names) == len(set(names))
        for column in layout.columns:
            assert not column.other or layout.by_name[column.other].other == column.name
