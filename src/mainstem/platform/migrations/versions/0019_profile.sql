-- Activity, traits, tags and segments of customers. New tables only.

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
