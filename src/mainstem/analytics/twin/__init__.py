"""The twin: a span of history, replayed through the real quote function under other promotions and prices."""

from mainstem.analytics.twin.asking import ASK_TWIN, JOBS, Note, TwinAsked, replayed
from mainstem.analytics.twin.contracts import (
    Conflict,
    CustomerEffect,
    Draft,
    PriceDraft,
    PromotionEffect,
    RunOut,
    Sums,
    TwinResult,
)
from mainstem.analytics.twin.running import replay
from mainstem.analytics.twin.span import LINE_COLUMNS, Place, SpanWriter, Through, World, read_promotions
from mainstem.analytics.twin.store import State, TwinAsk, TwinHead, TwinView, find, heads

__all__ = [
    "ASK_TWIN",
    "JOBS",
    "LINE_COLUMNS",
    "Conflict",
    "CustomerEffect",
    "Draft",
    "Note",
    "Place",
    "PriceDraft",
    "PromotionEffect",
    "RunOut",
    "SpanWriter",
    "State",
    "Sums",
    "Through",
    "TwinAsk",
    "TwinAsked",
    "TwinHead",
    "TwinResult",
    "TwinView",
    "World",
    "find",
    "heads",
    "read_promotions",
    "replay",
    "replayed",
]
