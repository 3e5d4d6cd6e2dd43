"""The gift of a birthday: granted in its month, once a year."""

from datetime import UTC, datetime
from uuid import uuid4

from mainstem.domains import customers
from mainstem.domains.loyalty.members import store
from mainstem.domains.loyalty.members.benefits import GRANT_BENEFIT, GrantBenefit
from mainstem.domains.loyalty.programmes.calendar import today
from mainstem.domains.loyalty.programmes.store import programmes
from mainstem.platform.execution import Executor
from mainstem.platform.query import ask

PAGE = 200
"""Members that are looked at together."""


async def grant_birthdays(executor: Executor) -> int:
    """Grant every member whose month of birth it is the gift of his programme, once a year; how many were granted."""
    granted, after = 0, 0
    while True:
        async with executor.database.snapshot() as connection:
            (kept,) = await ask(connection, programmes())
            giving = {number: one.form for number, one in kept.by_id.items() if one.form.birthday is not None}
            (rows,) = await ask(connection, store.accounts_after(after, giving, PAGE))
            if not rows:
                return granted
            days = {number: today(form, datetime.now(UTC)) for number, form in giving.items()}
            traits = [(await ask(connection, customers.traits_of(row.record, days[row.programme])))[0] for row in rows]
        commands = []
        for row, found in zip(rows, traits, strict=True):
            gift, day = giving[row.programme].birthday, days[row.programme]
            if gift is not None and found is not None and found.get("birth_month") == day.month:
                period = f"birthday {day.year}"
                commands.append(GrantBenefit(row.number, gift.benefit, period, gift.quantity, gift.days))
        if commands:
            calls = [GRANT_BENEFIT.call(command, uuid4().hex) for command in commands]
            granted += sum(one.accepted for one in await executor.execute(GRANT_BENEFIT, calls))
        after = rows[-1].id
