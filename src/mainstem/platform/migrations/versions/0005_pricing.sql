create schema pricing;

-- The price of one whole unit within a scope: a variant, a currency, and a channel or node or both or neither.
-- The prices of a scope follow each other without gap or overlap. Amounts are never overwritten: a price that begins
-- within another one's time ends that one, and takes the rest of its time.
create table pricing.price (
    id           bigint primary key,
    variant      bigint not null,
    channel      bigint,
    node         bigint,
    currency     text not null check (currency ~ '^[A-Z]{3}$'),
    amount_minor bigint not null check (amount_minor >= 0),
    valid_from   timestamptz not null,
    valid_until  timestamptz not null default 'infinity',
    derived      text not null default '',
    recorded_at  timestamptz not null default now(),
    constraint price_time check (valid_until >= valid_from)
);
-- What is in force now lies together at the end of each (variant, node), however long its history is.
create index price_in_force on pricing.price (variant, node, valid_until);
create unique index price_last on pricing.price (variant, node, channel, currency) nulls not distinct
    where valid_until = 'infinity';
