-- The audit trail by who did it and by what happened, in commit order; by trace, where a few blocks are read for one.
create index event_actor on platform.event (actor, xid, id);
create index event_type on platform.event (type, xid, id);
create index event_trace on platform.event using brin (trace text_bloom_ops);

-- From a day to the seals of that day, and from an event to its seal.
create index event_seal_sealed_at on platform.event_seal (sealed_at);
create index event_seal_position on platform.event_seal (xid, id);

-- Verifications of a span of seals that somebody asked for: how far each has come, and what it found.
create table platform.seal_verification (
    id       bigint primary key,
    first    bigint not null check (first > 0),
    last     bigint not null,
    asked_by bigint not null,
    asked_at timestamptz not null default now(),
    began_at timestamptz,
    seals    bigint not null default 0,
    events   bigint not null default 0,
    ended_at timestamptz,
    fault    json,
    check (last >= first)
);

-- The quarantine by reason and by source, and why somebody settled an entry.
alter table platform.quarantine add column note text not null default '';
create index quarantine_state on platform.quarantine (state, id);
create index quarantine_reason on platform.quarantine ((refusal ->> 'code'), id);
create index quarantine_source on platform.quarantine (source, id);

-- What the last failed attempt of a job said.
create table platform.job_failure (
    job       bigint primary key,
    error     text not null,
    failed_at timestamptz not null default now()
);
