-- Twins: what was tried on a span of history, how far that has come, and what came of it.
create schema twins;

create table twins.twin (
    id          bigint primary key,
    name        text not null,
    principal   bigint not null,
    ask         jsonb not null,
    state       text not null check (state in ('waiting', 'reading', 'replaying', 'done', 'failed')),
    done        integer not null default 0,
    total       integer not null default 0,
    result      jsonb,
    error       text,
    created_at  timestamptz not null,
    touched_at  timestamptz not null default now(),
    finished_at timestamptz
);
