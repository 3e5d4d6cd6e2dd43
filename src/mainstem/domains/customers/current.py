"""Keeps what is derived of customers current: their traits, and the segments that they are in."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime

from mainstem.domains.customers.activity import store as activity
from mainstem.domains.customers.activity.contracts import Occasion
from mainstem.domains.customers.consent import CHANNELS, PURPOSES, allowed
from mainstem.domains.customers.household.store import keep_keys
from mainstem.domains.customers.resolve.queries import Member, golden_of, members_of
from mainstem.domains.customers.segments import membership
from mainstem.domains.customers.traits import refresh
from mainstem.domains.customers.traits.contracts import Golden
from mainstem.domains.customers.traits.golden import golden_traits
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import ask
from mainstem.platform.work import Work

_CUSTOMERS = "select distinct customer from customers.source_record where id = any(%b::bigint[])"
_BEHIND = """
select distinct customer from customers.source_record where customer > %b::bigint and erased_at is null
order by customer limit %b::bigint
"""


def today_of(moment: datetime) -> date:
    """The day that windows of days end on: that of UTC, one for all customers."""
    return moment.astimezone(UTC).date()


async def keep_current(
    work: Work, ids: Collection[int], occasions: Collection[Occasion] = (), *, identity: bool = True
) -> None:
    """Write what records did, and bring the customers that these ids belong to up to date, members of segments too.

    `ids` are records or customers, also those that are none any more. `identity`: who they are and what they agreed to
    may have changed, not only what they did. Doing it again changes nothing.
    """
    today = today_of(work.now)
    await membership.lock(work)
    activity.save(work, list(occasions))
    touched = {*ids, *(one.record for one in occasions)}
    (rows,) = await work.read((_CUSTOMERS, (Bigints(sorted(touched)),)))
    customers = sorted({row[0] for row in rows} | touched)
    if identity:
        activity.forget_erased(work, customers)
    refresh.refresh(work, customers, today)
    if identity:
        await _refresh_identity(work, customers, today)
    await membership.keep(work, customers, today)


async def customers_behind(work: Work, after: int, limit: int) -> list[int]:
    """The next customers in the order of their ids."""
    (rows,) = await work.read((_BEHIND, (after, limit)))
    return [row[0] for row in rows]


async def _refresh_identity(work: Work, customers: Collection[int], today: date) -> None:
    asked = [
        (purpose.code, channel)
        for purpose in PURPOSES.values()
        for channel in (("", *CHANNELS) if purpose.by_channel else ("",))
    ]
    answers = await ask(work.connection, *[allowed(customers, purpose, channel) for purpose, channel in asked])
    consents: dict[int, list[str]] = {customer: [] for customer in customers}
    for (purpose, channel), found in zip(asked, answers, strict=True):
        for customer in found:
            consents[customer].append(f"{purpose}:{channel}" if channel else purpose)
    refresh.refresh_consents(work, consents)
    (members,) = await ask(work.connection, members_of(work.vault, customers))
    keep_keys(work, [one for records in members.values() for one in records])
    refresh.refresh_golden(work, _golden(members, today))


async def fill_segments(work: Work) -> bool:
    """One step of bringing new and changed segments to their conditions; whether there is more to do."""
    return await membership.fill(work, today_of(work.now))


def _golden(members: Mapping[int, Sequence[Member]], today: date) -> dict[int, Golden]:
    """What the golden records say, as far as it may be a trait."""
    return {
        customer: golden_traits({name: chosen.value for name, chosen in golden_of(records).items()}, today)
        for customer, records in members.items()
    }
