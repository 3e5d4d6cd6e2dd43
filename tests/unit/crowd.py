"""A crowd of customers with lives of their own, written as facts: traits, tags and segments follow from them."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mainstem.domains import customers
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.platform.work import Work

CHANNELS = {
    "till": "till",
    "web": "web",
    "mini": "mini_program",
    "app": "app",
    "tmall": "marketplace",
    "live": "social",
    "line": "call_centre",
    "bot": "agent",
}
"""Code: kind."""

NODES = ("N1", "N2", "N3", "N4")
CATEGORIES = ("Dairy/Milk", "Dairy/Cheese", "Meat", "Bakery", "Tea", "Home", "Shoes", "Wear/Tops", "Wear", "Toys", "")
SIZES = ("XS", "S", "M", "L", "XL", "XXL")


@dataclass
class Person:
    """A customer: his records, what he bought, and what is known of him otherwise."""

    id: int
    records: list[int]
    occasions: list[customers.Occasion] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)
    consents: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    batch: dict[str, int] = field(default_factory=dict)
    first: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    last: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    identifiers: dict[str, int] = field(default_factory=dict)
    restricted: bool = False


def occasion(number: int, record: int, day: date, **more: Any) -> customers.Occasion:  # noqa: ANN401 - fields
    """An occasion of one line, told by what matters of it."""
    category, size = more.pop("category", "Tea"), more.pop("size", "")
    units, amount = more.pop("units", 1), more.pop("amount", 1000)
    returned = more.pop("returned", 0)
    channel = more.pop("channel", "till")
    hour = more.pop("hour", 12)
    fields: dict[str, Any] = {
        "occasion": number,
        "record": record,
        "kind": "sale" if channel == "till" else "order",
        "day": day,
        "hour": hour,
        "moment": datetime(day.year, day.month, day.day, hour, tzinfo=UTC),
        "channel": channel,
        "channel_kind": CHANNELS[channel],
        "node": "N1",
        "currency": "CNY",
        "bought": True,
        "units": units,
        "amount_minor": amount,
        "discount_minor": 0,
        "returned_units": 1 if returned else 0,
        "returned_minor": returned,
        "cancelled_minor": 0,
        "goods": (customers.Goods(category, size, units, amount, 1 if returned else 0, returned),),
    }
    fields |= more
    if not fields["bought"]:
        sums = ("units", "amount_minor", "discount_minor", "returned_units", "returned_minor")
        fields |= dict.fromkeys(sums, 0) | {"cancelled_minor": amount, "goods": ()}
    return customers.Occasion(**fields)


def person(draw: random.Random, number: int, today: date) -> Person:
    """Somebody at random: a habit of buying, places, goods, prices, returns, and what is known of him."""
    records = [10 * number + place for place in range(draw.choice((1, 1, 1, 2, 6)))]
    one = Person(records[0], records)
    often = draw.choice((0, 0, 1, 1, 2, 3, 4, 8, 15, 30, 60))
    start = draw.choice((0, 1, 3, 8, 20, 40, 100, 170, 300, 365, 600, 900))
    end = draw.choice((0, 0, 1, 3, 10, 25, 50, 100, 150, 300, 500))
    channels = draw.sample(list(CHANNELS), draw.choice((1, 1, 1, 2, 3)))
    if draw.random() < 0.5:
        channels = ["till", *channels[:2]] if draw.random() < 0.5 else ["till"]
    nodes = draw.sample(NODES, draw.choice((1, 1, 2, 3, 4)))
    categories = draw.sample(CATEGORIES, draw.choice((1, 1, 2, 3, 6, 10)))
    sizes = [draw.choice(SIZES)] if draw.random() < 0.6 else [""]
    hours = draw.choice(((6, 7), (12, 13), (15,), (18, 19, 20), (22,), (23, 2), tuple(range(8, 23))))
    days_of_week = draw.choice(((5, 6), (0, 1, 2, 3, 4), tuple(range(7))))
    discounts, returns = draw.choice((0, 0, 0.1, 0.6, 0.9, 1)), draw.choice((0, 0, 0, 0.05, 0.2, 0.8))
    usual = draw.choice((300, 2_000, 9_000, 60_000))
    units = draw.choice((1, 2, 5, 12, 40))
    currency = draw.choice(("CNY", "CNY", "CNY", "HKD", "USD", "EUR", "JPY"))
    for place in range(often):
        back = max(0, start - (place * max(start - end, 1)) // max(often - 1, 1)) if often > 1 else start
        day = today - timedelta(days=back)
        for _ in range(7):
            if day.weekday() not in days_of_week and draw.random() < 0.9:
                day -= timedelta(days=1)
        amount = usual * draw.choice((1, 1, 1, 2, 6)) if draw.random() < 0.3 else usual
        one.occasions.append(
            occasion(
                1_000 * number + place,
                draw.choice(records),
                day,
                channel=draw.choice(channels),
                node=draw.choice(nodes),
                hour=draw.choice(hours),
                category=draw.choice(categories),
                size=draw.choice(sizes),
                units=units,
                amount=amount,
                discount_minor=amount * draw.choice((5, 20, 60)) // 100 if draw.random() < discounts else 0,
                returned=draw.choice((amount, amount // 2, amount // 50)) if draw.random() < returns else 0,
                currency=currency if draw.random() < 0.95 else "CNY",
                bought=draw.random() < 0.93,
            )
        )
    _known(draw, one, today)
    return one


def _known(draw: random.Random, one: Person, today: date) -> None:
    if draw.random() < 0.7:
        one.known = {
            "gender": draw.choice(("female", "male", "other")),
            "birth_year": today.year - draw.randrange(5, 80),
            "birth_month": draw.randrange(1, 13),
            "city": draw.choice(("上海", "杭州", "Lyon")),
            "language": draw.choice(("zh", "en", "fr")),
            "is_company": True if draw.random() < 0.1 else None,
        }
    for kind in ("phone", "email", "unionid", "member_card", "device"):
        if draw.random() < draw.choice((0.1, 0.5)):
            one.identifiers[kind] = draw.choice((0, 1))
    for purpose in ("personalisation", "analytics", "partners", "automated_decisions", "cross_border"):
        if draw.random() < 0.3:
            one.consents.append(purpose)
    for channel in ("email", "sms", "phone", "wechat", "app", "post"):
        if draw.random() < 0.15:
            one.consents.append(f"marketing:{channel}")
    one.tags = draw.sample(["friend", "tall", "loud"], draw.choice((0, 0, 1, 2)))
    if one.occasions and draw.random() < 0.8:
        one.batch = {
            "interval_regularity": draw.randrange(101),
            "category_diversity": draw.randrange(101),
            "price_sensitivity": draw.randrange(101),
            "median_interval_days": draw.choice((3, 10, 30, 60, 120)),
        }
    back = draw.choice((0, 3, 20, 100, 400, 900))
    earliest = min((done.day for done in one.occasions), default=today)
    one.first = datetime.combine(min(earliest, today) - timedelta(days=back), datetime.min.time(), UTC)
    one.last = max(
        one.first, datetime.combine(today - timedelta(days=draw.choice((0, 5, 100, 500))), datetime.min.time(), UTC)
    )
    one.restricted = draw.random() < 0.03


class Crowd(list[Person]):
    """People who are not written out when a test fails."""

    def __repr__(self) -> str:
        return f"<{len(self)} people>"


async def settle(executor: Executor, crowd: list[Person]) -> None:
    """Write the people as facts, with what they are derived into."""
    await _write(executor.database, crowd)
    for start in range(0, len(crowd), 500):
        some = crowd[start : start + 500]
        occasions = [done for one in some for done in one.occasions]

        async def keep(work: Work, some: list[Person] = some, occasions: Any = occasions) -> None:  # noqa: ANN401
            await customers.keep_current(work, [one.id for one in some], occasions, identity=False)

        await executor.transact("test.keep", keep)
    await _write_known(executor.database, crowd)


async def _write(database: Database, crowd: list[Person]) -> None:
    async with database.transaction() as connection:
        cursor = connection.cursor()
        await cursor.executemany(
            "insert into customers.source_record (id, source, key, customer, created_at, updated_at)"
            " values (%s, %s, %s, %s, %s, %s)",
            [
                (record, f"S{place}", str(record).encode(), one.id, one.first, one.last)
                for one in crowd
                for place, record in enumerate(one.records)
            ],
        )
        uses = [(kind, one, grade) for one in crowd for kind, grade in one.identifiers.items()]
        await cursor.executemany(
            "insert into customers.identifier (id, type, digest) values (%s, %s, %s)",
            [(number, kind, f"{kind}{one.id}".encode()) for number, (kind, one, _) in enumerate(uses, 1)],
        )
        await cursor.executemany(
            "insert into customers.identifier_use (identifier, record, role, verification, first_at, last_at)"
            " values (%s, %s, 'identity', %s, now(), now())",
            [(number, one.records[-1], grade) for number, (_, one, grade) in enumerate(uses, 1)],
        )
        await cursor.executemany(
            "insert into customers.manual_tag (record, tag, actor, set_at) values (%s, %s, 1, now())",
            [(one.records[-1], tag) for one in crowd for tag in one.tags],
        )


async def _write_known(database: Database, crowd: list[Person]) -> None:
    """What else is known, which has owners and tests of its own, as the follower would have written it."""
    async with database.transaction() as connection:
        cursor = connection.cursor()
        for one in crowd:
            sets = {**one.known, "consents": one.consents, "restricted": one.restricted}
            assigned = ", ".join(f"{name} = %s" for name in sets)
            await cursor.execute(
                f"update customers.trait_value set {assigned} where customer = %s".encode(), (*sets.values(), one.id)
            )
        await cursor.executemany(
            'insert into customers.batch_value (customer, "values", set_at) values (%s, %s::text::jsonb, now())',
            [(one.id, str(one.batch).replace("'", '"')) for one in crowd if one.batch],
        )
