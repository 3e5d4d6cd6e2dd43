"""The page of an order: all that is known of it, and every step that is legal now."""

from urllib.parse import quote

from mainstem.console.frame import Reply, Visit, html
from mainstem.console.orders import words
from mainstem.console.orders.happening import timeline
from mainstem.console.orders.reading import Shown, read
from mainstem.domains import orders
from mainstem.platform.access.permissions import CUSTOMERS_READ, CUSTOMERS_UNMASK, ORDERS_READ, ORDERS_WRITE, STOCK_READ

DESTRUCTIVE = ("cancel",)

FORWARD = ("ship", "deliver", "allocate")
"""The steps towards the customer; the first that is legal is the main button of the page."""


async def show(visit: Visit) -> Reply:
    """The order of the address."""
    clear = visit.query.get("personal") == "shown" and visit.allowed(CUSTOMERS_UNMASK)
    shown = await read(visit, ORDERS_READ, clear=clear)
    writable = visit.allowed(ORDERS_WRITE, shown.node.id)
    channel = visit.network.channel(shown.order.channel)
    return html(
        visit,
        "orders/templates/order.html",
        shown=shown,
        order=shown.order,
        channel=shown.order.channel if channel is None else channel.name,
        node_names={node.code: node.name for node in visit.network.nodes.values()},
        steps=[(verb, visit.t(words.STEPS[verb].button), words.STEPS[verb].icon) for verb in shown.steps]
        if writable
        else [],
        sku_url=lambda sku: f"/stock/skus/{quote(sku, safe='')}" if visit.allowed(STOCK_READ) else "",
        customer_url=f"{'/customers/' if visit.allowed(CUSTOMERS_READ) else '/orders?customer='}{shown.order.customer}",
        destructive=DESTRUCTIVE,
        next_step=next((verb for verb in FORWARD if verb in shown.steps), ""),
        money=money_of(shown.order),
        timeline=timeline(visit, shown),
        words=words,
        quantity=visit.fmt.quantity,
        reveal=visit.url(personal="shown") if not clear and visit.allowed(CUSTOMERS_UNMASK) else "",
        hide=visit.url(personal=None) if clear else "",
    )


def money_of(order: orders.queries.OrderView) -> dict[str, int]:
    """The amounts that lead from the prices to what is still to be paid, in minor units."""
    lines = sum(line.amount_minor for line in order.lines)
    discounts = sum(line.discount_minor for line in order.lines)
    return {
        "gross": lines + discounts,
        "discounts": discounts,
        "given_up": order.total_minor - order.due_minor,
        "open": order.due_minor - order.paid_minor,
    }


def gist(shown: Shown, visit: Visit) -> list[str]:
    """An order in a few words, over the form of a step."""
    order = shown.order
    return [
        words.word(visit, words.STATES, order.state),
        words.word(visit, words.PAYMENTS, order.payment),
        shown.node.name,
        *([order.customer_reference] if order.customer_reference else []),
        visit.fmt.money(order.total_minor, order.currency),
    ]
