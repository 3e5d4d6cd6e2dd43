create schema customers;

-- Identity: who belongs together, and why.

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

-- Consent and rights (beginning).

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

-- Consent and rights (end).

-- Profile (beginning).

-- What a record did on one occasion (an order or a sale): sums over its lines. Rows are added up by day, channel, node
-- and customer when they are read, and never added into each other: an occasion that changes is written again.
create table customers.activity (
    occasion       bigint primary key,
    record         bigint not null,
    kind           text not null check (kind in ('order', 'sale')),
    -- day and hour in the zone of the node
    day            date not null,
    hour           smallint not null check (hour between 0 and 23),
    moment         timestamptz not null,
    channel        text not null,
    channel_kind   text not null,
    node           text not null,
    currency       text not null,
    -- 1 while something of it was neither cancelled nor lapsed
    purchases      smallint not null check (purchases in (0, 1)),
    units          bigint not null,
    amount_minor   bigint not null,
    discount_minor bigint not null,
    returned_units bigint not null,
    returned_minor bigint not null,
    cancelled_minor bigint not null
);
create index activity_record on customers.activity (record, day);

-- The same by category and size of what was bought; '' where the catalogue says nothing.
create table customers.activity_goods (
    occasion       bigint not null references customers.activity on delete cascade,
    record         bigint not null,
    day            date not null,
    category       text not null,
    size           text not null,
    units          bigint not null,
    amount_minor   bigint not null,
    returned_units bigint not null,
    returned_minor bigint not null,
    primary key (occasion, category, size)
);
create index activity_goods_record on customers.activity_goods (record, day);
create index activity_goods_category on customers.activity_goods (category text_pattern_ops, day);

-- The traits of each customer: one row, a column a trait. Null is unknown. Amounts are in minor units of `currency`.
create table customers.trait_value (
    customer bigint primary key,
    -- the day (UTC) that windows of days end on
    as_of    date not null,
    -- from identity
    records         integer not null default 0,
    sources         integer not null default 0,
    known_at        timestamptz,
    told_at         timestamptz,
    has_phone       boolean not null default false,
    has_email       boolean not null default false,
    has_wechat      boolean not null default false,
    has_card        boolean not null default false,
    has_device      boolean not null default false,
    phone_verified  boolean not null default false,
    email_verified  boolean not null default false,
    -- what the customer may be used for: `purpose` or `purpose:channel`; and whether for nothing at all
    consents        text[] not null default '{}',
    restricted      boolean not null default false,
    -- from the golden record
    gender          text,
    birth_year      integer,
    birth_month     integer,
    country         text,
    region          text,
    city            text,
    language        text,
    is_company      boolean,
    -- from activity
    currency           text,
    first_purchase_at  timestamptz,
    last_purchase_at   timestamptz,
    first_purchase_day date,
    last_purchase_day  date,
    orders_total       integer not null default 0,
    orders_30d         integer not null default 0,
    orders_90d         integer not null default 0,
    orders_365d        integer not null default 0,
    orders_before_90d  integer not null default 0,
    orders_before_365d integer not null default 0,
    visits_30d         integer not null default 0,
    visits_90d         integer not null default 0,
    visits_365d        integer not null default 0,
    store_orders       integer not null default 0,
    remote_orders      integer not null default 0,
    spend_total_minor  bigint not null default 0,
    spend_30d_minor    bigint not null default 0,
    spend_90d_minor    bigint not null default 0,
    spend_365d_minor   bigint not null default 0,
    spend_before_365d_minor bigint not null default 0,
    gross_total_minor  bigint not null default 0,
    largest_basket_minor bigint,
    units_total        bigint not null default 0,
    units_365d         bigint not null default 0,
    discount_total_minor bigint not null default 0,
    discounted_orders  integer not null default 0,
    returned_minor     bigint not null default 0,
    returned_orders    integer not null default 0,
    returned_orders_365d integer not null default 0,
    cancelled_orders   integer not null default 0,
    channels_used      integer not null default 0,
    channel_kinds_used integer not null default 0,
    stores_used        integer not null default 0,
    currencies_used    integer not null default 0,
    favourite_channel  text,
    favourite_store    text,
    favourite_store_orders integer not null default 0,
    favourite_hour     integer,
    morning_orders     integer not null default 0,
    noon_orders        integer not null default 0,
    afternoon_orders   integer not null default 0,
    evening_orders     integer not null default 0,
    night_orders       integer not null default 0,
    weekend_orders     integer not null default 0,
    spend_by_channel   jsonb,
    orders_by_channel_kind jsonb,
    spend_by_category  jsonb,
    orders_by_category jsonb,
    categories_used    integer not null default 0,
    top_category       text,
    top_category_minor bigint not null default 0,
    category_spend_minor bigint not null default 0,
    favourite_size     text,
    size_by_category   jsonb,
    rfm_recency        smallint check (rfm_recency between 1 and 5),
    rfm_frequency      smallint check (rfm_frequency between 1 and 5),
    rfm_monetary       smallint check (rfm_monetary between 1 and 5)
) with (fillfactor = 85);

-- Where the quintiles of recency, frequency and money lie in the population of a currency: four bounds each, rising.
create table customers.rfm_bounds (
    currency    text primary key,
    customers   bigint not null,
    days        date[] not null check (cardinality(days) = 4),
    orders      integer[] not null check (cardinality(orders) = 4),
    spend_minor bigint[] not null check (cardinality(spend_minor) = 4),
    computed_at timestamptz not null
);

-- What batch traits say of a customer: the trait's name, and its value.
create table customers.batch_value (
    customer bigint primary key,
    "values" jsonb not null,
    set_at   timestamptz not null
);

-- Tags that people attach, each to a record: a customer has those of his records.
create table customers.manual_tag (
    record bigint not null,
    tag    text not null,
    actor  bigint not null,
    set_at timestamptz not null,
    primary key (record, tag)
);
create index manual_tag_tag on customers.manual_tag (tag, record);

-- Saved conditions. `filled_after` is the customer up to whom the members fit the condition as it is now; null: all.
create table customers.segment (
    id           bigint primary key,
    name         text not null,
    description  text not null default '',
    condition    json not null,
    revision     bigint not null default 1,
    actor        bigint not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    removed_at   timestamptz,
    filled_after bigint default -1
);
create unique index segment_name on customers.segment (lower(name)) where removed_at is null;
create index segment_filling on customers.segment (id) where filled_after is not null;

create table customers.segment_member (
    segment    bigint not null references customers.segment,
    customer   bigint not null,
    entered_at timestamptz not null,
    primary key (segment, customer)
);
create index segment_member_customer on customers.segment_member (customer);
create index segment_member_entered on customers.segment_member (segment, entered_at);

-- How many entered and left a segment in an hour in which anybody did, and its size at the end of it.
create table customers.segment_hour (
    segment  bigint not null references customers.segment,
    hour     timestamptz not null,
    entered  bigint not null,
    departed bigint not null,
    size     bigint not null,
    primary key (segment, hour)
);

-- Profile (end).

-- Households (beginning).

-- Keyed hashes by which records may share a household: address, stated household, and family name (`family`).
create table customers.household_key (
    record bigint not null,
    kind   text not null check (kind in ('address', 'stated', 'family')),
    digest bytea not null,
    primary key (record, kind, digest)
);
create index household_key_digest on customers.household_key (digest, kind, record) where kind <> 'family';

-- What people say of two records: one household (+1), not one (-1), or nothing any more (0). Append-only: the latest of
-- the two customers counts.
create table customers.household_word (
    id          bigint primary key,
    low         bigint not null,
    high        bigint not null,
    sign        smallint not null check (sign between -1 and 1),
    actor       bigint not null,
    recorded_at timestamptz not null,
    check (low < high)
);
create index household_word_low on customers.household_word (low);
create index household_word_high on customers.household_word (high);

-- Households (end).
