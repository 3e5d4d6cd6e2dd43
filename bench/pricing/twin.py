"""The twin: the Complete Journey's year through the quote function, under the prices and promotions derived from it."""

import sys
import tempfile
import time
from pathlib import Path

from bench.report import Measure, at_most, inform, no_less
from mainstem.analytics import twin
from mainstem.connectors.complete_journey import promotions, promotions_span, source

SECONDS_BAR = 60.0
REPRODUCED_BAR = 99.9


def measure(*, quick: bool) -> list[Measure]:  # noqa: ARG001 - a year is a year
    """Seconds for the year on all cores, and the share of lines charged to the cent as they were; nothing where the
    data set is not installed.
    """
    try:
        connection = source.connect()
    except source.DatasetAbsentError as error:
        sys.stderr.write(f"left out: {error}\n")
        return []
    with tempfile.TemporaryDirectory(prefix="mainstem-twin-") as folder:
        started = time.perf_counter()
        derived = promotions.derive(connection)
        promotions_span.write_span(connection, Path(folder))
        connection.close()
        derived_seconds = time.perf_counter() - started
        result = twin.replay(Path(folder), twin.Draft(as_ran=True), lambda _done, _total: None)
    lines = result.total.lines
    own = 100 * derived.of_their_own / lines
    nowhere = 100 * derived.nowhere_else / lines
    return [
        at_most(f"twin over the year, {result.total.baskets:,} baskets", "s", result.seconds, bar=SECONDS_BAR),
        no_less("lines reproduced to the cent", "%", 100 * result.reproduced_lines / lines, bar=REPRODUCED_BAR),
        *(inform(f"lines not reproduced: {code}", "lines", count) for code, count in result.reasons.items()),
        inform("lines without a reason", "lines", result.reasons.get("changed", 0)),
        inform("lines alone in their product, store and week", "%", own),
        inform("lines alone, and charged so in no other store that week", "%", nowhere),
        inform("deriving prices and promotions", "s", derived_seconds),
    ]
