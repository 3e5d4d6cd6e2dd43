"""Simulated live traffic: past baskets come again as orders from three channels, against the same stock."""

from mainstem.connectors.simulator.traffic import ORDERS_PER_SECOND, simulate

__all__ = ["ORDERS_PER_SECOND", "simulate"]
