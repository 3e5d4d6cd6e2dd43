"""Reads of quotes that are held."""

from datetime import datetime

import msgspec

from mainstem.domains import pricing
from mainstem.platform.query import Query, Row
from mainstem.processes.checkout.contracts import AskQuote, Quote
from mainstem.processes.checkout.quoting import read_held


class HeldQuote(msgspec.Struct, frozen=True):
    """A quote that is held: what was asked and told. `order` is the order that it became."""

    asked: AskQuote
    quote: Quote
    made_at: datetime
    order: int | None


def held_quote(number: int) -> Query[HeldQuote | None]:
    """The quote with this id; None when there is none."""
    kept = pricing.offering.kept_quotes([number])

    def parse(rows: list[Row]) -> HeldQuote | None:
        found = kept.parse(rows).get(number)
        if found is None:
            return None
        held = read_held(found.form)
        return HeldQuote(held.ask, held.quote, found.made_at, found.used_by)

    return Query(kept.sql, kept.parameters, parse)
