"""Households: customers who live or pay together. Another graph than identity: it merges nobody."""
