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
-- What is frequent is read backwards from the primary key; what is rare is found by the few blocks that can hold it.
create index event_bloom on platform.event using brin (
    actor int8_bloom_ops (n_distinct_per_range = 500),
    type text_bloom_ops (n_distinct_per_range = 200),
    trace text_bloom_ops
) with (autosummarize = on);

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
    settled_by  bigint,
    note        text not null default ''
);
create index quarantine_waiting on platform.quarantine (id) where state = 'waiting';
create index quarantine_state on platform.quarantine (state, id);
create index quarantine_reason on platform.quarantine ((refusal ->> 'code'), id);
create index quarantine_source on platform.quarantine (source, id);

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

-- People who sign in to the console: a person is a principal with a login.
create table platform.person (
    principal           bigint primary key references platform.principal,
    login               text not null,
    name                text not null,
    password_hash       text,
    password_changed_at timestamptz,
    totp_secret         bytea,
    totp_step           bigint not null default 0,
    oidc_subject        text unique,
    language            text not null default '' check (language in ('', 'en', 'zh')),
    theme               text not null default '' check (theme in ('', 'light', 'dark')),
    invited_at          timestamptz not null default now(),
    disabled_at         timestamptz
);
create unique index person_login on platform.person (lower(login));

-- A session holds the role and node that it began with: when the principal gets others, it has ended.
create table platform.session (
    id         bigint primary key,
    principal  bigint not null references platform.person,
    hash       bytea not null unique check (octet_length(hash) = 32),
    way        text not null check (way in ('password', 'link', 'oidc')),
    role       text not null,
    node       bigint,
    agent      text not null,
    address    text not null,
    created_at timestamptz not null default now(),
    seen_at    timestamptz not null default now(),
    ends_at    timestamptz not null,
    ended_at   timestamptz
);
create index session_principal on platform.session (principal, id) where ended_at is null;
create index session_ends_at on platform.session (ends_at);

create table platform.one_time_link (
    hash       bytea primary key check (octet_length(hash) = 32),
    principal  bigint not null references platform.person,
    purpose    text not null check (purpose in ('set_password', 'sign_in')),
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index one_time_link_principal on platform.one_time_link (principal);

create table platform.recovery_code (
    principal bigint not null references platform.person,
    hash      bytea not null check (octet_length(hash) = 32),
    used_at   timestamptz,
    primary key (principal, hash)
);

-- Browsers from which somebody has signed in before.
create table platform.known_device (
    hash      bytea not null check (octet_length(hash) = 32),
    principal bigint not null references platform.person,
    seen_at   timestamptz not null default now(),
    primary key (hash, principal)
);
create index known_device_principal on platform.known_device (principal);

-- Attempts to sign in since the last that succeeded, by who is slowed down for them: the hash of the login with a known
-- device, or with the network that unknown devices come from.
create table platform.sign_in_attempts (
    counter  bytea primary key check (octet_length(counter) = 32),
    attempts bigint not null,
    last_at  timestamptz not null
);
create index sign_in_attempts_last_at on platform.sign_in_attempts (last_at);

-- Views of lists that people keep: the query string of a list under a name of their own.
create table platform.saved_view (
    principal bigint not null references platform.principal,
    area      text not null,
    name      text not null,
    query     text not null,
    saved_at  timestamptz not null default now(),
    primary key (principal, area, name)
);

-- The vault's own keys, each wrapped by the master key or by a key management service.
create table platform.vault_key (
    number     integer primary key check (number > 0),
    purpose    text not null check (purpose in ('digest', 'wrapping')),
    wrapped_by text not null check (wrapped_by in ('master key', 'kms')),
    wrapped    bytea not null,
    made_at    timestamptz not null default now()
);
create unique index vault_key_digest on platform.vault_key (purpose) where purpose = 'digest';

-- What the last failed attempt of a job said.
create table platform.job_failure (
    job       bigint primary key,
    error     text not null,
    failed_at timestamptz not null default now()
);
