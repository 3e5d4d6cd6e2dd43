-- Who set a price; 0 for those recorded before it was kept here (the event log has theirs).
alter table pricing.price add column actor bigint not null default 0;
-- What has begun or ended since a moment: labels on shelves are told what changed.
create index price_began on pricing.price (greatest(valid_from, recorded_at));
create index price_ended on pricing.price (valid_until) where valid_until < 'infinity';

-- Named price lists: for whom they are, in which currency, with tax or without, stays for good.
create table pricing.price_list (
    id           bigint primary key,
    code         text not null unique,
    kind         text not null check (kind in ('group', 'tier', 'region', 'node', 'channel', 'general')),
    -- name of the group, tier or region, code of the node or channel
    scope        text not null,
    currency     text not null check (currency ~ '^[A-Z]{3}$'),
    tax_included boolean not null,
    revision     bigint not null check (revision > 0),
    constraint price_list_scope_given check ((kind = 'general') = (scope = ''))
);
create index price_list_scope on pricing.price_list (kind, scope);

-- What of a list may change, and from when until when it was so: the price of any day can be told.
create table pricing.price_list_terms (
    list        bigint not null references pricing.price_list,
    revision    bigint not null,
    name        json not null,
    label       json not null,
    priority    integer not null,
    active      boolean not null,
    valid_from  timestamptz not null,
    valid_until timestamptz not null,
    since       timestamptz not null,
    until       timestamptz not null default 'infinity',
    actor       bigint not null,
    recorded_at timestamptz not null,
    primary key (list, revision),
    constraint price_list_terms_time check (valid_until > valid_from and until >= since)
);
create unique index price_list_terms_last on pricing.price_list_terms (list) where until = 'infinity';

-- Prices of lists, from a quantity on (smallest steps). Those of one list, variant and quantity never overlap.
create table pricing.list_price (
    id            bigint primary key,
    list          bigint not null references pricing.price_list,
    variant       bigint not null,
    from_quantity bigint not null check (from_quantity > 0),
    -- null: the list has no price
    amount_minor  bigint check (amount_minor >= 0),
    valid_from    timestamptz not null,
    valid_until   timestamptz not null default 'infinity',
    derived       text not null,
    -- the batch of price changes that put it into force
    batch         bigint,
    -- the price that goes on here after another one's time
    continues     bigint,
    actor         bigint not null,
    recorded_at   timestamptz not null,
    constraint list_price_time check (valid_until >= valid_from)
);
create index list_price_in_force on pricing.list_price (variant, list, valid_until);
create index list_price_order on pricing.list_price (list, variant, from_quantity, valid_from, id);
create unique index list_price_last on pricing.list_price (list, variant, from_quantity)
    where valid_until = 'infinity';
create index list_price_began on pricing.list_price (greatest(valid_from, recorded_at));
create index list_price_ended on pricing.list_price (valid_until) where valid_until < 'infinity';

-- Tax by category of goods and place; blank is the widest.
create table pricing.tax_rate (
    id              bigint primary key,
    category        text not null,
    country         text not null check (country ~ '^([A-Z]{2})?$'),
    region          text not null,
    name            text not null,
    -- null: no rate
    rate_millionths bigint check (rate_millionths between 0 and 1000000),
    valid_from      timestamptz not null,
    valid_until     timestamptz not null default 'infinity',
    continues       bigint,
    actor           bigint not null,
    recorded_at     timestamptz not null,
    constraint tax_rate_place check (region = '' or country <> ''),
    constraint tax_rate_time check (valid_until >= valid_from)
);
create index tax_rate_in_force on pricing.tax_rate (country, region, category, valid_until);
create unique index tax_rate_last on pricing.tax_rate (country, region, category) where valid_until = 'infinity';

-- What a unit costs us, and below what it must not be sold.
create table pricing.guard (
    id           bigint primary key,
    variant      bigint not null,
    kind         text not null check (kind in ('cost', 'floor')),
    currency     text not null check (currency ~ '^[A-Z]{3}$'),
    -- null: not known, none
    amount_minor bigint check (amount_minor >= 0),
    valid_from   timestamptz not null,
    valid_until  timestamptz not null default 'infinity',
    continues    bigint,
    actor        bigint not null,
    recorded_at  timestamptz not null,
    constraint guard_time check (valid_until >= valid_from)
);
create index guard_in_force on pricing.guard (variant, valid_until);
create unique index guard_last on pricing.guard (variant, kind, currency) where valid_until = 'infinity';

-- What competitors were seen to ask, never changed.
create table pricing.competitor_price (
    id           bigint primary key,
    variant      bigint not null,
    competitor   text not null,
    currency     text not null check (currency ~ '^[A-Z]{3}$'),
    amount_minor bigint not null check (amount_minor >= 0),
    observed_at  timestamptz not null,
    source       text not null,
    actor        bigint not null,
    recorded_at  timestamptz not null
);
create index competitor_price_latest on pricing.competitor_price (variant, currency, competitor, observed_at desc, id desc);

-- Rules that propose prices for a list.
create table pricing.markdown_rule (
    id         bigint primary key,
    code       text not null unique,
    list       bigint not null references pricing.price_list,
    form       json not null,
    active     boolean not null,
    revision   bigint not null check (revision > 0),
    actor      bigint not null,
    updated_at timestamptz not null
);

-- Price changes that come into force together, or not at all.
create table pricing.price_batch (
    id           bigint primary key,
    list         bigint not null references pricing.price_list,
    state        text not null check (state in ('waiting', 'in_force', 'declined')),
    effective_at timestamptz not null,
    note         text not null,
    rule         text not null,
    lines        bigint not null check (lines > 0),
    -- the largest change of a price, in millionths of what it was
    change_max   bigint not null check (change_max >= 0),
    actor        bigint not null,
    created_at   timestamptz not null,
    decided_by   bigint,
    decided_at   timestamptz,
    constraint price_batch_decided check ((state = 'waiting') = (decided_at is null)),
    constraint price_batch_second check (state <> 'in_force' or decided_by is not null)
);
create index price_batch_state on pricing.price_batch (state, id);

create table pricing.price_batch_line (
    batch           bigint not null references pricing.price_batch,
    position        integer not null,
    variant         bigint not null,
    before_minor    bigint,
    reference_minor bigint,
    amount_minor    bigint check (amount_minor >= 0),
    valid_from      timestamptz,
    valid_until     timestamptz,
    reason          text not null,
    primary key (batch, position)
);
