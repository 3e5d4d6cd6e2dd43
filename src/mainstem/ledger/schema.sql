create schema ledger;

-- What can be counted, and where it can be. Rooms register theirs; the ledger knows no more than an id and a kind.
create table ledger.asset (
    id   bigint primary key,
    kind text not null
);
create table ledger.place (
    id   bigint primary key check (id > 0),
    kind text not null
);

-- How much of an asset is at a place, and how much of that is promised. Moved, never set.
-- floor is 0, or as far below 0 as recorded facts have taken what is free.
create table ledger.balance (
    asset  bigint not null,
    place  bigint not null,
    posted bigint not null,
    held   bigint not null check (held >= 0),
    floor  bigint not null check (floor <= 0),
    primary key (asset, place),
    constraint balance_floor check (posted - held >= floor)
) with (fillfactor = 70);
create index balance_place on ledger.balance (place, asset);
create index balance_overdrawn on ledger.balance (asset, place) where floor < 0;

-- Every movement there ever was. A negative place is the outside world, whose balance is not kept.
create table ledger.movement (
    id          bigint not null,
    asset       bigint not null,
    source      bigint not null,
    target      bigint not null check (target <> source),
    quantity    bigint not null check (quantity > 0),
    kind        text not null,
    reference   bigint not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    primary key (asset, occurred_at, id)
) partition by range (occurred_at);
create index movement_reference on ledger.movement (reference);

-- A quantity promised and not yet moved. quantity = settled + released + what is still held.
create table ledger.hold (
    id         bigint not null,
    asset      bigint not null,
    place      bigint not null,
    quantity   bigint not null check (quantity > 0),
    settled    bigint not null default 0 check (settled >= 0),
    released   bigint not null default 0 check (released >= 0),
    reference  bigint not null,
    expires_at timestamptz,
    state      text not null default 'held' check (state in ('held', 'posted', 'released', 'expired')),
    created_at timestamptz not null default now(),
    primary key (reference, id),
    constraint hold_whole check (settled + released <= quantity),
    constraint hold_state check ((state = 'held') = (settled + released < quantity))
) with (fillfactor = 80);
create index hold_due on ledger.hold (expires_at) where state = 'held' and expires_at is not null;
create index hold_live on ledger.hold (asset, place, id) where state = 'held';

-- Make the partition of a month when it is not there; true when it was there already.
-- Attaching, unlike creating in place, lets others go on writing.
create function ledger.ensure_month(first_day timestamptz) returns boolean
language plpgsql
set timezone = 'UTC'
as $$
declare
    name text := 'movement_' || to_char(first_day, 'YYYY_MM');
begin
    if to_regclass('ledger.' || name) is not null then
        return true;
    end if;
    perform pg_advisory_xact_lock(hashtext('ledger.movement'));
    -- Not to_regclass: waiting for the lock does not tell its cache what another transaction has made meanwhile.
    if exists (select from pg_class where relnamespace = 'ledger'::regnamespace and relname = name) then
        return true;
    end if;
    execute format('create table ledger.%I (like ledger.movement including all)', name);
    execute format(
        'alter table ledger.movement attach partition ledger.%I for values from (%L) to (%L)',
        name, first_day, first_day + interval '1 month'
    );
    return false;
end
$$;

-- Ends a batch that decided on balances it had not locked when one of them has changed too much meanwhile.
create function ledger.require(changed bigint, wanted bigint) returns void
language plpgsql
as $$
begin
    if changed <> wanted then
        raise exception 'a balance changed between reading and writing' using errcode = 'serialization_failure';
    end if;
end
$$;
