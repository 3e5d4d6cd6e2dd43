-- Views of lists that people keep: the query string of a list under a name of their own.
create table platform.saved_view (
    principal bigint not null references platform.principal,
    area      text not null,
    name      text not null,
    query     text not null,
    saved_at  timestamptz not null default now(),
    primary key (principal, area, name)
);
