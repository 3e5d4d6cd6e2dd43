"""A figure beside what it was a week before. Pure."""

from typing import Literal

import msgspec

from mainstem.console.formats import Format

STEADY = 0.005
"""A change smaller than this, half a percent, has no direction."""

Direction = Literal["up", "down", "steady"]


class Change(msgspec.Struct, frozen=True):
    """How a figure differs from the one of a week before: as text, and which way."""

    text: str
    direction: Direction


class Reached(msgspec.Struct, frozen=True):
    """A planned amount as text, and which part of it has been sold; no part when nothing was to be sold."""

    planned: str
    share: str


def reached(sold: int, planned: int | None, currency: str, form: Format) -> Reached | None:
    """How a plan stands: whole per cent, rounded down, so that 100 % is what it says. None without a plan."""
    if planned is None:
        return None
    share = form.share(max(100 * sold // planned, 0) / 100) if planned else ""
    return Reached(form.money(planned, currency), share)


def ratio(now: int, then: int) -> float | None:
    """By which part of what it was a figure has grown; None when it was nothing."""
    return (now - then) / then if then > 0 else None


def change(now: int, then: int, form: Format) -> Change | None:
    """The change as a person reads it; None when there is nothing to compare with."""
    grown = ratio(now, then)
    if grown is None:
        return None
    direction: Direction = "steady" if abs(grown) < STEADY else "up" if grown > 0 else "down"
    return Change(form.change(grown), direction)
