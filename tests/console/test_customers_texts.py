"""The customers pages in Chinese: every text of theirs is there."""

from pathlib import Path

import pytest

import mainstem
from mainstem.console.customers import telling, words
from mainstem.console.customers.traits import COMBINED, GRAINS
from mainstem.domains import customers
from mainstem.platform.texts import translate
from mainstem.platform.texts.extract import extracted
from mainstem.processes.customer_timeline import KINDS

pytestmark = pytest.mark.unit

ROOM = Path(mainstem.__file__).parent / "console" / "customers"
SAME = {"RFM"}


def test_every_text_is_translated() -> None:
    assert [text for text in extracted(ROOM) if translate(text, "zh") == text and text not in SAME] == []


def test_every_code_has_words() -> None:
    assert set(telling.KINDS) == set(KINDS)
    types = {f"customers.{name}" for names in customers.EVENT_KINDS.values() for name in names}
    assert types <= set(telling.EVENTS)
    assert set(words.REASONS) == set(customers.UNMASK_REASONS)
    assert {trait.grain for trait in customers.TRAITS.values()} == set(GRAINS)
    assert {trait.combine for trait in customers.TRAITS.values()} <= set(COMBINED)
