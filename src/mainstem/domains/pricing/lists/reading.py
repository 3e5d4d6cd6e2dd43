"""What a command means, or why it is refused: checks that price lists, taxes and guards share."""

from datetime import UTC, datetime

from mainstem.domains.catalog import BAD_CODE, BAD_TEXT, TOO_LONG, UNKNOWN_CURRENCY
from mainstem.domains.pricing.contracts import BAD_AMOUNT, BAD_VALIDITY
from mainstem.domains.pricing.lists.contracts import BAD_SPAN
from mainstem.domains.pricing.promotions.form import Text
from mainstem.domains.pricing.rules import DERIVED_LENGTH_MAX, SHOWN_LENGTH_MAX, VALID_BEFORE
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.moments import EARLIEST
from mainstem.kernel.money import AMOUNT_MINOR_MAX, CURRENCIES
from mainstem.kernel.refusals import Refusal, refuse

NAME_LENGTH_MAX = 200


def bad_code(where: str, code: str) -> Refusal | None:
    """The refusal of what cannot be a code."""
    return None if is_code(code) else refuse(BAD_CODE, where, code=code[:SHOWN_LENGTH_MAX])


def bad_text(where: str, text: str, limit: int = DERIVED_LENGTH_MAX) -> Refusal | None:
    """The refusal of a text that is too long or cannot be stored."""
    field = where.rpartition("/")[2]
    if len(text) > limit:
        return refuse(TOO_LONG, where, field=field, size=len(text), limit=limit)
    return refuse(BAD_TEXT, where, field=field) if "\x00" in text else None


def bad_names(where: str, text: Text) -> Refusal | None:
    """The refusal of a text in two languages."""
    return bad_text(f"{where}/en", text.en, NAME_LENGTH_MAX) or bad_text(f"{where}/zh", text.zh, NAME_LENGTH_MAX)


def bad_currency(currency: str) -> Refusal | None:
    """The refusal of what is no currency."""
    return (
        None if currency in CURRENCIES else refuse(UNKNOWN_CURRENCY, "/currency", currency=currency[:SHOWN_LENGTH_MAX])
    )


def bad_amount(amount_minor: int | None, where: str = "/amount_minor") -> Refusal | None:
    """The refusal of an amount below zero or absurd; None is an amount that is taken away."""
    if amount_minor is None or 0 <= amount_minor <= AMOUNT_MINOR_MAX:
        return None
    return refuse(BAD_AMOUNT, where, amount=amount_minor, least=0, most=AMOUNT_MINOR_MAX)


def bad_span(start: datetime | None, end: datetime | None) -> Refusal | None:
    """The refusal of a time that cannot be, or ends before it begins."""
    for where, moment in (("/valid_from", start), ("/valid_until", end)):
        if moment is not None and (moment.tzinfo is None or not EARLIEST <= moment < VALID_BEFORE):
            return refuse(BAD_VALIDITY, where, moment=moment.isoformat())
    if start is not None and end is not None and end <= start:
        return refuse(BAD_SPAN, "/valid_until", until=end.isoformat(), start=start.isoformat())
    return None


def span_of(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime | None] | Refusal:
    """From when until when in UTC, beginning now when no beginning is given."""
    begins = now if start is None else start
    refusal = bad_span(begins, end)
    if refusal is not None:
        return refusal
    return begins.astimezone(UTC), None if end is None else end.astimezone(UTC)
