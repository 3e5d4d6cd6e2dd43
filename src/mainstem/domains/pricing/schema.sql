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
    constraint price_time check (valid_until >= valid_from),
    -- who set it; 0 for those recorded before it was kept here
    actor        bigint not null default 0
);
-- What is in force now lies together at the end of each (variant, node), however long its history is.
create index price_in_force on pricing.price (variant, node, valid_until);
create unique index price_last on pricing.price (variant, node, channel, currency) nulls not distinct
    where valid_until = 'infinity';
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

-- ---- promotions

-- The number of what is live: another one whenever that changes, never the same one twice. Processes keep the book
-- of promotions compiled as long as the number is theirs.
create sequence pricing.book_version_number;
create table pricing.book_version (
    single  boolean primary key default true check (single),
    version bigint not null
);
insert into pricing.book_version (version) values (0);

-- A promotion as it is now. The id is the asset of its uses, items and budget are assets; the id is a place too.
-- alike: its code as look-alike letters are read, so that no two can be mistaken for each other.
create table pricing.promotion (
    id          bigint primary key,
    code        text not null unique,
    alike       text not null unique,
    form        text not null,
    revision    integer not null check (revision > 0),
    state       text not null check (state in ('draft', 'approved', 'live', 'paused', 'ended')),
    valid_from  timestamptz,
    valid_until timestamptz,
    items       bigint not null unique,
    budget      bigint not null unique,
    updated_at  timestamptz not null
);
create index promotion_running on pricing.promotion (valid_until) where state in ('live', 'paused');

-- What was done to a promotion, for ever; a form where one was saved.
create table pricing.promotion_change (
    id          bigint primary key,
    promotion   bigint not null references pricing.promotion,
    revision    integer not null,
    verb        text not null check (verb in ('saved', 'approved', 'started', 'paused', 'ended')),
    state       text not null,
    form        text,
    note        text not null,
    actor       bigint not null,
    recorded_at timestamptz not null,
    constraint promotion_change_form check ((verb = 'saved') = (form is not null))
);
create index promotion_change_promotion on pricing.promotion_change (promotion, id);

-- A day of a promotion: a place for the uses of that day, and an asset for those of each customer.
create table pricing.promotion_day (
    id        bigint primary key,
    promotion bigint not null,
    day       date not null,
    constraint promotion_day_once unique (promotion, day)
);

-- What needs no second person, by currency; '' for those that are not named.
create table pricing.approval_rule (
    currency         text primary key,
    percent_max      integer not null check (percent_max between 0 and 100),
    budget_minor_max bigint not null check (budget_minor_max >= 0),
    actor            bigint not null,
    updated_at       timestamptz not null
);

create table pricing.product_list (
    id         bigint primary key,
    name       text not null unique,
    revision   integer not null check (revision > 0),
    actor      bigint not null,
    updated_at timestamptz not null
);
create table pricing.product_list_item (
    list    bigint not null references pricing.product_list,
    variant bigint not null,
    primary key (variant, list)
);
create index product_list_item_list on pricing.product_list_item (list);

-- A use of a promotion's limits or of a coupon by an order (reference): held, then settled or released, or given back.
-- subject: the promotion, or the batch of the coupon.
create table pricing.usage (
    id           bigint primary key,
    kind         text not null check (kind in ('promotion', 'coupon')),
    subject      bigint not null,
    coupon       bigint,
    reference    bigint not null,
    record       bigint,
    items        bigint not null check (items >= 0),
    amount_minor bigint not null check (amount_minor >= 0),
    state        text not null check (state in ('held', 'settled', 'released', 'given_back')),
    occurred_at  timestamptz not null
);
create index usage_reference on pricing.usage (reference);
create index usage_subject on pricing.usage (subject, occurred_at);
create index usage_coupon on pricing.usage (coupon) where coupon is not null;
create table pricing.usage_part (
    usage    bigint not null references pricing.usage,
    hold     bigint not null,
    asset    bigint not null,
    place    bigint not null,
    quantity bigint not null check (quantity > 0),
    primary key (usage, hold)
);

-- ---- coupons

create sequence pricing.coupon_batch_serial maxvalue 1048575;

-- A batch of coupons for a promotion. The id is the asset of their uses, and the place of those of a public code.
-- Codes are not kept: a code is the serial, a number up to count, and a keyed check. issued: numbers with a row.
create table pricing.coupon_batch (
    id                bigint primary key,
    serial            integer not null unique,
    code              text not null unique,
    name              text not null,
    kind              text not null check (kind in ('unique', 'personal', 'public')),
    promotion         bigint not null references pricing.promotion,
    public_code       text unique,
    public_alike      text unique,
    count             bigint not null check (count between 0 and 10000000),
    issued            bigint not null default 0 check (issued >= 0),
    uses_total        bigint check (uses_total > 0),
    uses_per_code     integer not null check (uses_per_code > 0),
    uses_per_customer integer check (uses_per_customer > 0),
    claims_per_customer integer not null check (claims_per_customer >= 0),
    valid_from        timestamptz,
    valid_until       timestamptz,
    life_days         integer check (life_days > 0),
    transferable      boolean not null,
    state             text not null check (state in ('active', 'stopped')),
    revision          integer not null check (revision > 0),
    actor             bigint not null,
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    constraint coupon_batch_public check ((kind = 'public') = (public_code is not null)),
    constraint coupon_batch_alike check ((public_code is null) = (public_alike is null))
);
create index coupon_batch_promotion on pricing.coupon_batch (promotion);

-- A coupon that somebody has, or that was used: of all others of a batch there is no row. record: whose it is; null:
-- whoever shows the code. The id is the place of its uses.
create table pricing.coupon (
    id         bigint primary key,
    batch      bigint not null references pricing.coupon_batch,
    number     bigint not null check (number > 0),
    record     bigint,
    origin     text not null check (origin in ('claimed', 'issued', 'shown')),
    note       text not null,
    had_at     timestamptz not null,
    expires_at timestamptz,
    constraint coupon_number unique (batch, number)
);
create index coupon_wallet on pricing.coupon (record, had_at) where record is not null;

-- Wrong codes, counted for who tries: nobody can lock another out.
create table pricing.coupon_attempt (
    counter  bytea primary key,
    attempts integer not null,
    last_at  timestamptz not null
);
create index coupon_attempt_old on pricing.coupon_attempt (last_at);

-- ---- quotes

-- A quote whose prices are promised for a time; form: what was asked and told, as JSON.
create table pricing.quote (
    id          bigint primary key,
    form        text not null,
    expires_at  timestamptz not null,
    -- the order that it became
    used_by     bigint,
    actor       bigint not null,
    made_at     timestamptz not null
);
