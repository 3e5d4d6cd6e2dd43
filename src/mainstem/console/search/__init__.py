"""The search over everything."""

from mainstem.console.frame import Page
from mainstem.console.search import finding

PAGES: tuple[Page, ...] = (Page("GET", "/search", "signed_in", finding.show),)

__all__ = ["PAGES"]
