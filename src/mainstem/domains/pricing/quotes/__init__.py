"""Quotes: a basket in, every price of it out, with the reason of every cent."""
