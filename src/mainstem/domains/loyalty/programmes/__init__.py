"""Programmes: their form, what can be wrong with it, and how it is kept."""
