"""What the doctor asks: questions to a live database whose every answer row is something wrong.

Checks live with what they check: each room has a `checks.py` with a tuple `CHECKS`. A check reads, in one statement
over whole sets, and answers nothing when all is well.
"""

from typing import NamedTuple

import msgspec


class Said(NamedTuple):
    """A text in English and in Chinese."""

    en: str
    zh: str


class Check(msgspec.Struct, frozen=True):
    """One invariant.

    `sql` takes no parameters, changes nothing and returns one row for each violation. `explain` says what is wrong,
    where and by how much, with the names of the columns of `sql` as its fields; `meaning` says what that means.
    """

    name: str
    question: Said
    sql: str
    explain: Said
    meaning: Said


CHECKS: tuple[Check, ...] = (
    Check(
        name="platform.answers",
        question=Said(
            "Can every stored answer of an idempotency key be given again?", "每个幂等键所存的答复都能再次给出吗？"
        ),
        sql="""
select encode(key, 'hex') as key, octet_length(key) as key_bytes, octet_length(fingerprint) as fingerprint_bytes,
    octet_length(answer) as answer_bytes, encode(substring(answer from 1 for 2), 'escape') as begins, created_at
from platform.idempotency
where octet_length(key) <> 16 or octet_length(fingerprint) <> 16 or octet_length(answer) < 3
   or substring(answer from 1 for 2) not in ('+{', '-{') or created_at > now() + interval '5 minutes'
""",
        explain=Said(
            "key {key}: {key_bytes} bytes of key, {fingerprint_bytes} of fingerprint (16 each expected), an answer of"
            " {answer_bytes} bytes that begins with {begins!r}, stored at {created_at}",
            "键 {key}：键 {key_bytes} 字节、指纹 {fingerprint_bytes} 字节（均应为 16），答复 {answer_bytes} 字节，"
            "以 {begins!r} 开头，存于 {created_at}",
        ),
        meaning=Said("Whoever repeats that request would not get its answer.", "重复该请求的一方将得不到原来的答复。"),
    ),
    Check(
        name="platform.cursors",
        question=Said("Is every subscriber behind or at the newest event?", "每个订阅者的位置都没有超过最新事件吗？"),
        sql="""
select c.subscriber, c.xid::text as xid, c.id, e.xid::text as newest_xid, e.id as newest_id
from platform.event_cursor as c
left join lateral (select xid, id from platform.event order by xid desc, id desc limit 1) as e on true
where c.id > 0 and (e.id is null or (c.xid, c.id) > (e.xid, e.id))
""",
        explain=Said(
            "subscriber {subscriber} is at ({xid}, {id}), the newest event is ({newest_xid}, {newest_id})",
            "订阅者 {subscriber} 位于 ({xid}, {id})，最新事件为 ({newest_xid}, {newest_id})",
        ),
        meaning=Said(
            "It would miss the events up to there: the event log lost its end, or the cursor was moved.",
            "到该位置为止的事件将被跳过：事件日志丢失了末尾，或位置被改动。",
        ),
    ),
    Check(
        name="platform.event_transactions",
        question=Said("Has every event's transaction ended or begun here?", "每个事件所属的事务都发生在本库中吗？"),
        sql="""
select xid::text as xid, id, type, pg_snapshot_xmax(pg_current_snapshot())::text as next_xid
from platform.event where xid >= pg_snapshot_xmax(pg_current_snapshot())
""",
        explain=Said(
            "event {id} ({type}) is of transaction {xid}; the next transaction of this server is {next_xid}",
            "事件 {id}（{type}）属于事务 {xid}；本服务器的下一个事务为 {next_xid}",
        ),
        meaning=Said(
            "The database was restored on another server by a dump: new events would be published before old ones.",
            "数据库是以转储方式恢复到另一台服务器的：新事件会先于旧事件发布。",
        ),
    ),
    Check(
        name="platform.quarantine",
        question=Said(
            "Is every quarantined entry either waiting or settled by somebody at a moment?",
            "每条隔离记录要么在等待，要么有处理时间吗？",
        ),
        sql="""
select id, operation, state, settled_at
from platform.quarantine where (state = 'waiting') <> (settled_at is null)
""",
        explain=Said(
            "entry {id} ({operation}) is {state}, settled at {settled_at}",
            "记录 {id}（{operation}）状态为 {state}，处理时间为 {settled_at}",
        ),
        meaning=Said("Nobody can tell whether it was dealt with.", "无法判断它是否已被处理。"),
    ),
)
