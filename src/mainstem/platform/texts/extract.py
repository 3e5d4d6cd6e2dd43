"""Finds the texts in the code: every literal message and remedy of `refusals.declare`, and what `N_` marks.

python -m mainstem.platform.texts.extract > src/mainstem/platform/texts/messages.pot
"""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

ROOT = Path(__file__).parents[2]

KEYWORDS: dict[str, tuple[int, ...] | None] = {"declare": (3, 4), "N_": None}
"""Functions whose literal arguments are texts: the third and fourth of `declare`."""


def extracted(root: Path = ROOT) -> list[str]:
    """Every text in the Python files below a folder, sorted."""
    found: set[str] = set()
    for _, _, message, _, _ in extract_from_dir(
        root, method_map=[("**.py", "python")], keywords=KEYWORDS, strip_comment_tags=False
    ):
        found |= set(message) if isinstance(message, tuple) else {message}
    return sorted(found - {""})


def template(root: Path = ROOT) -> str:
    """The texts as a gettext template. It names no date and no line, so that it changes only when a text does."""
    catalog = Catalog(project="Mainstem", charset="utf-8")
    for message in extracted(root):
        catalog.add(message)
    buffer = BytesIO()
    write_po(buffer, catalog, omit_header=True, width=110)
    return buffer.getvalue().decode()


if __name__ == "__main__":
    sys.stdout.write(template())
