"""Quantities as people type them: in whole units, with no more decimals than the unit has."""

import re

from mainstem.console.frame import Problem, Visit
from mainstem.domains import inventory
from mainstem.kernel.quantity import QUANTITY_MAX, UNITS
from mainstem.kernel.refusals import refuse

_NUMBER = re.compile(r"([+-]?)([0-9]{1,12})(?:\.([0-9]{1,12}))?")


def decimals_of(unit: str) -> int:
    """How many decimals a quantity of this unit can have."""
    return len(str(UNITS[unit].steps_per_unit)) - 1


def parse(visit: Visit, text: str, unit: str, where: str = "") -> int | Problem:
    """What was typed, in smallest steps; a sign is allowed. A problem for what is no number or too exact."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return wrong(
            where,
            visit.t("“{typed}” is not a quantity.", typed=text[:20]),
            visit.t("Write it like 12 or 1.250, without thousands separators."),
        )
    sign, whole, fraction = match.groups(default="")
    decimals = decimals_of(unit)
    if len(fraction) > decimals:
        told = (
            visit.t("“{typed}” has too many decimals: {unit} has {decimals}.", typed=text, unit=unit, decimals=decimals)
            if decimals
            else visit.t("“{typed}” has decimals, and this SKU is counted in pieces.", typed=text)
        )
        return wrong(where, told, visit.t("Round it to what was counted or weighed."))
    steps = int(whole) * UNITS[unit].steps_per_unit + int(fraction.ljust(decimals, "0") or 0)
    if steps > QUANTITY_MAX:
        most = visit.fmt.quantity(QUANTITY_MAX, unit)
        return wrong(
            where, visit.t("“{typed}” is more than {most}.", typed=text, most=most), visit.t("Check the quantity.")
        )
    return -steps if sign == "-" else steps


def typed(steps: int | None, unit: str) -> str:
    """A quantity as it would be typed; nothing for None."""
    if steps is None:
        return ""
    whole, rest = divmod(abs(steps), UNITS[unit].steps_per_unit)
    decimals = decimals_of(unit)
    sign = "-" if steps < 0 else ""
    return f"{sign}{whole}.{rest:0{decimals}d}" if decimals else f"{sign}{whole}"


def wrong(where: str, text: str, remedy: str) -> Problem:
    """A problem with what was typed that is found before anything is asked for."""
    refusal = refuse(inventory.BAD_QUANTITY, where, quantity="", least="", most="")
    return Problem(inventory.BAD_QUANTITY.code, text, remedy, where, 422, refusal)
