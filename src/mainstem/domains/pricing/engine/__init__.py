"""The quote engine, pure: a basket and compiled promotions in, every price out, with the reason of every cent."""

from mainstem.domains.pricing.engine.book import Book, compile_book
from mainstem.domains.pricing.engine.quoting import quote
from mainstem.domains.pricing.engine.selecting import selects

__all__ = ["Book", "compile_book", "quote", "selects"]
