"""The examples of the documentation are executed, in their order, against a real server and database."""

import json
import re
from pathlib import Path

import pytest

from tests.contract.conftest import Json, Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

PAGE = Path(__file__).parents[2] / "docs" / "api-examples.md"
_EXAMPLE = re.compile(r"```http\n(\w+) (\S+)\n(.*?)```\s+```json (\d+)\n(.*?)```", re.DOTALL)
_NAME = re.compile(r'"?\{(\w+)\}"?')


def examples() -> list[tuple[str, str, str, int, str]]:
    text = PAGE.read_text(encoding="utf-8")
    found = [(method, path, rest, int(status), answer) for method, path, rest, status, answer in _EXAMPLE.findall(text)]
    assert len(found) == text.count("```http")
    return found


def filled(text: str, known: dict[str, Json], *, quoted: bool) -> str:
    """The text with the values of its names; as JSON where they stand in a body."""
    return _NAME.sub(lambda match: json.dumps(known[match[1]]) if quoted else str(known[match[1]]), text)


def differences(shown: Json, found: Json, known: dict[str, Json], where: str = "") -> list[str]:
    """What the answer does not have of what is shown; names that are new take the value found."""
    if isinstance(shown, str) and (match := re.fullmatch(r"\{(\w+)\}", shown)):
        return [] if known.setdefault(match[1], found) == found else [f"{where}: {found!r} is another {shown}"]
    if isinstance(shown, dict) and isinstance(found, dict):
        return [
            line
            for name, value in shown.items()
            for line in differences(value, found.get(name), known, f"{where}/{name}")
        ]
    if isinstance(shown, list) and isinstance(found, list):
        if len(shown) != len(found):
            return [f"{where}: {len(found)} items"]
        return [
            line
            for number, (one, other) in enumerate(zip(shown, found, strict=True))
            for line in differences(one, other, known, f"{where}/{number}")
        ]
    return [] if shown == found else [f"{where}: {found!r} instead of {shown!r}"]


async def test_the_examples_do_what_they_show(bare: Shop) -> None:
    known: dict[str, Json] = {}
    for method, path, rest, status, answer in examples():
        head, _, body = rest.partition("\n\n") if not rest.startswith("\n") else ("", "", rest)
        headers = {"authorization": f"Bearer {bare.administrator}"}
        headers |= dict(line.split(": ", 1) for line in head.strip().splitlines())
        content = filled(body.strip(), known, quoted=True) or None
        target = filled(path, known, quoted=False)
        got = await bare.client.request(method, target, headers=headers, content=content)
        assert got.status_code == status, (method, target, got.text)
        assert differences(json.loads(answer), got.json(), known) == [], (method, target, got.text)


def test_a_difference_is_found() -> None:
    known: dict[str, Json] = {}
    assert differences({"a": ["{x}", {"b": 1}]}, {"a": [7, {"b": 1, "c": 2}], "d": 3}, known) == []
    assert known == {"x": 7}
    for shown in ({"a": "{x}"}, {"b": 1}, {"a": [8]}, {"a": 8.5}):
        assert differences(shown, {"a": 8}, known)
