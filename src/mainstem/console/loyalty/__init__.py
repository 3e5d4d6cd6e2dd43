"""Loyalty: programmes, members and their points, adjustments, gift cards and store credit, liability."""

from mainstem.console.frame import Page
from mainstem.console.loyalty import (
    acting,
    adjustments,
    card,
    cards,
    issuing,
    liability,
    member,
    members,
    programme_editing,
    programmes,
    tab,
)
from mainstem.platform.access.permissions import (
    CUSTOMERS_READ,
    DATA_EXPORT,
    GIFTCARDS_WRITE,
    LOYALTY_APPROVE,
    LOYALTY_READ,
    LOYALTY_WRITE,
    REPORTS_READ,
)

_MEMBER = "/members/{member:str}"
_CARD = "/gift-cards/{card:int}"
_TAB = "/customers/{customer:int}/loyalty"

PAGES: tuple[Page, ...] = (
    Page("GET", "/programmes", LOYALTY_READ, programmes.listed, nav="members"),
    Page("GET", "/programmes/new", LOYALTY_WRITE, programme_editing.begin, nav="members"),
    Page("POST", "/programmes/new", LOYALTY_WRITE, programme_editing.save, nav="members"),
    Page("POST", "/programmes/draft", LOYALTY_WRITE, programme_editing.redraw, nav="members"),
    Page("GET", "/programmes/{programme:str}", LOYALTY_READ, programmes.show, nav="members"),
    Page("GET", "/programmes/{programme:str}/edit", LOYALTY_WRITE, programme_editing.edit, nav="members"),
    Page("POST", "/programmes/{programme:str}/edit", LOYALTY_WRITE, programme_editing.save, nav="members"),
    Page("GET", "/members", LOYALTY_READ, members.listed, nav="members"),
    Page("GET", _MEMBER, LOYALTY_READ, member.show, nav="members"),
    Page("GET", f"{_MEMBER}/adjust", LOYALTY_WRITE, acting.adjusting, nav="members"),
    Page("POST", f"{_MEMBER}/adjust", LOYALTY_WRITE, acting.adjust, nav="members"),
    Page("GET", f"{_MEMBER}/transfer", LOYALTY_WRITE, acting.transferring, nav="members"),
    Page("POST", f"{_MEMBER}/transfer", LOYALTY_WRITE, acting.transfer, nav="members"),
    Page("POST", f"{_MEMBER}/benefits", LOYALTY_WRITE, acting.grant, nav="members"),
    Page("POST", f"{_MEMBER}/benefits/use", LOYALTY_WRITE, acting.use, nav="members"),
    Page("POST", f"{_MEMBER}/rewards", LOYALTY_WRITE, acting.reward, nav="members"),
    Page("POST", f"{_MEMBER}/pool", LOYALTY_WRITE, acting.join, nav="members"),
    Page("POST", f"{_MEMBER}/pool/leave", LOYALTY_WRITE, acting.leave, nav="members"),
    Page("GET", "/adjustments", LOYALTY_READ, adjustments.listed, nav="members"),
    Page("POST", "/adjustments/{adjustment:int}", LOYALTY_APPROVE, adjustments.decide, nav="members"),
    Page("GET", "/gift-cards", LOYALTY_READ, cards.listed, nav="gift-cards"),
    Page("POST", "/gift-cards/find", LOYALTY_READ, cards.find, nav="gift-cards"),
    Page("GET", "/gift-cards/issue", GIFTCARDS_WRITE, issuing.begin, nav="gift-cards"),
    Page("POST", "/gift-cards/issue", GIFTCARDS_WRITE, issuing.issue, nav="gift-cards"),
    Page("GET", _CARD, LOYALTY_READ, card.show, nav="gift-cards"),
    Page("POST", f"{_CARD}/activate", GIFTCARDS_WRITE, card.activate, nav="gift-cards"),
    Page("POST", f"{_CARD}/load", GIFTCARDS_WRITE, card.load, nav="gift-cards"),
    Page("GET", f"{_CARD}/freeze", GIFTCARDS_WRITE, card.freezing, nav="gift-cards"),
    Page("POST", f"{_CARD}/freeze", GIFTCARDS_WRITE, card.freeze, nav="gift-cards"),
    Page("POST", f"{_CARD}/refund", GIFTCARDS_WRITE, card.refund, nav="gift-cards"),
    Page("GET", "/liability", REPORTS_READ, liability.show, nav="liability"),
    Page("GET", "/liability/download", DATA_EXPORT, liability.export, nav="liability"),
    Page("GET", _TAB, CUSTOMERS_READ, tab.show, nav="customers"),
    Page("POST", f"{_TAB}/enrol", LOYALTY_WRITE, tab.enrol, nav="customers"),
    Page("GET", f"{_TAB}/credit", GIFTCARDS_WRITE, tab.crediting, nav="customers"),
    Page("POST", f"{_TAB}/credit", GIFTCARDS_WRITE, tab.credit, nav="customers"),
)
"""The pages of the room."""
