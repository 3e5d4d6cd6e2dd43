"""What pages that scan have in common: rows to tick, the camera's permission, and answers to a script or a browser."""

from collections.abc import Iterable, Mapping

import msgspec

from mainstem.console.frame import Form, MissingError, Reply, Visit, html, see_other
from mainstem.console.quantities import steps_of, typed
from mainstem.console.store.place import remembered
from mainstem.domains.catalog import Goods
from mainstem.kernel.quantity import UNITS

SENT_BY_SCRIPT = b"x-scan"
"""A request header of the script: it follows `x-location` itself, so that a lost connection loses nothing."""

NUMBER_MAX = 2**63 - 1

CAMERA = ((b"permissions-policy", b"camera=(self), geolocation=(), microphone=(), payment=(), usb=()"),)
"""What a page that scans may do and others may not: use the camera."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU to tick. Quantities in smallest steps; `value` is what the field shows, as it was typed."""

    name: str
    goods: Goods
    wanted: int
    before: int = 0
    value: str = ""
    wrong: bool = False

    @property
    def measured(self) -> bool:
        """Whether it is counted in parts of its unit."""
        return UNITS[self.goods.unit].steps_per_unit > 1

    @property
    def most(self) -> str:
        """What is wanted, as the value of a number field."""
        return typed(self.wanted, self.goods.unit)

    @property
    def codes(self) -> list[str]:
        """What can be scanned for it."""
        return [self.goods.sku, *self.goods.gtins]


class Ticked(msgspec.Struct, frozen=True):
    """What was typed or ticked: a quantity by row, and the rows where it is none."""

    quantities: dict[str, int]
    wrong: frozenset[str]


def ticked(form: Form, units: Mapping[str, str]) -> Ticked:
    """The quantities of a form; `units` gives the unit of each row's name."""
    quantities: dict[str, int] = {}
    wrong = set()
    for name, unit in units.items():
        steps = steps_of(form.text(f"q-{name}"), unit)
        if steps is None:
            wrong.add(name)
        else:
            quantities[name] = steps
    return Ticked(quantities, frozenset(wrong))


def missing(rows: Iterable[Row], quantities: Mapping[str, int]) -> list[tuple[Row, int]]:
    """The rows of which less was ticked than wanted, and how much is missing; what was no quantity is none of them."""
    found = ((row, row.wanted - quantities.get(row.name, row.wanted)) for row in rows)
    return [(row, steps) for row, steps in found if steps > 0]


def number_of(visit: Visit, name: str) -> int:
    """The id in the address; raises MissingError for a number that can be none."""
    number: int = visit.path[name]
    if not 0 < number <= NUMBER_MAX:
        raise MissingError
    return number


def page(visit: Visit, template: str, *, status: int = 200, **values: object) -> Reply:
    """A page that may use the camera."""
    return html(
        visit,
        f"store/templates/{template}",
        status=status,
        headers=(*CAMERA, *remembered(visit)),
        **values,
    )


def done(visit: Visit, url: str, notice: str) -> Reply:
    """The answer to a form that did what was asked."""
    reply = see_other(url, notice=notice)
    if SENT_BY_SCRIPT not in visit.headers:
        return reply
    headers = tuple((b"x-location" if name == b"location" else name, value) for name, value in reply.headers)
    return Reply(204, headers, b"")
