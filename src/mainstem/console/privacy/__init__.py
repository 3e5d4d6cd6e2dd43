"""A customer's own privacy page: public, behind a link and a code that is used once."""

from mainstem.console.frame import Page
from mainstem.console.privacy import acting, opening

PAGES: tuple[Page, ...] = (
    Page("GET", "/privacy/{token:str}", "public", opening.show),
    Page("POST", "/privacy/{token:str}", "public", opening.enter),
    Page("POST", "/privacy/{token:str}/purpose", "public", acting.switch),
    Page("POST", "/privacy/{token:str}/request", "public", acting.ask_for),
    Page("POST", "/privacy/{token:str}/withdrawal", "public", acting.withdraw),
    Page("POST", "/privacy/{token:str}/copy", "public", acting.take_copy),
    Page("POST", "/privacy/{token:str}/close", "public", acting.close),
)

__all__ = ["PAGES"]
