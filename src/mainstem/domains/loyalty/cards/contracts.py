"""What is asked of cards, answered and refused. Amounts are minor units of the card's currency."""

from datetime import date
from typing import Literal

import msgspec

from mainstem.kernel.refusals import Kind, declare

CARDS_MAX = 1_000
"""Cards of one issue."""

TRIES_MAX, FORGOTTEN_SECONDS = 5, 900
"""Wrong tries of one asker, after which he waits, and how long."""

State = Literal["issued", "active", "frozen", "expired"]


class CardTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many gift cards of one value. `country` says which law they live under; without `expires_on`: for ever.

    `active`: they can be used at once; else each is activated when it is sold.
    """

    count: int
    currency: str
    amount_minor: int
    country: str
    expires_on: date | None = None
    active: bool = False


class MadeCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of a card's code and PIN."""

    digest: bytes
    pin: bytes
    last4: str


class IssueCards(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Issue gift cards. Made by `issue`, never by hand: the codes go to the one who asked, and nowhere else."""

    terms: CardTerms
    made: tuple[MadeCard, ...]


class CardsIssued(msgspec.Struct, frozen=True):
    """The ids of the cards, and the ends of their codes, in order."""

    cards: tuple[int, ...]
    last4: tuple[str, ...]


class ActivateCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Activate a card that was sold; its value is on it from now on."""

    card: int


class LoadCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Put more money on a card."""

    card: int
    amount_minor: int
    reference: str = ""


class FreezeCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Stop a card from being used, or let it be used again."""

    card: int
    frozen: bool
    reason: str


class IssueCredit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give a customer store credit."""

    customer: int
    currency: str
    amount_minor: int
    country: str
    reason: str
    expires_on: date | None = None


class RedeemCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request: pay with a card, at once. `asker` names who types the code: a till, a browser, a member."""

    code: str
    pin: str
    amount_minor: int
    currency: str
    asker: str
    reference: str = ""


class RefundCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Put back what a use of a card paid, in part or whole."""

    use: int
    amount_minor: int


class CheckCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ask what is on a card. Wrong codes and PINs count like those of a payment."""

    code: str
    pin: str
    asker: str


class SetCardLaw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many months a gift card lives at least in a country (ISO 3166; "" for all others); null: for ever."""

    country: str
    months_min: int | None


class CardChanged(msgspec.Struct, frozen=True):
    """A card as it is now; `use` is the payment or its refund."""

    card: int
    last4: str
    state: State
    currency: str
    balance_minor: int
    expires_on: date | None
    use: int | None = None


class LawSet(msgspec.Struct, frozen=True):
    """The law of a country as it is now."""

    country: str
    months_min: int | None


UNKNOWN_CARD = declare(
    "unknown_card", Kind.NOT_FOUND, "There is no such card, or the PIN is wrong.", "Check the code and the PIN."
)
CARD_CODE_MISTYPED = declare(
    "card_code_mistyped",
    Kind.INVALID,
    "The code is mistyped: its check character does not fit.",
    "Type the code again, as it is printed.",
)
CARD_TRIES = declare(
    "card_tries",
    Kind.CONFLICT,
    "There were too many wrong tries from here.",
    "Wait {minutes} minutes. Others can use the card meanwhile.",
)
CARD_STATE = declare(
    "card_state", Kind.CONFLICT, "The card that ends in {last4} is {state}.", "Only an active card can be used."
)
CARD_ALREADY = declare(
    "card_already", Kind.CONFLICT, "The card that ends in {last4} is {state} already.", "Nothing is left to do."
)
CARD_BALANCE = declare(
    "card_balance",
    Kind.CONFLICT,
    "{amount} are wanted and {available} are on the card.",
    "Use at most what is on it, and pay the rest otherwise.",
)
CARD_CURRENCY = declare(
    "card_currency", Kind.CONFLICT, "The card holds {currency}, not {wanted}.", "Use another tender."
)
CARD_LIFE = declare(
    "card_life",
    Kind.INVALID,
    "In {country} a card may not expire before {earliest}.",
    "Let it live longer, or for ever.",
)
CARD_EVERLASTING = declare(
    "card_everlasting", Kind.INVALID, "In {country} a card may not expire.", "Leave the last day out."
)
BAD_COUNTRY = declare(
    "bad_country", Kind.INVALID, "{country} is no country.", "Send two letters of ISO 3166, such as CN."
)
BAD_CARD_AMOUNT = declare(
    "bad_card_amount",
    Kind.INVALID,
    "{amount} cannot be put on or paid with a card.",
    "Send minor units from {least} to {most}.",
)
NOT_PAID_WITH = declare(
    "not_paid_with", Kind.CONFLICT, "{left} are left to be put back of this payment.", "Put back at most that."
)
UNKNOWN_USE = declare("unknown_use", Kind.NOT_FOUND, "There is no payment {use} with a card.", "Check the identifier.")
CARD_REASON = declare("card_reason", Kind.INVALID, "A reason is missing.", "Say why, in a few words.")
