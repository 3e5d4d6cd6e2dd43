-- Indexes behind the lists of stock. Building them waits for writes to these tables to end and holds them up meanwhile:
-- seconds for a million rows.

-- Who holds what is promised of a SKU at a node: live holds only, so it stays small.
create index hold_live on ledger.hold (asset, place, id) where state = 'held';

create index document_kind on inventory.document (kind, id);
create index document_node on inventory.document (node, kind, id);
create index document_target on inventory.document (target, kind, id) where target is not null;
create index discrepancy_kind on inventory.discrepancy (kind, id);
create index discrepancy_node on inventory.discrepancy (node, id);
create index discrepancy_resolved on inventory.discrepancy (id) where resolved_at is not null;
