"""The customers of the test world: somebody whom two sources know, reviews, a shared telephone, segments, requests."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

from mainstem.domains import customers
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.work import Work
from mainstem.processes.refresh_customers import fill_step
from tests.browser.harness import names
from tests.browser.harness.names import Name, Tongue

Run = Callable[[Operation[Any, Any], Sequence[Any]], Awaitable[list[Any]]]

Kind = Literal["access", "portability", "rectification", "erasure", "restriction", "objection"]
Step = Literal["identity_checked", "in_progress", "done", "refused", "withdrawn"]

consent, rights = customers.consent, customers.rights

CITY, STREET = Name("上海", "Shanghai"), Name("南京东路100号", "100 Nanjing Road")
ALIKE = (Name("王小明", "Wang Xiaoming"), Name("李小明", "Li Xiaoming"))
LENT = "13910000077"
"""The telephone of a clerk, which is on five people's cards."""
SEGMENTS = (
    (Name("有电话的客户", "Customers with a phone"), {"trait": "has_phone", "op": "=", "value": True}),
    (Name("多来源客户", "Known to several"), {"trait": "sources", "op": ">=", "value": 2}),
)
TAG = Name("老朋友", "old friend")
REQUESTS: tuple[tuple[Kind, str, tuple[Step, ...]], ...] = (
    ("erasure", "account", ("in_progress",)),
    ("access", "account", ("in_progress",)),
    ("rectification", "account", ()),
    ("portability", "", ()),
    ("restriction", "account", ("in_progress", "done")),
)
"""What is asked for, how it was checked who asks, and the steps since; of the latest customers."""


def _phone(number: int) -> customers.Identifier:
    return customers.Identifier("phone", f"1391234{number:04d}", verified=True)


async def furnish(executor: Executor, run: Run, said: Tongue) -> None:
    """All of it, through the ordinary commands; traits and members are brought up to date."""
    union = customers.Identifier("unionid", "oWorld_1")
    city = CITY(said)
    told = [
        customers.Identify(
            names.WEB,
            "shopper-1",
            identifiers=(union, _phone(1), customers.Identifier("email", "xiaoming@example.com")),
            attributes=customers.Attributes(name=ALIKE[0](said), city=city, street=STREET(said)),
        ),
        customers.Identify(names.MINI, "open-1", identifiers=(union,)),
        *(
            customers.Identify(
                source,
                f"born-{year}",
                identifiers=(_phone(2 * year + place),),
                attributes=customers.Attributes(name=ALIKE[place].zh, birth_date=f"{year}-01-02", city="上海市"),
            )
            for year in (1971, 1972)
            for place, source in enumerate((names.WEB, names.TILL))
        ),
        *(
            customers.Identify(names.TILL, f"lent-{n}", identifiers=(customers.Identifier("phone", LENT),))
            for n in range(5)
        ),
    ]
    known = await run(customers.IDENTIFY, told)
    people = sorted({one.customer for one in known})
    whole = known[0].customer
    paper = consent.Evidence("paper")
    await run(consent.GIVE_CONSENT, [consent.GiveConsent(whole, "marketing", consent.LATEST, paper, "sms")])
    await run(consent.WITHDRAW_CONSENT, [consent.WithdrawConsent(whole, "marketing", paper, "email")])
    await run(customers.SET_TAG, [customers.SetTag(whole, TAG(said))])
    await run(customers.SAVE_SEGMENT, [customers.SaveSegment(name(said), condition) for name, condition in SEGMENTS])
    for person, (kind, identity, steps) in zip(reversed(people), REQUESTS, strict=False):
        (made,) = await run(rights.OPEN_REQUEST, [rights.OpenRequest(person, kind, identity=identity)])
        for step in steps:
            await run(rights.ADVANCE_REQUEST, [rights.AdvanceRequest(made.request, step)])
    await run(rights.GRANT_PRIVACY_BUDGET, [rights.budgets.GrantPrivacyBudget("orders", 2)])
    await _follow(executor, people)


async def _follow(executor: Executor, people: Sequence[int]) -> None:
    async def keep(work: Work) -> None:
        await customers.keep_current(work, people)

    await executor.transact("world.keep_current", keep)
    while await fill_step(executor):
        pass
