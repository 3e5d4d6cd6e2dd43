"""Who is there: people with names, birth dates, families, homes, telephone numbers over time, and what shops lend."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from pypinyin import lazy_pinyin

from bench.identity import names, places
from bench.identity.names import Name
from bench.identity.places import Home
from bench.identity.rates import BEGIN, DAYS, END, Rates

_PREFIXES = "130 131 133 135 136 137 138 139 150 151 152 158 159 166 173 177 180 181 185 186 187 188 189 191 198 199"
_MAIL = ("qq.com", "qq.com", "qq.com", "163.com", "163.com", "126.com", "gmail.com", "outlook.com", "sina.com")

CITY_PEOPLE, CLERK_PEOPLE, CARD_PEOPLE, TABLET_PEOPLE = 300, 400, 1000, 2000
"""People for each city with shops, each clerk who lends a number, each shop's own card, each tablet or mailbox."""


@dataclass(slots=True)
class Person:
    """One person; `number` is the truth. Phones and homes are lists of (since, what), oldest first."""

    number: int
    name: Name
    gender: str
    born: date
    since: datetime
    until: datetime
    visits_a_year: float
    email: str = ""
    phones: list[tuple[datetime, str]] = field(default_factory=list)
    homes: list[tuple[datetime, Home]] = field(default_factory=list)
    family: tuple[int, ...] = ()

    def phone(self, moment: datetime) -> str:
        """The number at a moment."""
        return [number for since, number in self.phones if since <= moment][-1]

    def home(self, moment: datetime) -> Home:
        """The address at a moment."""
        return [home for since, home in self.homes if since <= moment][-1]


@dataclass(slots=True)
class Population:
    """All people, and what is nobody's: numbers of clerks, cards of shops, tablets, mailboxes."""

    people: list[Person]
    clerks: dict[str, list[str]]
    """By shop: where a clerk lends a number, it stands on that shop's tickets and enrolments."""
    cards: list[str]
    tablets: list[str]
    mailboxes: list[str]
    recycled: set[str] = field(default_factory=set)


class Builder:
    """Makes a population; the same numbers and seed make the same one."""

    def __init__(self, people: int, random: Random, rates: Rates) -> None:
        self._wanted = people
        self._random = random
        self._rates = rates
        self._numbers: set[str] = set()
        self._emails: set[str] = set()
        self._people: list[Person] = []
        self._cities = min(max(people // CITY_PEOPLE, 1), len(places.CITIES))

    def build(self) -> Population:
        """The population."""
        while len(self._people) < self._wanted:
            left = self._wanted - len(self._people)
            size = self._random.choice((2, 2, 3, 3, 4)) if self._random.random() < self._rates.in_family / 2 else 1
            self._household(min(size, left))
        recycled = self._recycle(self._change_phones())
        return Population(
            self._people,
            self._clerks(),
            [f"9{self._random.randrange(10**11):011d}" for _ in range(1 + self._wanted // CARD_PEOPLE)],
            [f"tablet-{self._random.randrange(16**8):08x}" for _ in range(1 + self._wanted // TABLET_PEOPLE)],
            [f"shop{self._random.randrange(1000)}@brand-stores.cn" for _ in range(1 + self._wanted // TABLET_PEOPLE)],
            recycled,
        )

    def number(self) -> str:
        """A mobile number that nobody has."""
        while True:
            number = self._random.choice(_PREFIXES.split()) + f"{self._random.randrange(10**8):08d}"
            if number not in self._numbers:
                self._numbers.add(number)
                return number

    def _clerks(self) -> dict[str, list[str]]:
        """Clerks who lend their number: in the first shop of each city, and again until there are enough."""
        found: dict[str, list[str]] = {}
        for clerk in range(1 + self._wanted // CLERK_PEOPLE):
            shop = places.shops(places.CITIES[clerk % self._cities])[0]
            found.setdefault(shop, []).append(self.number())
        return found

    def _household(self, size: int) -> None:
        random = self._random
        first = len(self._people)
        home = places.home(random, self._cities)
        parent = self._born(1950, 2003)
        family = names.surname(random)
        father = self._person("m" if size > 1 or random.random() < 0.48 else "f", parent, family, home)
        if size == 1 and self._is_twin():
            return
        if size > 1:
            mother = parent + timedelta(days=random.randint(-1500, 1500))
            self._person("f", mother, names.surname(random), home)
        child = parent + timedelta(days=random.randint(23 * 365, 33 * 365))
        for _ in range(size - 2):
            # Children below fourteen are not customers: the family's younger ones are the parents' parents' then.
            born = child if child.year <= 2009 else parent - timedelta(days=random.randint(24 * 365, 30 * 365))
            surname = father.name.family if father.name.style == "chinese" else family
            self._person(random.choice("fm"), born, surname, home)
            child += timedelta(days=random.randint(400, 2500))
        if size > 1:
            members = tuple(range(first + 1, len(self._people) + 1))
            for person in self._people[first:]:
                person.family = members

    def _is_twin(self) -> bool:
        """Give the last person a twin at times."""
        if self._random.random() >= self._rates.twin / 2 or len(self._people) >= self._wanted:
            return False
        one = self._people[-1]
        twin = self._person(one.gender, one.born, one.name.family, one.homes[0][1])
        if one.name.style == "chinese" and len(one.name.given) > 1:
            last = names.given(self._random, one.gender, one.born.year)[-1]
            twin.name = Name(one.name.family, one.name.given[0] + last)
        if twin.name == one.name:
            twin.name = Name(one.name.family, names.homophone(self._random, one.name.given[0]) + "双")
        one.family = twin.family = (one.number, twin.number)
        return True

    def _born(self, first: int, last: int) -> date:
        return date(self._random.randint(first, last), 1, 1) + timedelta(days=self._random.randrange(365))

    def _person(self, gender: str, born: date, surname: str, home: Home) -> Person:
        random, rates = self._random, self._rates
        chance = random.random()
        if chance < rates.minority_name:
            name = names.minority(random, gender)
        elif chance < rates.minority_name + rates.western_name:
            name = names.western(random, gender)
        else:
            name = Name(surname, names.given(random, gender, born.year))
        since = BEGIN + timedelta(days=0 if random.random() < 0.55 else random.random() * (DAYS - 120))
        until = END if random.random() < 0.7 else since + timedelta(days=60 + random.random() * DAYS)
        person = Person(
            len(self._people) + 1, name, gender, born, since, min(until, END), random.gammavariate(1.2, 1 / 1.2)
        )
        person.visits_a_year *= rates.visits_a_year
        person.phones.append((BEGIN, self.number()))
        person.homes.append((BEGIN, home))
        if random.random() < rates.moves:
            later = BEGIN + timedelta(days=random.randint(60, DAYS - 60))
            person.homes.append((later, places.home(random, self._cities, home.city if random.random() < 0.7 else "")))
        person.email = self._email(person)
        self._people.append(person)
        return person

    def _email(self, person: Person) -> str:
        random = self._random
        while True:
            host = random.choice(_MAIL)
            if host == "qq.com":
                local = str(random.randrange(10**5, 10**10))
            else:
                words = lazy_pinyin(person.name.family + person.name.given)
                plain = "".join(letter for word in words for letter in word if letter.isascii() and letter.isalnum())
                local = plain.lower() + random.choice(("", str(person.born.year), str(random.randrange(1000))))
            if f"{local}@{host}" not in self._emails:
                self._emails.add(f"{local}@{host}")
                return f"{local}@{host}"

    def _change_phones(self) -> list[Person]:
        """Some people change their number, half of them in the first sixteen months; those are given back."""
        early = []
        for person in self._people:
            if self._random.random() < self._rates.changes_phone:
                soon = self._random.random() < 0.5
                day = self._random.randint(60, 480) if soon else self._random.randint(480, DAYS - 30)
                person.phones.append((BEGIN + timedelta(days=day), self.number()))
                if soon:
                    early.append(person)
        return early

    def _recycle(self, early: list[Person]) -> set[str]:
        """Numbers that were given up come back with new customers of the same city, 250 to 550 days later."""
        self._random.shuffle(early)
        takers: dict[str, list[Person]] = {}
        for person in self._random.sample(self._people, len(self._people)):
            if len(person.phones) == 1:
                takers.setdefault(person.homes[0][1].city, []).append(person)
        count = round(self._rates.recycled_phone * len(self._people))
        recycled: set[str] = set()
        for giver in early:
            beside = takers.get(giver.homes[0][1].city)
            if not beside or len(recycled) == count:
                continue
            given_up, number, taker = giver.phones[1][0], giver.phones[0][1], beside.pop()
            taker.since = given_up + timedelta(days=self._random.randint(250, 550))
            taker.until = END
            taker.phones = [(BEGIN, number)]
            recycled.add(number)
        return recycled
