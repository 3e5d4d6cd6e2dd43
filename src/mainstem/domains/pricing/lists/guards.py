"""What guards a price: what a unit of a SKU costs us, and below what it must not be sold, each for a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from mainstem.domains.catalog import UNKNOWN_SKU, variants_by_sku
from mainstem.domains.pricing.lists import reading
from mainstem.domains.pricing.lists.spans import GUARDS, lock
from mainstem.domains.pricing.lists.timeline import put
from mainstem.domains.pricing.rules import SHOWN_LENGTH_MAX
from mainstem.domains.pricing.telling import tell
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.arrays import Bigints
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import Query, Row, ask
from mainstem.platform.work import Work

GuardKind = Literal["cost", "floor"]


class SetPriceGuard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From a moment on a unit of a SKU costs us so much (`cost`), or must not be sold below so much (`floor`).

    Costs are without tax; floors are compared with prices as they are shown. None: not known, no floor. With
    `valid_until` what was before goes on afterwards.
    """

    kind: GuardKind
    sku: str
    currency: str
    amount_minor: int | None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


class PriceGuardSet(msgspec.Struct, frozen=True):
    """The id of what was recorded."""

    id: int


class PriceGuardRecorded(msgspec.Struct, frozen=True):
    """Payload of `pricing.price_guard_set` (subject: the variant): its id, from when on, and the command."""

    guard: int
    valid_from: datetime
    command: SetPriceGuard


class PriceGuardView(msgspec.Struct, frozen=True, gc=False):
    """A cost or a floor as it was recorded, and who set it."""

    id: int
    kind: GuardKind
    currency: str
    amount_minor: int | None
    valid_from: datetime
    valid_until: datetime | None
    actor: int
    recorded_at: datetime


class Guards:
    """Costs and floors in force at one moment, in one currency."""

    __slots__ = ("_amounts",)

    def __init__(self, rows: Iterable[Row]) -> None:
        self._amounts = {(variant, kind): amount for variant, kind, amount in rows}

    def floor(self, variant: int) -> int:
        """The least that a whole unit may cost; 0 when there is none."""
        return self._amounts.get((variant, "floor")) or 0

    def cost(self, variant: int) -> int | None:
        """What a whole unit costs us, without tax; None when it is not known."""
        return self._amounts.get((variant, "cost"))


def guards_for(variants: Iterable[int], currency: str, moment: datetime) -> Query[Guards]:
    """The costs and floors of these variants in force at a moment."""
    return Query(
        "select variant, kind, amount_minor from pricing.guard where variant = any(%b::bigint[])"
        " and currency = %b::text and valid_until > %b::timestamptz and valid_from <= %b::timestamptz",
        (Bigints(variants), currency, moment, moment),
        Guards,
    )


def guard_history(variant: int, limit: int, before: int | None = None) -> Query[list[PriceGuardView]]:
    """Up to `limit` costs and floors that were ever recorded of a variant, the latest first, before one by its id."""
    return Query(
        "select id, kind, currency, amount_minor, valid_from, nullif(valid_until, 'infinity'), actor, recorded_at"
        " from pricing.guard where variant = %b::bigint and id < %b::bigint order by id desc limit %b::bigint",
        (variant, 2**63 - 1 if before is None else before, limit),
        lambda rows: [PriceGuardView(*row) for row in rows],
    )


async def _set_guards(work: Work, calls: Sequence[Call[SetPriceGuard]]) -> list[PriceGuardSet | Refusal]:
    now = await lock(work)
    (variants,) = await ask(work.connection, variants_by_sku({call.command.sku for call in calls}))
    read: list[tuple[tuple[int, str, str], datetime, datetime | None] | Refusal] = []
    for call in calls:
        command = call.command
        known = variants.get(command.sku)
        if known is None:
            read.append(refuse(UNKNOWN_SKU, "/sku", sku=command.sku[:SHOWN_LENGTH_MAX]))
            continue
        refusal = reading.bad_currency(command.currency) or reading.bad_amount(command.amount_minor)
        span = refusal or reading.span_of(command.valid_from, command.valid_until, work.now)
        read.append(span if isinstance(span, Refusal) else ((known.id, command.kind, command.currency), *span))
    timelines = await GUARDS.load(work, [(one[0], one[1]) for one in read if not isinstance(one, Refusal)])
    await work.reserve_ids(2 * len(calls))
    actors: dict[int, int] = {}
    answers: list[PriceGuardSet | Refusal] = []
    for call, one in zip(calls, read, strict=True):
        if isinstance(one, Refusal):
            answers.append(one)
            continue
        key, start, end = one
        before = {span.id for span in timelines[key]}
        made = put(timelines[key], (call.command.amount_minor,), start, end, work.ids.take)
        actors |= {span.id: call.actor for span in timelines[key] if span.id not in before}
        tell(work, call, "price_guard_set", key[0], PriceGuardRecorded(made.id, start, call.command))
        answers.append(PriceGuardSet(made.id))
    GUARDS.save(work, timelines, actors, now)
    return answers


SET_PRICE_GUARD: Operation[SetPriceGuard, PriceGuardSet] = Operation(
    "pricing.set_price_guard", SetPriceGuard, PriceGuardSet, _set_guards
)
