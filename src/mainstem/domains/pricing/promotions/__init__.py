"""Promotions: data that says when something costs less, and by how much."""
