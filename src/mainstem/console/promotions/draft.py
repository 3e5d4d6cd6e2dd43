"""A promotion as somebody is putting it together: what stands in each field, by the pointer of what it becomes.

Nothing is kept between two requests: the form sends all there is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mainstem.console.frame import Form
from mainstem.console.promotions.plan import CONDITION_KINDS, REWARD_KINDS

Typed = dict[str, str]

_POINTER = re.compile(r"(/[A-Za-z0-9_~]{1,64}){1,24}").fullmatch
PARTS_MAX = 50
"""Conditions, parts or steps beside each other."""

_STARTS: dict[str, Typed] = {
    "when": {"type": "channels"},
    "conditions": {"type": "channels"},
    "parts": {"items": "1"},
    "steps": {"cut/kind": "percent"},
    "exclude": {"on": "1"},
}


@dataclass(slots=True)
class Draft:
    """What is typed, by pointer."""

    typed: Typed = field(default_factory=dict)

    def text(self, at: str) -> str:
        """What stands in a field."""
        return self.typed.get(at, "")

    def numbers(self, at: str) -> list[int]:
        """The numbers of the things in a row at a pointer."""
        found = {key[len(at) + 1 :].partition("/")[0] for key in self.typed if key.startswith(f"{at}/")}
        return sorted(int(one) for one in found if one.isdecimal() and len(one) <= 3)  # noqa: PLR2004 - digits

    def lines(self, at: str) -> list[str]:
        """What stands in a field of several values, one a line."""
        return [line.strip() for line in self.text(at).splitlines() if line.strip()]


def begun(currency: str) -> Draft:
    """A draft of a percentage off."""
    return Draft({"/reward/type": "percent", "/currency": currency, "/stacking/exclusive": "no"})


def draft_of(form: Form) -> Draft:
    """The draft that a form sends; several values of one name become lines."""
    typed = {name: "\n".join(form.all(name)).strip() for name in form.typed() if _POINTER(name)}
    kind = typed.get("/reward/type", "")
    typed["/reward/type"] = kind if kind in REWARD_KINDS else "percent"
    return Draft(typed)


def change(draft: Draft, act: str) -> str:
    """Do what a button asks for: `add:/when`, `remove:/when/2`; the pointer of what was added, or ""."""
    verb, _, at = act.partition(":")
    if not _POINTER(at):
        return ""
    name = at.rpartition("/")[2]
    if verb == "remove":
        _remove(draft, at)
    elif verb == "add" and name in _STARTS:
        if name != "exclude":
            numbers = draft.numbers(at)
            if len(numbers) >= PARTS_MAX:
                return ""
            at = f"{at}/{numbers[-1] + 1 if numbers else 0}"
        draft.typed |= {f"{at}/{inner}": value for inner, value in _STARTS[name].items()}
        return at
    return ""


def _remove(draft: Draft, at: str) -> None:
    for key in [key for key in draft.typed if key == at or key.startswith(f"{at}/")]:
        del draft.typed[key]


def settle(draft: Draft) -> None:
    """Give what was chosen anew its first fields, and number what stands in rows from 0 on without gaps."""
    for at, kind in list(_chosen(draft)):
        mark = f"{at}/shown"
        if draft.text(mark) != kind:
            kinds = REWARD_KINDS if at == "/reward" else CONDITION_KINDS
            for name, value in kinds[kind].start if kind in kinds else ():
                draft.typed.setdefault(f"{at}/{name}", value)
            draft.typed[mark] = kind
    renumbered: Typed = {}
    for key, value in draft.typed.items():
        parts = key.split("/")
        for i, part in enumerate(parts):
            if part.isdecimal() and i:
                parts[i] = str(draft.numbers("/".join(key.split("/")[:i])).index(int(part)))
        renumbered["/".join(parts)] = value
    draft.typed = renumbered


def _chosen(draft: Draft) -> Iterator[tuple[str, str]]:
    for key, value in draft.typed.items():
        if key.endswith("/type"):
            yield key.removesuffix("/type"), value
