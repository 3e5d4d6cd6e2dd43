"""What coupons are told, answer and refuse."""

from datetime import datetime
from typing import Literal

import msgspec

from mainstem.domains.pricing.promotions.form import Text
from mainstem.kernel.refusals import Kind, declare

BatchKind = Literal["unique", "personal", "public"]
Origin = Literal["claimed", "issued", "shown"]
CouponState = Literal["ready", "ahead", "held", "used", "expired", "stopped"]

COUNT_MAX = 10_000_000
"""Coupons of one batch."""

TRIES_MAX, FORGOTTEN_SECONDS = 10, 900
"""Wrong codes of one asker, after which he waits, and how long."""

CLAIMS_PER_DAY_MAX = 50
"""Coupons that a customer may claim within 24 hours, of all batches."""

PUBLIC_LENGTH_MIN, PUBLIC_LENGTH_MAX = 3, 15
"""Letters of a public code; a unique one has 16."""

LIFE_DAYS_MAX = 3_650
USES_MAX = 1_000_000


class SaveCouponBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Make a batch of coupons for a promotion (revision 0), or change the revision of it that was read.

    `unique`: `count` codes, each valid without being written anywhere. `personal`: issued to customers one by one.
    `public`: one code for everybody, `public_code`; `count` customers may put it into their wallets. A coupon is used
    `uses_per_code` times (a public code `uses_total` times, null: without end), and coupons of the batch
    `uses_per_customer` times by one customer. `life_days`: how long it lives once it is claimed or issued.
    What the batch is (promotion, kind, public code) never changes, and its count only grows.
    """

    code: str
    name: Text
    promotion: str
    kind: BatchKind
    count: int = 0
    public_code: str = ""
    uses_total: int | None = None
    uses_per_code: int = 1
    uses_per_customer: int | None = None
    claims_per_customer: int = 1
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    life_days: int | None = None
    transferable: bool = False
    revision: int = 0


class StopCouponBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let no coupon of a batch be used or claimed any more, or let them again (`stopped` false)."""

    batch: str
    stopped: bool
    note: str = ""


class IssueCoupon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give a customer a coupon of a batch of personal ones."""

    batch: str
    customer: int
    note: str = ""


class ClaimCoupon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Put the coupon of a code into a customer's wallet; from now on it is his. `asker` names who types the code."""

    code: str
    customer: int
    asker: str = ""


class TransferCoupon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give a coupon of a customer to another, where its batch allows that and nothing of it is used or held."""

    coupon: int
    customer: int
    to: int


class CheckCoupon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ask whether a code could be used now, by a customer where one is known. Wrong codes count like in a claim."""

    code: str
    asker: str
    customer: int | None = None


class BatchSaved(msgspec.Struct, frozen=True):
    """The batch as it is now."""

    id: int
    code: str
    state: Literal["active", "stopped"]
    revision: int


class CouponHad(msgspec.Struct, frozen=True):
    """A coupon that a customer has from now on."""

    coupon: int
    batch: str
    promotion: str
    customer: int
    expires_at: datetime | None


class CouponChecked(msgspec.Struct, frozen=True):
    """A code that could be used now, and how often."""

    batch: str
    promotion: str
    name: Text
    expires_at: datetime | None
    uses_left: int | None


class BatchMoved(msgspec.Struct, frozen=True):
    """Payload of `pricing.coupon_batch_saved` and `…_stopped` (subject: the batch)."""

    code: str
    promotion: str
    revision: int
    stopped: bool = False
    note: str = ""


class CouponMoved(msgspec.Struct, frozen=True):
    """Payload of `pricing.coupon_issued`, `…_claimed`, `…_transferred` (subject: the coupon); never a code."""

    batch: int
    number: int
    record: int
    before: int | None = None
    note: str = ""


UNKNOWN_BATCH = declare(
    "unknown_coupon_batch", Kind.NOT_FOUND, "There is no batch of coupons {batch}.", "Use the code of a batch."
)
BATCH_CHANGED = declare(
    "coupon_batch_changed",
    Kind.CONFLICT,
    "Batch {batch} is at revision {revision}, not {given}.",
    "Read it as it is now, and change that; a new one needs a code of its own.",
)
BATCH_FIXED = declare(
    "coupon_batch_fixed",
    Kind.CONFLICT,
    "Promotion, kind and public code of batch {batch} stay, and its count does not shrink.",
    "Stop it, and make another batch.",
)
BATCH_UNFIT = declare(
    "coupon_batch_unfit",
    Kind.INVALID,
    "{value} is not possible here.",
    "Send a number from {least} to {most}.",
)
BATCH_WITHOUT_COUPON = declare(
    "promotion_without_coupon",
    Kind.CONFLICT,
    "Promotion {promotion} applies without a coupon.",
    "Save it with `coupon` true first.",
)
BATCHES_FULL = declare(
    "coupon_batches_full", Kind.CONFLICT, "There are as many batches as codes can name.", "Use a batch that is there."
)
PUBLIC_CODE = declare(
    "public_code",
    Kind.INVALID,
    "{code} cannot be a public code.",
    "Use {least} to {most} letters and digits, of one script; only public batches have one.",
)
PUBLIC_CODE_ALIKE = declare(
    "public_code_alike",
    Kind.CONFLICT,
    "{code} could be taken for the public code {other}.",
    "Choose a code that cannot be confused: 0 and O, 1, I and L, U and V look alike.",
)
COUPON_LIFE = declare(
    "coupon_life",
    Kind.INVALID,
    "Coupons of this batch would end at {until}, not after {since}, when they begin.",
    "Send a valid_until after valid_from, both from 2000 to 2099 with their offset from UTC, or leave one out.",
)
UNKNOWN_COUPON = declare(
    "unknown_coupon",
    Kind.NOT_FOUND,
    "There is no such coupon.",
    "Check the code: 0 and O, 1, I and L, U and V are read as the same.",
)
COUPON_TRIES = declare(
    "coupon_tries",
    Kind.CONFLICT,
    "There were too many wrong codes from here.",
    "Wait {minutes} minutes. Others can use their coupons meanwhile.",
)
COUPON_STOPPED = declare("coupon_stopped", Kind.CONFLICT, "This coupon was withdrawn.", "Use another one.")
COUPON_AHEAD = declare(
    "coupon_ahead", Kind.CONFLICT, "This coupon can be used from {since} on.", "Use it then, or use another one."
)
COUPON_EXPIRED = declare("coupon_expired", Kind.CONFLICT, "This coupon expired at {until}.", "Use another one.")
COUPON_IDLE = declare(
    "coupon_idle",
    Kind.CONFLICT,
    "The promotion {promotion} of this coupon is not running.",
    "Use it when it runs, or use another one.",
)
COUPON_USED = declare(
    "coupon_used",
    Kind.CONFLICT,
    "This coupon was used, or is held by an order.",
    "Use another one, or cancel the order that holds it.",
)
COUPON_OTHERS = declare(
    "coupon_others",
    Kind.CONFLICT,
    "This coupon is in somebody else's wallet.",
    "Its owner can use it, or give it away where that is allowed.",
)
COUPON_CUSTOMER = declare(
    "coupon_customer",
    Kind.CONFLICT,
    "This coupon is for customers who are known.",
    "Say who the customer is.",
)
COUPON_CLAIMED = declare(
    "coupon_claimed",
    Kind.CONFLICT,
    "The customer has claimed as many coupons of this batch as he may.",
    "Nothing is left to do; those that he has are in his wallet.",
)
CLAIMS_TODAY = declare(
    "coupon_claims_today",
    Kind.CONFLICT,
    "The customer has claimed {claims} coupons within a day.",
    "Claim more tomorrow.",
)
BATCH_EMPTY = declare(
    "coupon_batch_empty",
    Kind.CONFLICT,
    "All coupons of batch {batch} are given out.",
    "Let the batch grow, or use another.",
)
NOT_CLAIMED = declare(
    "coupon_not_claimed",
    Kind.INVALID,
    "Coupons of batch {batch} are issued, not claimed.",
    "Issue one to the customer.",
)
NOT_ISSUED = declare(
    "coupon_not_issued",
    Kind.INVALID,
    "Coupons of batch {batch} are not issued to customers.",
    "Use a batch of personal coupons.",
)
NOT_TRANSFERABLE = declare(
    "coupon_not_transferable", Kind.CONFLICT, "Coupons of batch {batch} cannot be given away.", "Its owner can use it."
)
COUPON_CUSTOMER_UNKNOWN = declare(
    "coupon_customer_unknown",
    Kind.NOT_FOUND,
    "There is no customer {customer}.",
    "Use an id that the customers room gave.",
)
