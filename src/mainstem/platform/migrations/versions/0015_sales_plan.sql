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
