"""Quantity: integers of a unit's smallest step."""

import msgspec

QUANTITY_MAX = 1_000_000_000
"""Largest quantity of one line or posting, in smallest steps; more than that is absurd in any trade we serve."""


class Unit(msgspec.Struct, frozen=True):
    """A unit of measure: goods are counted in `steps_per_unit` smallest steps, prices are per whole unit."""

    code: str
    steps_per_unit: int
    step_name: str
    name: str


UNITS: dict[str, Unit] = {
    unit.code: unit
    for unit in (
        Unit(code="pc", steps_per_unit=1, step_name="piece", name="piece"),
        Unit(code="kg", steps_per_unit=1000, step_name="gram", name="kilogram"),
        Unit(code="l", steps_per_unit=1000, step_name="millilitre", name="litre"),
        Unit(code="m", steps_per_unit=1000, step_name="millimetre", name="metre"),
        Unit(code="gal", steps_per_unit=1000, step_name="thousandth of a US gallon", name="US gallon"),
    )
}
