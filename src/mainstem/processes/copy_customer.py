"""Copy what every room holds of a customer, for himself: to be shown, and to be taken along. That is remembered."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from mainstem.domains import catalog, customers, loyalty, orders
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask
from mainstem.platform.vault import Vault

ORDERS_MAX = 10_000
"""Orders of one copy."""

PURPOSE = "legal"
"""What a copy is made for: the law asks for it."""


class CopiedLine(msgspec.Struct, frozen=True):
    """What was bought: smallest steps of the SKU's unit, minor units of the order's currency."""

    sku: str
    quantity: int
    amount_minor: int


class CopiedOrder(msgspec.Struct, frozen=True):
    """An order or a sale."""

    order: orders.queries.OrderRow
    lines: tuple[CopiedLine, ...]


class PersonalCopy(msgspec.Struct, frozen=True):
    """All that is held of a person, machine-readable. `purposes` says what each may be used for, in both languages.

    `memberships` are his points, tiers and benefits, without a code that somebody else could show in his place; `cards`
    his store credit.
    """

    format: str
    made_at: datetime
    held: customers.rights.Held
    orders: tuple[CopiedOrder, ...]
    memberships: tuple[loyalty.MemberView, ...]
    cards: tuple[loyalty.CardView, ...]
    purposes: dict[str, dict[str, str]]


async def copy_customer(
    connection: Connection, vault: Vault, customer: int, actor: int, what: str, now: datetime
) -> PersonalCopy | None:
    """Everything held of a customer, in the clear; None when there is none, or he was erased.

    It is written down in the caller's transaction who was shown it: that must commit before he is.
    """
    held = await customers.rights.held(connection, vault, customer, now)
    if held is None:
        return None
    records = [one.record for one in held.records]
    bought = await _orders(connection, vault, records)
    members = [replace(one, code="") for one in await loyalty.members_of(connection, vault, held.customer)]
    (cards,) = await ask(connection, loyalty.cards_of(tuple(records)))
    await customers.rights.disclose(connection, [held.customer], PURPOSE, actor, what, now)
    return PersonalCopy(customers.rights.FORMAT, now, held, bought, tuple(members), tuple(cards), _purposes())


async def _orders(connection: Connection, vault: Vault, records: list[int]) -> tuple[CopiedOrder, ...]:
    found: list[orders.queries.OrderRow] = []
    wanted = orders.queries.OrderFilter(customers=tuple(records))
    page = await orders.queries.list_orders(connection, vault, wanted, orders.queries.PAGE_MAX, clear=True)
    found += page.rows
    while page.next is not None and len(found) < ORDERS_MAX:
        page = await orders.queries.list_orders(
            connection, vault, wanted, orders.queries.PAGE_MAX, page.next, clear=True
        )
        found += page.rows
    (lines,) = await ask(connection, orders.bought_lines([one.id for one in found]))
    (variants,) = await ask(
        connection, catalog.variants_by_id({line.variant for bought in lines.values() for line in bought})
    )
    return tuple(
        CopiedOrder(
            one,
            tuple(
                CopiedLine(variants[line.variant].sku, line.quantity, line.amount_minor)
                for line in lines.get(one.id, ())
            ),
        )
        for one in found
    )


def _purposes() -> dict[str, dict[str, str]]:
    return {
        purpose.code: {
            "en": purpose.name.en,
            "zh": purpose.name.zh,
            "about_en": purpose.about.en,
            "about_zh": purpose.about.zh,
            "basis": purpose.basis,
        }
        for purpose in customers.consent.PURPOSES.values()
    }
