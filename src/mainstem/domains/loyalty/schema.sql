create schema loyalty;

-- A programme: one document, read whole and changed under its revision. Its id is no place on the ledger.
create table loyalty.programme (
    id         bigint primary key,
    code       text not null unique,
    form       text not null,
    revision   integer not null check (revision > 0),
    updated_at timestamptz not null
);

-- Membership: a customer record in a programme, for life. The id is also its place on the ledger.
-- review_on: the day on which its tier is looked at again. pool: accounts of one pool spend together.
create table loyalty.account (
    id         bigint primary key,
    programme  bigint not null references loyalty.programme,
    record     bigint not null,
    number     text not null unique,
    tier       text not null default '',
    tier_since timestamptz,
    tier_until date,
    review_on  date,
    pool       bigint,
    device     bytea,
    joined_at  timestamptz not null,
    constraint account_member unique (programme, record),
    constraint account_tier check ((tier_until is null) = (review_on is null))
);
create index account_record on loyalty.account (record);
create index account_pool on loyalty.account (pool) where pool is not null;
create index account_review on loyalty.account (review_on) where review_on is not null;
create index account_device on loyalty.account (device) where device is not null;

-- What points, and benefits that are counted, are on the ledger: an asset a programme, kind and last day.
-- benefit '': points. expires_on 9999-12-31: never; what a return could not take back is a debt there.
create table loyalty.lot (
    asset      bigint primary key,
    programme  bigint not null references loyalty.programme,
    benefit    text not null,
    expires_on date not null,
    pending    boolean not null,
    constraint lot_known unique (programme, benefit, expires_on, pending)
);
create index lot_due on loyalty.lot (expires_on) where not pending;

-- Points that were earned: for an order (reference), an action, a referral; back is what returns took again.
create table loyalty.earning (
    id               bigint primary key,
    account          bigint not null references loyalty.account,
    kind             text not null check (kind in ('order', 'action', 'referral')),
    reference        bigint not null,
    what             text not null,
    points           bigint not null check (points >= 0),
    back             bigint not null default 0,
    spend_minor      bigint not null default 0 check (spend_minor >= 0),
    spend_back_minor bigint not null default 0,
    lot              bigint not null references loyalty.lot,
    pending          bigint not null references loyalty.lot,
    state            text not null check (state in ('pending', 'available')),
    release_at       timestamptz not null,
    occurred_at      timestamptz not null,
    constraint earning_back check (back between 0 and points),
    constraint earning_spend_back check (spend_back_minor between 0 and spend_minor),
    constraint earning_once unique (account, kind, reference, what)
);
create index earning_order on loyalty.earning (reference) where kind <> 'action';
create index earning_window on loyalty.earning (account, occurred_at);
create index earning_due on loyalty.earning (release_at) where state = 'pending';

-- What each rule gave of an earning: for what a rule gives at most in a day and a month.
create table loyalty.rule_earning (
    earning bigint not null references loyalty.earning,
    account bigint not null,
    rule    text not null,
    day     date not null,
    points  bigint not null check (points > 0),
    primary key (earning, rule)
);
create index rule_earning_day on loyalty.rule_earning (account, rule, day);

-- Points that were spent: held with an order, then settled or released; back is what returns gave again.
create table loyalty.burn (
    id           bigint primary key,
    account      bigint not null references loyalty.account,
    kind         text not null check (kind in ('tender', 'reward')),
    reference    bigint not null,
    what         text not null,
    points       bigint not null check (points > 0),
    amount_minor bigint not null check (amount_minor >= 0),
    back         bigint not null default 0,
    state        text not null check (state in ('held', 'settled', 'released')),
    occurred_at  timestamptz not null,
    constraint burn_back check (back between 0 and points),
    constraint burn_given_back check (state = 'settled' or back = 0)
);
create index burn_reference on loyalty.burn (reference);
create index burn_account on loyalty.burn (account, id);
create table loyalty.burn_part (
    burn     bigint not null references loyalty.burn,
    position integer not null,
    hold     bigint,
    asset    bigint not null references loyalty.lot,
    account  bigint not null references loyalty.account,
    points   bigint not null check (points > 0),
    back     bigint not null default 0,
    primary key (burn, position),
    constraint burn_part_back check (back between 0 and points)
);

-- How an earning or a burn lies on the lines of its order, so that any sequence of returns ends at zero.
create table loyalty.line (
    document    bigint not null,
    position    integer not null,
    quantity    bigint not null check (quantity > 0),
    returned    bigint not null default 0,
    points      bigint not null check (points >= 0),
    spend_minor bigint not null default 0 check (spend_minor >= 0),
    primary key (document, position),
    constraint line_returned check (returned between 0 and quantity)
);

-- Points given or taken by hand; what is above the programme's threshold waits for a second person.
create table loyalty.adjustment (
    id         bigint primary key,
    account    bigint not null references loyalty.account,
    points     bigint not null check (points <> 0),
    reason     text not null,
    note       text not null,
    state      text not null check (state in ('waiting', 'posted', 'declined')),
    actor      bigint not null,
    decided_by bigint,
    created_at timestamptz not null,
    decided_at timestamptz,
    constraint adjustment_decided check ((state = 'waiting') = (decided_at is null))
);
create index adjustment_waiting on loyalty.adjustment (id) where state = 'waiting';
create index adjustment_account on loyalty.adjustment (account, id);

-- Who brought whom. Both get their points when the new member's first order is enough.
create table loyalty.referral (
    referred   bigint primary key references loyalty.account,
    referrer   bigint not null references loyalty.account,
    created_at timestamptz not null,
    state      text not null check (state in ('waiting', 'rewarded')),
    reference  bigint
);
create index referral_referrer on loyalty.referral (referrer, created_at);

-- Benefits that were granted once a period: a gift for each birthday.
create table loyalty.benefit_grant (
    id        bigint primary key,
    account   bigint not null references loyalty.account,
    benefit   text not null,
    period    text not null,
    quantity  bigint not null check (quantity > 0),
    asset     bigint not null references loyalty.lot,
    given_at  timestamptz not null,
    constraint benefit_grant_once unique (account, benefit, period)
);
create table loyalty.benefit_use (
    id        bigint primary key,
    account   bigint not null references loyalty.account,
    benefit   text not null,
    quantity  bigint not null check (quantity > 0),
    reference text not null,
    used_at   timestamptz not null
);
create index benefit_use_account on loyalty.benefit_use (account, id);

-- Money that is stored, an asset a currency.
create table loyalty.stored_value (
    asset    bigint primary key,
    currency text not null unique
);

-- How long a gift card must live at least, by country; '' for those that are not named. null: it may not expire.
create table loyalty.card_law (
    country    text primary key,
    months_min integer check (months_min >= 0),
    actor      bigint not null,
    updated_at timestamptz not null
);

-- Gift cards and store credit. The id is the place on the ledger. Of the code its keyed digest is kept, and its end.
create table loyalty.card (
    id           bigint primary key,
    kind         text not null check (kind in ('gift_card', 'store_credit')),
    asset        bigint not null references loyalty.stored_value,
    digest       bytea unique,
    pin          bytea,
    last4        text not null,
    record       bigint,
    country      text not null,
    state        text not null check (state in ('issued', 'active', 'frozen', 'expired')),
    face_minor   bigint not null check (face_minor >= 0),
    expires_on   date,
    issued_at    timestamptz not null,
    activated_at timestamptz,
    constraint card_whose check ((kind = 'gift_card') = (digest is not null) and (kind = 'store_credit') <= (record is not null))
);
create index card_record on loyalty.card (record) where record is not null;
create index card_due on loyalty.card (expires_on) where expires_on is not null and state in ('active', 'frozen');
create index card_last4 on loyalty.card (last4);

-- What was paid with a card: held with an order, then settled or released; refunded is what came back.
create table loyalty.card_use (
    id             bigint primary key,
    card           bigint not null references loyalty.card,
    reference      bigint not null,
    what           text not null,
    hold           bigint,
    amount_minor   bigint not null check (amount_minor > 0),
    refunded_minor bigint not null default 0,
    state          text not null check (state in ('held', 'settled', 'released')),
    occurred_at    timestamptz not null,
    constraint card_use_refunded check (refunded_minor between 0 and amount_minor)
);
create index card_use_reference on loyalty.card_use (reference);
create index card_use_card on loyalty.card_use (card, id);

-- Wrong codes and PINs, counted for who tries: nobody can lock another out.
create table loyalty.card_attempt (
    counter  bytea primary key,
    attempts integer not null,
    last_at  timestamptz not null
);
create index card_attempt_old on loyalty.card_attempt (last_at);
