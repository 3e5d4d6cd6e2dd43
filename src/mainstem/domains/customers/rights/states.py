"""The life of a request: which states follow which, as a table."""

from typing import Literal

State = Literal["received", "identity_checked", "in_progress", "done", "refused", "withdrawn"]
Kind = Literal["access", "portability", "rectification", "erasure", "restriction", "objection"]
LawCode = Literal["pipl", "gdpr"]
Step = Literal["identity_checked", "in_progress", "done", "refused", "withdrawn"]

TRANSITIONS: dict[str, frozenset[str]] = {
    "received": frozenset(("identity_checked", "refused", "withdrawn")),
    "identity_checked": frozenset(("in_progress", "refused", "withdrawn")),
    "in_progress": frozenset(("done", "refused", "withdrawn")),
    "done": frozenset(),
    "refused": frozenset(),
    "withdrawn": frozenset(),
}
"""To which states a request goes on from each."""

CLOSED = frozenset(state for state, following in TRANSITIONS.items() if not following)
"""The states in which it is over."""

COPIED_KINDS = frozenset(("access", "portability"))
"""The kinds of requests that are answered with a copy of what is held."""

COPIED_STATES = frozenset(("in_progress", "done"))
"""The states in which a copy can be made: it is known who asks."""
