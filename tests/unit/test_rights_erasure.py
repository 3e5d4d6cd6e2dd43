"""Erasure: nothing of the person is left anywhere, what must be kept is, and it cannot be undone."""

import asyncio
import secrets
from datetime import UTC, datetime

import msgspec
import pytest

from mainstem.domains import catalog, customers, inventory, orders, pricing
from mainstem.kernel.refusals import NOT_FOUND, refuse
from mainstem.platform import quarantine
from mainstem.platform.execution import Executor
from mainstem.platform.forgetting import forms
from mainstem.platform.postgres import Database
from mainstem.processes.erase_customer import ERASE_CUSTOMER
from mainstem.processes.place_orders import PLACE_ORDERS
from tests.unit.privacy_people import People

consent, rights = customers.consent, customers.rights
pytestmark = pytest.mark.anyio

NAME, STREET, PHONE, EMAIL = "Ottilie Zwickelmeyer", "Nebelhornweg", "13912340077", "ottilie.zwickel@example.com"
CARD, UNION, REFERENCE = "CARD-OZ-778899", "oZwickel_unionid_0077", "shopper-ozw-4711"
WISH, PROOF, TAG = "please forget the zeppelin", "paper-ozw-1", "zeppelin-lover"
VALUES = (NAME, "Zwickelmeyer", STREET, PHONE, EMAIL, CARD, UNION, REFERENCE, WISH, PROOF)
"""Not the tag: it is a word of the house, not of the person; that he had it goes."""


async def furnished(people: People) -> None:
    await people.done(catalog.UPSERT_PRODUCTS, catalog.UpsertProduct("P1", "Milk", (catalog.VariantInput("S1"),)))
    await people.done(pricing.SET_PRICES, pricing.SetPrice(sku="S1", currency="EUR", amount_minor=333))
    await people.done(catalog.UPSERT_NODES, catalog.UpsertNode("N1", "N1", "store", "Europe/Berlin"))
    await people.done(catalog.UPSERT_CHANNELS, catalog.UpsertChannel("web", "Web", "web", "EUR", ("N1",)))
    await people.done(inventory.RECEIVE_STOCK, inventory.ReceiveStock("N1", (inventory.StockLine("S1", 50),)))


async def known(people: People) -> tuple[int, int]:
    """A person known by two sources, who bought something; the customer, and the order."""
    identifiers = (
        customers.Identifier("phone", PHONE, verified=True),
        customers.Identifier("email", EMAIL),
        customers.Identifier("unionid", UNION),
    )
    attributes = customers.Attributes(name=NAME, street=STREET, city="Oberstdorf", birth_date="1977-07-07")
    first = await people.done(
        customers.IDENTIFY,
        customers.Identify("web", REFERENCE, identifiers=identifiers, attributes=attributes),
    )
    second = await people.done(
        customers.IDENTIFY,
        customers.Identify(
            "loyalty",
            CARD,
            identifiers=(customers.Identifier("unionid", UNION), customers.Identifier("member_card", CARD)),
            attributes=customers.Attributes(name=NAME),
        ),
    )
    assert second.customer == first.customer
    placed = await people.done(PLACE_ORDERS, orders.PlaceOrder("web", (orders.OrderLine("S1", 2),), customer=REFERENCE))
    return first.customer, placed.id


async def treated(people: People, customer: int) -> int:
    """Everything that this system does to people, done to one; the request for erasure, which can be carried out."""
    evidence = consent.Evidence("paper", PROOF)
    for purpose in ("marketing", "analytics"):
        given = consent.GiveConsent(customer, purpose, consent.LATEST, evidence, everywhere=True)
        await people.done(consent.GIVE_CONSENT, given)
    await people.done(consent.WITHDRAW_CONSENT, consent.WithdrawConsent(customer, "analytics", evidence))
    await people.done(rights.OPEN_REQUEST, rights.OpenRequest(customer, "rectification", wish=f"{WISH} {NAME}"))
    await people.done(customers.SET_TAG, customers.SetTag(customer, TAG))
    link = rights.new_link(customer, "link", actor=7)
    await people.executor.execute(rights.MAKE_PRIVACY_LINK, [link.call])
    database = people.database
    await customers.note_unmasked(database, [customer], 7, "trace")
    async with database.transaction() as connection:
        payload = msgspec.json.encode(
            {"source": "web", "phone": f"+86 {PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}", "name": NAME}
        )
        arrival = quarantine.Arrival(990001, "customers.identify", "web", payload, refuse(NOT_FOUND, what="x", id=CARD))
        other = quarantine.Arrival(990002, "customers.identify", "web", b'{"phone": "13700000001"}', arrival.refusal)
        await quarantine.hold_back(connection, [arrival])
        await quarantine.hold_back(
            connection, [msgspec.structs.replace(other, refusal=refuse(NOT_FOUND, what="x", id=1))]
        )
        await connection.execute(
            "insert into platform.job_failure (job, error) values (990003, %s)", (f"ValueError: {EMAIL} is odd",)
        )
    return await asked(people, customer)


async def asked(people: People, customer: int) -> int:
    """A request for erasure that can be carried out."""
    made = await people.done(rights.OPEN_REQUEST, rights.OpenRequest(customer, "erasure", identity="in_person"))
    await people.done(rights.ADVANCE_REQUEST, rights.AdvanceRequest(made.request, "in_progress"))
    return made.request


async def dump(database: Database) -> str:
    """Every row of every table as text; bytes as they are, and as hexadecimals."""
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "select format('%I.%I', n.nspname, c.relname) from pg_class as c"
            " join pg_namespace as n on n.oid = c.relnamespace"
            " where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')"
        )
        tables = [row[0] for row in await cursor.fetchall()]
        assert len(tables) > 50
        parts: list[str] = []
        for table in tables:
            for form in ("hex", "escape"):
                await connection.execute(f"set local bytea_output = {form}".encode())
                cursor = await connection.execute(f"select t::text from {table} as t".encode())
                parts += [row[0] for row in await cursor.fetchall()]
    return "\n".join(parts).lower()


def traces(text: str) -> list[str]:
    """Which of the person's values stand in a text, in the clear or as the bytes of it."""
    plain = text.translate(str.maketrans("", "", " -().+"))
    return [
        value
        for value in VALUES
        if value.lower() in text
        or value.encode().hex() in text
        or value.lower().translate(str.maketrans("", "", " -().+")) in plain
    ]


async def test_nothing_of_the_person_is_left_anywhere(executor: Executor) -> None:
    people = People(executor)
    await furnished(people)
    customer, order = await known(people)
    request = await treated(people, customer)
    before = traces(await dump(people.database))
    assert {PHONE, EMAIL, PROOF} <= set(before), "the test would not see what it looks for"
    assert not {STREET, UNION, REFERENCE, WISH} & set(before), "this is in the clear while he is a customer"

    erased = await people.done(ERASE_CUSTOMER, rights.EraseCustomer(request))

    assert traces(await dump(people.database)) == []
    assert len(erased.records) == 2
    assert erased.receipt.endswith("-2")
    for record in erased.records:
        assert "customers.erased" in await people.events(record)
    async with people.database.transaction() as connection:
        cursor = await connection.execute("select customer, state from orders.customer_order where id = %s", (order,))
        row = await cursor.fetchone()
        assert row is not None
        assert row[0] in erased.records
        cursor = await connection.execute("select count(*) from customers.manual_tag")
        assert await cursor.fetchone() == (0,)
        cursor = await connection.execute("select state, payload from platform.quarantine order by id")
        assert await cursor.fetchall() == [("set_aside", b"{}"), ("waiting", b'{"phone": "13700000001"}')]
        assert await rights.held(connection, people.database.vault, customer, datetime.now(UTC)) is None
    assert await people.ask(consent.allowed(erased.records, "service")) == set()
    history = await people.ask(consent.history(erased.records[0], 10))
    assert [(one.purpose, one.given, one.reference) for one in history] == [
        ("analytics", False, ""),
        ("analytics", True, ""),
        ("marketing", True, ""),
    ]


async def test_the_other_requests_of_the_person_end_and_the_law_is_kept(executor: Executor) -> None:
    people = People(executor)
    await furnished(people)
    customer, _ = await known(people)
    request = await treated(people, customer)
    await people.done(ERASE_CUSTOMER, rights.EraseCustomer(request))
    now = datetime.now(UTC)
    assert await people.ask(rights.open_requests(now, 10)) == []
    async with people.database.transaction() as connection:
        cursor = await connection.execute("select kind, state, reason from customers.rights_request order by id")
        assert await cursor.fetchall() == [("rectification", "refused", "not_held"), ("erasure", "done", "")]
    receipts = await people.ask(rights.receipts(request))
    assert "kept as the law asks" in receipts[-1].document


async def test_it_is_done_once_and_cannot_be_undone(executor: Executor) -> None:
    people = People(executor)
    await furnished(people)
    customer, _ = await known(people)
    request = await asked(people, customer)
    command, key = rights.EraseCustomer(request), secrets.token_hex(4)
    (first,) = await executor.execute(ERASE_CUSTOMER, [ERASE_CUSTOMER.call(command, key)])
    (again,) = await executor.execute(ERASE_CUSTOMER, [ERASE_CUSTOMER.call(command, key)])
    assert first.accepted
    assert (again.repeated, again.body) == (True, first.body)
    assert await people.refused(ERASE_CUSTOMER, command) == "request_step_impossible"
    records = msgspec.json.decode(first.body, type=rights.CustomerErased).records

    fresh = await people.done(customers.IDENTIFY, customers.Identify("till", "somebody"))
    for record in records:
        merge = customers.MergeCustomers(fresh.customer, record, "it is he")
        assert await people.refused(customers.MERGE_CUSTOMERS, merge) == "person_erased"
        given = consent.GiveConsent(record, "analytics", consent.LATEST, consent.Evidence("till"))
        assert await people.refused(consent.GIVE_CONSENT, given) == "person_erased"
        assert await people.refused(rights.OPEN_REQUEST, rights.OpenRequest(record, "access")) == "person_erased"
        link = customers.rights.links.MakePrivacyLink(record, b"h" * 32, b"c" * 32)
        assert await people.refused(rights.MAKE_PRIVACY_LINK, link) == "person_erased"
    back = customers.Identify("till", "he-is-back", identifiers=(customers.Identifier("unionid", UNION),))
    returned = await people.done(customers.IDENTIFY, back)
    assert returned.customer == returned.record


@pytest.mark.parametrize(
    ("steps", "kind", "code"),
    [
        ((), "erasure", "request_step_impossible"),
        (("identity_checked",), "erasure", "request_step_impossible"),
        (("identity_checked", "in_progress"), "access", "not_an_erasure"),
    ],
)
async def test_only_who_was_checked_and_asked_for_it_is_erased(
    executor: Executor, steps: tuple[str, ...], kind: str, code: str
) -> None:
    people = People(executor)
    customer = await people.record()
    opened = msgspec.convert({"customer": customer, "kind": kind}, rights.OpenRequest)
    made = await people.done(rights.OPEN_REQUEST, opened)
    for step in steps:
        stepped = {"number": made.request, "to": step, "identity": "account" if step == "identity_checked" else ""}
        await people.done(rights.ADVANCE_REQUEST, msgspec.convert(stepped, rights.AdvanceRequest))
    assert await people.refused(ERASE_CUSTOMER, rights.EraseCustomer(made.request)) == code
    assert await people.refused(ERASE_CUSTOMER, rights.EraseCustomer(1)) == "not_found"


async def test_who_shares_a_telephone_number_keeps_it(executor: Executor) -> None:
    people = People(executor)
    numbers = [
        customers.Identify(
            "web",
            f"member-{name}",
            identifiers=(
                customers.Identifier("phone", PHONE, role="attribute"),
                customers.Identifier("unionid", f"union-of-{name}"),
            ),
        )
        for name in ("anna", "berta")
    ]
    anna, berta = [await people.done(customers.IDENTIFY, one) for one in numbers]
    assert anna.customer != berta.customer
    await people.done(ERASE_CUSTOMER, rights.EraseCustomer(await asked(people, anna.customer)))
    async with people.database.transaction() as connection:
        cursor = await connection.execute(
            "select i.type, i.uses, u.record from customers.identifier as i"
            " join customers.identifier_use as u on u.identifier = i.id order by i.type"
        )
        assert await cursor.fetchall() == [("phone", 1, berta.record), ("unionid", 1, berta.record)]


@pytest.mark.races
async def test_of_two_who_erase_at_once_one_does(executor: Executor) -> None:
    people = People(executor)
    await furnished(people)
    customer, _ = await known(people)
    request = await asked(people, customer)
    given = consent.GiveConsent(customer, "analytics", consent.LATEST, consent.Evidence("till", CARD))
    said = [people.outcome(consent.GIVE_CONSENT, given) for _ in range(6)]
    erasures = [people.outcome(ERASE_CUSTOMER, rights.EraseCustomer(request)) for _ in range(4)]
    outcomes = await asyncio.gather(*said[:3], *erasures, *said[3:])
    assert [one.accepted for one in outcomes[3:7]].count(True) == 1
    assert traces(await dump(people.database)) == []


@pytest.mark.unit
def test_a_number_is_looked_for_as_people_write_it() -> None:
    assert forms("+8613912340077") == {"+8613912340077", "13912340077"}
    assert forms("CARD-1") == {"CARD-1"}
    assert forms("+nonsense") == {"+nonsense"}
