"""What becomes of a value on its way into a form."""

from datetime import date, timedelta
from random import Random

from bench.identity import names
from bench.identity.names import Name
from bench.identity.rates import Rates

_TITLES = {"f": ("女士", "小姐"), "m": ("先生",)}
_FULL_WIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))
_DEFAULTS = (date(1990, 1, 1), date(1990, 1, 1), date(1980, 1, 1), date(2000, 1, 1), date(1970, 1, 1))


def wrong_phone(random: Random, number: str) -> str:
    """Two digits swapped, one mistyped, one left out or one doubled; never the number itself."""
    at = random.randrange(3, 10)
    kind = random.random()
    if kind < 0.45 and number[at] != number[at + 1]:
        return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    if kind < 0.85:
        return number[:at] + str((int(number[at]) + random.randint(1, 9)) % 10) + number[at + 1 :]
    return number[:at] + number[at + 1 :] if kind < 0.95 else number[:at] + number[at] + number[at:]


def written_phone(random: Random, number: str) -> str:
    """The same number as somebody else would write it."""
    spaced = f"{number[:3]} {number[3:7]} {number[7:]}"
    return random.choice(
        (spaced, spaced.replace(" ", "-"), f"+86{number}", f"+86 {spaced}", f"0086{number}", f" {number} ",
         number.translate(_FULL_WIDTH))
    )  # fmt: skip


def wrong_email(random: Random, email: str) -> str:
    """Two letters swapped or one left out."""
    local, host = email.split("@")
    at = random.randrange(len(local) - 1)
    if random.random() < 0.5:
        return f"{local[:at]}{local[at + 1 :]}@{host}"
    return f"{local[:at]}{local[at + 1]}{local[at]}{local[at + 2 :]}@{host}"


def name(random: Random, rates: Rates, real: Name, *, gender: str, clerk: bool) -> str:
    """The name as it is written down, by its owner or by a clerk."""
    if real.style != "chinese":
        return real.whole.replace("·", random.choice(("·", "·", "•", ".", " "))) if clerk else real.whole
    if clerk and random.random() < rates.name_title:
        return real.family + random.choice(_TITLES[gender])
    if not clerk and random.random() < rates.name_pinyin:
        return names.pinyin(real, random)
    chance = random.random()
    if chance < rates.name_homophone:
        at = random.randrange(len(real.given))
        return real.family + real.given[:at] + names.homophone(random, real.given[at]) + real.given[at + 1 :]
    if chance < rates.name_homophone + rates.name_character_missing and len(real.given) > 1:
        return real.family + random.choice(real.given)
    if chance < rates.name_homophone + rates.name_character_missing + rates.name_order:
        return real.given + real.family
    return real.whole


def birth(random: Random, rates: Rates, real: date) -> str:
    """The birth date as ISO text: right, a digit off, day and month swapped, by the lunar calendar, or the form's."""
    chance = random.random()
    if chance < rates.birth_default:
        return random.choice(_DEFAULTS).isoformat()
    chance -= rates.birth_default
    if chance < rates.birth_wrong_digit:
        return (real + timedelta(days=random.choice((1, -1, 10, -10, 366, -365, 3653)))).isoformat()
    chance -= rates.birth_wrong_digit
    if chance < rates.birth_swapped and real.day <= 12:
        return real.replace(month=real.day, day=real.month).isoformat()
    chance -= rates.birth_swapped
    if 0 <= chance < rates.birth_lunar:
        return (real - timedelta(days=random.randint(20, 48))).isoformat()
    return real.isoformat()


def street_number(random: Random, rates: Rates, real: str) -> str:
    """The number of house and flat, written out or short."""
    if random.random() >= rates.street_abbreviated:
        return real
    return real.replace("号", "-").replace("栋", "-").replace("单元", "-").replace("室", "").strip("-")
