"""The life of an order as a table: which verb is possible in which state, and where it can lead.

The pictures in the documentation are drawn from this table, and `rules.move` only goes along it.
"""

TRANSITIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "placed": {
        "pay": ("placed",),
        "allocate": ("allocated",),
        "cancel": ("placed", "cancelled"),
        "lapse": ("lapsed",),
    },
    "allocated": {
        "pay": ("allocated",),
        "allocate": ("allocated",),
        "ship": ("part_shipped", "shipped"),
        "cancel": ("allocated", "cancelled"),
    },
    "part_shipped": {
        "pay": ("part_shipped",),
        "allocate": ("part_shipped",),
        "ship": ("part_shipped", "shipped", "part_returned"),
        "deliver": ("part_shipped",),
        "cancel": ("part_shipped", "shipped", "delivered", "part_returned", "returned"),
        "return": ("part_shipped",),
    },
    "shipped": {
        "pay": ("shipped",),
        "deliver": ("shipped", "delivered"),
        "return": ("part_returned", "returned"),
    },
    "delivered": {
        "pay": ("delivered",),
        "return": ("part_returned", "returned"),
    },
    "sold": {
        "pay": ("sold",),
        "return": ("part_returned", "returned"),
    },
    "part_returned": {
        "pay": ("part_returned",),
        "deliver": ("part_returned",),
        "return": ("part_returned", "returned"),
    },
    "returned": {"pay": ("returned",), "deliver": ("returned",)},
    "cancelled": {"pay": ("cancelled",)},
    "lapsed": {"pay": ("lapsed",)},
}

STARTS: dict[str, str] = {"place": "placed", "sell": "sold"}


def possible(state: str) -> str:
    """The verbs an order in this state admits, for messages."""
    return ", ".join(sorted(TRANSITIONS[state]))


def mermaid() -> str:
    """The table as a Mermaid state diagram."""
    rows = ["stateDiagram-v2"]
    rows += [f"    [*] --> {state}: {verb}" for verb, state in STARTS.items()]
    for state, verbs in TRANSITIONS.items():
        for verb, targets in verbs.items():
            rows += [f"    {state} --> {target}: {verb}" for target in targets if target != state]
    return "\n".join(rows)


def reachable(start: str) -> tuple[str, ...]:
    """A state and all that can come of it, in the order of the table."""
    found = {start}
    waiting = [start]
    while waiting:
        for targets in TRANSITIONS[waiting.pop()].values():
            waiting += [target for target in targets if target not in found]
            found.update(targets)
    return tuple(state for state in TRANSITIONS if state in found)


KINDS: dict[str, tuple[str, ...]] = {"order": reachable(STARTS["place"]), "sale": reachable(STARTS["sell"])}
"""The states that an order, and a sale, can be in."""
