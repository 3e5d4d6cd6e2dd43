"""Which safety stock, channel buffer and low-stock level hold for a SKU at a node."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec
import numpy as np
import numpy.typing as npt

from mainstem.domains.catalog import Variant

Scope = tuple[int | None, str | None, int | None, int | None]
"""(variant, category, node, channel): the ids and the category prefix a policy is limited to."""

Subject = tuple[int | None, str | None]


class ScopedPolicy(msgspec.Struct, frozen=True, gc=False):
    """What was set for a scope; None leaves a value to a wider scope."""

    scope: Scope
    safety: int | None
    buffer: int | None
    low: int | None


class Policy(msgspec.Struct, frozen=True, gc=False):
    """What holds: 0 where nothing was set; no low-stock event where `low` is None."""

    safety: int = 0
    buffer: int = 0
    low: int | None = None


_NOTHING = Policy()

Quantities = npt.NDArray[np.int64]

_Row = tuple[Quantities, Quantities]


@lru_cache(maxsize=4096)
def prefixes(category: str) -> tuple[str, ...]:
    """The category itself and every wider one, narrowest first: `Dairy/Milk`, `Dairy`."""
    parts = category.split("/") if category else []
    return tuple("/".join(parts[:size]) for size in range(len(parts), 0, -1))


class PolicySet:
    """Policies of some SKUs, resolved: narrowest subject first, then node over none, then channel over none.

    Costs nothing where there is no policy; what was resolved once is remembered.
    """

    def __init__(self, policies: Iterable[ScopedPolicy]) -> None:
        self._subjects: dict[Subject, dict[tuple[int | None, int | None], ScopedPolicy]] = {}
        self.has_low = False
        for policy in policies:
            variant, category, node, channel = policy.scope
            self._subjects.setdefault((variant, category), {})[node, channel] = policy
            self.has_low = self.has_low or policy.low is not None
        self._known: dict[tuple[tuple[Subject, ...], int | None, int | None], Policy] = {}
        self._chains: dict[int, tuple[Subject, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self._subjects)

    def keep(self, variant: Variant, node: int, channel: int | None) -> int:
        """How much of a SKU must stay free at a node when this channel promises it: safety stock and channel buffer."""
        if not self._subjects:
            return 0
        policy = self.effective(variant, node, channel)
        return policy.safety + policy.buffer

    def effective(self, variant: Variant, node: int, channel: int | None) -> Policy:
        """What holds for a SKU at a node in a channel, or in none: then only policies that name no channel count."""
        return self._resolve(self._chain(variant), node, channel) if self._subjects else _NOTHING

    def kept(
        self, variants: Iterable[Variant], nodes: Sequence[int], channel: int | None
    ) -> tuple[Quantities, Quantities]:
        """Safety stock and channel buffer: two tables with a row a variant and a column a node.

        Wide policies are laid down once and narrow ones over them, so the cost is that of copying rows.
        """
        rows: dict[tuple[Subject, ...], _Row] = {(): (np.zeros(len(nodes), np.int64), np.zeros(len(nodes), np.int64))}
        position = {node: number for number, node in enumerate(nodes)}
        found = [self._row(self._chain(variant), rows, position, channel) for variant in variants]
        shape = len(found), len(nodes)
        return np.array([row[0] for row in found]).reshape(shape), np.array([row[1] for row in found]).reshape(shape)

    def _row(
        self,
        chain: tuple[Subject, ...],
        rows: dict[tuple[Subject, ...], _Row],
        position: Mapping[int, int],
        channel: int | None,
    ) -> _Row:
        known = rows.get(chain)
        if known is None:
            wider = self._row(chain[1:], rows, position, channel)
            known = rows[chain] = wider[0].copy(), wider[1].copy()
            for policy in sorted(self._subjects[chain[0]].values(), key=_width):
                _, _, node, medium = policy.scope
                if medium in (None, channel) and (node is None or node in position):
                    _lay(policy.safety, known[0], None if node is None else position[node])
                    _lay(policy.buffer, known[1], None if node is None else position[node])
        return known

    def _chain(self, variant: Variant) -> tuple[Subject, ...]:
        known = self._chains.get(variant.id)
        if known is None:
            named: list[Subject] = [(variant.id, None)]
            named += [(None, category) for category in prefixes(variant.category)]
            named.append((None, None))
            known = self._chains[variant.id] = tuple(subject for subject in named if subject in self._subjects)
        return known

    def _resolve(self, chain: tuple[Subject, ...], node: int | None, channel: int | None) -> Policy:
        key = (chain, node, channel)
        known = self._known.get(key)
        if known is not None:
            return known
        safety = buffer = low = None
        for subject in chain:
            policies = self._subjects[subject]
            for place in (node, None) if node is not None else (None,):
                for medium in (channel, None) if channel is not None else (None,):
                    policy = policies.get((place, medium))
                    if policy is not None:
                        safety = policy.safety if safety is None else safety
                        buffer = policy.buffer if buffer is None else buffer
                        low = policy.low if low is None else low
        result = self._known[key] = Policy(safety=safety or 0, buffer=buffer or 0, low=low)
        return result


def _width(policy: ScopedPolicy) -> tuple[bool, bool]:
    """Orders the policies of one subject from wide to narrow."""
    return policy.scope[2] is not None, policy.scope[3] is not None


def _lay(value: int | None, row: Quantities, position: int | None) -> None:
    """Set a value at one position, or at all."""
    if value is None:
        return
    if position is None:
        row[:] = value
    else:
        row[position] = value
