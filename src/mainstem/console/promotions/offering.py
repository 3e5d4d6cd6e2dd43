"""What the fields of a promotion offer to choose from."""

from mainstem.console.frame import Visit
from mainstem.console.promotions.plan import CHOICES
from mainstem.console.promotions.telling_conditions import WEEKDAYS
from mainstem.console.segments.fields import CHANNEL_KINDS

Choice = tuple[str, str]


def currencies(visit: Visit) -> list[str]:
    """The currencies that channels sell in; one at least."""
    return sorted({channel.currency for channel in visit.network.channels.values()}) or ["CNY"]


def choices(visit: Visit, what: str) -> list[Choice]:
    """What there is to choose from."""
    if what == "channels":
        return [(one.code, one.name) for one in visit.network.channels.values()]
    if what == "nodes":
        return [(one.code, one.name) for one in visit.network.nodes.values()]
    if what == "channel_kinds":
        return [(code, visit.t(text)) for code, text in CHANNEL_KINDS.items()]
    if what == "weekdays":
        return [(str(number), visit.t(text)) for number, text in enumerate(WEEKDAYS, 1)]
    if what == "currencies":
        return [(code, code) for code in currencies(visit)]
    return [(code, visit.t(text)) for code, text in CHOICES[what]]
