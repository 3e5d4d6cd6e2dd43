create schema customers;

-- What one source calls one person: the id is a customer id for life. `customer` is derived: the smallest id among the
-- records that belong together. `body` is what its statements come to, sealed under the record's own key; empty when
-- nothing was said of it yet, or when it was erased. `revision` counts what was said.
create table customers.source_record (
    id         bigint primary key,
    source     text not null,
    key        bytea not null unique,
    customer   bigint not null,
    body       bytea not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    erased_at  timestamptz,
    revision   bigint not null default 0,
    check (customer <= id)
) with (fillfactor = 90);
create index source_record_customer on customers.source_record (customer, id);

-- What a source said, as it was said: append-only, sealed under the key of its record. The fingerprint is a keyed hash of
-- the content: what is delivered twice was said once.
create table customers.statement (
    id          bigint primary key,
    record      bigint not null,
    fingerprint bytea not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    actor       bigint not null,
    body        bytea not null,
    unique (record, fingerprint)
);

-- The key of a person's data, wrapped by the vault. Erasure deletes the row.
create table customers.subject_key (
    record  bigint primary key,
    wrapped bytea not null,
    made_at timestamptz not null default now()
);

-- One value by which sources know people; the digest is a keyed hash of type, scope and normalised value. While it is
-- suspended it joins nobody. Who lifted a suspension has decided that it stands for one person.
create table customers.identifier (
    id           bigint primary key,
    type         text not null,
    scope        text not null default '',
    digest       bytea not null,
    uses         bigint not null default 0 check (uses >= 0),
    suspended_at timestamptz,
    reason       text not null default '',
    lifted_by    bigint,
    unique (digest, type, scope),
    check ((suspended_at is null) = (reason = ''))
) with (fillfactor = 90);
create index identifier_suspended on customers.identifier (id) where suspended_at is not null;

-- Which record uses which identifier, and how it was told: as identity or as an attribute, and how well verified.
create table customers.identifier_use (
    identifier   bigint not null,
    record       bigint not null,
    role         text not null check (role in ('identity', 'attribute')),
    verification smallint not null check (verification between 0 and 2),
    first_at     timestamptz not null,
    last_at      timestamptz not null,
    primary key (identifier, record),
    check (first_at <= last_at)
);
create index identifier_use_record on customers.identifier_use (record);

-- Keyed hashes under which records that may be one person meet, to be scored.
create table customers.block (
    digest bytea not null,
    record bigint not null,
    primary key (digest, record)
);
create index block_record on customers.block (record);

-- Keyed hashes under which people are searched: name, pinyin, the end of a telephone number, reference.
create table customers.search_key (
    digest bytea not null,
    record bigint not null,
    primary key (digest, record)
);
create index search_key_record on customers.search_key (record);

-- What speaks for (+1) or against (-1) two records being one person; 0 takes back. Append-only: the latest of one pair,
-- rule and identifier counts.
create table customers.assertion (
    id          bigint primary key,
    low         bigint not null,
    high        bigint not null,
    sign        smallint not null check (sign between -1 and 1),
    rule        text not null check (rule in ('shared', 'scored', 'batch', 'manual', 'review')),
    identifier  bigint,
    strength    bigint not null default 0,
    evidence    jsonb not null default '{}',
    actor       bigint not null,
    recorded_at timestamptz not null default clock_timestamp(),
    check (low < high)
);
create index assertion_low on customers.assertion (low, high);
create index assertion_high on customers.assertion (high);

-- Pairs that somebody should look at.
create table customers.review (
    id          bigint primary key,
    low         bigint not null,
    high        bigint not null,
    reason      text not null,
    evidence    jsonb not null default '{}',
    state       text not null default 'open' check (state in ('open', 'joined', 'kept_apart', 'moot')),
    opened_at   timestamptz not null default now(),
    answered_by bigint,
    answered_at timestamptz,
    check (low < high),
    check ((state in ('joined', 'kept_apart')) = (answered_at is not null))
);
create unique index review_open on customers.review (low, high) where state = 'open';
create index review_high on customers.review (high) where state = 'open';
create index review_state on customers.review (state, id);
