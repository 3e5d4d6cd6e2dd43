-- Fewer indexes to write for each event, order and line. Building the new ones waits for writes to these tables to end
-- and holds them up meanwhile: seconds for a million rows.

-- The trail by who, what and trace: what is frequent is read backwards from the primary key, what is rare is found by
-- the few blocks that can hold it. Ranges are summarised as they fill up.
drop index platform.event_actor;
drop index platform.event_type;
drop index platform.event_trace;
create index event_bloom on platform.event using brin (
    actor int8_bloom_ops (n_distinct_per_range = 500),
    type text_bloom_ops (n_distinct_per_range = 200),
    trace text_bloom_ops
) with (autosummarize = on);
-- The last range is not full yet. Summarised as it is, it would be written again for each event: ten times the cost.
select brin_desummarize_range(
    'platform.event_bloom', greatest(pg_relation_size('platform.event') / current_setting('block_size')::bigint - 1, 0)
);

-- A list narrowed to a channel reads the ranges of the states and tests the channel within the index.
drop index orders.customer_order_channel;
drop index orders.customer_order_state;
create index customer_order_state on orders.customer_order (kind, state, occurred_at, id, channel);

-- Lines of orders only: sales of a SKU are found by its movements. While the previous version still serves, its lists
-- by SKU scan the lines.
drop index orders.order_line_variant;
create index order_line_variant on orders.order_line (variant, order_id) where hold is not null;
