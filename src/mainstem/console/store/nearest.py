"""How far nodes are from each other."""

from math import asin, cos, radians, sin, sqrt

from mainstem.console.frame import Visit
from mainstem.domains.catalog import NodeView

EARTH_RADIUS_METRES = 6_371_008.8
"""The mean radius (IUGG 1980)."""

_KILOMETRE = 1_000
_PLAIN_FROM_METRES = 10_000


def metres_between(one: NodeView, other: NodeView) -> float | None:
    """The great-circle distance by the haversine formula (Sinnott 1984); None when one has no coordinates."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return None
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    chord = sin(north / 2) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_METRES * asin(min(1.0, sqrt(chord)))


def distance(visit: Visit, metres: float | None) -> str:
    """A distance as people say it; nothing when it is not known."""
    if metres is None:
        return ""
    if metres < _KILOMETRE:
        return visit.t("{metres} m away", metres=round(metres, -1).__trunc__())
    kilometres = metres / _KILOMETRE
    amount = visit.fmt.number(round(kilometres)) if metres >= _PLAIN_FROM_METRES else f"{kilometres:.1f}"
    return visit.t("{kilometres} km away", kilometres=amount)
