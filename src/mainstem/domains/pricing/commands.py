"""What can be done to prices: load, decide, store, tell."""

from collections.abc import Sequence

import msgspec

from mainstem.domains.catalog import channels_by_code, nodes_by_code, variants_by_sku
from mainstem.domains.pricing import store
from mainstem.domains.pricing.contracts import PriceRecorded, PriceSet, SetPrice
from mainstem.domains.pricing.rules import Read, join, read_price
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Event, Work

_encode = msgspec.json.Encoder().encode


async def set_prices(work: Work, calls: Sequence[Call[SetPrice]]) -> list[PriceSet | Refusal]:
    """Record prices in order of arrival; of two with the same scope and start the later one is in force."""
    read = await _read(work, [call.command for call in calls])
    accepted = [item for item in read if not isinstance(item, Refusal)]
    if not accepted:
        return [item for item in read if isinstance(item, Refusal)]
    timelines, now = await store.load_timelines(work, [(item.scope, item.start) for item in accepted])
    await work.reserve_ids(len(accepted))
    answers: list[PriceSet | Refusal] = []
    added: list[store.NewPrice] = []
    for call, item in zip(calls, read, strict=True):
        if isinstance(item, Refusal):
            answers.append(item)
            continue
        span = join(timelines[item.scope], work.ids.take(), item.start)
        added.append(store.NewPrice(item.scope, span, item.command.amount_minor, item.command.derived, call.actor))
        answers.append(PriceSet(span.id))
        _emit(work, call, item, span.id)
    store.save(work, timelines, added, now)
    return answers


async def _read(work: Work, commands: Sequence[SetPrice]) -> list[Read | Refusal]:
    """Each command with its scope, or why it is refused."""
    variants, channels, nodes = await ask(
        work.connection,
        variants_by_sku({command.sku for command in commands}),
        channels_by_code({command.channel for command in commands if command.channel is not None}),
        nodes_by_code({command.node for command in commands if command.node is not None}),
    )
    return [read_price(command, work.now, variants, channels, nodes) for command in commands]


def _emit(work: Work, call: Call[SetPrice], item: Read, price: int) -> None:
    work.emit(
        Event(
            type="pricing.price_set",
            subject=item.scope[0],
            actor=call.actor,
            trace=call.trace,
            occurred_at=work.now,
            payload=_encode(PriceRecorded(price, item.start, item.command)),
        )
    )


SET_PRICES = Operation("pricing.set_price", SetPrice, PriceSet, set_prices)
