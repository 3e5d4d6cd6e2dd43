"""The book of live promotions, compiled once a process and change, and never asked for twice."""

import asyncio
from datetime import datetime
from typing import Any

import msgspec

from mainstem.domains.pricing.engine import Book, compile_book
from mainstem.domains.pricing.promotions.form import Limits, Promotion
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask
from mainstem.platform.work import Work

_decode = msgspec.json.Decoder(Promotion).decode

# One statement: the number and what it stands for are of one state.
_LIVE = """
select v.version, p.id, p.items, p.budget, p.form
from pricing.book_version as v left join pricing.promotion as p on p.state = 'live' order by p.code
"""


class Counted(msgspec.Struct, frozen=True, gc=False):
    """A live promotion as its limits are counted: `id` is the asset of its uses and a place, the others are assets."""

    id: int
    items: int
    budget: int
    code: str
    limits: Limits

    @property
    def limited(self) -> bool:
        """Whether anything of it is counted over orders."""
        return any(
            getattr(self.limits, name) is not None
            for name in self.limits.__struct_fields__
            if name != "items_per_order"
        )


class LiveBook(msgspec.Struct, frozen=True):
    """What is live: compiled, and as its limits are counted, by code."""

    version: int
    book: Book
    counted: dict[str, Counted]
    forms: dict[str, Promotion]


def book_version() -> Query[int]:
    """The number of what is live: one row, to be asked with other questions."""
    return Query("select version from pricing.book_version", (), lambda rows: int(rows[0][0]))


class Books:
    """Keeps the book of one database in a process. Promotions of the future are in it: their time is the engine's."""

    def __init__(self) -> None:
        self._kept: LiveBook | None = None
        self._loading = asyncio.Lock()

    async def of(self, connection: Connection, version: int) -> LiveBook:
        """The book of a number that was read; of a later one where that has come meanwhile."""
        kept = self._kept
        if kept is not None and kept.version == version:
            return kept
        async with self._loading:
            kept = self._kept
            if kept is not None and kept.version == version:
                return kept
            (rows,) = await ask(connection, Query(_LIVE, (), lambda rows: rows))
            self._kept = read_book(rows)
            return self._kept


def books_of(work: Work) -> Books:
    """The books of the process and database that a unit of work runs in."""
    found: Any = work.lasting.setdefault(("pricing.books",), Books())
    assert isinstance(found, Books)
    return found


def read_book(rows: list[Row]) -> LiveBook:
    """The book of what was read."""
    counted: dict[str, Counted] = {}
    forms: dict[str, Promotion] = {}
    for _, number, items, budget, text in rows:
        if number is not None:
            form = _decode(text)
            forms[form.code] = form
            counted[form.code] = Counted(number, items, budget, form.code, form.limits)
    return LiveBook(rows[0][0], compile_book(forms.values()), counted, forms)


def due(form: Promotion, now: datetime) -> bool:
    """Whether a promotion's time is now."""
    return (form.valid_from is None or form.valid_from <= now) and (form.valid_until is None or now < form.valid_until)
