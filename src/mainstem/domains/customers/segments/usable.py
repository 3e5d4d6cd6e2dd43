"""Which members of a segment may be used for a purpose, and why the others may not."""

from datetime import datetime

import msgspec

from mainstem.domains.customers.consent import allowed
from mainstem.domains.customers.rights.disclosures import disclose
from mainstem.domains.customers.segments.contracts import Member
from mainstem.domains.customers.segments.queries import segment_members
from mainstem.platform.arrays import Bigints
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask, read

LOOKED_AT_MAX = 20_000
"""Members whose consent is looked at to say how many may be used; of more, about so many by chance."""

EXPORTED_AS = "export:segment"
"""What is remembered of each customer in an export of members."""

_COUNT = "select count(*) from customers.segment_member where segment = %b::bigint"
_SOME = """
select customer from customers.segment_member
where segment = %b::bigint and mod(hashint8extended(customer, 0) & 9223372036854775807, %b::bigint) = 0
"""
_WHY = """
select count(*) filter (where barred), count(*) filter (where refused and not barred), count(*)
from (
    select k.id, bool_or(r.erased_at is not null or x.record is not null) as barred,
        bool_or(exists (
            select from customers.consent_state as c where c.record = r.id and c.purpose = %b::text and not c.given
            and (%b::text = '' or c.channel in ('', %b::text))
        )) as refused
    from unnest(%b::bigint[]) as k (id)
    left join customers.source_record as r on r.customer = k.id
    left join customers.restriction as x on x.record = r.id
    group by k.id
) as left_out
"""


class Usable(msgspec.Struct, frozen=True):
    """Of the members that were `looked_at`: who may be used for a purpose now, and why others may not.

    `barred`: erased, or may only be kept; `refused`: somebody said no; `silent`: nobody said yes to the policy in
    force. `members` are all members; where more than were looked at, the other figures are those of a random part.
    """

    members: int
    looked_at: int
    allowed: int
    barred: int
    refused: int
    silent: int


async def usable_members(connection: Connection, segment: int, purpose: str, channel: str) -> Usable:
    """How many members may be used for a purpose over a channel now. Raises KeyError for a purpose that is none."""
    (((members,),),) = await read(connection, (_COUNT, (segment,)))
    step = -(-members // LOOKED_AT_MAX) or 1
    (rows,) = await read(connection, (_SOME, (segment, step)))
    ids = [row[0] for row in rows]
    (may,) = await ask(connection, allowed(ids, purpose, channel))
    others = Bigints(one for one in ids if one not in may)
    (((barred, refused, left_out),),) = await read(connection, (_WHY, (purpose, channel, channel, others)))
    return Usable(members, len(ids), len(may), barred, refused, left_out - barred - refused)


async def take_members(
    connection: Connection, segment: int, purpose: str, channel: str, actor: int, now: datetime, limit: int, after: int
) -> tuple[list[Member], int | None]:
    """The next members who may be used for a purpose, and where to go on; None when there are no more.

    Consent is checked in this transaction, and the disclosure of each is remembered in it: commit before they are
    shown to anybody.
    """
    (found,) = await ask(connection, segment_members(segment, limit, after))
    (may,) = await ask(connection, allowed([one.customer for one in found], purpose, channel))
    taken = [one for one in found if one.customer in may]
    if taken:
        await disclose(connection, [one.customer for one in taken], purpose, actor, EXPORTED_AS, now)
    return taken, found[-1].customer if len(found) == limit else None
