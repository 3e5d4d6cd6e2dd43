"""Batch resolution: which rows of a file are one person. `resolve` is the whole; see docs/resolve.md."""

from mainstem.analytics.identity.clustering import Constraints, clustered
from mainstem.analytics.identity.contracts import (
    ENGINE_MISSING,
    ENGINE_SILENT,
    FILE_UNREADABLE,
    MAPPING_UNUSABLE,
    NOTHING_TO_COMPARE,
    TRUTH_UNKNOWN,
    Quality,
    Resolution,
    ResolveOptions,
)
from mainstem.analytics.identity.evaluation import quality
from mainstem.analytics.identity.resolving import resolve

__all__ = [
    "ENGINE_MISSING",
    "ENGINE_SILENT",
    "FILE_UNREADABLE",
    "MAPPING_UNUSABLE",
    "NOTHING_TO_COMPARE",
    "TRUTH_UNKNOWN",
    "Constraints",
    "Quality",
    "Resolution",
    "ResolveOptions",
    "clustered",
    "quality",
    "resolve",
]
