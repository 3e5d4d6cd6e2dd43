-- Promotions with their limits, and coupons.
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
