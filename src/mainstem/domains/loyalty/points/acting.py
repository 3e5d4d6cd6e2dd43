"""Points for what members do, and what they choose from the catalogue."""

from collections.abc import Sequence

import msgspec

from mainstem import ledger
from mainstem.domains.loyalty import contracts as c
from mainstem.domains.loyalty.members.tiers import grant_lot
from mainstem.domains.loyalty.points import store
from mainstem.domains.loyalty.points.burning import burn_at_once
from mainstem.domains.loyalty.points.changes import PointChanges
from mainstem.domains.loyalty.points.earning import earn_for_action
from mainstem.domains.loyalty.points.purse import Purse
from mainstem.domains.loyalty.points.resolving import locked, purses_of_members
from mainstem.domains.loyalty.points.texts import bad_text
from mainstem.domains.loyalty.programmes.form import Reward
from mainstem.domains.loyalty.programmes.store import lots
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Book, Group, Transfer
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


class RecordAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact: a member did something once (`reference`): wrote that review, checked in that day.

    Known by (member, action, reference); what the rules of the programme give for it is his at once.
    """

    member: str
    action: str
    reference: str
    channel: str = ""


class ActionRecorded(msgspec.Struct, frozen=True):
    """What it earned; 0 where the limits of the rules are reached."""

    member: str
    points: int
    available: int


class RedeemReward(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request: spend points on a reward of the catalogue."""

    member: str
    reward: str


class RewardRedeemed(msgspec.Struct, frozen=True):
    """The benefit that was granted, and what is left."""

    id: int
    benefit: str
    quantity: int
    points: int
    available: int


async def _record(work: Work, calls: Sequence[Call[RecordAction]]) -> list[ActionRecorded | Refusal]:
    by_number, purses = await purses_of_members(work, {call.command.member for call in calls})
    (known,) = await ask(
        work.connection,
        store.actions_known(
            {
                (by_number[call.command.member].account.id, _what(call.command))
                for call in calls
                if call.command.member in by_number and "\0" not in _what(call.command)
            }
        ),
    )
    book = await locked(work, purses)
    await work.reserve_ids(len(calls))
    changes = PointChanges(work)
    answers: list[ActionRecorded | Refusal] = []
    for call in calls:
        command = call.command
        purse = by_number.get(command.member)
        if purse is None:
            answers.append(refuse(c.UNKNOWN_MEMBER, "/member", member=command.member[:64]))
            continue
        before = known.get((purse.account.id, _what(command)))
        if before is not None:
            answers.append(ActionRecorded(command.member, before, purse.available(book)))
            continue
        refusal = bad_text("/reference", command.reference) or bad_text("/action", command.action)
        earned = earn_for_action(purse, book, command.action, command.channel, _what(command))
        if refusal is not None or earned is None:
            unknown = refuse(c.UNKNOWN_ACTION, "/action", programme=purse.programme.code, action=command.action[:64])
            answers.append(refusal or unknown)
            continue
        _granted(book, Group(earned.steps, "points_action", purse.account.id, work.now))
        purse.standing.count(earned.by_rule)
        changes.add(call, purse, earned)
        answers.append(ActionRecorded(command.member, earned.points, purse.available(book)))
    await ledger.save(work, book)
    changes.save()
    return answers


async def _redeem(work: Work, calls: Sequence[Call[RedeemReward]]) -> list[RewardRedeemed | Refusal]:
    by_number, purses = await purses_of_members(work, {call.command.member for call in calls})
    chosen = {call.key: _reward(by_number.get(call.command.member), call.command) for call in calls}
    keys = {
        key: grant_lot(by_number[call.command.member].programme_id, reward.grant, by_number[call.command.member].today)
        for call in calls
        if not isinstance(reward := chosen[key := call.key], Refusal)
    }
    assets = await lots(work, set(keys.values()))
    spots = {(assets[keys[call.key]], by_number[call.command.member].account.id) for call in calls if call.key in keys}
    book = await locked(work, purses, spots)
    await work.reserve_ids(len(calls))
    changes = PointChanges(work)
    answers: list[RewardRedeemed | Refusal] = []
    for call in calls:
        reward = chosen[call.key]
        if isinstance(reward, Refusal):
            answers.append(reward)
            continue
        purse = by_number[call.command.member]
        burned = burn_at_once(purse, book, 0, reward.code, reward.points)
        if isinstance(burned, Refusal):
            answers.append(burned)
            continue
        asset = assets[keys[call.key]]
        grant = Transfer(asset, c.ISSUED, purse.account.id, reward.grant.quantity)
        _granted(book, Group((*burned.steps, grant), "points_reward", purse.account.id, work.now))
        number = changes.burned(call, purse, burned)
        left = purse.available(book)
        answers.append(RewardRedeemed(number, reward.grant.benefit, reward.grant.quantity, reward.points, left))
    await ledger.save(work, book)
    changes.save()
    return answers


def _what(command: RecordAction) -> str:
    return f"{command.action}:{command.reference}"


def _reward(purse: Purse | None, command: RedeemReward) -> Reward | Refusal:
    if purse is None:
        return refuse(c.UNKNOWN_MEMBER, "/member", member=command.member[:64])
    found = next((reward for reward in purse.programme.rewards if reward.code == command.reward), None)
    return found or refuse(c.UNKNOWN_REWARD, "/reward", reward=command.reward[:64])


def _granted(book: Book, group: Group) -> None:
    found = book.decide(group)
    assert isinstance(found, list), "what is taken was seen to be there"


RECORD_ACTION: Operation[RecordAction, ActionRecorded] = Operation(
    "loyalty.record_action",
    RecordAction,
    ActionRecorded,
    _record,
    identity=lambda command: f"{command.member}\x1f{command.action}\x1f{command.reference}",
)
REDEEM_REWARD: Operation[RedeemReward, RewardRedeemed] = Operation(
    "loyalty.redeem_reward", RedeemReward, RewardRedeemed, _redeem
)
