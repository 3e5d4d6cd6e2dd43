-- Lists of orders by state, node, channel, customer and SKU, latest first.
create index customer_order_state on orders.customer_order (kind, state, occurred_at, id);
-- The channel at the end spares the look at the table when a list is narrowed to a node and a channel.
create index customer_order_node on orders.customer_order (node, kind, state, occurred_at, id, channel);
create index customer_order_channel on orders.customer_order (channel, kind, state, occurred_at, id);
-- Customers by their end: the last digits of a telephone number.
create index customer_order_customer on orders.customer_order (reverse(customer) collate "C", occurred_at, id)
    where customer <> '';
create index order_line_variant on orders.order_line (variant, order_id);
