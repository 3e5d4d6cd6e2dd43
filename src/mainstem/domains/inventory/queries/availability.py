"""Available-to-promise: what can be promised of many SKUs at many nodes, now or as of a moment's holds."""

from collections.abc import Collection, Sequence
from datetime import datetime

from mainstem.domains import catalog
from mainstem.domains.catalog import UNKNOWN_CHANNEL, UNKNOWN_NODE, UNKNOWN_SKU, Node, Variant
from mainstem.domains.inventory.contracts import AVAILABILITY_PAIRS_MAX
from mainstem.domains.inventory.queries.policies import policies_for
from mainstem.domains.inventory.rules import checks
from mainstem.domains.inventory.rules.availability import Availability, Inbound, fold
from mainstem.kernel.refusals import TOO_LARGE, RefusedError, refuse
from mainstem.ledger import due_holds
from mainstem.ledger.balances import balances
from mainstem.platform.arrays import Bigints
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask

# Seeing a thousand SKUs, the planner takes the walk over (place, asset), which is three times as slow.
_STEADY = Query("select set_config('plan_cache_mode', 'force_generic_plan', true)", (), len)

_INBOUND = """
select variant, node, sum(quantity)::bigint, min(expected_at)
from (
    select variant, node, quantity, expected_at from inventory.inbound
    where variant = any(%b::bigint[]) and node = any(%b::bigint[])
    union all
    select l.variant, d.target, l.sent - l.received, d.expected_at
    from inventory.document as d join inventory.transfer_line as l on l.document = d.id
    where d.kind = 'transfer' and d.state = 'open' and d.target = any(%b::bigint[])
      and l.variant = any(%b::bigint[]) and l.sent > l.received
) as coming
group by variant, node
"""


def inbound(variants: Collection[int], nodes: Collection[int]) -> Query[list[Inbound]]:
    """What is announced for these nodes or on its way there from another: total, and the earliest moment named."""
    assets, places = Bigints(variants), Bigints(nodes)
    return Query(_INBOUND, (assets, places, places, assets), lambda rows: [Inbound(*row) for row in rows])


async def availability(
    connection: Connection, skus: Sequence[str], nodes: Sequence[str], channel: str | None, at: datetime
) -> Availability:
    """What can be promised of each SKU at each node, pairs without stock included; repeated codes are answered once.

    A hold counts until its time is up at `at`, swept or not. Raises RefusedError for an unknown SKU, node or channel,
    and for more than AVAILABILITY_PAIRS_MAX pairs. Two round trips; the connection is that of a snapshot, so that
    balances and holds are of one state.
    """
    if len(skus) * len(nodes) > AVAILABILITY_PAIRS_MAX:
        size = f"{len(skus)} SKUs at {len(nodes)} nodes"
        raise RefusedError(refuse(TOO_LARGE, "/skus", size=size, limit=AVAILABILITY_PAIRS_MAX))
    variants, places, channel_id = await resolve_pairs(connection, skus, nodes, channel)
    assets, ids = [variant.id for variant in variants], [node.id for node in places]
    policies, found, expired, coming = await ask(
        connection, policies_for(variants, ids), balances(assets, ids), due_holds(assets, at), inbound(assets, ids)
    )
    return fold(variants, places, channel_id, found, expired, coming, policies)


async def resolve_pairs(
    connection: Connection, skus: Sequence[str], nodes: Sequence[str], channel: str | None = None
) -> tuple[list[Variant], list[Node], int | None]:
    """The variants, nodes and channel of a question, each once, in the order asked; raises RefusedError for others."""
    variants, places, channels, _ = await ask(
        connection,
        catalog.variants_by_sku(checks.askable(skus)),
        catalog.nodes_by_code(checks.askable(nodes)),
        catalog.channels_by_code(checks.askable((channel,))),
        _STEADY,
    )
    for number, sku in enumerate(skus):
        if sku not in variants:
            shown = sku[: checks.SHOWN_LENGTH_MAX]
            raise RefusedError(refuse(UNKNOWN_SKU, f"/skus/{number}", sku=shown))
    for number, code in enumerate(nodes):
        if code not in places:
            shown = code[: checks.SHOWN_LENGTH_MAX]
            raise RefusedError(refuse(UNKNOWN_NODE, f"/nodes/{number}", node=shown))
    if channel is not None and channel not in channels:
        raise RefusedError(refuse(UNKNOWN_CHANNEL, "/channel", channel=channel[: checks.SHOWN_LENGTH_MAX]))
    return (
        [variants[sku] for sku in dict.fromkeys(skus)],
        [places[code] for code in dict.fromkeys(nodes)],
        channels[channel].id if channel is not None else None,
    )
