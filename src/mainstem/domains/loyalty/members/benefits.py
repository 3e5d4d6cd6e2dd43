"""Benefits: granted, and used. They are counted on the ledger, and have a last day like points."""

from collections.abc import Sequence

import msgspec

from mainstem import ledger
from mainstem.domains.loyalty import contracts as c
from mainstem.domains.loyalty.members import store
from mainstem.domains.loyalty.members.store import BenefitGrant
from mainstem.domains.loyalty.members.tiers import grant_lot
from mainstem.domains.loyalty.points.purse import Purse, first_out
from mainstem.domains.loyalty.points.resolving import locked, purses_of_members
from mainstem.domains.loyalty.points.texts import bad_text
from mainstem.domains.loyalty.programmes.calendar import DAYS_MAX
from mainstem.domains.loyalty.programmes.form import Grant
from mainstem.domains.loyalty.programmes.store import lots
from mainstem.domains.loyalty.telling import tell
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Group, Transfer
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


class GrantBenefit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Grant a member so many of a benefit, once for a period: "birthday 2026"."""

    member: str
    benefit: str
    period: str
    quantity: int = 1
    days: int = 365


class UseBenefit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request: use so many of a benefit; what ends first is used first."""

    member: str
    benefit: str
    quantity: int = 1
    reference: str = ""


class BenefitChanged(msgspec.Struct, frozen=True):
    """What of the benefit is left."""

    id: int
    member: str
    benefit: str
    left: int


async def _grant(work: Work, calls: Sequence[Call[GrantBenefit]]) -> list[BenefitChanged | Refusal]:
    by_number, purses = await purses_of_members(work, {call.command.member for call in calls})
    checked = [_grantable(call.command, by_number.get(call.command.member)) for call in calls]
    keys = [
        grant_lot(one.programme_id, _terms(call.command), one.today) if isinstance(one, Purse) else None
        for call, one in zip(calls, checked, strict=True)
    ]
    assets = await lots(work, {key for key in keys if key is not None})
    wanted = {
        (one.account.id, call.command.benefit, call.command.period)
        for call, one in zip(calls, checked, strict=True)
        if isinstance(one, Purse)
    }
    (known,) = await ask(work.connection, store.grants_known(wanted))
    spots = {
        (assets[key], one.account.id)
        for key, one in zip(keys, checked, strict=True)
        if key is not None and isinstance(one, Purse)
    }
    book = await locked(work, purses, spots)
    await work.reserve_ids(len(calls))
    rows: list[BenefitGrant] = []
    answers: list[BenefitChanged | Refusal] = []
    for call, one, key in zip(calls, checked, keys, strict=True):
        command = call.command
        if isinstance(one, Refusal) or key is None:
            assert isinstance(one, Refusal)
            answers.append(one)
            continue
        about = (one.account.id, command.benefit, command.period)
        if about in known:
            answers.append(refuse(c.BENEFIT_GRANTED, "/period", benefit=command.benefit, period=command.period))
            continue
        known.add(about)
        steps = (Transfer(assets[key], c.ISSUED, one.account.id, command.quantity),)
        book.decide(Group(steps, "benefit_grant", one.account.id, work.now))
        number = work.ids.take()
        rows.append(BenefitGrant(number, *about, command.quantity, assets[key]))
        held = {lot.spot for lot in one.usable(command.benefit)} | {
            (row.asset, row.account) for row in rows if row.account == one.account.id and row.benefit == command.benefit
        }
        left = sum(book.free(*spot) for spot in held)
        changed = BenefitChanged(number, command.member, command.benefit, left)
        tell(work, call, "benefit_granted", one.account.id, changed)
        answers.append(changed)
    await ledger.save(work, book)
    store.insert_grants(work, rows)
    return answers


def _terms(command: GrantBenefit) -> Grant:
    return Grant(command.benefit, command.quantity, command.days)


def _grantable(command: GrantBenefit, purse: Purse | None) -> Purse | Refusal:
    if purse is None:
        return refuse(c.UNKNOWN_MEMBER, "/member", member=command.member[:64])
    wrong = _wrong(purse, command.benefit, command.quantity) or bad_text("/period", command.period)
    if wrong is None and not 1 <= command.days <= DAYS_MAX:
        wrong = refuse(c.OUT_OF_RANGE, "/days", value=command.days, least=1, most=DAYS_MAX)
    return wrong or purse


def _wrong(purse: Purse, benefit: str, quantity: int) -> Refusal | None:
    if benefit not in {one.code for one in purse.programme.benefits}:
        return refuse(c.UNKNOWN_BENEFIT, "/benefit", benefit=benefit[:64])
    if not 1 <= quantity <= c.POINTS_MAX:
        return refuse(c.OUT_OF_RANGE, "/quantity", value=quantity, least=1, most=c.POINTS_MAX)
    return None


async def _use(work: Work, calls: Sequence[Call[UseBenefit]]) -> list[BenefitChanged | Refusal]:
    by_number, purses = await purses_of_members(work, {call.command.member for call in calls})
    book = await locked(work, purses)
    await work.reserve_ids(len(calls))
    used = []
    answers: list[BenefitChanged | Refusal] = []
    for call in calls:
        command = call.command
        purse = by_number.get(command.member)
        if purse is None:
            answers.append(refuse(c.UNKNOWN_MEMBER, "/member", member=command.member[:64]))
            continue
        refusal = _wrong(purse, command.benefit, command.quantity) or bad_text("/reference", command.reference)
        left = purse.available(book, command.benefit)
        if refusal is None and left < command.quantity:
            refusal = refuse(c.BENEFIT_USED_UP, "/quantity", left=left, benefit=command.benefit)
        if refusal is not None:
            answers.append(refusal)
            continue
        steps = tuple(
            Transfer(lot.asset, lot.account, c.USED, part)
            for lot, part in first_out(book, purse.usable(command.benefit), command.quantity)
        )
        book.decide(Group(steps, "benefit_use", purse.account.id, work.now))
        number = work.ids.take()
        used.append((number, purse.account.id, command.benefit, command.quantity, command.reference, work.now))
        changed = BenefitChanged(number, command.member, command.benefit, left - command.quantity)
        tell(work, call, "benefit_used", purse.account.id, changed)
        answers.append(changed)
    await ledger.save(work, book)
    store.insert_uses(work, used)
    return answers


GRANT_BENEFIT: Operation[GrantBenefit, BenefitChanged] = Operation(
    "loyalty.grant_benefit", GrantBenefit, BenefitChanged, _grant
)
USE_BENEFIT: Operation[UseBenefit, BenefitChanged] = Operation("loyalty.use_benefit", UseBenefit, BenefitChanged, _use)
