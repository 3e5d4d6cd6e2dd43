"""Which goods are measured instead of counted."""

from mainstem.platform.query import Query


def measured_units() -> Query[dict[int, str]]:
    """The unit of every variant that is not counted in pieces, by the variant's id."""
    return Query("select id, unit from catalog.variant where unit <> 'pc'", (), dict)
