create schema inventory;

-- One row for each document that moved or promised stock: delivery, adjustment, count, transfer, reservation.
-- reason: of an adjustment why, of a delivery its source; expected_at: of a transfer its arrival, of a reservation its end.
create table inventory.document (
    id          bigint primary key,
    kind        text not null check (kind in ('delivery', 'adjustment', 'count', 'transfer', 'reservation')),
    node        bigint not null,
    target      bigint,
    external_id text not null default '',
    reason      text not null default '',
    note        text not null default '',
    derived     text not null default '',
    state       text not null default 'closed' check (state in ('open', 'closed')),
    expected_at timestamptz,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default now()
);
create index document_open on inventory.document (kind, id) where state = 'open';
create index document_due on inventory.document (expected_at) where kind = 'reservation' and state = 'open';
create index document_external_id on inventory.document (external_id) where external_id <> '';
create index document_kind on inventory.document (kind, id);
create index document_node on inventory.document (node, kind, id);
create index document_target on inventory.document (target, kind, id) where target is not null;

-- What a transfer sent and what of it arrived.
create table inventory.transfer_line (
    document bigint not null references inventory.document,
    variant  bigint not null,
    sent     bigint not null check (sent > 0),
    received bigint not null default 0 check (received >= 0),
    primary key (document, variant)
);
create index transfer_line_variant on inventory.transfer_line (variant);

-- What a document announced and what has not been received under the same name yet.
create table inventory.inbound (
    node        bigint not null,
    document    text not null,
    variant     bigint not null,
    quantity    bigint not null check (quantity > 0),
    expected_at timestamptz not null,
    primary key (variant, node, document)
);
create index inbound_document on inventory.inbound (document, node);

-- Safety stock, channel buffer and low-stock level of a scope; null leaves a value to a wider scope.
create table inventory.policy (
    id         bigint primary key,
    variant    bigint,
    category   text,
    node       bigint,
    channel    bigint,
    safety     bigint check (safety >= 0),
    buffer     bigint check (buffer >= 0),
    low        bigint check (low >= 0),
    updated_at timestamptz not null default now(),
    check (variant is null or category is null)
);
create unique index policy_scope on inventory.policy (variant, category, node, channel) nulls not distinct;

-- What a fact contradicted: somebody should look.
create table inventory.discrepancy (
    id          bigint primary key,
    kind        text not null check (kind in ('oversold', 'counted', 'transfer_short', 'transfer_over')),
    node        bigint not null,
    variant     bigint not null,
    quantity    bigint not null check (quantity <> 0),
    reference   bigint not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    resolved_at timestamptz,
    resolved_by bigint,
    note        text not null default ''
);
create index discrepancy_open on inventory.discrepancy (id) where resolved_at is null;
create index discrepancy_variant on inventory.discrepancy (variant, node);
create index discrepancy_kind on inventory.discrepancy (kind, id);
create index discrepancy_node on inventory.discrepancy (node, id);
create index discrepancy_resolved on inventory.discrepancy (id) where resolved_at is not null;
