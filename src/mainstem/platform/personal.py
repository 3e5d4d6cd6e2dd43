"""Personal data in what is shown of events and arrivals: customers, their names and how to reach them."""

from typing import Any

ROOMS = frozenset(("orders", "customers", "loyalty", "marketing", "service"))
"""Rooms whose events and commands name customers."""

NAMES = frozenset(
    (
        "address",
        "contact",
        "customer",
        "customer_name",
        "email",
        "mobile",
        "name",
        "phone",
        "postal_code",
        "recipient",
        "street",
    )
)
"""Fields that hold personal data there."""

IDS = frozenset(("customer",))
"""Fields that name a customer: an arrival does it as its channel does, an event by the id of his record."""

TAIL = 4
"""Characters at the end that are shown, so that people can be told apart; of a short text only one."""

HIDDEN = "••••"


def names_customers(kind: str) -> bool:
    """Whether events of this type, or commands of this operation, hold personal data of customers."""
    return kind.partition(".")[0] in ROOMS


def tail(text: str) -> str:
    """The end of a text, with the rest hidden."""
    return HIDDEN + (text[-TAIL:] if len(text) > 2 * TAIL else text[-1:])


def masked(value: Any) -> Any:  # noqa: ANN401 - JSON
    """A JSON value in which personal data is hidden but for its end; structures under such a name as a whole."""
    return _masked(value, NAMES)


def masked_event(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The same for the payload of an event, where a number under `IDS` is an id of ours and no personal data."""
    return _masked(value, NAMES, IDS)


def _masked(value: Any, names: frozenset[str], ids: frozenset[str] = frozenset()) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {
            name: _hidden(inner)
            if name in names and not (name in ids and type(inner) is int)
            else _masked(inner, names, ids)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_masked(inner, names, ids) for inner in value]
    return value


def _hidden(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {name: _hidden(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_hidden(inner) for inner in value]
    return tail(str(value)) if value not in (None, "") else value
