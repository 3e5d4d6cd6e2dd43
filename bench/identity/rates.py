"""How often what happens in the generated set: every rate is a share between 0 and 1 unless its unit says otherwise.

They are set from what Chinese retailers' customer files look like, not from what a resolver can do: seven in ten
people are in more than one source, one WeChat user in four is there without unionid, one marketplace buyer in four
has bound a telephone number, three in a hundred numbers find another owner within the three years.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

BEGIN = datetime(2023, 1, 1, tzinfo=UTC)
END = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = (END - BEGIN).days


@dataclass(frozen=True)
class Rates:
    """The controls of the generator."""

    # who is a customer where
    loyalty: float = 0.60
    till: float = 0.70
    web: float = 0.35
    mini: float = 0.45
    official_account: float = 0.15  # of those in the mini-program
    app: float = 0.22
    tmall: float = 0.25
    jd: float = 0.15
    visits_a_year: float = 5.0  # mean of a person's visits that say who comes; gamma distributed

    # people
    minority_name: float = 0.015
    western_name: float = 0.01
    in_family: float = 0.35  # people who live with others of the set
    twin: float = 0.004
    moves: float = 0.12  # within the three years
    changes_phone: float = 0.18  # within the three years
    recycled_phone: float = 0.015  # people whose number was somebody else's until 250 days or more before
    second_wechat: float = 0.008  # a second account with a number of its own
    enrolled_twice: float = 0.008  # a second member card

    # who lends what
    clerk_enrols: float = 0.012  # member cards registered with the clerk's number
    clerk_ticket: float = 0.015  # of visits to his till: written down with his number and the customer's name
    shop_card: float = 0.010  # till visits for which the shop's own card was scanned
    family_phone: float = 0.04  # of people in a family: their member card stands under another's number
    family_email: float = 0.02  # of people in a family: their web account has another's e-mail
    family_device: float = 0.10  # of people in a family: their app runs on another's device
    demo_device: float = 0.03  # apps opened on the shop's tablet
    gift: float = 0.04  # web orders that name somebody else's number for delivery

    # what is there
    unionid: float = 0.75
    mini_phone: float = 0.55
    marketplace_phone: float = 0.25  # buyers who joined the brand's programme on the marketplace
    placeholder: float = 0.006  # 13800000000, "anonymous", "null"
    shop_email: float = 0.03  # the clerk typed an address of the shop

    # how it was typed
    phone_typed_wrong: float = 0.012  # where no code confirmed it
    phone_written_otherwise: float = 0.08  # blanks, +86, full-width digits
    email_typed_wrong: float = 0.006
    name_homophone: float = 0.015
    name_character_missing: float = 0.004
    name_order: float = 0.003
    name_pinyin: float = 0.02  # where customers type it themselves
    name_title: float = 0.03  # 张先生 instead of the name, where clerks type it
    birth_wrong_digit: float = 0.006
    birth_swapped: float = 0.003  # day and month
    birth_lunar: float = 0.006
    birth_default: float = 0.012  # 1990-01-01 or another first of January
    street_abbreviated: float = 0.15


HABITUAL = Rates()
