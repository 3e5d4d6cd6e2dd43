"""What a simulated customer or associate does next, and when: pure but for the dice."""

import random
from dataclasses import dataclass

from mainstem.domains import inventory, orders

PAY_SECONDS = (2.0, 15.0)
PICK_SECONDS = (20.0, 90.0)
CARRY_SECONDS = (60.0, 240.0)
KEEP_SECONDS = (60.0, 600.0)
REPLENISH_SECONDS = (20.0, 60.0)

NEVER_PAID, CANCELLED, RETURNED = 0.05, 0.03, 0.04
"""Shares of orders that are not paid, are cancelled after payment, come back after delivery."""

TENDERS = ("card", "alipay", "wechat_pay")


@dataclass(frozen=True, slots=True)
class Step:
    """A command that is due after a wait."""

    wait_seconds: float
    command: object


def after_placing(dice: random.Random, order: int, to_pay_minor: int) -> Step | None:
    """Most customers pay soon; some never do, and the promise lapses."""
    if dice.random() < NEVER_PAID or to_pay_minor <= 0:
        return None
    tender = orders.Tender(dice.choice(TENDERS), to_pay_minor)
    return Step(dice.uniform(*PAY_SECONDS), orders.PayOrder(order, (tender,)))


def after(dice: random.Random, command: object, node: str) -> Step | None:
    """What follows a command that was accepted."""
    if isinstance(command, orders.PayOrder):
        return Step(0.5, orders.AllocateOrder(command.order))
    if isinstance(command, orders.AllocateOrder):
        if dice.random() < CANCELLED:
            return Step(dice.uniform(*PICK_SECONDS), orders.CancelOrder(command.order, "customer changed their mind"))
        return Step(dice.uniform(*PICK_SECONDS), orders.ShipOrder(command.order, carrier="simulated"))
    if isinstance(command, orders.ShipOrder):
        return Step(dice.uniform(*CARRY_SECONDS), orders.DeliverOrder(command.order))
    if isinstance(command, orders.DeliverOrder) and node and dice.random() < RETURNED:
        return Step(dice.uniform(*KEEP_SECONDS), orders.ReturnOrder(command.order, node, "did not fit"))
    return None


def resumed(dice: random.Random, order: int, state: str, payment: str, to_pay_minor: int) -> Step | None:
    """The next step of an order that was under way when the simulation was stopped."""
    if state == "placed" and payment == "unpaid":
        return after_placing(dice, order, to_pay_minor)
    if state == "placed":
        return Step(1.0, orders.AllocateOrder(order))
    if state in ("allocated", "part_shipped"):
        return Step(dice.uniform(*PICK_SECONDS), orders.ShipOrder(order, carrier="simulated"))
    return Step(dice.uniform(*CARRY_SECONDS), orders.DeliverOrder(order))


def replenishment(dice: random.Random, node: str, sku: str, quantity: int) -> Step:
    """A shelf that was found empty is filled."""
    line = inventory.StockLine(sku, quantity)
    return Step(
        dice.uniform(*REPLENISH_SECONDS),
        inventory.ReceiveStock(node, (line,), document="simulated replenishment", derived="simulator"),
    )
