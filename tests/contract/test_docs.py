"""The documentation is true: what it shows runs, what it names exists, what it takes from the code is current."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from mainstem.domains.catalog import contracts as catalog
from mainstem.domains.inventory import contracts as inventory
from mainstem.domains.orders import contracts as orders
from mainstem.domains.orders.states import TRANSITIONS
from mainstem.kernel.quantity import UNITS
from mainstem.kernel.refusals import Kind
from mainstem.ledger import contracts as ledger
from scripts import reference

pytestmark = pytest.mark.contract

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "src" / "mainstem"
BIN = Path(sys.executable).parent

SHELL, EXCERPT, OUTPUT = "bash", "python", "json"
SHOWN_ONLY = frozenset(("text", "mermaid", "csv", "toml", "yaml", "sql"))
"""Kinds of blocks that are not run."""

NOT_RUN: dict[str, str] = {
    "make demo": "downloads the data set and takes minutes; `mainstem demo` has tests of its own",
    "make test": "would run this test within itself",
    "make check": "the static checks; continuous integration runs them before the tests",
    "POSTGRES_PASSWORD=": "needs a container engine",
    "mainstem twin --journey": "needs the data set and a minute; tests/contract/test_twin*.py run twins",
    "python scripts/reference.py": "writes into this checkout; what it writes is compared below",
    "report = await import_file": "shows calls with their arguments; tests/contract/test_files_import.py makes them",
}
"""Blocks that are shown and neither run nor compared, by how they begin, with the reason."""

ELSEWHERE: dict[str, str] = {"docs/api-examples.md": "has a runner of its own, which sends each request to a real API"}
"""Pages whose blocks another test runs."""

CHANGES = frozenset(("id", "expires_at", "occurred_at", "recorded_at", "trace_id", "instance"))
"""Fields of an answer that differ each time."""


@dataclass(frozen=True)
class Block:
    kind: str
    text: str
    line: int


def pages() -> list[Path]:
    found = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *PACKAGE.rglob("README.md")]
    return sorted(page for page in found if str(page.relative_to(ROOT)) not in ELSEWHERE)


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(match[1], match[2], text[: match.start()].count("\n") + 1)
        for match in re.finditer(r"^```(\w*)[^\n]*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]


def reason_not_run(block: Block) -> str | None:
    return next((reason for start, reason in NOT_RUN.items() if block.text.startswith(start)), None)


def named(pages_: list[Path]) -> list[Any]:
    return [pytest.param(page, id=str(page.relative_to(ROOT))) for page in pages_]


def prose(page: Path) -> str:
    """The text of a page without its blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


# What is shown runs.


@pytest.mark.parametrize("page", named(pages()))
def test_every_block_is_run_or_says_why_not(page: Path) -> None:
    for block in blocks(page):
        known = block.kind in {SHELL, EXCERPT, OUTPUT} | SHOWN_ONLY or "src/mainstem" in str(page)
        assert known, f"{page.name}:{block.line}: a block of kind {block.kind!r}"


def test_no_reason_is_left_over() -> None:
    shown = [block.text for page in pages() for block in blocks(page) if block.kind in {SHELL, EXCERPT}]
    for start in NOT_RUN:
        assert any(text.startswith(start) for text in shown), f"no block begins with {start!r}"


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A running Mainstem on a fresh database: its URL, and the environment of a shell beside it."""
    parts = psycopg.conninfo.conninfo_to_dict(database_url)
    url = f"postgresql://{parts['user']}@/{parts['dbname']}?host={quote(str(parts['host']), safe='')}"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAINSTEM_", "LC_", "LANG"))
    }
    environment |= {"MAINSTEM_DATABASE_URL": url, "MAINSTEM_DATA_DIR": str(tmp_path), "MAINSTEM_LOG_LEVEL": "warning"}
    with subprocess.Popen(
        [BIN / "mainstem", "serve", "--port", "0", "--json"], env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line, "the server did not come up"
        try:
            yield json.loads(line)["url"], environment
        finally:
            server.terminate()


SHELL_PAGES = [
    page
    for page in pages()
    if any(block.kind == SHELL and reason_not_run(block) is None for block in blocks(page))
    and page.name != "README.zh-CN.md"  # holds the same blocks as README.md, see below
]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("page", named(SHELL_PAGES))
def test_the_shell_blocks_of_a_page_run_in_order(
    page: Path, served: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    url, environment = served
    found = blocks(page)
    shell = [block for block in found if block.kind == SHELL and reason_not_run(block) is None]
    mark = "--- end of block ---"
    script = "set -euo pipefail\n" + "".join(f"{block.text}echo; echo '{mark}'\n" for block in shell)
    script = script.replace("http://127.0.0.1:8000", url).replace(".venv/bin/", f"{BIN}/")
    for written in re.findall(r"> (\S+/)\S+", script):
        (tmp_path / written).mkdir(parents=True, exist_ok=True)
    ran = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    printed = ran.stdout.split(mark)
    assert ran.returncode == 0, (
        f"{page.name}:{shell[min(len(printed), len(shell)) - 1].line}: {ran.stdout} {ran.stderr}"
    )
    for block, output in zip(shell, printed, strict=False):
        after = found.index(block) + 1
        if after < len(found) and found[after].kind == OUTPUT:
            shown, got = json.loads(found[after].text), json.loads(output)
            assert stable(got) == stable(shown), f"{page.name}:{found[after].line}: {output}"


def stable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """An answer without what differs each time."""
    if isinstance(value, dict):
        return {name: "…" if name in CHANGES else stable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [stable(part) for part in value]
    return value


def excerpts(page: Path) -> list[Block]:
    return [block for block in blocks(page) if block.kind == EXCERPT and reason_not_run(block) is None]


@pytest.mark.parametrize("page", named([page for page in pages() if excerpts(page)]))
def test_excerpts_are_the_text_of_their_file(page: Path) -> None:
    for block in excerpts(page):
        first, _, rest = block.text.partition("\n")
        path = re.fullmatch(r"# (\S+\.py)", first)
        assert path is not None, f"{page.name}:{block.line}: an excerpt begins with `# path/to/file.py`"
        source = (ROOT / path[1]).read_text(encoding="utf-8")
        for part in re.split(r"^ *# …\n", rest, flags=re.MULTILINE):
            assert part.strip("\n") in source, f"{page.name}:{block.line}: {path[1]} reads otherwise:\n{part}"


# What is named exists.


def names_in(path: Path) -> set[str]:
    """What a file defines: functions, classes, their members, constants."""
    found: set[str] = set()

    def collect(body: list[ast.stmt], owner: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(owner + node.name)
                if isinstance(node, ast.ClassDef):
                    collect(node.body, f"{node.name}.")
            elif isinstance(node, ast.Assign):
                found.update(
                    owner + name.id
                    for target in node.targets
                    for name in ast.walk(target)
                    if isinstance(name, ast.Name)
                )
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(owner + node.target.id)

    collect(ast.parse(path.read_text(encoding="utf-8")).body, "")
    return found


def source_file(page: Path, name: str) -> Path | None:
    """A file as the pages name it: from beside the page, from the root of the repository or of the package."""
    return next((path for path in (page.parent / name, ROOT / name, PACKAGE / name) if path.exists()), None)


@pytest.mark.parametrize("page", named(pages()))
def test_every_function_that_is_named_exists(page: Path) -> None:
    for name, member in re.findall(r"`([\w/.-]+\.py):([\w.]+)`", prose(page)):
        path = source_file(page, name)
        assert path is not None, f"{page.name} names {name}"
        assert member in names_in(path), f"{page.name} names {name}:{member}"


@pytest.mark.parametrize("page", named([ROOT / "README.md", ROOT / "CONTRIBUTING.md", DOCS / "ARCHITECTURE.md"]))
def test_every_file_that_is_named_exists(page: Path) -> None:
    for name in re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", prose(page)):
        if not name.startswith(".venv/") and "NNNN" not in name:
            assert source_file(page, name) is not None, f"{page.name} names {name}"


@pytest.mark.parametrize("page", named(pages()))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", prose(page)):
        link = target[0] or target[1]
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{page.name} links to {link}"
        if anchor and path.suffix == ".md":
            assert anchor in anchors(path), f"{page.name} links to {link}"


def anchors(page: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# What is taken from the code is current.


@pytest.mark.parametrize("page", named(list(reference.pages())))
def test_generated_pages_are_current(page: Path) -> None:
    written = page.read_text(encoding="utf-8") if page.exists() else ""
    assert written == reference.pages()[page], "run `python scripts/reference.py`"


@pytest.mark.parametrize("page", named(list(reference.PARTS)))
def test_generated_parts_are_current(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == reference.with_parts(text, reference.PARTS[page]), "run `python scripts/reference.py`"


def test_both_readmes_show_the_same() -> None:
    english, chinese = ROOT / "README.md", ROOT / "README.zh-CN.md"
    runnable = {SHELL, OUTPUT}
    assert [b.text for b in blocks(english) if b.kind in runnable] == [
        b.text for b in blocks(chinese) if b.kind in runnable
    ]
    levels = [re.findall(r"^(#+) ", prose(page), re.MULTILINE) for page in (english, chinese)]
    assert levels[0] == levels[1]


# The glossary and the decisions.


def glossary() -> list[list[str]]:
    """The rows of the glossary: term, Chinese term, definition in English, in Chinese."""
    rows = re.findall(r"^\| (.+) \|$", (DOCS / "GLOSSARY.md").read_text(encoding="utf-8"), re.MULTILINE)
    cells = [[cell.strip() for cell in row.split(" | ")] for row in rows]
    return [row for row in cells if row[0] not in {"Term", "---"}]


def test_the_glossary_has_each_term_once_with_all_its_columns() -> None:
    rows = glossary()
    assert all(len(row) == 4 and all(row) for row in rows), [row for row in rows if len(row) != 4]
    terms = [term.strip() for row in rows for term in row[0].lower().split(",")]
    assert len(terms) == len(set(terms)), [term for term in terms if terms.count(term) > 1]
    assert all(re.search(r"[\u4e00-\u9fff]", row[1]) and re.search(r"[\u4e00-\u9fff]", row[3]) for row in rows)


def test_the_glossary_explains_what_the_code_speaks_of() -> None:
    text = (DOCS / "GLOSSARY.md").read_text(encoding="utf-8").lower()
    kinds = (
        catalog.NodeKind,
        catalog.ChannelKind,
        inventory.AdjustReason,
        inventory.DiscrepancyKind,
        orders.DiscountKind,
    )
    spoken = {value for kind in kinds for value in kind.__args__} - {"other"}  # type: ignore[attr-defined]
    spoken |= TRANSITIONS.keys() | UNITS.keys() | {kind.value for kind in Kind}
    spoken |= {struct.__name__.lower() for struct in (ledger.Transfer, ledger.Reserve, ledger.Settle, ledger.Release)}
    spoken |= {"shortage", "breach", "group", "hold", "spot", "finding", "placeholder", "quarantine", "seal"}
    missing = sorted(word for word in spoken if f"`{word}`" not in text and f"| {word}" not in text)
    assert not missing


def test_decisions_are_numbered_and_have_their_parts() -> None:
    found = sorted((DOCS / "adr").glob("[0-9]*.md"))
    assert [page.name[:4] for page in found] == [f"{number:04}" for number in range(1, len(found) + 1)]
    index = (DOCS / "adr" / "README.md").read_text(encoding="utf-8")
    for page in found:
        text = page.read_text(encoding="utf-8")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], page.name
        title = re.match(r"# \d+\. (.+)\n", text)
        assert title is not None, page.name
        assert f"[{title[1]}]({page.name})" in index, page.name
