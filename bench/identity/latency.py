"""How long it takes to say who somebody is, with many customers in the graph: one at a time, and in batches.

What is asked is mixed as a day brings it: half are tickets with the number of somebody known, a fifth an account of his
that is told again, a seventh an account that is new and known by its number, some are known by name and birth date
only, some are nobody whom the graph knows. Customers are met evenly, so nothing is in a cache because it was just used.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from datetime import timedelta
from random import Random

import msgspec
import uvloop

from bench.identity import known_graph
from bench.identity.known_graph import Customer, scratch_vault
from bench.report import Measure, at_most, exactly, inform, no_less
from mainstem.domains.customers import IDENTIFY, Attributes, Identified, Identifier, Identify
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database

BATCH = 500
P50_BAR_MS, P95_BAR_MS, RATE_BAR = 5.0, 20.0, 3_000
LANES = 2
"""Batches in flight, as the batcher has them."""

_decode = msgspec.json.Decoder(Identified).decode


def asked(random: Random, customers: int, serial: int) -> tuple[Identify, Customer | None]:
    """Something that is said of somebody, and the customer that it is, if he is known."""
    known = known_graph.customer(random.randrange(customers))
    at = known.since + timedelta(days=90 + random.random() * 60)
    kind = random.random()
    if kind < 0.5:
        shop = f"till-{random.randrange(80):02d}"
        return Identify(source=shop, occurred_at=at, identifiers=(Identifier("phone", known.phone),)), known
    if kind < 0.7:
        again = known_graph.enrolled(known)
        return msgspec.structs.replace(again, occurred_at=known.since + timedelta(days=random.random())), known
    if kind < 0.85:
        identifiers = (
            Identifier("phone", known.phone, verified=True),
            Identifier("unionid", f"oU{serial:012d}", verified=True),
        )
        return Identify(source="mini", reference=f"o{serial:012d}", occurred_at=at, identifiers=identifiers), known
    if kind < 0.92:
        home = known.home
        attributes = Attributes(name=known.name.whole, birth_date=known.born, gender=known.gender, city=home.city)
        return Identify(source="app", reference=f"A{serial:012d}", occurred_at=at, attributes=attributes), known
    stranger = known_graph.customer(customers + serial)
    return known_graph.enrolled(stranger), None


def measure(url: str, customers: int, ones: int, batches: int) -> list[Measure]:
    """Load the graph and ask, in a migrated database without people."""
    started = time.perf_counter()
    known_graph.load(url, customers)
    loaded = time.perf_counter() - started
    return [
        inform(f"a graph of {customers:,} customers written", "s", loaded),
        *uvloop.run(_ask(url, customers, ones, batches)),
    ]


async def _ask(url: str, customers: int, ones: int, batches: int) -> list[Measure]:
    async with Database(url, pool_size=4) as database:
        executor = Executor(database, scratch_vault())
        random = Random(7)
        warm, _ = await _one_by_one(executor, [asked(random, customers, serial) for serial in range(200)], 0, customers)
        singles = [asked(random, customers, 10_000 + serial) for serial in range(ones)]
        milliseconds, wrong = await _one_by_one(executor, singles, len(warm), customers)
        many = [asked(random, customers, 1_000_000 + serial) for serial in range(batches * BATCH)]
        rate, wrong_many = await _in_batches(executor, many, customers)
    milliseconds.sort()
    name = f"one statement resolved, {customers:,} customers known"
    p95 = milliseconds[int(len(milliseconds) * 0.95)]
    return [
        at_most(f"{name}: p50", "ms", statistics.median(milliseconds), bar=P50_BAR_MS),
        at_most(f"{name}: p95", "ms", p95, bar=P95_BAR_MS),
        inform(f"{name}: p99", "ms", milliseconds[int(len(milliseconds) * 0.99)]),
        no_less(f"batches of {BATCH}, {customers:,} customers known", "records/s", rate, bar=RATE_BAR),
        exactly("somebody else's customer answered", "answers", wrong + wrong_many, against="none", of=0),
    ]


async def _one_by_one(
    executor: Executor, said: Sequence[tuple[Identify, Customer | None]], first: int, customers: int
) -> tuple[list[float], int]:
    """How long each took, in milliseconds, and how many were answered with another known customer."""
    milliseconds, wrong = [], 0
    for number, (command, known) in enumerate(said):
        call = IDENTIFY.call(command, f"one-{first + number}")
        before = time.perf_counter()
        (outcome,) = await executor.execute(IDENTIFY, [call])
        milliseconds.append((time.perf_counter() - before) * 1000)
        wrong += _wrong(outcome.body, known, customers)
    return milliseconds, wrong


async def _in_batches(
    executor: Executor, said: Sequence[tuple[Identify, Customer | None]], customers: int
) -> tuple[float, int]:
    """Records a second with `LANES` batches in flight, and how many were answered with another known customer."""
    waiting = list(range(0, len(said), BATCH))[::-1]
    wrong = 0

    async def lane() -> None:
        nonlocal wrong
        while waiting:
            start = waiting.pop()
            batch = said[start : start + BATCH]
            calls = [IDENTIFY.call(command, f"many-{start + at}") for at, (command, _) in enumerate(batch)]
            outcomes = await executor.execute(IDENTIFY, calls)
            answers = zip(outcomes, batch, strict=True)
            wrong += sum(_wrong(outcome.body, known, customers) for outcome, (_, known) in answers)

    before = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(LANES)))
    return len(said) / (time.perf_counter() - before), wrong


def _wrong(body: bytes, known: Customer | None, customers: int) -> bool:
    """Whether the answer is a customer of the graph, and not the one that was meant."""
    number = (_decode(body).customer - known_graph.FIRST_ID) // known_graph.IDS_EACH
    return 0 <= number < customers and (known is None or number != known.number)
