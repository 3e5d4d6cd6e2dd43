"""Why a policy value is what it is: which policies match, and which of them each value comes from."""

from collections.abc import Iterable

import msgspec

from mainstem.domains.catalog import Variant
from mainstem.domains.inventory.rules.policies import ScopedPolicy


class Chosen(msgspec.Struct, frozen=True):
    """A value in force and the id of the policy that sets it; None and None when none does."""

    value: int | None = None
    policy: int | None = None


class Explanation(msgspec.Struct, frozen=True):
    """The ids of all matching policies, narrowest first, and where each value comes from."""

    matching: list[int]
    safety: Chosen
    buffer: Chosen
    low: Chosen


def explain(
    policies: Iterable[tuple[int, ScopedPolicy]], variant: Variant, node: int, channel: int | None
) -> Explanation:
    """What `PolicySet.effective` takes for a SKU at a node in a channel, and from where."""
    fitting = sorted(
        (item for item in policies if _matches(item[1], variant, node, channel)), key=_narrowness, reverse=True
    )
    return Explanation(
        [number for number, _ in fitting],
        next((Chosen(one.safety, number) for number, one in fitting if one.safety is not None), Chosen()),
        next((Chosen(one.buffer, number) for number, one in fitting if one.buffer is not None), Chosen()),
        next((Chosen(one.low, number) for number, one in fitting if one.low is not None), Chosen()),
    )


def _matches(policy: ScopedPolicy, variant: Variant, node: int, channel: int | None) -> bool:
    asked, category, place, medium = policy.scope
    inside = category is None or f"{variant.category}/".startswith(f"{category}/")
    return asked in (None, variant.id) and inside and place in (None, node) and medium in (None, channel)


def _narrowness(item: tuple[int, ScopedPolicy]) -> tuple[bool, int, bool, bool]:
    variant, category, node, channel = item[1].scope
    return variant is not None, len(category or ""), node is not None, channel is not None
