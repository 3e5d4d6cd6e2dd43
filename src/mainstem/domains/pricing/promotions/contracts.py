"""What promotions are told, answer and refuse."""

from datetime import datetime
from typing import Literal

import msgspec

from mainstem.domains.pricing.promotions.form import Promotion, Text
from mainstem.kernel.refusals import Kind, declare

State = Literal["draft", "approved", "live", "paused", "ended"]
Verb = Literal["saved", "approved", "started", "paused", "ended"]

FORM_BYTES_MAX = 65_536
"""Bytes of a form as JSON."""

DEPTH_MAX = 5
"""How deep conditions, and exclusions of selectors, may lie in each other."""

VALUES_MAX = 1_000
"""Values of one field of a selector or condition; more goods are a product list."""

CONDITIONS_MAX = 50
"""Conditions of one promotion, those within others included."""

LIST_SKUS_MAX = 20_000
"""SKUs of one product list."""

COUNT_MAX = 100_000_000
"""The largest limit of uses or items."""

PERCENT_MAX, BUDGET_MINOR_MAX = 30, 1_000_000
"""What needs no second person where nobody has set a rule: up to 30 %, budgets up to 1,000,000 minor units."""


class SavePromotion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Make a promotion (revision 0), or change the revision of it that was read. It is a draft then.

    One that is live is paused first; one that has ended stays as it was.
    """

    promotion: Promotion
    revision: int = 0
    note: str = ""


class ApprovePromotion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Approve the revision of a draft that was read; who wrote any of it since the last approval may not."""

    code: str
    revision: int
    note: str = ""


class StartPromotion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let a promotion apply from now on, or from `valid_from` on. A small one needs no approval."""

    code: str
    note: str = ""


class PausePromotion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let a live promotion apply to nothing for now."""

    code: str
    note: str = ""


class EndPromotion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """End a promotion for good."""

    code: str
    note: str = ""


class SetApprovalRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What needs no second person in a currency ("" for all not named): percentages and budgets up to these."""

    currency: str
    percent_max: int
    budget_minor_max: int


class SaveProductList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Make a list of SKUs (revision 0), or change the revision of it that was read. Promotions select it by name."""

    name: str
    skus: tuple[str, ...]
    revision: int = 0


class Warned(msgspec.Struct, frozen=True):
    """Something that is possible and may not be meant: a stable code, where in the form, and promotions it names."""

    code: str
    where: str
    promotions: tuple[str, ...]
    text: Text


class PromotionSaved(msgspec.Struct, frozen=True):
    """The promotion as it is now. `approval`: why somebody else must approve it, "" when nobody must."""

    id: int
    code: str
    revision: int
    state: State
    approval: Literal["", "percent", "budget", "open_ended", "below_floor"] = ""
    warnings: tuple[Warned, ...] = ()


class ApprovalRuleSet(msgspec.Struct, frozen=True):
    """The rule of a currency as it is now."""

    currency: str
    percent_max: int
    budget_minor_max: int


class ProductListSaved(msgspec.Struct, frozen=True):
    """The list as it is now, and how many SKUs came and went."""

    id: int
    name: str
    revision: int
    skus: int
    added: int
    removed: int


class PromotionMoved(msgspec.Struct, frozen=True):
    """Payload of `pricing.promotion_saved` and its like (subject: the promotion)."""

    code: str
    revision: int
    state: State
    note: str = ""


class PromotionView(msgspec.Struct, frozen=True):
    """A promotion as it is now. `phase` says where it stands in its time."""

    id: int
    revision: int
    state: State
    phase: Literal["ahead", "running", "over"]
    updated_at: datetime
    promotion: Promotion


class ChangeView(msgspec.Struct, frozen=True):
    """What was done to a promotion; `changed` are JSON pointers to what a saved form changed of the one before."""

    id: int
    revision: int
    verb: Verb
    state: State
    note: str
    actor: int
    recorded_at: datetime
    changed: tuple[str, ...] = ()
    promotion: Promotion | None = None


class CalendarEntry(msgspec.Struct, frozen=True):
    """When and where a promotion applies: codes and kinds of channels, nodes and regions; none: everywhere."""

    code: str
    name: Text
    state: State
    kind: str
    valid_from: datetime | None
    valid_until: datetime | None
    channels: tuple[str, ...]
    nodes: tuple[str, ...]
    exclusive: str
    group: str
    coupon: bool


UNKNOWN_PROMOTION = declare(
    "unknown_promotion", Kind.NOT_FOUND, "There is no promotion {promotion}.", "Use the code of a promotion."
)
PROMOTION_CHANGED = declare(
    "promotion_changed",
    Kind.CONFLICT,
    "Promotion {promotion} is at revision {revision}, not {given}.",
    "Read it as it is now, and change that; a new one needs a code of its own.",
)
PROMOTION_STATE = declare(
    "promotion_state",
    Kind.CONFLICT,
    "Promotion {promotion} is {state}; this can be done with one that is {wanted}.",
    "Bring it into that state first, or leave it.",
)
OWN_PROMOTION = declare(
    "own_promotion",
    Kind.FORBIDDEN,
    "Nobody approves a promotion that he wrote himself.",
    "Ask somebody else who may approve.",
)
APPROVAL_NEEDED = declare(
    "approval_needed",
    Kind.CONFLICT,
    "Promotion {promotion} gives more than one person may decide: more than {percent} % or {budget} minor units,"
    " without a stated budget, or below the floor.",
    "Have somebody else approve it, or lower its percentage and state a budget.",
)
PROMOTION_OVER = declare(
    "promotion_over",
    Kind.CONFLICT,
    "The time of promotion {promotion} was over at {until}.",
    "Give it a later valid_until, or a new code.",
)
CODE_ALIKE = declare(
    "code_alike",
    Kind.CONFLICT,
    "{code} could be taken for {other}, which is there already.",
    "Choose a code that cannot be confused: 0 and O, 1, I and L, U and V look alike.",
)
CODE_SCRIPTS = declare(
    "code_scripts",
    Kind.INVALID,
    "{code} mixes Latin letters with others that look like them.",
    "Type it in one script.",
)
PROMOTION_NAME = declare(
    "promotion_name", Kind.INVALID, "A name in English is missing.", "Send 1 to {limit} visible characters."
)
FORM_TOO_LARGE = declare(
    "form_too_large",
    Kind.TOO_LARGE,
    "This is too large: {size}, where {limit} is the most.",
    "Name many goods by a product list, and make several promotions of many conditions.",
)
VALUE_EMPTY = declare("value_empty", Kind.INVALID, "This is not a name.", "Send visible characters, or leave it out.")
FORM_TOO_DEEP = declare(
    "form_too_deep",
    Kind.INVALID,
    "This lies more than {limit} deep.",
    "Write it flatter: all conditions of `when` hold.",
)
NEVER_VALID = declare(
    "never_valid",
    Kind.INVALID,
    "It ends at {until}, which is not after {since}, when it begins.",
    "Send a valid_until after valid_from, or leave one out.",
)
MOMENT_UNCLEAR = declare(
    "moment_unclear",
    Kind.INVALID,
    "{moment} is not a moment that can be used here.",
    "Send a moment from 2000 to 2099 with its offset from UTC.",
)
LIMITS_CROSSED = declare(
    "limits_crossed",
    Kind.INVALID,
    "At least {least} and at most {most} is never both.",
    "Send a lower bound that is not above the upper one.",
)
SELECTS_NOTHING = declare(
    "selects_nothing",
    Kind.INVALID,
    "Nothing in the catalogue meets all of this.",
    "A selector selects what meets every field; name goods in one way, or import them first.",
)
CONDITION_EMPTY = declare(
    "condition_empty",
    Kind.INVALID,
    "This condition names nothing, so it would never mean anything.",
    "Name what it asks for, or leave the condition out.",
)
CONDITIONS_EXCLUDE = declare(
    "conditions_exclude",
    Kind.INVALID,
    "This never holds together with {other}.",
    "All conditions of `when` must hold: join what may be either in one condition, or leave one out.",
)
PERCENT_RANGE = declare(
    "percent_range",
    Kind.INVALID,
    "{percent} is not a percentage that can be used here.",
    "Send more than 0 and at most 100, with at most four decimal places.",
)
NUMBER_RANGE = declare(
    "number_range", Kind.INVALID, "{value} is not possible here.", "Send a number from {least} to {most}."
)
CURRENCY_MISSING = declare(
    "currency_missing",
    Kind.INVALID,
    "The amount at {place} has no currency.",
    "Send the currency of the promotion: an ISO 4217 code such as CNY.",
)
CURRENCY_DIFFERS = declare(
    "currency_differs",
    Kind.INVALID,
    "Channel {channel} sells in {currency}, and the promotion is in {wanted}.",
    "Make a promotion for each currency.",
)
GIFT_CYCLE = declare(
    "gift_cycle",
    Kind.INVALID,
    "What is given leads back to itself: {path}.",
    "Exclude the gift from what it is given for, in one of these promotions.",
)
CUT_UNCLEAR = declare(
    "cut_unclear",
    Kind.INVALID,
    "A cut is exactly one of percent, amount_minor and price_minor.",
    "Send one of the three.",
)
STEPS_UNSORTED = declare(
    "steps_unsorted", Kind.INVALID, "This step does not begin above the one before it.", "Sort the steps by at_least."
)
CLOCK_UNCLEAR = declare(
    "clock_unclear", Kind.INVALID, "{clock} is no time of day.", "Send HH:MM from 00:00 to 24:00, such as 17:30."
)
GIVES_NOTHING = declare(
    "gives_nothing",
    Kind.INVALID,
    "This reward gives nothing.",
    "Send what is given: more points, or more times as many.",
)
LIMIT_WITHOUT_GOODS = declare(
    "limit_without_goods",
    Kind.INVALID,
    "Items cannot be limited: the reward is not about goods.",
    "Limit uses, or the budget.",
)
EXCLUDES_ITSELF = declare(
    "excludes_itself",
    Kind.INVALID,
    "The promotion names itself as one that it does not go together with.",
    "Name others, or their groups.",
)
GIVEN_TWICE = declare("given_twice", Kind.INVALID, "{value} is named twice.", "Name each once.")
REWARD_IMPOSSIBLE = declare(
    "reward_impossible", Kind.INVALID, "This reward cannot be computed.", "Compare it with the examples of the guide."
)
UNKNOWN_PRODUCT = declare(
    "unknown_product", Kind.NOT_FOUND, "There is no product {product}.", "Import it first, or correct its number."
)
UNKNOWN_CATEGORY = declare(
    "unknown_category",
    Kind.NOT_FOUND,
    "No product is in category {category}.",
    "Name the path from the widest on, such as Food/Milk.",
)
UNKNOWN_BRAND = declare(
    "unknown_brand", Kind.NOT_FOUND, "No product is of brand {brand}.", "Write it as the catalogue does."
)
UNKNOWN_LIST = declare(
    "unknown_product_list",
    Kind.NOT_FOUND,
    "There is no product list {name}.",
    "Save the list first, or correct its name.",
)
UNKNOWN_SEGMENT = declare(
    "unknown_segment", Kind.NOT_FOUND, "There is no segment {segment}.", "Save the segment first, or correct its name."
)
UNKNOWN_TIER = declare(
    "unknown_tier", Kind.NOT_FOUND, "No loyalty programme has tier {tier}.", "Use the code of a tier of a programme."
)
UNKNOWN_REGION = declare(
    "unknown_region", Kind.NOT_FOUND, "No node is in region {region}.", "Write it as the nodes do."
)
UNKNOWN_KIND = declare("unknown_channel_kind", Kind.INVALID, "{kind} is no kind of channel.", "Use one of {kinds}.")
LIST_CHANGED = declare(
    "product_list_changed",
    Kind.CONFLICT,
    "Product list {name} is at revision {revision}, not {given}.",
    "Read it as it is now, and change that; a new one needs a name of its own.",
)
