"""Quantities and amounts as people type them: whole units with decimals, never smallest steps or minor units."""

from decimal import Decimal, InvalidOperation

from mainstem.kernel.money import from_minor
from mainstem.kernel.quantity import QUANTITY_MAX, UNITS


def typed(steps: int, unit: str) -> str:
    """Smallest steps as the value of a number field."""
    whole = UNITS[unit].steps_per_unit
    return str(steps) if whole == 1 else format((Decimal(steps) / whole).normalize(), "f")


def step_size(unit: str) -> str:
    """The smallest step of a unit as the step of a number field."""
    return typed(1, unit)


def steps_of(text: str, unit: str) -> int | None:
    """What was typed into a number field in smallest steps; nothing typed is 0, None for what is no quantity."""
    if not text:
        return 0
    try:
        steps = Decimal(text) * UNITS[unit].steps_per_unit
    except InvalidOperation:
        return None
    if not steps.is_finite() or not 0 <= steps <= QUANTITY_MAX or steps != steps.to_integral_value():
        return None
    return int(steps)


def amount_typed(amount_minor: int, currency: str) -> str:
    """Minor units as the value of a number field."""
    return format(from_minor(amount_minor, currency), "f")
