-- Orders name a record of the customers room in place of a text. What the texts say cannot be sealed here, where there
-- is no key: a database that holds some is made anew. The table is rewritten and locked meanwhile.
do $$
begin
    if exists (select from orders.customer_order where customer <> '') then
        raise exception 'This database was made by a development version: its orders name customers in the clear.'
            ' Nothing of it can be taken over. Make a new database, and import the orders again.'
            using detail = '此数据库由开发版本创建，其订单以明文记录客户，无法沿用。请新建数据库并重新导入订单。';
    end if;
end
$$;
drop index orders.customer_order_customer;
alter table orders.customer_order alter column customer drop default;
alter table orders.customer_order alter column customer drop not null;
alter table orders.customer_order alter column customer type bigint using null::bigint;
create index customer_order_customer on orders.customer_order (customer, occurred_at, id) where customer is not null;
