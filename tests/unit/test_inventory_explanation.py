"""What explains a policy value is what holds."""

import pytest
from hypothesis import given

from mainstem.domains.catalog import Variant
from mainstem.domains.inventory.rules.explanation import explain
from mainstem.domains.inventory.rules.policies import Policy, PolicySet, ScopedPolicy
from tests.unit.test_inventory_policies import policies, variants

pytestmark = pytest.mark.unit


@given(given_=policies, variant=variants)
def test_the_explanation_agrees_with_what_holds(given_: list[ScopedPolicy], variant: Variant) -> None:
    held = PolicySet(given_)
    numbered = list(enumerate(given_, 1))
    for node in (1, 2):
        for channel in (None, 8, 9):
            found = explain(numbered, variant, node, channel)
            explained = Policy(found.safety.value or 0, found.buffer.value or 0, found.low.value)
            assert explained == held.effective(variant, node, channel)
            for chosen, name in ((found.safety, "safety"), (found.buffer, "buffer"), (found.low, "low")):
                if chosen.policy is not None:
                    assert chosen.policy in found.matching
                    assert getattr(given_[chosen.policy - 1], name) == chosen.value
