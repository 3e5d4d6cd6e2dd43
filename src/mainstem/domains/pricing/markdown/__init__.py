"""Markdown: rules and schedules that propose prices, their approval, and what labels on shelves say."""

from mainstem.domains.pricing.markdown.batches import DECIDE_PRICE_BATCH, PROPOSE_PRICE_BATCH
from mainstem.domains.pricing.markdown.checks import CHECKS
from mainstem.domains.pricing.markdown.competitors import (
    RECORD_COMPETITOR_PRICE,
    CompetitorPriceView,
    competitor_prices,
)
from mainstem.domains.pricing.markdown.contracts import (
    UNKNOWN_BATCH,
    UNKNOWN_RULE,
    BatchState,
    CompetitorPriceRecorded,
    DecidePriceBatch,
    MarkdownRuleSaved,
    MarkdownRuleView,
    PriceBatchDecided,
    PriceBatchView,
    PriceChange,
    ProposePriceBatch,
    RecordCompetitorPrice,
    SaveMarkdownRule,
)
from mainstem.domains.pricing.markdown.evaluating import Evaluation, evaluate
from mainstem.domains.pricing.markdown.form import MarkdownRule, Why
from mainstem.domains.pricing.markdown.jobs import JOBS, run_rules
from mainstem.domains.pricing.markdown.labels import Label, Shelf, changed, horizon, labels
from mainstem.domains.pricing.markdown.queries import (
    BatchLine,
    find_price_batch,
    markdown_rules,
    price_batch_lines,
    price_batches,
)
from mainstem.domains.pricing.markdown.rules import SAVE_MARKDOWN_RULE
from mainstem.domains.pricing.markdown.store import rules

OPERATIONS = (SAVE_MARKDOWN_RULE, PROPOSE_PRICE_BATCH, DECIDE_PRICE_BATCH, RECORD_COMPETITOR_PRICE)
"""Every operation of markdown."""

__all__ = [
    "CHECKS",
    "DECIDE_PRICE_BATCH",
    "JOBS",
    "OPERATIONS",
    "PROPOSE_PRICE_BATCH",
    "RECORD_COMPETITOR_PRICE",
    "SAVE_MARKDOWN_RULE",
    "UNKNOWN_BATCH",
    "UNKNOWN_RULE",
    "BatchLine",
    "BatchState",
    "CompetitorPriceRecorded",
    "CompetitorPriceView",
    "DecidePriceBatch",
    "Evaluation",
    "Label",
    "MarkdownRule",
    "MarkdownRuleSaved",
    "MarkdownRuleView",
    "PriceBatchDecided",
    "PriceBatchView",
    "PriceChange",
    "ProposePriceBatch",
    "RecordCompetitorPrice",
    "SaveMarkdownRule",
    "Shelf",
    "Why",
    "changed",
    "competitor_prices",
    "evaluate",
    "find_price_batch",
    "horizon",
    "labels",
    "markdown_rules",
    "price_batch_lines",
    "price_batches",
    "rules",
    "run_rules",
]
