"""A twin of the database's own history: asked for once, replayed in the background, found again with its result."""

from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest

from mainstem.analytics import twin
from mainstem.domains import pricing
from mainstem.domains.catalog import (
    UPSERT_CHANNELS,
    UPSERT_NODES,
    UPSERT_PRODUCTS,
    UpsertChannel,
    UpsertNode,
    UpsertProduct,
    VariantInput,
)
from mainstem.domains.orders import Discount, RecordSale, SaleLine, Tender
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.query import ask
from mainstem.processes import RECORD_SALES

pytestmark = pytest.mark.anyio

SPAN = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


async def send(executor: Executor, operation: Operation, *commands: object) -> list:  # type: ignore[type-arg]
    outcomes = await executor.execute(operation, [operation.call(one, uuid4().hex) for one in commands])
    assert all(outcome.accepted for outcome in outcomes), [outcome.body for outcome in outcomes]
    return outcomes


@pytest.fixture
async def shop(executor: Executor) -> Executor:
    await send(executor, UPSERT_NODES, UpsertNode(code="S1", name="One", kind="store", time_zone="Europe/Paris"))
    await send(executor, UPSERT_CHANNELS, UpsertChannel(code="till", name="Tills", kind="till", currency="EUR"))
    await send(executor, UPSERT_PRODUCTS, UpsertProduct("tea", "Tea", (VariantInput(sku="TEA", unit="pc"),)))
    for day, quantity, amount, discount in ((3, 2, 1800, 200), (4, 1, 1000, 0)):
        taken = (Discount("retail", discount),) if discount else ()
        sale = RecordSale(
            channel="till",
            node="S1",
            external_id=f"R{day}",
            occurred_at=datetime(2026, 3, day, tzinfo=UTC),
            lines=(SaleLine("TEA", quantity, amount, None, taken),),
            tenders=(Tender("cash", amount),),
        )
        await send(executor, RECORD_SALES, sale)
    return executor


def asked(**draft: object) -> twin.TwinAsk:
    return twin.TwinAsk("march", *SPAN, twin.Draft(**draft), "EUR")  # type: ignore[arg-type]


async def test_a_twin_is_replayed_by_its_job_and_a_job_that_runs_again_changes_nothing(shop: Executor) -> None:
    fixed = pricing.form.Promotion(
        code="fix", name=pricing.form.Text("Fix"), reward=pricing.form.FixedPrice(900, pricing.form.ALL_GOODS)
    )
    (outcome,) = await send(shop, twin.ASK_TWIN, asked(promotions=(fixed,), elasticity=-2.0))
    number = msgspec.json.decode(outcome.body, type=twin.TwinAsked).id
    (job,) = twin.JOBS
    async with shop.database.transaction() as connection:
        cursor = await connection.execute("select args::text from procrastinate_jobs where task_name = %s", (job.name,))
        assert await cursor.fetchall() == [(f'{{"twin": {number}}}',)]
        # As a job leaves it that was killed half way.
        await connection.execute(
            "update twins.twin set state = 'replaying', done = 1, total = 2 where id = %s", (number,)
        )

    await job.run(shop.database, twin=number)
    await job.run(shop.database, twin=number)

    async with shop.database.transaction() as connection:
        (view,), (heads,) = await ask(connection, twin.find(number)), await ask(connection, twin.heads(10))
    assert view is not None
    assert view.result is not None
    assert (view.state, [head.id for head in heads]) == ("done", [number])
    assert (view.result.total.charged_minor, view.result.total.quoted_minor) == (2800, 2700)
    assert (view.result.reproduced_lines, view.result.reasons) == (1, {"changed": 1})
    assert view.result.run_outs_known


async def test_what_cannot_be_tried_is_refused_or_fails_with_its_reason(shop: Executor) -> None:
    wrong = twin.TwinAsk("march", SPAN[1], SPAN[0], twin.Draft(), "EUR")
    (outcome,) = await shop.execute(twin.ASK_TWIN, [twin.ASK_TWIN.call(wrong, "k")])
    assert outcome.refusal().code == "bad_twin"

    nowhere = twin.TwinAsk("march", *SPAN, twin.Draft(), "EUR", node="S9")
    (outcome,) = await send(shop, twin.ASK_TWIN, nowhere)
    number = msgspec.json.decode(outcome.body, type=twin.TwinAsked).id
    await twin.JOBS[0].run(shop.database, twin=number)
    async with shop.database.transaction() as connection:
        (view,) = await ask(connection, twin.find(number))
    assert view is not None
    assert (view.state, view.error) == ("failed", "there is no node S9")
