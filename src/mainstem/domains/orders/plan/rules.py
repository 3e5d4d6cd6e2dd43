"""What a plan of sales decides: how an amount is spread over days, and which commands may be carried out. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from mainstem.domains.catalog import UNKNOWN_CHANNEL, UNKNOWN_CURRENCY, UNKNOWN_NODE, Channel, Node
from mainstem.domains.orders.contracts import WRONG_CURRENCY
from mainstem.domains.orders.plan.contracts import (
    BAD_PLAN_DAYS,
    DAYS_MAX,
    FIRST_DAY,
    LAST_DAY,
    PLAN_CHANGED,
    SetSalesPlan,
)
from mainstem.domains.pricing import BAD_AMOUNT
from mainstem.kernel.money import AMOUNT_MINOR_MAX, CURRENCIES, from_minor
from mainstem.kernel.refusals import Refusal, refuse

WEIGHT_WEEKS = 8
"""Whole weeks before today whose sales say what a weekday weighs."""

SHOWN_LENGTH_MAX = 80

Scope = tuple[int | None, int | None, str]
"""(node, channel, currency): None does not narrow."""

PlanKey = tuple[date, Scope]


class Read(msgspec.Struct, frozen=True):
    """A command that may be carried out, and the scope that it is about."""

    command: SetSalesPlan
    scope: Scope


def spread(amount_minor: int, days: Sequence[date], weights: Mapping[int, int]) -> dict[date, int]:
    """An amount spread over days by the weights of their weekdays (Monday is 1); the parts add up to it exactly.

    By largest remainders, of equal ones the earlier day's. Without any weight all days weigh the same.
    """
    of_day = [max(weights.get(day.isoweekday(), 0), 0) for day in days]
    if not any(of_day):
        of_day = [1] * len(days)
    whole = sum(of_day)
    parts = [divmod(amount_minor * weight, whole) for weight in of_day]
    left = amount_minor - sum(part for part, _ in parts)
    first = sorted(range(len(days)), key=lambda number: (-parts[number][1], number))[:left]
    return {day: parts[number][0] + (number in first) for number, day in enumerate(days)}


def read_plan(command: SetSalesPlan, nodes: Mapping[str, Node], channels: Mapping[str, Channel]) -> Read | Refusal:
    """What a command is about, given what the catalogue holds of the codes it names, or why it is refused."""
    node = channel = None
    if command.node is not None:
        if command.node not in nodes:
            return refuse(UNKNOWN_NODE, "/node", node=command.node[:SHOWN_LENGTH_MAX])
        node = nodes[command.node].id
    if command.currency not in CURRENCIES:
        return refuse(UNKNOWN_CURRENCY, "/currency", currency=command.currency[:SHOWN_LENGTH_MAX])
    if command.channel is not None:
        known = channels.get(command.channel)
        if known is None:
            return refuse(UNKNOWN_CHANNEL, "/channel", channel=command.channel[:SHOWN_LENGTH_MAX])
        if known.currency != command.currency:
            return refuse(
                WRONG_CURRENCY,
                "/currency",
                channel=command.channel,
                currency=known.currency,
                given=command.currency,
            )
        channel = known.id
    return _bad_days(command) or Read(command, (node, channel, command.currency))


def outdated(read: Read, planned: Mapping[PlanKey, int]) -> Refusal | None:
    """Whether a day is planned otherwise than the command says it saw."""
    for number, one in enumerate(read.command.days):
        current = planned.get((one.day, read.scope))
        if one.was_minor is not msgspec.UNSET and one.was_minor != current:
            return refuse(
                PLAN_CHANGED,
                f"/days/{number}",
                day=one.day.isoformat(),
                current=_shown(current, read.command.currency),
                given=_shown(one.was_minor, read.command.currency),
            )
    return None


def _bad_days(command: SetSalesPlan) -> Refusal | None:
    days = [one.day for one in command.days]
    if not 0 < len(days) <= DAYS_MAX or len(set(days)) < len(days):
        return refuse(BAD_PLAN_DAYS, "/days", limit=DAYS_MAX)
    for number, one in enumerate(command.days):
        if not FIRST_DAY <= one.day <= LAST_DAY:
            return refuse(BAD_PLAN_DAYS, f"/days/{number}/day", limit=DAYS_MAX)
        if one.amount_minor is not None and not 0 <= one.amount_minor <= AMOUNT_MINOR_MAX:
            where = f"/days/{number}/amount_minor"
            return refuse(BAD_AMOUNT, where, amount=one.amount_minor, least=0, most=AMOUNT_MINOR_MAX)
    return None


def _shown(amount_minor: int | None, currency: str) -> str:
    return "–" if amount_minor is None else f"{currency} {from_minor(amount_minor, currency):,f}"
