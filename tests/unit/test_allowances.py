"""Counting, pure: any sequence of uses against a counter; and any damaged form is refused or can be computed."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstem.domains.pricing.allowances.contracts import PLENTY, PLENTY_MINOR, USED, Allowance
from mainstem.domains.pricing.allowances.opening import holding, left_of
from mainstem.domains.pricing.engine import compile_book
from mainstem.domains.pricing.promotions.checking import wrong
from mainstem.domains.pricing.promotions.form import Promotion
from mainstem.kernel.moments import EARLIEST
from mainstem.kernel.refusals import Refusal
from mainstem.ledger import Balance, Book, Group, Release, Reserve, Settle, Transfer

pytestmark = pytest.mark.unit

GUIDE = Path(__file__).parents[2] / "docs" / "promotions.md"
FORMS: list[dict[str, Any]] = [
    form
    for block in re.findall(r"^```json\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for whole in [json.loads(block)]
    for form in (whole.get("promotions") or ([whole["promotion"]] if "promotion" in whole else []))
]
ODD: list[Any] = [
    0,
    -1,
    1,
    2,
    10**16,
    2**62,
    "",
    " ",
    "x" * 200,
    "0",
    "100.00001",
    "1e3",
    "-5",
    None,
    [],
    {},
    True,
    3.7,
]

Action = tuple[str, int, int]
ACTIONS = st.lists(
    st.tuples(st.sampled_from(["use", "settle", "release", "back"]), st.integers(0, 2), st.integers(1, 4)), max_size=40
)


def decide(book: Book, *steps: Any) -> bool:  # noqa: ANN401 - steps of the ledger
    return isinstance(book.decide(Group(steps, "test", 1, EARLIEST)), list)


@given(ACTIONS, st.integers(0, 9), st.sampled_from(["uses", "budget"]))
def test_what_places_use_together_never_passes_the_limit(actions: list[Action], limit: int, what: Any) -> None:  # noqa: ANN401
    plenty = PLENTY_MINOR if what == "budget" else PLENTY
    places = (11, 12, 13)
    book = Book({(1, place): Balance(posted=plenty, known=True) for place in places})
    open_holds: list[tuple[int, int, int]] = []
    settled: list[tuple[int, int]] = []
    used, number = 0, 0
    for verb, which, quantity in actions:
        place = places[which]
        one = Allowance(1, place, limit, what, tuple(other for other in places if other != place), 11)
        if verb == "use":
            number += 1
            step = holding(book, one, quantity, number)
            assert isinstance(step, Reserve)
            granted = decide(book, step)
            assert granted == (used + quantity <= limit)
            if granted:
                used += quantity
                open_holds.append((number, place, quantity))
        elif verb == "back" and settled:
            back_to, amount = settled.pop()
            assert decide(book, Transfer(1, USED, back_to, amount))
            used -= amount
        elif open_holds:
            hold, where, amount = open_holds.pop()
            if verb == "settle":
                assert decide(book, Settle(hold, USED, amount))
                settled.append((where, amount))
            else:
                assert decide(book, Release(hold, amount))
                used -= amount
        assert left_of(book, one) == limit - used


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - any JSON
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [leaf for name, part in parts for leaf in leaves(part, (*path, name))]


@given(st.data())
def test_a_damaged_form_is_refused_or_can_be_computed(data: st.DataObject) -> None:
    written = copy.deepcopy(data.draw(st.sampled_from(FORMS)))
    path = data.draw(st.sampled_from(leaves(written)))
    inside: Any = written
    for name in path[:-1]:
        inside = inside[name]
    inside[path[-1]] = data.draw(st.sampled_from(ODD))
    try:
        form = msgspec.convert(written, Promotion, strict=False)
    except msgspec.ValidationError:
        return
    refusal = wrong(form)
    if refusal is None:
        assert compile_book([form]).terms
    else:
        assert isinstance(refusal, Refusal)
        assert refusal.message()
        assert refusal.remedy()
        assert refusal.where.startswith("/") or refusal.code == "form_too_large"
