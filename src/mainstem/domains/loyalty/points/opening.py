"""Loads what customers have in their programmes: their purses, and what orders earned and burned."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

import msgspec

from mainstem.domains import customers
from mainstem.domains.loyalty.members import store as members
from mainstem.domains.loyalty.members.store import AccountRow
from mainstem.domains.loyalty.members.tiers import tier_lots
from mainstem.domains.loyalty.points import store
from mainstem.domains.loyalty.points.purse import Account, Lot, Purse, Standing, Target
from mainstem.domains.loyalty.points.returning import Burning, Earning
from mainstem.domains.loyalty.programmes.calendar import last_day, month_start, today, window_start
from mainstem.domains.loyalty.programmes.form import NEVER, Programme
from mainstem.domains.loyalty.programmes.store import Kept, LotKey, Programmes, lots, programmes
from mainstem.ledger import Spot
from mainstem.platform.query import ask
from mainstem.platform.work import Work


class Purses(msgspec.Struct, frozen=True):
    """The purses of a batch, by record and programme; a record of a customer who is no member has none."""

    programmes: Programmes
    owners: dict[int, int]
    by_record: dict[int, dict[int, Purse]]
    by_account: dict[int, Purse]

    def of(self, record: int, programme: str) -> Purse | None:
        """The purse of whoever a record belongs to, in a programme."""
        kept = self.programmes.by_code.get(programme)
        return None if kept is None else self.by_record.get(record, {}).get(kept.id)

    def all_of(self, record: int) -> list[Purse]:
        """The purses of whoever a record belongs to, in every programme."""
        return list(self.by_record.get(record, {}).values())

    def spots(self) -> set[Spot]:
        """Every balance that may be touched: to be locked with whatever else the batch locks."""
        return {spot for purse in self.by_account.values() for spot in purse.spots()}


class OrderPoints(msgspec.Struct, frozen=True):
    """What orders earned and burned, locked, with the purses that their returns concern."""

    purses: Purses
    earnings: dict[int, list[Earning]]
    burns: dict[int, list[Burning]]

    def spots(self) -> set[Spot]:
        """Every balance that may be touched."""
        found = self.purses.spots()
        for earning in (one for several in self.earnings.values() for one in several):
            found |= {(earning.lot, earning.account), (earning.pending, earning.account)}
        for burn in (one for several in self.burns.values() for one in several):
            purse = self.purses.by_account[burn.account]
            found |= {(asset, part.account) for part in burn.parts for asset in (part.asset, purse.target.returned)}
        return found


async def open_purses(work: Work, records: Collection[int], *, lock: bool = True) -> Purses:
    """The purses of whoever these records belong to today. `lock`: for whoever earns, or changes who is in a pool.

    Accounts are locked before balances, in the order of their ids.
    """
    every, kept = await ask(work.connection, customers.records_of(records), programmes())
    owners, accounts = await ask(work.connection, customers.customers_of(every), members.accounts_of(every, lock=lock))
    missing = {one.record for one in accounts} - owners.keys()
    if missing:
        (more,) = await ask(work.connection, customers.customers_of(missing))
        owners |= more
    concerned = {kept.by_id[one.programme].id: kept.by_id[one.programme] for one in accounts}
    targets = await _targets(work, concerned)
    loaded = await _load(work, accounts, concerned)
    made = _Opening(work, kept, owners, accounts, targets, loaded)
    return made.purses(records)


async def open_orders(work: Work, orders: Collection[int]) -> OrderPoints:
    """What these orders earned and burned, for those who take back, give back, settle or release it."""
    (records,) = await ask(work.connection, store.records_of_orders(orders))
    purses = await open_purses(work, records)
    earnings, burns, parts, lines = await ask(
        work.connection,
        store.lock_earnings(orders),
        store.lock_burns(orders),
        store.burn_parts(orders),
        store.lines_of(orders),
    )
    by_order: dict[int, list[Earning]] = {}
    for earning in earnings:
        earning.lines = lines.get(earning.id, {})
        by_order.setdefault(earning.reference, []).append(earning)
    burned: dict[int, list[Burning]] = {}
    for burn in burns:
        burn.parts = [part for part, _ in parts.get(burn.id, ())]
        burn.days = {part.asset: day for part, day in parts.get(burn.id, ())}
        burn.lines = lines.get(burn.id, {})
        burned.setdefault(burn.reference, []).append(burn)
    return OrderPoints(purses, by_order, burned)


class _Loaded(msgspec.Struct, frozen=True):
    lots: dict[int, list[Lot]]
    qualifying: dict[int, tuple[int, int]]
    given: dict[tuple[int, str], tuple[int, int]]
    referrers: dict[int, int]


async def _load(work: Work, accounts: Collection[AccountRow], kept: Mapping[int, Kept]) -> _Loaded:
    forms = {number: one.form for number, one in kept.items()}
    windows = [
        (one.id, window_start(form.tiers, form, today(form, work.now)))
        for one in accounts
        if (form := forms[one.programme]).tiers is not None
    ]
    todays = {number: today(form, work.now) for number, form in forms.items()}
    days = [(one.id, month_start(todays[one.programme]), todays[one.programme]) for one in accounts]
    numbers = [one.id for one in accounts]
    return _Loaded(
        *await ask(
            work.connection,
            store.lots_at(numbers),
            store.qualifying(windows),
            store.given(days),
            members.lock_waiting_referrals(numbers),
        )
    )


def _day_keys(kept: Kept, work: Work) -> dict[str, LotKey]:
    form, day = kept.form, today(kept.form, work.now)
    until = last_day(form.life, day)
    returned = min(day + timedelta(days=form.returned_life_days), NEVER)
    return {
        "points": LotKey(kept.id, "", until),
        "pending": LotKey(kept.id, "", until, pending=True),
        "debt": LotKey(kept.id, "", NEVER),
        "returned": LotKey(kept.id, "", returned),
    }


async def _targets(work: Work, concerned: Mapping[int, Kept]) -> dict[int, tuple[Target, dict[LotKey, int]]]:
    """Where what is new of each programme goes today."""
    keys = {number: _day_keys(kept, work) for number, kept in concerned.items()}
    benefits = {number: tier_lots(number, kept.form, today(kept.form, work.now)) for number, kept in concerned.items()}
    assets = await lots(work, {key for of in keys.values() for key in of.values()}.union(*benefits.values()))
    return {
        number: (
            Target(
                **{name: assets[key] for name, key in of.items()},
                expires_on=of["points"].expires_on,
                returned_until=of["returned"].expires_on,
            ),
            {key: assets[key] for key in benefits[number]},
        )
        for number, of in keys.items()
    }


class _Opening:
    """Puts together what was loaded."""

    def __init__(
        self,
        work: Work,
        kept: Programmes,
        owners: Mapping[int, int],
        accounts: Iterable[AccountRow],
        targets: Mapping[int, tuple[Target, dict[LotKey, int]]],
        loaded: _Loaded,
    ) -> None:
        self._work, self._kept, self._owners, self._loaded, self._targets = work, kept, dict(owners), loaded, targets
        self._accounts = [_account(one, self._owners) for one in accounts]
        self._standings: dict[tuple[int, int], Standing] = {}

    def purses(self, records: Collection[int]) -> Purses:
        """The purses of these records, and of every account that was loaded."""
        by_account = {one.id: self._purse(one) for one in self._accounts}
        by_record: dict[int, dict[int, Purse]] = {}
        for record in records:
            customer = self._owners.get(record)
            mine = [one for one in self._accounts if one.customer == customer and customer is not None]
            for account in sorted(mine, key=lambda one: (one.record != record, one.id)):
                by_record.setdefault(record, {}).setdefault(account.programme, by_account[account.id])
        return Purses(self._kept, self._owners, by_record, by_account)

    def _purse(self, account: Account) -> Purse:
        alike = [one for one in self._accounts if one.programme == account.programme]
        own = tuple(one for one in alike if one.customer == account.customer)
        pools = {one.pool for one in own if one.pool is not None}
        pooled = tuple(one for one in alike if one not in own and one.pool in pools)
        form = self._kept.by_id[account.programme].form
        target, benefit_lots = self._targets[account.programme]
        lots = {lot for one in (*own, *pooled) for lot in self._loaded.lots.get(one.id, ())}
        for one in (*own, *pooled):
            lots |= _new_lots(one.id, target, benefit_lots)
        return Purse(
            account.programme,
            form,
            self._work.now,
            account,
            own,
            pooled,
            tuple(sorted(lots)),
            target,
            benefit_lots,
            self._standing(own, form),
            self._loaded.referrers.get(account.id),
        )

    def _standing(self, own: tuple[Account, ...], form: Programme) -> Standing:
        key = (own[0].programme, own[0].customer)
        if key not in self._standings:
            tiers = () if form.tiers is None else form.tiers.steps
            held = {one.tier for one in own}
            which = 0 if form.tiers is not None and form.tiers.by == "points" else 1
            given: dict[str, tuple[int, int]] = {}
            for rule in form.rules:
                parts = [self._loaded.given.get((one.id, rule.code), (0, 0)) for one in own]
                given[rule.code] = (sum(part[0] for part in parts), sum(part[1] for part in parts))
            self._standings[key] = Standing(
                next((tier.code for tier in reversed(tiers) if tier.code in held), ""),
                sum(self._loaded.qualifying.get(one.id, (0, 0))[which] for one in own),
                given,
            )
        return self._standings[key]


def _new_lots(account: int, target: Target, benefit_lots: Mapping[LotKey, int]) -> set[Lot]:
    return {
        Lot(target.expires_on, target.points, account),
        Lot(target.expires_on, target.pending, account, pending=True),
        Lot(NEVER, target.debt, account),
        Lot(target.returned_until, target.returned, account),
        *(Lot(key.expires_on, asset, account, key.benefit) for key, asset in benefit_lots.items()),
    }


def _account(row: AccountRow, owners: Mapping[int, int]) -> Account:
    return Account(
        row.id,
        row.programme,
        row.record,
        row.number,
        row.tier,
        row.tier_since,
        row.tier_until,
        row.pool,
        owners.get(row.record, -row.record),
    )
