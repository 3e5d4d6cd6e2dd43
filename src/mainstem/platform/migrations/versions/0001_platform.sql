create schema platform;

-- Blocks of identifiers; one sequence for all rooms, so that an id names one thing in the whole system.
create sequence platform.id_block as bigint start 1 cache 1;

create table platform.idempotency (
    key         bytea primary key,
    fingerprint bytea not null,
    answer      bytea not null,
    created_at  timestamptz not null default now()
);
create index idempotency_created_at on platform.idempotency using brin (created_at);

-- What happened, who did it, in commit order by (xid, id) below the snapshot's xmin. Append-only.
create table platform.event (
    xid         xid8 not null default pg_current_xact_id(),
    id          bigint not null,
    type        text not null,
    subject     bigint not null,
    actor       bigint not null,
    trace       text not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    payload     json not null,
    primary key (xid, id)
);
create index event_subject on platform.event (subject, id);

-- How far each durable subscriber has read the events.
create table platform.event_cursor (
    subscriber text primary key,
    xid        xid8 not null,
    id         bigint not null,
    moved_at   timestamptz not null default now()
);

-- The hash chain over the events: each seal covers the events after the previous one, up to (xid, id).
create table platform.event_seal (
    number    bigint primary key,
    xid       xid8 not null,
    id        bigint not null,
    events    bigint not null check (events > 0),
    hash      bytea not null,
    sealed_at timestamptz not null default now()
);

-- What arrived and could not be read or applied. Nothing is lost: it is corrected and resubmitted, or set aside.
create table platform.quarantine (
    id          bigint primary key,
    operation   text not null,
    source      text not null,
    payload     bytea not null,
    fingerprint bytea not null unique,
    refusal     json not null,
    state       text not null default 'waiting' check (state in ('waiting', 'resubmitted', 'set_aside')),
    arrived_at  timestamptz not null default now(),
    settled_at  timestamptz,
    settled_by  bigint
);
create index quarantine_waiting on platform.quarantine (id) where state = 'waiting';

create table platform.principal (
    id         bigint primary key,
    name       text not null unique,
    role       text not null,
    node       bigint,
    created_at timestamptz not null default now()
);

create table platform.api_key (
    id           bigint primary key,
    principal    bigint not null references platform.principal,
    hash         bytea not null unique check (octet_length(hash) = 32),
    prefix       text not null,
    scopes       text[] not null default '{}',
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz
);
create index api_key_principal on platform.api_key (principal);

-- How far long pieces of work have come.
create table platform.checkpoint (
    name     text primary key,
    position json not null,
    saved_at timestamptz not null default now()
);
