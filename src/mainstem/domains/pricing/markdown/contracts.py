"""What markdown is told and answers, and why it turns something down."""

from datetime import datetime
from typing import Literal

import msgspec

from mainstem.domains.pricing.lists.contracts import Expected
from mainstem.domains.pricing.markdown.form import MarkdownRule
from mainstem.kernel.refusals import Kind, declare

BatchState = Literal["waiting", "in_force", "declined"]
Skip = Literal["no_price", "no_cost", "bounds", "not_due", "no_change", "other_rule", "by_hand"]
"""Why nothing is proposed for a SKU: it has no price; no cost, which the margin needs; the bounds exclude each other or
leave no reduction; nothing of the rule applies to it; it is so already; another rule decides; it was set by hand."""

CHANGES_MAX = 20_000
"""Price changes of one batch, and SKUs that one rule looks at."""


class SaveMarkdownRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Create or replace the rule with the code in the form."""

    rule: MarkdownRule
    expected_revision: Expected = msgspec.UNSET


class MarkdownRuleSaved(msgspec.Struct, frozen=True):
    """The rule and its revision now."""

    id: int
    revision: int
    created: bool
    changed: bool


class MarkdownRuleView(msgspec.Struct, frozen=True):
    """A rule as it is now, and who changed it last."""

    id: int
    revision: int
    rule: MarkdownRule
    actor: int
    updated_at: datetime


class PriceChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A price to come into force with a batch, until a moment or the next price; None: the list has no price."""

    sku: str
    amount_minor: int | None
    valid_until: datetime | None = None


class ProposePriceBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Propose price changes of a list: those given, or what a rule would change now.

    They come into force together at `effective_at` (default: when they are approved) or, where that is past by then, at
    the moment of approval. What is given by hand needs a second person; what a rule proposes needs one where a price
    changes by more than the rule's `approval_above_percent`, and is in force at once elsewhere.
    """

    price_list: str | None = None
    changes: tuple[PriceChange, ...] = ()
    rule: str | None = None
    effective_at: datetime | None = None
    note: str = ""


class DecidePriceBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Approve or decline a batch that waits. Who proposed it can take it back, not approve it."""

    batch: int
    approve: bool


class PriceBatchDecided(msgspec.Struct, frozen=True):
    """A batch as it is now; `id` None: there was nothing to change."""

    id: int | None
    state: BatchState | None
    lines: int
    change_max_millionths: int = 0


class PriceBatchView(msgspec.Struct, frozen=True):
    """A batch: what it changes, who proposed it and who decided."""

    id: int
    price_list: str
    state: BatchState
    effective_at: datetime
    note: str
    rule: str
    lines: int
    change_max_millionths: int
    actor: int
    created_at: datetime
    decided_by: int | None
    decided_at: datetime | None


class RecordCompetitorPrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a competitor was seen to ask for a unit of a SKU, at a moment (default: now)."""

    sku: str
    competitor: str
    currency: str
    amount_minor: int
    observed_at: datetime | None = None
    source: str = ""


class CompetitorPriceRecorded(msgspec.Struct, frozen=True):
    """The id of what was recorded."""

    id: int


class RuleRecorded(msgspec.Struct, frozen=True):
    """Payload of `pricing.markdown_rule_saved` (subject: the rule): the rule as it is now."""

    revision: int
    rule: MarkdownRule


class BatchRecorded(msgspec.Struct, frozen=True):
    """Payload of `pricing.price_batch_proposed`, `_in_force` and `_declined` (subject: the batch)."""

    price_list: str
    rule: str
    lines: int
    effective_at: datetime
    change_max_millionths: int


UNKNOWN_RULE = declare(
    "unknown_markdown_rule",
    Kind.NOT_FOUND,
    "There is no markdown rule {rule}.",
    "Create the rule first, or correct its code.",
)
BAD_RULE = declare(
    "bad_markdown_rule",
    Kind.INVALID,
    "The rule cannot be used: {detail}.",
    "Correct it as the message says.",
)
LIST_NOT_PUBLIC = declare(
    "price_list_not_public",
    Kind.INVALID,
    "Price list {list} is of kind {kind}; markdown is for everybody.",
    "Use a list of a node, region or channel, or a general one.",
)
RULE_LIST_FIXED = declare(
    "markdown_rule_list_fixed",
    Kind.CONFLICT,
    "Rule {rule} is for price list {list} for good.",
    "Create another rule.",
)
TOO_MANY_GOODS = declare(
    "too_many_goods",
    Kind.TOO_LARGE,
    "Rule {rule} selects more than {limit} SKUs.",
    "Narrow what it selects, by category or brand.",
)
NO_CHANGES = declare(
    "no_changes", Kind.INVALID, "The batch changes nothing.", "Send price changes of a list, or name a rule."
)
SKU_TWICE_IN_BATCH = declare(
    "sku_twice_in_batch", Kind.INVALID, "SKU {sku} is in the batch twice.", "Name each SKU once."
)
UNKNOWN_BATCH = declare(
    "unknown_price_batch", Kind.NOT_FOUND, "There is no price batch {batch}.", "Check the identifier."
)
BATCH_DECIDED = declare(
    "price_batch_decided",
    Kind.CONFLICT,
    "Price batch {batch} has been decided already.",
    "Read it to see how it ended.",
)
OWN_BATCH = declare(
    "own_price_batch",
    Kind.FORBIDDEN,
    "Price batch {batch} was proposed by you.",
    "Ask a second person to approve it.",
)
BATCH_STALE = declare(
    "price_batch_stale",
    Kind.CONFLICT,
    "{count} prices of batch {batch} are other than when it was proposed.",
    "Decline it and propose it again.",
)
BATCH_OVER = declare(
    "price_batch_over",
    Kind.CONFLICT,
    "All that batch {batch} would change has ended by now.",
    "Decline it and propose it again.",
)
FUTURE_OBSERVATION = declare(
    "future_observation",
    Kind.INVALID,
    "{moment} is in the future.",
    "Send the moment at which the price was seen.",
)
