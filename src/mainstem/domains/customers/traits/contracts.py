"""What a trait is: one thing that is known of a customer, declared once."""

from typing import Literal

import msgspec

Kind = Literal["number", "amount", "percent", "text", "flag", "day", "map", "text_map"]
"""`map` is an integer a key, `text_map` a text a key; a condition names the key. A day is a date."""

Grain = Literal["activity", "identity", "golden", "batch"]
"""Where a trait comes from: what records did, the records themselves, the golden record, or a batch over all."""

Combine = Literal["sum", "least", "greatest", "most", "any", "chosen", "derived"]
"""How what is known of the records of a customer becomes one value.

Sums add up, least and greatest compare, `most` is the one with the most occasions, `any` holds when it does for one
record, `chosen` is what the golden record chose, `derived` is computed from other traits.
"""


class Trait(msgspec.Struct, frozen=True):
    """A trait: its name, kept for good, how people call it, what it is counted in, and its expression over a row.

    `sql` reads the row `t` of `customers.trait_value` and, as `{today}`, the day it is asked on. It is null where the
    trait is unknown.
    """

    name: str
    en: str
    zh: str
    kind: Kind
    grain: Grain
    combine: Combine
    sql: str
    unit: str = ""


class Golden(msgspec.Struct, frozen=True, gc=False):
    """What of a golden record may be a trait: nothing that names or finds a person. None is unknown."""

    gender: str | None = None
    birth_year: int | None = None
    birth_month: int | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    language: str | None = None
    is_company: bool | None = None
