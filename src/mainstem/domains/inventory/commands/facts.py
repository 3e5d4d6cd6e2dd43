"""Facts that name a SKU the catalogue does not have: the SKU becomes a placeholder, the fact is recorded."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from mainstem.domains import catalog
from mainstem.domains.catalog import Variant
from mainstem.domains.inventory.contracts import StockLine
from mainstem.domains.inventory.rules.checks import Lines
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.refusals import Refusal
from mainstem.platform.work import Work


class _Fact(Protocol):
    @property
    def lines(self) -> tuple[StockLine, ...]: ...


class _Plan(Protocol):
    @property
    def lines(self) -> Lines: ...


F = TypeVar("F", bound=_Fact)
P = TypeVar("P", bound=_Plan)


async def plan_facts(
    work: Work, facts: Sequence[F], variants: dict[str, Variant], plan: Callable[[F, dict[str, Variant]], P | Refusal]
) -> list[P | Refusal]:
    """The plan of each fact. Placeholders are made, and added to `variants`, for the unknown SKUs of those accepted.

    A fact that is refused for another reason, or names what cannot be a SKU, makes none.
    """
    unknown = {line.sku for fact in facts for line in fact.lines if line.sku not in variants}
    missing = sorted(sku for sku in unknown if is_code(sku))
    if not missing:
        return [plan(fact, variants) for fact in facts]
    supposed = variants | {
        sku: Variant(id=-number, sku=sku, unit="pc", category="", placeholder=True)
        for number, sku in enumerate(missing, start=1)
    }
    drafts = [plan(fact, supposed) for fact in facts]
    used = {
        variant.sku
        for draft in drafts
        if not isinstance(draft, Refusal)
        for variant, _ in draft.lines
        if variant.id < 0
    }
    if used:
        variants |= await catalog.ensure_placeholders(work, used)
    return [
        draft if isinstance(draft, Refusal) else plan(fact, variants) for fact, draft in zip(facts, drafts, strict=True)
    ]
