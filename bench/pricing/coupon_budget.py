"""A public code with 1,000 uses that 5,000 ask for at once: exactly 1,000 get it; and how fast codes are exported."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from functools import partial

import msgspec

from bench.postgres import new_database, scratch_server
from bench.report import Measure, exactly, inform
from mainstem import ledger
from mainstem.domains import pricing
from mainstem.domains.pricing import coupons
from mainstem.ledger import Group
from mainstem.platform.batching import Batcher
from mainstem.platform.execution import Call, Executor, Operation
from mainstem.platform.postgres import Database
from mainstem.platform.vault import Vault
from mainstem.platform.work import Work
from mainstem.processes.save_promotions import SAVE_PROMOTION

USES, TRIES = 1_000, 5_000
CODES, QUICK_CODES = 1_000_000, 50_000
LANES, SIZE_MAX = 4, 64
VAULT = Vault(b"digest secret of this benchmark.", [b"wrapping key of this benchmark.."])

PROMOTION = {"code": "TEN", "name": {"en": "Ten"}, "reward": {"type": "percent", "percent": 10}, "coupon": True}


class Redeem(msgspec.Struct, frozen=True):
    """Hold the coupon for an order, and redeem it."""

    order: int


class Redeemed(msgspec.Struct, frozen=True):
    """Whether it was to be had."""

    granted: bool


async def _redeem(work: Work, calls: Sequence[Call[Redeem]]) -> list[Redeemed]:
    asks = [coupons.CouponAsk("HELLO25", "bench") for _ in calls]
    opened = await coupons.open_coupons(work, asks)
    book = await ledger.promise_book(work, opened.spots(), opened.seen)
    await work.reserve_ids(4 * len(calls))
    changes = pricing.UsageChanges(work)
    answers = []
    for place, call in enumerate(calls):
        granted = opened.refused(book, place) is None
        if granted:
            use = opened.use(changes, book, place, reference=call.command.order)
            granted = isinstance(book.decide(Group(use.steps, "order", call.command.order, work.now)), list)
            if granted:
                changes.held(call, use)
        answers.append(Redeemed(granted))
    await ledger.save_promises(work, book)
    changes.save()
    return answers


REDEEM = Operation("bench.redeem", Redeem, Redeemed, _redeem)


def measure(*, quick: bool) -> list[Measure]:
    """The uses that were granted, tries a second, and codes a second of an export."""
    with scratch_server() as server:
        return asyncio.run(_measure(new_database(server, "bench_coupons"), QUICK_CODES if quick else CODES))


async def _measure(url: str, codes: int) -> list[Measure]:
    async with Database(url, pool_size=LANES, vault=VAULT) as database:
        executor = Executor(database, VAULT)
        await _furnish(executor)
        batcher = Batcher(
            REDEEM.name, partial(executor.execute, REDEEM), size_max=SIZE_MAX, lanes=LANES, queue_max=TRIES
        )
        calls = [REDEEM.call(Redeem(10**12 + number), str(number)) for number in range(TRIES)]
        began = time.perf_counter()
        outcomes = await asyncio.gather(*[batcher.submit(call) for call in calls])
        seconds = time.perf_counter() - began
        granted = sum(msgspec.json.decode(one.body, type=Redeemed).granted for one in outcomes)
        async with database.snapshot() as connection:
            cursor = await connection.execute("select count(*) from pricing.usage where state = 'held'")
            ((stored,),) = await cursor.fetchall()
    began = time.perf_counter()
    size = 0
    async for piece in coupons.csv_of_batch(VAULT, 1, codes):
        size += len(piece)
    return [
        exactly("coupon redeemed under 5,000 concurrent tries", "uses", granted, against="its limit", of=USES),
        exactly("uses on the ledger", "uses", stored, against="its limit", of=USES),
        inform("tries for one coupon", "tries/s", TRIES / seconds),
        inform("codes exported", "codes/s", codes / (time.perf_counter() - began), "bytes a code", size / codes),
    ]


async def _furnish(executor: Executor) -> None:
    numbers = itertools.count()
    made = msgspec.convert(PROMOTION, pricing.Promotion, strict=False)
    batch = coupons.SaveCouponBatch("all", made.name, "TEN", "public", public_code="HELLO25", uses_total=USES)
    steps: list[tuple[Operation[msgspec.Struct, msgspec.Struct], msgspec.Struct]] = [
        (SAVE_PROMOTION, pricing.SavePromotion(made)),  # type: ignore[list-item]
        (pricing.START_PROMOTION, pricing.StartPromotion("TEN")),  # type: ignore[list-item]
        (coupons.SAVE_COUPON_BATCH, batch),  # type: ignore[list-item]
    ]
    for operation, command in steps:
        (outcome,) = await executor.execute(operation, [operation.call(command, str(next(numbers)))])
        assert outcome.accepted, outcome.body
