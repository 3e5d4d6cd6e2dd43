"""The head of a customer's pages: who it is, what is shown of him at once, and where his other pages are."""

from typing import Any

import msgspec

from mainstem.console.customers import words
from mainstem.console.frame import MissingError, MovedError, Visit
from mainstem.domains import customers
from mainstem.platform.access.permissions import CUSTOMERS_MERGE, CUSTOMERS_UNMASK, LOYALTY_READ
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query

_NUMBER_MAX = 2**63 - 1


class Tab(msgspec.Struct, frozen=True):
    """A page of the customer; `name` is what a page that is one of them calls itself."""

    name: str
    url: str
    text: str


class Shown(msgspec.Struct, frozen=True):
    """One thing by which a customer can be told apart, masked unless it was wanted in the clear."""

    name: str
    value: str
    icon: str


class Head(msgspec.Struct, frozen=True):
    """A customer as he is known today. `id` is the id of today; `name` is "" when nobody has told it.

    Erased: nothing is known of him any more; restricted: his data may only be kept. `tabs`, `merge`, `split`
    and `reveal` (addresses, "" for what is not possible) are what this visitor may see and do.
    """

    id: int
    name: str
    identifiers: tuple[Shown, ...]
    erased: bool
    restricted: bool
    clear: bool
    tabs: tuple[Tab, ...]
    merge: str
    split: str
    reveal: str
    view: customers.CustomerView


async def customer_head(visit: Visit, customer_id: int) -> Head:
    """The head of the customer that an id, any that was ever handed out, means today; masked.

    Raises MissingError when it was never handed out. A page (GET) under an id that another has absorbed moves to the
    same page of today's id; a POST goes on with it, so that nothing typed is lost.
    """
    async with visit.desk.database.snapshot() as connection:
        return await head_of(visit, connection, customer_id)


async def head_of(visit: Visit, connection: Connection, customer_id: int, *, clear: bool = False) -> Head:
    """The same within a transaction; in the clear only for who may, and who has noted it (`note_unmasked`)."""
    head, _ = await head_with(visit, connection, customer_id, clear=clear)
    return head


async def head_with(
    visit: Visit, connection: Connection, customer_id: int, *beside: Query[Any], clear: bool = False
) -> tuple[Head, tuple[Any, ...]]:
    """The same with the answers of other queries, all in one round trip; they name the customer by the id given."""
    if not 0 < customer_id <= _NUMBER_MAX:
        raise MissingError
    view, (restricted, *answers) = await customers.profile_with(
        connection, visit.desk.vault, customer_id, customers.rights.is_restricted(customer_id), *beside, clear=clear
    )
    if view is None:
        raise MissingError
    return _head(visit, view, customer_id, restricted=restricted, clear=clear), tuple(answers)


def _head(visit: Visit, view: customers.CustomerView, customer_id: int, *, restricted: bool, clear: bool) -> Head:
    asked, today = f"/customers/{customer_id}", f"/customers/{view.id}"
    if view.id != customer_id and visit.scope["method"] == "GET" and visit.url_path.startswith(asked):
        raise MovedError(visit.url().replace(asked, today, 1))
    erased = view.erased_at is not None
    correct = visit.allowed(CUSTOMERS_MERGE)
    return Head(
        id=view.id,
        name=view.golden["name"].value if "name" in view.golden else _parts(view),
        identifiers=_main(visit, view),
        erased=erased,
        restricted=restricted,
        clear=clear,
        tabs=tuple(
            Tab(name, f"{today}{path}", visit.t(text))
            for name, path, text in words.TABS
            if name != "loyalty" or visit.allowed(LOYALTY_READ)
        ),
        merge=f"{today}/merge" if correct and not erased else "",
        split=f"{today}/split" if correct and len(view.records) > 1 else "",
        reveal=f"{today}/clear" if visit.allowed(CUSTOMERS_UNMASK) and view.golden and not clear else "",
        view=view,
    )


def _parts(view: customers.CustomerView) -> str:
    """A name that was told in its parts."""
    parts = [view.golden[name].value for name in ("given_name", "family_name") if name in view.golden]
    return " ".join(parts)


def _main(visit: Visit, view: customers.CustomerView) -> tuple[Shown, ...]:
    """The telephone number, the e-mail address and the member card that are shown at once."""
    found = [
        Shown(words.word(visit, words.IDENTIFIERS, name), view.golden[name].value, words.IDENTIFIERS[name][1])
        for name in ("phone", "email")
        if name in view.golden
    ]
    cards = [one for one in view.identifiers if one.type == "member_card"]
    if cards:
        latest = max(cards, key=lambda one: one.last_at)
        found.append(Shown(words.word(visit, words.IDENTIFIERS, "member_card"), latest.value, "credit-card"))
    return tuple(found)
