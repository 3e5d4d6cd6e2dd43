create schema catalog;

-- The words of a name, in small letters. Chinese has no blanks: a run of Chinese characters counts as its pairs of
-- neighbours and its last character, so that any part of it is found.
create function catalog.words(name text) returns tsvector
    language sql immutable strict parallel safe
    return array_to_tsvector(array(
        select distinct case when run ~ '^[㐀-鿿]' then substr(run, place, 2) else run end
        from regexp_matches(lower(name), '[㐀-鿿]+|[^\s!-/:-@\[-`{-~　-〿！-／：-＠㐀-鿿]+', 'g') as found,
            lateral (select left(found[1], 600) as run) as cut,
            lateral generate_series(1, case when run ~ '^[㐀-鿿]' then length(run) else 1 end) as place
    ));

create table catalog.product (
    id          bigint primary key,
    -- null: the product of a placeholder, which nobody has described yet
    external_id text unique,
    name        text not null,
    brand       text not null default '',
    category    text not null default '',
    updated_at  timestamptz not null default now(),
    revision    bigint not null default 1,
    words       tsvector not null generated always as (catalog.words(name)) stored
);
create index product_category on catalog.product (category text_pattern_ops);
create index product_name on catalog.product (lower(name) text_pattern_ops);
create index product_words on catalog.product using gin (words);

-- A variant is an asset of the ledger: its id is the asset's id.
create table catalog.variant (
    id          bigint primary key,
    product     bigint not null references catalog.product,
    -- collation C: one index finds a SKU and everything that begins like it
    sku         text collate "C" not null unique,
    name        text not null default '',
    unit        text not null,
    attributes  jsonb not null default '{}',
    -- made by a recorded fact that named a SKU the catalogue did not have
    placeholder boolean not null default false,
    updated_at  timestamptz not null default now()
);
create index variant_product on catalog.variant (product);
create index variant_placeholder on catalog.variant (id) where placeholder;

create table catalog.gtin (
    gtin    text primary key check (gtin ~ '^[0-9]{14}$'),
    variant bigint not null references catalog.variant
);
create index gtin_variant on catalog.gtin (variant);

-- A node is a place of the ledger: its id is the place of its stock; transit is the place of what is on its way to it.
create table catalog.node (
    id            bigint primary key,
    transit       bigint not null unique,
    code          text not null unique,
    name          text not null,
    kind          text not null check (kind in ('store', 'warehouse', 'dark_store', 'virtual')),
    time_zone     text not null,
    country       text not null default '',
    region        text not null default '',
    city          text not null default '',
    postal_code   text not null default '',
    street        text not null default '',
    latitude      double precision check (latitude between -90 and 90),
    longitude     double precision check (longitude between -180 and 180),
    opening_hours jsonb not null default '[]',
    capabilities  text[] not null default '{}',
    updated_at    timestamptz not null default now(),
    revision      bigint not null default 1,
    check ((latitude is null) = (longitude is null))
);

create table catalog.channel (
    id         bigint primary key,
    code       text not null unique,
    name       text not null,
    kind       text not null,
    currency   text not null check (currency ~ '^[A-Z]{3}$'),
    updated_at timestamptz not null default now(),
    revision   bigint not null default 1
);

create table catalog.channel_node (
    channel bigint not null references catalog.channel,
    rank    integer not null,
    node    bigint not null references catalog.node,
    primary key (channel, rank),
    unique (channel, node)
);
