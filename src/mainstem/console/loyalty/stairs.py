"""The tiers of a programme as a picture: stairs, each as high as its turn, with what it asks for. Pure."""

from collections.abc import Sequence

import msgspec

WIDTH, HEIGHT = 720, 210
_FLOOR, _TOP, _EDGE = 170, 46, 8


class Step(msgspec.Struct, frozen=True):
    """A stair: a rectangle, its words above it, what it asks for below. `held`: somebody stands on it."""

    x: int
    y: int
    width: int
    height: int
    middle: int
    name: str
    asks: str
    held: bool
    turn: int


class Stairs(msgspec.Struct, frozen=True):
    """Stairs within `width` by `height`; `mark`: how far somebody has come (x, y), None where nobody is shown."""

    steps: tuple[Step, ...]
    mark: tuple[int, int] | None
    width: int = WIDTH
    height: int = HEIGHT


class Rise(msgspec.Struct, frozen=True):
    """A tier: what it is called, from how much on, and that in words."""

    code: str
    name: str
    at_least: int
    asks: str


def stairs(rises: Sequence[Rise], held: str | None = None, reached: int | None = None) -> Stairs | None:
    """The stairs of these tiers, the lowest first, on the tier `held`, as far as `reached`; None without any.

    Somebody is shown between the stairs in proportion to what is missing to the next.
    """
    if not rises:
        return None
    width = (WIDTH - 2 * _EDGE) // len(rises)
    rise = (_FLOOR - _TOP) // len(rises)
    steps = tuple(
        Step(
            x=_EDGE + number * width,
            y=_FLOOR - (number + 1) * rise,
            width=width - 6,
            height=(number + 1) * rise,
            middle=_EDGE + number * width + (width - 6) // 2,
            name=one.name,
            asks=one.asks,
            held=one.code == held,
            turn=min(number + 1, 7),
        )
        for number, one in enumerate(rises)
    )
    return Stairs(steps, None if reached is None else _mark(rises, steps, reached))


def _mark(rises: Sequence[Rise], steps: Sequence[Step], reached: int) -> tuple[int, int]:
    on = max((number for number, one in enumerate(rises) if reached >= one.at_least), default=None)
    if on is None:  # below the first: from the left edge to where it begins
        return _EDGE + 4, _FLOOR - 10
    step = steps[on]
    if on + 1 == len(rises):
        return step.middle, step.y - 10
    span = rises[on + 1].at_least - rises[on].at_least
    return step.x + (step.width * (reached - rises[on].at_least)) // span, step.y - 10
