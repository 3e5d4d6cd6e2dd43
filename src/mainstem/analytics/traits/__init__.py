"""Batch traits: what takes all customers and all that they bought to compute, once a day."""

from mainstem.analytics.traits.job import JOBS, compute_batch_traits

__all__ = ["JOBS", "compute_batch_traits"]
