"""What the whole room refuses, and where on the ledger points and money come from and go to."""

from mainstem.kernel.refusals import Kind, declare

ISSUED, USED, EXPIRED, TAKEN_BACK, RELEASED, ADJUSTED = -30, -31, -32, -33, -34, -35
"""The outside world of points and benefits. What leaves to RELEASED comes back from it as another asset."""

PAID_IN, PAID_WITH, CARD_EXPIRED, REFUNDED = -40, -41, -42, -43
"""The outside world of stored money."""

POINTS_MAX = 1_000_000_000
"""Points of one movement."""

TEXT_LENGTH_MAX = 300
"""Characters of a reason, a note, a reference."""

POOL_MEMBERS_MAX = 12
"""Members of one pool, whatever a programme allows."""

UNKNOWN_PROGRAMME = declare(
    "unknown_programme", Kind.NOT_FOUND, "There is no programme {programme}.", "Use the code of a programme."
)
PROGRAMME_CHANGED = declare(
    "programme_changed",
    Kind.CONFLICT,
    "Programme {programme} has changed meanwhile: its revision is {revision}.",
    "Read it as it is now, and change that.",
)
OUT_OF_RANGE = declare(
    "out_of_range", Kind.INVALID, "{value} is not possible here.", "Send a value from {least} to {most}."
)
NAMED_TWICE = declare("named_twice", Kind.INVALID, "{code} is named twice.", "Give each its own code.")
NOT_IN_PROGRAMME = declare(
    "not_in_programme",
    Kind.INVALID,
    "The programme has no {code} of that kind.",
    "Name what the programme has, or add it there first.",
)
NAME_NEEDED = declare("name_needed", Kind.INVALID, "A name in English is missing.", "Send one of 1 to {limit} letters.")
TIERS_UNSORTED = declare(
    "tiers_unsorted",
    Kind.INVALID,
    "Tier {tier} does not begin above the one before it.",
    "Sort the tiers by what they ask for, each more than the last.",
)
CURRENCY_FIXED = declare(
    "currency_fixed",
    Kind.CONFLICT,
    "Programme {programme} counts in {currency}, and that cannot change.",
    "Make another programme for another currency.",
)
UNKNOWN_MEMBER = declare(
    "unknown_member", Kind.NOT_FOUND, "Nobody is member {member}.", "Check the number, or enrol the customer first."
)
UNKNOWN_CUSTOMER = declare(
    "unknown_customer", Kind.NOT_FOUND, "There is no customer {customer}.", "Use an id that the customers room gave."
)
NOT_A_MEMBER = declare(
    "not_a_member",
    Kind.CONFLICT,
    "The customer is no member of programme {programme}.",
    "Enrol the customer first.",
)
POINTS_MISSING = declare(
    "points_missing",
    Kind.CONFLICT,
    "{points} points are wanted and {available} are there.",
    "Use at most what is there.",
)
BAD_POINTS = declare(
    "bad_points",
    Kind.INVALID,
    "{points} points cannot be used here.",
    "Send from {least} to {most} points, in steps of {step}.",
)
NOT_BURNABLE = declare(
    "not_burnable",
    Kind.CONFLICT,
    "Programme {programme} does not take points for money.",
    "Pay with another tender.",
)
WRONG_TENDER_CURRENCY = declare(
    "wrong_tender_currency",
    Kind.CONFLICT,
    "This is worth {currency}, and the order is in {wanted}.",
    "Use a tender in the currency of the order.",
)
UNKNOWN_ACTION = declare(
    "unknown_action",
    Kind.NOT_FOUND,
    "Programme {programme} gives nothing for {action}.",
    "Use an action that one of its rules names.",
)
UNKNOWN_REWARD = declare(
    "unknown_reward", Kind.NOT_FOUND, "The catalogue has no reward {reward}.", "Use the code of a reward."
)
UNKNOWN_BENEFIT = declare(
    "unknown_benefit", Kind.NOT_FOUND, "The programme has no benefit {benefit}.", "Use the code of a benefit."
)
BENEFIT_USED_UP = declare(
    "benefit_used_up",
    Kind.CONFLICT,
    "{left} of {benefit} are left.",
    "Nothing can be done until more are granted.",
)
BENEFIT_GRANTED = declare(
    "benefit_granted",
    Kind.CONFLICT,
    "{benefit} was granted for {period} already.",
    "Nothing is left to do; another period may be granted.",
)
REASON_MISSING = declare(
    "adjustment_reason_missing", Kind.INVALID, "An adjustment needs a reason.", "Say why, in a few words."
)
UNKNOWN_ADJUSTMENT = declare(
    "unknown_adjustment", Kind.NOT_FOUND, "There is no adjustment {adjustment}.", "Check the identifier."
)
ADJUSTMENT_DECIDED = declare(
    "adjustment_decided", Kind.CONFLICT, "Adjustment {adjustment} is decided already.", "Nothing is left to do."
)
OWN_ADJUSTMENT = declare(
    "own_adjustment",
    Kind.FORBIDDEN,
    "Nobody approves his own adjustment.",
    "Ask somebody else who may approve.",
)
TRANSFER_APART = declare(
    "transfer_apart",
    Kind.CONFLICT,
    "The two members are neither one customer nor of one pool or household.",
    "Points move within a household only.",
)
TRANSFER_LIMIT = declare(
    "transfer_limit",
    Kind.CONFLICT,
    "{left} points may still be transferred today.",
    "Transfer less, or wait until tomorrow.",
)
ANOTHER_PROGRAMME = declare(
    "another_programme",
    Kind.CONFLICT,
    "The members are of different programmes.",
    "Name members of one programme.",
)
POOL_TOO_LARGE = declare(
    "pool_too_large", Kind.CONFLICT, "A pool of this programme has up to {most} members.", "Name fewer."
)
POOLED_ALREADY = declare(
    "pooled_already", Kind.CONFLICT, "Member {member} is in another pool.", "Have it leave that one first."
)
POOL_APART = declare(
    "pool_apart",
    Kind.CONFLICT,
    "Member {member} is not of the same household.",
    "Say in the customers room that they live together, and try again.",
)
NOT_POOLED = declare("not_pooled", Kind.CONFLICT, "Member {member} is in no pool.", "Nothing is left to do.")
REFERRAL_OFF = declare(
    "referral_off", Kind.CONFLICT, "Programme {programme} rewards nobody for bringing others.", "Enrol without it."
)
REFERRAL_SELF = declare(
    "referral_self", Kind.CONFLICT, "Nobody brings himself.", "Enrol without naming who brought the member."
)
REFERRAL_HOUSEHOLD = declare(
    "referral_household",
    Kind.CONFLICT,
    "The two live in one household.",
    "Enrol without naming who brought the member.",
)
REFERRAL_DEVICE = declare(
    "referral_device",
    Kind.CONFLICT,
    "Too many members came from this device.",
    "Enrol without naming who brought the member.",
)
REFERRAL_LIMIT = declare(
    "referral_limit",
    Kind.CONFLICT,
    "This member has brought as many as count.",
    "Enrol without naming who brought the member.",
)
ENROLLED_ALREADY = declare(
    "enrolled_already",
    Kind.CONFLICT,
    "The customer is a member already; nobody can be said to have brought him now.",
    "Enrol without naming who brought the member.",
)
