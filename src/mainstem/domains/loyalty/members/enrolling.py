"""Becoming a member, and who brought whom."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from mainstem import ledger
from mainstem.domains import customers
from mainstem.domains.catalog import BAD_TEXT, TOO_LONG
from mainstem.domains.loyalty import contracts as c
from mainstem.domains.loyalty.members import store
from mainstem.domains.loyalty.members.numbers import new_number
from mainstem.domains.loyalty.members.store import AccountRow
from mainstem.domains.loyalty.programmes.store import Kept, Programmes, programmes
from mainstem.domains.loyalty.telling import tell
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


class Enrol(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Make a customer a member of a programme; who is one already is answered as he is.

    `referred_by` is the number of the member who brought him. `device` names the device that it happens on; only a
    keyed digest of it is kept.
    """

    programme: str
    customer: int
    referred_by: str = ""
    device: str = ""


class Enrolled(msgspec.Struct, frozen=True):
    """The membership; `fresh` when it was made now."""

    account: int
    member: str
    fresh: bool


class EnrolledEvent(msgspec.Struct, frozen=True):
    """Payload of `loyalty.member_enrolled` (subject: the account)."""

    programme: str
    member: str
    customer: int
    referred_by: str


class _Crowd(msgspec.Struct):
    """Everything that enrolling looks at; what the batch has made so far included."""

    programmes: Programmes
    owners: dict[int, int]
    accounts: dict[tuple[int, int], AccountRow]
    referrers: dict[str, AccountRow]
    devices: dict[bytes, int]
    brought: dict[int, tuple[int, int]]
    households: dict[int, frozenset[int]]


async def _enrol(work: Work, calls: Sequence[Call[Enrol]]) -> list[Enrolled | Refusal]:
    crowd = await _load(work, [call.command for call in calls])
    await work.reserve_ids(len(calls))
    rows: list[tuple[int, int, int, str, bytes]] = []
    pairs: list[tuple[int, int]] = []
    answers: list[Enrolled | Refusal] = []
    for call in calls:
        command = call.command
        found = _decide(work, command, crowd)
        if isinstance(found, Refusal | Enrolled):
            answers.append(found)
            continue
        kept, referrer, device = found
        number = work.ids.take()
        member = new_number(work.vault, number)
        rows.append((number, kept.id, command.customer, member, device))
        row = AccountRow(number, kept.id, command.customer, member, "", None, None, None)
        crowd.accounts[kept.id, crowd.owners[command.customer]] = row
        crowd.devices[device] = crowd.devices.get(device, 0) + 1
        if referrer is not None:
            pairs.append((number, referrer.id))
            total, today = crowd.brought.get(referrer.id, (0, 0))
            crowd.brought[referrer.id] = (total + 1, today + 1)
        event = EnrolledEvent(kept.form.code, member, command.customer, command.referred_by)
        tell(work, call, "member_enrolled", number, event)
        answers.append(Enrolled(number, member, fresh=True))
    store.insert_accounts(work, rows)
    store.insert_referrals(work, pairs)
    ledger.register_places(work, "member", [row[0] for row in rows])
    return answers


async def _load(work: Work, commands: Sequence[Enrol]) -> _Crowd:
    named = {command.referred_by for command in commands if command.referred_by}
    digests = {_device(work, command.device) for command in commands if command.device}
    everybody, kept, referrers = await ask(
        work.connection,
        customers.records_of({command.customer for command in commands}),
        programmes(),
        store.accounts_by_number(named),
    )
    concerned = {*everybody, *(one.record for one in referrers.values())}
    owners, accounts, devices, brought = await ask(  # who brings others is locked before they are counted
        work.connection,
        customers.customers_of(concerned),
        store.accounts_of(concerned, lock=True),
        store.devices(digests),
        store.referrals([one.id for one in referrers.values()], work.now - timedelta(days=1)),
    )
    households: dict[int, frozenset[int]] = {}
    for one in referrers.values():
        view = await customers.household_of(work.connection, one.record)
        households[one.id] = frozenset(member.customer for member in view.members) if view else frozenset()
    known: dict[tuple[int, int], AccountRow] = {}
    for row in accounts:
        if row.record in owners:
            known.setdefault((row.programme, owners[row.record]), row)
    return _Crowd(kept, owners, known, referrers, devices, brought, households)


def _decide(work: Work, command: Enrol, crowd: _Crowd) -> tuple[Kept, AccountRow | None, bytes] | Enrolled | Refusal:
    kept = crowd.programmes.by_code.get(command.programme)
    if kept is None:
        return refuse(c.UNKNOWN_PROGRAMME, "/programme", programme=command.programme[:64])
    if len(command.device) > c.TEXT_LENGTH_MAX:
        size = len(command.device)
        return refuse(TOO_LONG, "/device", field="device", size=size, limit=c.TEXT_LENGTH_MAX)
    if "\x00" in command.device:
        return refuse(BAD_TEXT, "/device", field="device")
    customer = crowd.owners.get(command.customer)
    if customer is None:
        return refuse(c.UNKNOWN_CUSTOMER, "/customer", customer=command.customer)
    account = crowd.accounts.get((kept.id, customer))
    if account is not None:
        if command.referred_by:
            return refuse(c.ENROLLED_ALREADY, "/referred_by")
        return Enrolled(account.id, account.number, fresh=False)
    device = _device(work, command.device) if command.device else b""
    if not command.referred_by:
        return kept, None, device
    referrer = crowd.referrers.get(command.referred_by)
    if referrer is None or referrer.programme != kept.id:
        return refuse(c.UNKNOWN_MEMBER, "/referred_by", member=command.referred_by[:64])
    return _fraud(kept, referrer, customer, device, crowd) or (kept, referrer, device)


def _fraud(kept: Kept, referrer: AccountRow, customer: int, device: bytes, crowd: _Crowd) -> Refusal | None:
    """Why a referral does not count."""
    rules = kept.form.referral
    if rules is None:
        return refuse(c.REFERRAL_OFF, "/referred_by", programme=kept.form.code)
    if crowd.owners.get(referrer.record) == customer:
        return refuse(c.REFERRAL_SELF, "/referred_by")
    if customer in crowd.households.get(referrer.id, frozenset()):
        return refuse(c.REFERRAL_HOUSEHOLD, "/referred_by")
    if device and crowd.devices.get(device, 0) >= rules.per_device_max:
        return refuse(c.REFERRAL_DEVICE, "/device")
    total, today = crowd.brought.get(referrer.id, (0, 0))
    if total >= rules.total_max or today >= rules.per_day_max:
        return refuse(c.REFERRAL_LIMIT, "/referred_by")
    return None


def _device(work: Work, device: str) -> bytes:
    return work.vault.digest("loyalty device", device)


ENROL: Operation[Enrol, Enrolled] = Operation("loyalty.enrol", Enrol, Enrolled, _enrol)
