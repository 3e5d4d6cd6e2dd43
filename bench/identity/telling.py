"""What one person's statements are made of: identifiers and attributes as they reach a source.

An account keeps what was typed into it: a number mistyped once stays mistyped until it changes.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from bench.identity import typing_errors
from bench.identity.population import Person, Population
from bench.identity.rates import Rates
from mainstem.domains.customers import Attributes, Identifier, Identify

T = TypeVar("T")

PLACEHOLDER_PHONES = ("13800000000", "13800138000", "11111111111", "00000000000", "null", "无")
PLACEHOLDER_EMAILS = ("null", "anonymous", "none@none.com", "无", "-")


class Statement(NamedTuple):
    """A command with its truth.

    `person` is who it is about. `keys` are what it has in common with other statements of that person, as meant and
    before any error; `hubs` are the things of a shop that stand in it.
    """

    command: Identify
    person: int
    keys: tuple[str, ...]
    hubs: tuple[str, ...] = ()


class Said(NamedTuple):
    """One identifier of a statement: as sent, and the key it stands for, "" when it is nobody's."""

    identifier: Identifier
    key: str = ""
    hub: str = ""


class Teller:
    """Tells the statements of one account of a person."""

    def __init__(self, random: Random, rates: Rates, person: Person, population: Population) -> None:
        self.random = random
        self.rates = rates
        self.person = person
        self.population = population
        self.out: list[Statement] = []
        self._kept: dict[object, object] = {}
        self._lag = timedelta(days=random.uniform(0, 60) if random.random() < 0.15 else 0)

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What `make` gave the first time: an account keeps what was typed."""
        if key not in self._kept:
            self._kept[key] = make()
        return cast("T", self._kept[key])

    def chance(self, rate: float) -> bool:
        """True this often."""
        return self.random.random() < rate

    def keeps(self, what: str, rate: float) -> bool:
        """Whether this account has it: decided once."""
        return self.once(("keeps", what), lambda: self.chance(rate))

    def phone(self, moment: datetime, *, verified: bool, of: Person | None = None) -> Said:
        """The number at that moment, or a while ago where the account was not brought up to date."""
        owner = of or self.person
        number = owner.phone(moment if verified else moment - self._lag if moment - self._lag > owner.since else moment)
        if verified:
            return Said(Identifier("phone", number, verified=True), f"phone:{number}")
        typed = self.once(("phone", number), lambda: self._typed_phone(number))
        return Said(Identifier("phone", typed), f"phone:{number}")

    def _typed_phone(self, number: str) -> str:
        if self.chance(self.rates.phone_typed_wrong):
            return typing_errors.wrong_phone(self.random, number)
        return (
            typing_errors.written_phone(self.random, number)
            if self.chance(self.rates.phone_written_otherwise)
            else number
        )

    def email(self, *, verified: bool, of: Person | None = None) -> Said:
        """The e-mail address of the account."""
        real = (of or self.person).email
        if verified or not self.chance(self.rates.email_typed_wrong):
            written = self.once("email", lambda: real.upper() if self.chance(0.03) else real)
        else:
            written = self.once("email", lambda: typing_errors.wrong_email(self.random, real))
        return Said(Identifier("email", written, verified=verified), f"email:{real}")

    def relative(self, rate: float) -> Person | None:
        """Another one of the family whose things this account uses: decided once."""
        others = [number for number in self.person.family if number != self.person.number]
        if not others or not self.keeps("relative", rate):
            return None
        number = self.once("which relative", lambda: self.random.choice(others))
        return self.population.people[number - 1]

    def name(self, *, clerk: bool) -> str:
        """The name as the account has it."""
        person = self.person
        return self.once(
            "name", lambda: typing_errors.name(self.random, self.rates, person.name, gender=person.gender, clerk=clerk)
        )

    def birth(self) -> str:
        """The birth date as the account has it."""
        return self.once("birth", lambda: typing_errors.birth(self.random, self.rates, self.person.born))

    def address(self, moment: datetime) -> dict[str, Any]:
        """The attributes of the address at that moment."""
        home = self.person.home(moment)
        number = self.once(("home", home), lambda: typing_errors.street_number(self.random, self.rates, home.number))
        return {
            "street": home.street,
            "street_number": number,
            "city": home.city,
            "region": home.region,
            "postal_code": home.postal_code if self.keeps("postal code", 0.3) else "",
            "country": "CN",
        }

    def tell(
        self, source: str, reference: str, moment: datetime, said: list[Said], attributes: dict[str, Any] | None = None
    ) -> None:
        """Add a statement."""
        given = {name: value for name, value in (attributes or {}).items() if value}
        keys = [one.key for one in said if one.key and one.identifier.role == "identity"]
        if "name" in given and given["name"][-1] not in "生士姐*":
            if "birth_date" in given:
                keys.append("name and birth date")
            if "street" in given:
                keys.append(f"name and home {self.person.home(moment)}")
        command = Identify(
            source=source,
            reference=reference,
            occurred_at=moment,
            identifiers=tuple(one.identifier for one in said),
            attributes=msgspec.convert(given, Attributes),
        )
        hubs = tuple(one.hub for one in said if one.hub)
        self.out.append(Statement(command, self.person.number, tuple(keys), hubs))
