create schema orders;

create table orders.customer_order (
    id          bigint primary key,
    channel     bigint not null,
    -- the node that promises, ships or sold it
    node        bigint not null,
    external_id text not null,
    fingerprint bytea not null,
    kind        text not null check (kind in ('order', 'sale')),
    state       text not null,
    -- who ordered or bought, as a record of the customers room: whose that is today, the room knows
    customer    bigint,
    currency    text not null,
    total_minor bigint not null,
    -- what is to be paid now: the total less what was cancelled or returned
    due_minor   bigint not null,
    added_tax_minor bigint not null default 0,
    paid_minor  bigint not null default 0,
    -- when an unpaid order lapses
    expires_at  timestamptz,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    revision    integer not null default 1,
    undelivered integer not null default 0,
    -- what getting the goods there costs; due as long as any of them is kept
    delivery_minor bigint not null default 0 check (delivery_minor >= 0),
    -- what settling it needs to know when points, cards or limited promotions belong to it, as JSON; null: nothing does
    checkout    text
) with (fillfactor = 85);
create unique index customer_order_external_id on orders.customer_order (channel, external_id, (case kind when 'sale' then node end))
    nulls not distinct where external_id <> '';
create index customer_order_occurred_at on orders.customer_order (occurred_at, id);
create index customer_order_due on orders.customer_order (expires_at) where expires_at is not null;
-- The channel at the end spares the look at the table when a list is narrowed to a channel.
create index customer_order_state on orders.customer_order (kind, state, occurred_at, id, channel);
create index customer_order_node on orders.customer_order (node, kind, state, occurred_at, id, channel);
create index customer_order_customer on orders.customer_order (customer, occurred_at, id) where customer is not null;

create table orders.order_line (
    order_id         bigint not null,
    position         integer not null,
    variant          bigint not null,
    quantity         bigint not null check (quantity >= 0),
    unit_price_minor bigint,
    discount_minor   bigint not null default 0,
    amount_minor     bigint not null,
    hold             bigint,
    shipped          bigint not null default 0,
    cancelled        bigint not null default 0,
    returned         bigint not null default 0,
    primary key (order_id, position),
    constraint line_whole check (shipped + cancelled <= quantity and returned <= shipped)
) with (fillfactor = 85);
-- Lines of orders: those of sales have no hold, and are found by the movements of the SKU.
create index order_line_variant on orders.order_line (variant, order_id) where hold is not null;

create table orders.line_discount (
    order_id     bigint not null,
    position     integer not null,
    kind         text not null,
    amount_minor bigint not null,
    -- of a promotion: which
    code         text not null default '',
    primary key (order_id, position, kind, code)
);

create table orders.tender (
    id           bigint primary key,
    order_id     bigint not null,
    kind         text not null,
    amount_minor bigint not null,
    reference    text not null default '',
    occurred_at  timestamptz not null
);
create index tender_order on orders.tender (order_id);

create table orders.tax_line (
    order_id        bigint not null,
    position        integer not null,
    name            text not null,
    amount_minor    bigint not null,
    rate_millionths bigint not null,
    included        boolean not null,
    primary key (order_id, position)
);

create table orders.shipment (
    id           bigint primary key,
    order_id     bigint not null,
    node         bigint not null,
    carrier      text not null default '',
    tracking     text not null default '',
    shipped_at   timestamptz not null,
    delivered_at timestamptz
);
create index shipment_order on orders.shipment (order_id);

create table orders.shipment_line (
    shipment bigint not null references orders.shipment,
    position integer not null,
    quantity bigint not null check (quantity > 0),
    primary key (shipment, position)
);

create table orders.customer_return (
    id           bigint primary key,
    order_id     bigint not null,
    node         bigint not null,
    reason       text not null,
    restock      boolean not null,
    refund_minor bigint not null check (refund_minor >= 0),
    returned_at  timestamptz not null
);
create index customer_return_order on orders.customer_return (order_id);

create table orders.return_line (
    return_id    bigint not null references orders.customer_return,
    position     integer not null,
    quantity     bigint not null check (quantity > 0),
    refund_minor bigint not null check (refund_minor >= 0),
    primary key (return_id, position)
);

-- What was odd about a recorded fact and was carried all the same.
create table orders.finding (
    id          bigint primary key,
    order_id    bigint not null,
    position    integer,
    code        text not null,
    detail      text not null default '',
    recorded_at timestamptz not null default now()
);
create index finding_code on orders.finding (code, id);
create index finding_order on orders.finding (order_id);

-- What is planned to be sold on a day: by a node, through a channel, both, or by all. Each scope stands for itself.
create table orders.sales_plan (
    day          date not null,
    -- null: not narrowed
    node         bigint,
    channel      bigint,
    currency     text not null check (currency ~ '^[A-Z]{3}$'),
    amount_minor bigint not null check (amount_minor >= 0),
    -- who said so last, and when
    actor        bigint not null,
    recorded_at  timestamptz not null
);
create unique index sales_plan_scope on orders.sales_plan (day, node, channel, currency) nulls not distinct;
