"""Setting the plan of sales: load, decide, store, tell."""

from collections.abc import Sequence

import msgspec

from mainstem.domains.catalog import channels_by_code, nodes_by_code
from mainstem.domains.orders.plan import store
from mainstem.domains.orders.plan.contracts import PlanRecorded, SalesPlanSet, SetSalesPlan
from mainstem.domains.orders.plan.rules import PlanKey, Read, outdated, read_plan
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Event, Work

_encode = msgspec.json.Encoder().encode


async def set_sales_plans(work: Work, calls: Sequence[Call[SetSalesPlan]]) -> list[SalesPlanSet | Refusal]:
    """Set plans in order of arrival; each sees what those before it have set."""
    commands = [call.command for call in calls]
    nodes, channels = await ask(
        work.connection,
        nodes_by_code({command.node for command in commands if command.node is not None}),
        channels_by_code({command.channel for command in commands if command.channel is not None}),
    )
    reads = [read_plan(command, nodes, channels) for command in commands]
    accepted = [read for read in reads if isinstance(read, Read)]
    planned = await store.lock(work, accepted) if accepted else {}
    changed: dict[PlanKey, tuple[int | None, int]] = {}
    answers: list[SalesPlanSet | Refusal] = []
    for call, read in zip(calls, reads, strict=True):
        refusal = read if isinstance(read, Refusal) else outdated(read, planned)
        if isinstance(read, Refusal) or refusal is not None:
            assert refusal is not None
            answers.append(refusal)
            continue
        new = {(one.day, read.scope): one.amount_minor for one in read.command.days}
        differing = {key: amount for key, amount in new.items() if planned.get(key) != amount}
        for key, amount in differing.items():
            changed[key] = (amount, call.actor)
            if amount is None:
                del planned[key]
            else:
                planned[key] = amount
        result = SalesPlanSet(len(differing), sum(amount or 0 for amount in new.values()))
        answers.append(result)
        if differing:
            _emit(work, call, read, result)
    store.save(work, changed)
    return answers


def _emit(work: Work, call: Call[SetSalesPlan], read: Read, result: SalesPlanSet) -> None:
    work.emit(
        Event(
            type="orders.sales_plan_set",
            subject=read.scope[0] or read.scope[1] or 0,
            actor=call.actor,
            trace=call.trace,
            occurred_at=work.now,
            payload=_encode(PlanRecorded(call.command, result)),
        )
    )


SET_SALES_PLAN = Operation("orders.set_sales_plan", SetSalesPlan, SalesPlanSet, set_sales_plans)
