-- Files that people send to be imported: kept for a time, checked, and imported when somebody has said so.
create schema files;

create table files.upload (
    id          bigint primary key,
    principal   bigint not null references platform.principal,
    -- of the form it was sent with: sent twice, it is there once
    key         text not null,
    kind        text not null,
    name        text not null,
    options     jsonb not null,
    -- null: forgotten, its time was up
    body        bytea,
    size        bigint not null,
    state       text not null check (state in ('checking', 'checked', 'importing', 'imported', 'failed')),
    done        bigint not null default 0,
    total       bigint,
    preview     jsonb,
    counts      jsonb,
    refusal     jsonb,
    created_at  timestamptz not null default now(),
    touched_at  timestamptz not null default now(),
    finished_at timestamptz,
    unique (principal, key)
);
create index upload_kept on files.upload (created_at) where body is not null;

-- What became of each row, or would become of it if it were imported.
create table files.outcome (
    upload  bigint not null references files.upload,
    dry     boolean not null,
    row     bigint not null,
    what    text not null check (what in ('created', 'changed', 'unchanged', 'refused', 'quarantined')),
    refusal jsonb,
    primary key (upload, dry, row)
);
create index outcome_refused on files.outcome (upload, dry, row) where refusal is not null;
