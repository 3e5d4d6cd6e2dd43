-- Quotes that are held, and what a checkout leaves with its order.
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

alter table orders.customer_order
    add column delivery_minor bigint not null default 0 check (delivery_minor >= 0),
    add column checkout text;

alter table orders.line_discount add column code text not null default '';
alter table orders.line_discount drop constraint line_discount_pkey;
alter table orders.line_discount add primary key (order_id, position, kind, code);
