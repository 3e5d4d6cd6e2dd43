"""Finds the texts: every message and remedy of `refusals.declare`, what `N_` and `t` name, and `_` in templates.

`python -m mainstem.platform.texts.extract` prints what is not translated yet, as a gettext template.
"""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from mainstem.platform.texts.catalogue import ROOT, translate

KEYWORDS: dict[str, tuple[int, ...] | None] = {"declare": (3, 4), "N_": None, "t": None, "_": None}
"""Functions whose literal arguments are texts: the third and fourth of `declare`."""

METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]


def extracted(root: Path = ROOT) -> list[str]:
    """Every text in the code and the templates below a folder, sorted."""
    found: set[str] = set()
    options = {"**.html": {"silent": "false", "trimmed": "false"}}
    for _, _, message, _, _ in extract_from_dir(
        root, method_map=METHODS, options_map=options, keywords=KEYWORDS, strip_comment_tags=False
    ):
        found |= set(message) if isinstance(message, tuple) else {message}
    return sorted(found - {""})


def untranslated(root: Path = ROOT) -> str:
    """The texts below a folder that no catalogue has, as a gettext template."""
    catalog = Catalog(project="Mainstem", charset="utf-8")
    for message in extracted(root):
        if translate(message, "zh") == message:
            catalog.add(message)
    buffer = BytesIO()
    write_po(buffer, catalog, omit_header=True, width=110)
    return buffer.getvalue().decode()


if __name__ == "__main__":
    sys.stdout.write(untranslated(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT))
