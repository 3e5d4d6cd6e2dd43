-- Damage that the doctor must find: what happened, which checks must find it (and no other), and how it is done.

-- a balance is set
-- finds: ledger.conservation, ledger.replay
update ledger.balance set posted = posted + 5 where (asset, place) = (select asset, place from ledger.balance
where posted > held and posted > 9 order by asset, place limit 1);

-- stock moves between places without a movement
-- finds: ledger.replay
update ledger.balance as b set posted = posted + case when place = low then -1 else 1 end from (select asset,
min(place) as low, max(place) as high from ledger.balance where posted > held + 1 and place in (select id from
catalog.node) group by asset having count(*) > 1 limit 1) as s where b.asset = s.asset and place in (low,
high);

-- a sale's movement is lost
-- finds: ledger.conservation, ledger.replay, orders.sale_movements
delete from ledger.movement where id = (select id from ledger.movement where kind = 'sale' order by id limit
1);

-- a movement changes its reference
-- finds: inventory.documents
update ledger.movement set reference = 1 where id = (select id from ledger.movement where kind = 'opening'
order by id limit 1);

-- a balance holds more than its holds
-- finds: ledger.held
update ledger.balance set held = held + 1 where (asset, place) = (select asset, place from ledger.balance
where posted > held and posted > 9 order by asset, place limit 1);

-- a floor is lowered
-- finds: inventory.overdrawn, ledger.floor
update ledger.balance set floor = -3 where (asset, place) = (select asset, place from ledger.balance where
posted > held and posted > 9 order by asset, place limit 1);

-- held becomes negative
-- finds: ledger.held, ledger.negative_held
alter table ledger.balance drop constraint balance_held_check;
update ledger.balance set held = -1 where (asset, place) = (select asset, place from ledger.balance where
posted > held and posted > 9 order by asset, place limit 1);

-- a hold ends without its state
-- finds: ledger.holds
update ledger.hold set state = 'posted' where id = (select min(id) from ledger.hold where state = 'released');

-- a hold settles what never moved
-- finds: ledger.settled
update ledger.hold set settled = quantity, released = 0, state = 'posted' where id = (select min(id) from
ledger.hold where state = 'released');

-- an asset is not registered
-- finds: catalog.registered, ledger.orphans
delete from ledger.asset where id = (select id from catalog.variant where sku = 'S1');

-- a place is not registered
-- finds: catalog.registered, ledger.orphans
delete from ledger.place where id = (select transit from catalog.node where code = 'N2');

-- a registered asset has no SKU
-- finds: catalog.registered
insert into ledger.asset (id, kind) values (987654321, 'sku');

-- a placeholder is described without its product
-- finds: catalog.placeholders
update catalog.variant set placeholder = false where placeholder;

-- a document is lost
-- finds: inventory.documents
delete from inventory.document where kind = 'adjustment';

-- a reservation is closed and goes on holding
-- finds: inventory.reservations
update inventory.document set state = 'closed' where kind = 'reservation' and state = 'open';

-- a released reservation opens again
-- finds: inventory.reservations
update inventory.document set state = 'open' where kind = 'reservation' and state = 'closed';

-- a transfer says it sent more
-- finds: inventory.transfers
update inventory.transfer_line set sent = sent + 1 where document = (select min(id) from inventory.document
where kind = 'transfer' and state = 'closed');

-- a transfer closes and leaves its goods in transit
-- finds: inventory.transit
update inventory.document set state = 'closed' where kind = 'transfer' and state = 'open';

-- a counted variance is not noted
-- finds: inventory.discrepancies
delete from inventory.discrepancy where kind = 'counted' and quantity < 0;

-- a short transfer is noted as less
-- finds: inventory.discrepancies
update inventory.discrepancy set quantity = quantity - 1 where kind = 'transfer_short';

-- more was oversold than was sold
-- finds: inventory.oversold
update inventory.discrepancy set quantity = -1000 where kind = 'oversold';

-- nobody was told of an oversold shelf
-- finds: inventory.overdrawn
delete from inventory.discrepancy where kind = 'oversold';

-- a policy names a node that is not there
-- finds: inventory.orphans
update inventory.policy set node = 987654321;

-- a total changes, and what is due with it
-- finds: orders.totals
update orders.customer_order set total_minor = total_minor + 1, due_minor = due_minor + 1 where id = (select
id from orders.customer_order where state = 'placed' order by id limit 1);

-- a tax line is lost
-- finds: orders.totals
delete from orders.tax_line where order_id = (select id from orders.customer_order where state = 'allocated'
order by id limit 1);

-- a discount is lost
-- finds: orders.discounts
delete from orders.line_discount where kind = 'coupon' and order_id = (select id from orders.customer_order
where state = 'shipped' order by id limit 1);

-- less is due than was kept
-- finds: orders.due
update orders.customer_order set due_minor = due_minor - 1 where id = (select id from orders.customer_order
where state = 'returned' order by id limit 1);

-- a payment is lost
-- finds: orders.paid
delete from orders.tender where order_id = (select id from orders.customer_order where state = 'delivered'
order by id limit 1);

-- a line shipped more than its shipments
-- finds: orders.due, orders.lines
update orders.order_line set shipped = shipped + 1, cancelled = cancelled - 1 where order_id = (select
order_id from orders.order_line where shipped > 0 and cancelled > 0 order by 1 limit 1) and shipped > 0 and
cancelled > 0;

-- a shipment's line is lost
-- finds: orders.lines, orders.shipment_movements
delete from orders.shipment_line where shipment = (select min(id) from orders.shipment);

-- a shipment left another node
-- finds: orders.shipment_movements
update orders.shipment set node = (select id from catalog.node where code = 'N2') where id = (select min(id)
from orders.shipment);

-- a return went to the shelf on paper only
-- finds: orders.return_movements
update orders.customer_return set restock = true where not restock;

-- a shipment arrives and its order does not know
-- finds: orders.undelivered
update orders.shipment set delivered_at = now() where id = (select max(id) from orders.shipment where
delivered_at is null);

-- a line forgets its hold
-- finds: orders.holds
update orders.order_line set hold = null where hold = (select hold from orders.order_line as l join
ledger.hold as h on h.id = l.hold where h.state = 'held' order by hold limit 1);

-- a hold is lost
-- finds: ledger.held, orders.holds
delete from ledger.hold where id = (select hold from orders.order_line as l join ledger.hold as h on h.id =
l.hold where h.state = 'held' order by hold limit 1);

-- a live hold belongs to nobody
-- finds: orders.holds
insert into ledger.hold (id, asset, place, quantity, reference) select 987654321, asset, place, 1, 987654322
from ledger.balance where posted > held + 9 order by asset, place limit 1;
update ledger.balance set held = held + 1 where (asset, place) = (select asset, place from ledger.hold where
id = 987654321);

-- a state is ahead of its goods
-- finds: orders.states
update orders.customer_order set state = 'delivered' where id = (select id from orders.customer_order where
state = 'shipped' order by id limit 1);

-- a state that does not exist
-- finds: orders.states
update orders.customer_order set state = 'lost' where id = (select id from orders.customer_order where state =
'sold' order by id limit 1);

-- a paid order would lapse
-- finds: orders.states
update orders.customer_order set expires_at = now() where id = (select id from orders.customer_order where
state = 'allocated' order by id limit 1);

-- an order's row is lost
-- finds: orders.events, orders.orphans
delete from orders.customer_order where id = (select id from orders.customer_order where state = 'cancelled'
order by id limit 1);

-- an order names a customer that nobody knows
-- finds: orders.orphans
update orders.customer_order set customer = 1 where id = (select id from orders.customer_order where state = 'sold'
order by id limit 1);

-- a sale vanishes, goods and all
-- finds: orders.events
create temp table gone as select id from orders.customer_order where external_id = 'R3';
update ledger.balance as b set posted = b.posted + m.quantity from ledger.movement as m where m.reference in
(select id from gone) and (b.asset, b.place) = (m.asset, m.source);
delete from ledger.movement where reference in (select id from gone);
delete from orders.order_line where order_id in (select id from gone);
delete from orders.customer_order where id in (select id from gone);

-- a line's SKU is not there
-- finds: inventory.orphans, ledger.orphans, orders.orphans
alter table catalog.gtin drop constraint gtin_variant_fkey;
delete from catalog.variant where sku = 'unheard-of';
delete from ledger.asset where kind = 'sku' and not exists (select from catalog.variant as v where v.id =
asset.id);

-- a redirect leads to a redirect
-- finds: customers.customers, customers.reasons
update customers.source_record set customer = (select id from customers.source_record where source = 'crm' and
customer <> id) where id = (select max(id) from customers.source_record where source = 'crm' and customer = id);

-- two people are one, and nothing says why
-- finds: customers.reasons
update customers.source_record set customer = (select min(id) from customers.source_record) where id = (select max(id)
from customers.source_record where customer = id and id not in (select customer from customers.source_record where
customer <> id) and id not in (select high from customers.assertion where rule = 'manual'));

-- a correction is undone
-- finds: customers.apart
insert into customers.assertion (id, low, high, sign, rule, actor) select 987654331, low, high, 1, 'batch', 1 from
customers.assertion where rule = 'manual' and sign < 0 order by id limit 1;
update customers.source_record set customer = (select low from customers.assertion where id = 987654331) where id =
(select high from customers.assertion where id = 987654331);

-- the key of a person is lost
-- finds: customers.keys
delete from customers.subject_key where record = (select min(id) from customers.source_record where source = 'crm');

-- a use of a phone is not counted
-- finds: customers.uses
update customers.identifier set uses = uses - 1 where id = (select identifier from customers.identifier_use group by
identifier having count(*) > 1 order by identifier limit 1);

-- what a source said is lost
-- finds: customers.statements
delete from customers.statement where id = (select min(id) from customers.statement);

-- a search finds nobody
-- finds: customers.orphans
insert into customers.search_key (digest, record) values ('nobody', 987654332);

-- what somebody refused is allowed
-- finds: customers.consent
update customers.consent_state set given = true where record = (select min(record) from customers.consent_state where
not given) and not given;

-- somebody agreed to something who is not there
-- finds: customers.consent_subjects
insert into customers.consent (id, record, purpose, channel, given, policy, evidence, reference, actor, occurred_at,
recorded_at) values (987654341, 987654342, 'analytics', '', true, '2026-1', 'till', '', 1, '2026-01-01', now());
insert into customers.consent_state (record, purpose, channel, given, policy, occurred_at, consent) values (987654342,
'analytics', '', true, '2026-1', '2026-01-01', 987654341);

-- a receipt is rewritten
-- finds: customers.receipts
update customers.rights_receipt set document = document || ' ' where number = (select min(number) from
customers.rights_receipt);

-- a receipt is lost
-- finds: customers.receipts
delete from customers.rights_receipt where request = (select id from customers.rights_request where kind = 'erasure')
and state = 'done';

-- somebody who was erased is found again
-- finds: customers.erased
insert into customers.search_key (digest, record) select 'found again', id from customers.source_record where erased_at
is not null;

-- the key of somebody who was erased is back
-- finds: customers.erased
insert into customers.subject_key (record, wrapped) select id, 'key' from customers.source_record where erased_at is
not null;

-- somebody is restricted, and nobody has asked for it
-- finds: customers.restrictions
insert into customers.restriction (record, request, since) select min(id), 987654343, now() from
customers.source_record where source = 'crm';

-- a code was tried too often
-- finds: customers.links
update customers.privacy_link set attempts = 9;

-- a privacy budget is nowhere
-- finds: customers.privacy_budgets
update customers.privacy_budget set place = 987654344;

-- an answer is cut short
-- finds: platform.answers
update platform.idempotency set answer = '+' where key = (select key from platform.idempotency order by key limit 1);

-- a subscriber is ahead of the events
-- finds: platform.cursors
insert into platform.event_cursor (subscriber, xid, id) values ('mailer', '4000000000', 1);

-- the database comes from a dump
-- finds: platform.event_transactions
insert into platform.event (xid, id, type, subject, actor, trace, occurred_at, payload) values ('4000000000',
1, 'catalog.node_changed', 1, 0, '', now(), '{}');

-- a quarantined entry is settled at no moment
-- finds: platform.quarantine
insert into platform.quarantine (id, operation, source, payload, fingerprint, refusal, state) values (1,
'orders.place_order', 'file', 'x', 'y', '{}', 'resubmitted');

-- an event is edited
-- finds: platform.seals
update platform.event set actor = 99 where id = (select min(id) from platform.event where type =
'inventory.stock_received');

-- what was bought by category is lost
-- finds: customers.activity
insert into customers.activity (occasion, record, kind, day, hour, moment, channel, channel_kind, node, currency,
purchases, units, amount_minor, discount_minor, returned_units, returned_minor, cancelled_minor) select 987654351,
min(id), 'sale', '2026-01-01', 9, '2026-01-01', 'web', 'web', 'N1', 'EUR', 1, 3, 300, 0, 0, 0, 0 from
customers.source_record where erased_at is null;

-- somebody who is not there bought something
-- finds: customers.activity_subjects
insert into customers.activity (occasion, record, kind, day, hour, moment, channel, channel_kind, node, currency,
purchases, units, amount_minor, discount_minor, returned_units, returned_minor, cancelled_minor) values (987654352,
987654353, 'sale', '2026-01-01', 9, '2026-01-01', 'web', 'web', 'N1', 'EUR', 0, 0, 0, 0, 0, 0, 0);

-- somebody is in a segment who is nobody
-- finds: customers.members
insert into customers.segment (id, name, condition, actor, created_at, updated_at, filled_after) values (987654354,
'everybody', '{}', 1, now(), now(), null);
insert into customers.segment_member (segment, customer, entered_at) values (987654354, 987654355, now());
insert into customers.segment_hour (segment, hour, entered, departed, size) values (987654354, now(), 1, 0, 1);

-- a segment has another size than its members
-- finds: customers.segment_sizes
insert into customers.segment (id, name, condition, actor, created_at, updated_at, filled_after) values (987654354,
'everybody', '{}', 1, now(), now(), null);
insert into customers.segment_hour (segment, hour, entered, departed, size) values (987654354, now(), 3, 1, 2);

-- a household is kept of somebody who is not there
-- finds: customers.households
insert into customers.household_key (record, kind, digest) values (987654356, 'address', 'x');
insert into customers.household_word (id, low, high, sign, actor, recorded_at) values (987654357, 987654358, 987654359,
1, 1, now());

-- nobody knows what is counted
-- finds: loyalty.lots
insert into ledger.asset (id, kind) values (987654361, 'points');

-- points that wait are forgotten
-- finds: loyalty.pending
update loyalty.earning set state = 'available' where state = 'pending';

-- a line of an earning is lost
-- finds: loyalty.earnings
delete from loyalty.line where document = (select id from loyalty.earning where kind = 'order' and points > 0 order by
id limit 1) and position = 1;

-- a part of what was spent is lost
-- finds: loyalty.burns
delete from loyalty.burn_part where burn = (select min(id) from loyalty.burn where kind = 'reward');

-- points were spent that are held still
-- finds: loyalty.holds
update loyalty.burn set state = 'settled' where state = 'held';

-- points are below zero that nobody returned
-- finds: loyalty.below_zero
update loyalty.lot as l set expires_on = '2090-01-01' from ledger.balance as b where b.asset = l.asset and b.floor < 0;

-- a payment with a card is forgotten
-- finds: loyalty.cards
delete from loyalty.card_use;

-- a card is worth something before it is sold
-- finds: loyalty.cards
update loyalty.card set state = 'issued' where state = 'frozen';

-- a member is nobody
-- finds: loyalty.orphans
update loyalty.account set record = 987654362 where id = (select min(id) from loyalty.account);

-- somebody pools alone
-- finds: loyalty.orphans
update loyalty.account set pool = 987654363 where id = (select min(id) from loyalty.account);

-- an adjustment is made greater
-- finds: loyalty.adjustments
update loyalty.adjustment set points = points + 1 where id = (select min(id) from loyalty.adjustment where state =
'posted');

-- a promotion is changed past the program
-- finds: pricing.promotions
update pricing.promotion set state = 'live' where code = 'draft';

-- a use of a promotion is said to be settled, and its hold is live
-- finds: pricing.usage
update pricing.usage set state = 'settled' where id = (select min(id) from pricing.usage where state = 'held' and kind =
'promotion');

-- a use is forgotten
-- finds: pricing.counted
delete from pricing.usage_part where usage = (select min(id) from pricing.usage where state = 'settled');

-- a coupon is made that its batch does not have
-- finds: pricing.coupons
update pricing.coupon set number = number + 1000 where batch = (select id from pricing.coupon_batch where code =
'sorry');

-- two prices hold at one moment
-- finds: pricing.timelines
insert into pricing.guard (id, variant, kind, currency, amount_minor, valid_from, valid_until, actor, recorded_at)
select n.id, (select min(id) from catalog.variant), 'cost', 'EUR', 1, n.since, n.until, 1, now() from (values
(987654370, timestamptz '2026-01-01', timestamptz 'infinity'), (987654371, '2026-01-02', '2026-01-03')) as n (id, since,
until);

-- a price list has no terms
-- finds: pricing.terms
insert into pricing.price_list (id, code, kind, scope, currency, tax_included, revision) values (987654372, 'bare',
'general', '', 'EUR', true, 1);

-- a price list is for a node that is not there
-- finds: pricing.list_scopes
insert into pricing.price_list (id, code, kind, scope, currency, tax_included, revision) values (987654373, 'nowhere',
'node', 'N99', 'EUR', true, 1);
insert into pricing.price_list_terms (list, revision, name, label, priority, active, valid_from, valid_until, since,
actor, recorded_at) values (987654373, 1, '{}', '{}', 0, true, '-infinity', 'infinity', '-infinity', 1, now());

-- a floor is of a SKU that is not there
-- finds: pricing.subjects
insert into pricing.guard (id, variant, kind, currency, amount_minor, valid_from, actor, recorded_at) values (987654374,
987654375, 'floor', 'EUR', 1, '2026-01-01', 1, now());

-- a batch is in force without its prices
-- finds: pricing.batches
insert into pricing.price_list (id, code, kind, scope, currency, tax_included, revision) values (987654376, 'sale',
'general', '', 'EUR', true, 1);
insert into pricing.price_list_terms (list, revision, name, label, priority, active, valid_from, valid_until, since,
actor, recorded_at) values (987654376, 1, '{}', '{}', 0, true, '-infinity', 'infinity', '-infinity', 1, now());
insert into pricing.price_batch (id, list, state, effective_at, note, rule, lines, change_max, actor, created_at,
decided_by, decided_at) values (987654377, 987654376, 'in_force', now(), '', '', 1, 0, 1, now(), 2, now());

-- somebody approved his own price changes
-- finds: pricing.second_person
insert into pricing.price_list (id, code, kind, scope, currency, tax_included, revision) values (987654376, 'sale',
'general', '', 'EUR', true, 1);
insert into pricing.price_list_terms (list, revision, name, label, priority, active, valid_from, valid_until, since,
actor, recorded_at) values (987654376, 1, '{}', '{}', 0, true, '-infinity', 'infinity', '-infinity', 1, now());
insert into pricing.price_batch (id, list, state, effective_at, note, rule, lines, change_max, actor, created_at,
decided_by, decided_at) values (987654377, 987654376, 'in_force', now(), '', '', 1, 0, 1, now(), 1, now());
insert into pricing.price_batch_line (batch, position, variant, amount_minor, reason) select 987654377, 1, min(id), 5,
'{}' from catalog.variant;
insert into pricing.list_price (id, list, variant, from_quantity, amount_minor, valid_from, derived, batch, actor,
recorded_at) select 987654378, 987654376, min(id), 1, 5, now(), '', 987654377, 1, now() from catalog.variant;
