-- Households: what customers may share beside identifiers, and what people say of who lives together.

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
