"""The outbox: where the event log ends, and how far each subscriber has come."""

from datetime import UTC, datetime, timedelta

from mainstem.console.admin import words
from mainstem.console.frame import Reply, Visit, html
from mainstem.platform import audit
from mainstem.platform.outbox import LAG_EVENTS_MAX
from mainstem.platform.query import ask
from mainstem.platform.standing import Subscription, log_end, subscriptions

RECENT = 20
LATE = timedelta(minutes=1)
"""An event that a subscriber did not get for so long is shown as late."""


async def show(visit: Visit) -> Reply:
    """Subscribers with their lag, and what was published last."""
    async with visit.desk.database.snapshot() as connection:
        end, subscribers, recent = await ask(
            connection, log_end(), subscriptions(), audit.trail(audit.TrailFilter(), RECENT)
        )
    now = datetime.now(UTC)
    oldest = min((one.oldest for one in subscribers if one.oldest is not None), default=None)
    return html(
        visit,
        "admin/templates/outbox.html",
        end=end,
        subscribers=[(one, one.oldest is not None and now - one.oldest > LATE) for one in subscribers],
        oldest=oldest,
        late=oldest is not None and now - oldest > LATE,
        lag_max=LAG_EVENTS_MAX,
        recent=[(entry, words.happened(visit, entry.event.type), _reached(entry, subscribers)) for entry in recent],
        newest=words.happened(visit, end.newest_type) if end.newest_type else "",
        poll_seconds=visit.desk.settings.outbox_poll_seconds,
    )


def _reached(entry: audit.Entry, subscribers: list[Subscription]) -> int:
    """How many subscribers have an event."""
    place = (int(entry.position[0]), entry.position[1])
    return sum((int(one.xid), one.id) >= place for one in subscribers)
