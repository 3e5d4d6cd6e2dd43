"""What competitors ask, as it was seen."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from mainstem.domains.catalog import UNKNOWN_SKU, variants_by_sku
from mainstem.domains.pricing.lists import reading
from mainstem.domains.pricing.markdown import contracts as c
from mainstem.domains.pricing.rules import SHOWN_LENGTH_MAX
from mainstem.domains.pricing.telling import tell
from mainstem.kernel.moments import CLOCK_SKEW_MAX
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.arrays import Bigints, Moments, Texts
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import Query, ask
from mainstem.platform.work import Work

_INSERT = """
insert into pricing.competitor_price
    (id, variant, competitor, currency, amount_minor, observed_at, source, actor, recorded_at)
select n.*, %b::timestamptz from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::bigint[],
    %b::timestamptz[], %b::text[], %b::bigint[]) as n
"""
_LOWEST = """
select variant, min(amount_minor) from (
    select distinct on (variant, competitor) variant, amount_minor
    from pricing.competitor_price
    where variant = any(%b::bigint[]) and currency = %b::text and observed_at > %b::timestamptz
        and observed_at <= %b::timestamptz and (cardinality(%b::text[]) = 0 or competitor = any(%b::text[]))
    order by variant, competitor, observed_at desc, id desc
) as latest
group by variant
"""


class CompetitorPriceView(msgspec.Struct, frozen=True, gc=False):
    """What a competitor was seen to ask, where and by whom it was seen."""

    id: int
    competitor: str
    currency: str
    amount_minor: int
    observed_at: datetime
    source: str
    actor: int
    recorded_at: datetime


def lowest_asked(
    variants: Iterable[int], currency: str, competitors: Sequence[str], now: datetime, hours_max: int
) -> Query[dict[int, int]]:
    """The lowest of what these competitors (none named: all) were last seen to ask, not longer ago than that."""
    names = Texts(competitors)
    since = now - timedelta(hours=hours_max)
    return Query(_LOWEST, (Bigints(variants), currency, since, now, names, names), dict)


def competitor_prices(variant: int, limit: int, before: int | None = None) -> Query[list[CompetitorPriceView]]:
    """Up to `limit` observations of a variant, the latest recorded first, before one by its id."""
    return Query(
        "select id, competitor, currency, amount_minor, observed_at, source, actor, recorded_at"
        " from pricing.competitor_price where variant = %b::bigint and id < %b::bigint"
        " order by id desc limit %b::bigint",
        (variant, 2**63 - 1 if before is None else before, limit),
        lambda rows: [CompetitorPriceView(*row) for row in rows],
    )


async def _record(
    work: Work, calls: Sequence[Call[c.RecordCompetitorPrice]]
) -> list[c.CompetitorPriceRecorded | Refusal]:
    (variants,) = await ask(work.connection, variants_by_sku({call.command.sku for call in calls}))
    await work.reserve_ids(len(calls))
    answers: list[c.CompetitorPriceRecorded | Refusal] = []
    added: list[tuple[int, int, c.RecordCompetitorPrice, datetime, int]] = []
    for call in calls:
        command = call.command
        known = variants.get(command.sku)
        if known is None:
            answers.append(refuse(UNKNOWN_SKU, "/sku", sku=command.sku[:SHOWN_LENGTH_MAX]))
            continue
        moment = command.observed_at or work.now
        refusal = _wrong(command, moment, work.now)
        if refusal is not None:
            answers.append(refusal)
            continue
        number = work.ids.take()
        added.append((number, known.id, command, moment.astimezone(UTC), call.actor))
        tell(work, call, "competitor_price_recorded", known.id, command)
        answers.append(c.CompetitorPriceRecorded(number))
    if added:
        work.write(
            _INSERT,
            work.now,
            Bigints(one[0] for one in added),
            Bigints(one[1] for one in added),
            Texts(one[2].competitor for one in added),
            Texts(one[2].currency for one in added),
            Bigints(one[2].amount_minor for one in added),
            Moments(one[3] for one in added),
            Texts(one[2].source for one in added),
            Bigints(one[4] for one in added),
        )
    return answers


def _wrong(command: c.RecordCompetitorPrice, moment: datetime, now: datetime) -> Refusal | None:
    refusal = (
        reading.bad_code("/competitor", command.competitor)
        or reading.bad_currency(command.currency)
        or reading.bad_amount(command.amount_minor)
        or reading.bad_text("/source", command.source)
        or reading.bad_span(moment, None)
    )
    if refusal is not None:
        return refusal
    if moment > now + CLOCK_SKEW_MAX:
        return refuse(c.FUTURE_OBSERVATION, "/observed_at", moment=moment.isoformat())
    return None


RECORD_COMPETITOR_PRICE: Operation[c.RecordCompetitorPrice, c.CompetitorPriceRecorded] = Operation(
    "pricing.record_competitor_price", c.RecordCompetitorPrice, c.CompetitorPriceRecorded, _record
)
