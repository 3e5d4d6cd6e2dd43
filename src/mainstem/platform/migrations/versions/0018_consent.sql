-- Consent: what people said of a purpose, never changed; and the latest of it, by the record it was said for.
create table customers.consent (
    id          bigint primary key,
    record      bigint not null,
    purpose     text not null,
    -- '': over every channel
    channel     text not null,
    given       boolean not null,
    policy      text not null,
    evidence    text not null,
    -- where the evidence lies; emptied by erasure
    reference   text not null,
    actor       bigint not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null
);
create index consent_record on customers.consent (record, id);

create table customers.consent_state (
    record      bigint not null,
    purpose     text not null,
    channel     text not null,
    given       boolean not null,
    policy      text not null,
    occurred_at timestamptz not null,
    consent     bigint not null,
    primary key (record, purpose, channel)
) with (fillfactor = 85);

-- What people ask for by law: one open request of a kind for a record.
create table customers.rights_request (
    id          bigint primary key,
    record      bigint not null,
    kind        text not null
        check (kind in ('access', 'portability', 'rectification', 'erasure', 'restriction', 'objection')),
    law         text not null check (law in ('pipl', 'gdpr')),
    state       text not null
        check (state in ('received', 'identity_checked', 'in_progress', 'done', 'refused', 'withdrawn')),
    -- how it was checked that it is the person who asks; '': it was not
    identity    text not null,
    -- of an objection: to what
    purposes    text[] not null,
    -- in the person's own words, under the record's key; erasure takes it away
    wish        bytea,
    -- of a refusal: why
    reason      text not null default '',
    received_at timestamptz not null,
    due_at      timestamptz not null,
    closed_at   timestamptz,
    actor       bigint not null,
    check ((closed_at is not null) = (state in ('done', 'refused', 'withdrawn'))),
    check ((reason <> '') = (state = 'refused')),
    check (identity <> '' or state not in ('identity_checked', 'in_progress', 'done'))
);
create unique index rights_request_open on customers.rights_request (record, kind) where closed_at is null;
create index rights_request_due on customers.rights_request (due_at, id) where closed_at is null;
create index rights_request_record on customers.rights_request (record, id);

-- What the person is handed: a text in both languages, with its SHA-256.
create table customers.rights_receipt (
    request   bigint not null,
    state     text not null,
    number    text not null unique,
    document  text not null,
    hash      bytea not null check (octet_length(hash) = 32),
    issued_at timestamptz not null,
    primary key (request, state)
);

-- Records that may be kept and not used.
create table customers.restriction (
    record  bigint primary key,
    request bigint not null,
    since   timestamptz not null
);

-- Who saw what of whom lately, and what for; deleted after a time.
create table customers.disclosure (
    id          bigint generated always as identity primary key,
    record      bigint not null,
    purpose     text not null,
    actor       bigint not null,
    what        text not null,
    occurred_at timestamptz not null
);
create index disclosure_record on customers.disclosure (record, id);
create index disclosure_occurred_at on customers.disclosure using brin (occurred_at);

-- Links to a person's own privacy page, each opened once with its code.
create table customers.privacy_link (
    id           bigint primary key,
    hash         bytea not null unique check (octet_length(hash) = 32),
    code_hash    bytea not null check (octet_length(code_hash) = 32),
    record       bigint not null,
    made_by      bigint not null,
    made_at      timestamptz not null,
    expires_at   timestamptz not null,
    attempts     integer not null default 0,
    -- null: the code was not typed yet
    session_hash bytea check (octet_length(session_hash) = 32),
    session_ends timestamptz,
    ended_at     timestamptz,
    check ((session_hash is null) = (session_ends is null))
);
create index privacy_link_record on customers.privacy_link (record, id);

-- What may still be released of a dataset under differential privacy, counted on the ledger.
create table customers.privacy_budget (
    dataset text primary key,
    -- millionths of epsilon, and trillionths of delta
    epsilon bigint not null unique,
    delta   bigint not null unique,
    place   bigint not null unique
);
