"""Checks of the texts that people type."""

from mainstem.domains.catalog import BAD_TEXT, TOO_LONG
from mainstem.domains.loyalty.contracts import TEXT_LENGTH_MAX
from mainstem.kernel.refusals import Refusal, refuse


def bad_text(where: str, text: str) -> Refusal | None:
    """Refuse a text that is too long or cannot be stored."""
    field = where.rpartition("/")[2]
    if len(text) > TEXT_LENGTH_MAX:
        return refuse(TOO_LONG, where, field=field, size=len(text), limit=TEXT_LENGTH_MAX)
    return refuse(BAD_TEXT, where, field=field) if "\x00" in text else None
