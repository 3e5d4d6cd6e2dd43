-- Revisions: who edits says which one he saw, so that nobody overwrites unseen what somebody else has changed.
alter table catalog.product add column revision bigint not null default 1;
alter table catalog.node add column revision bigint not null default 1;
alter table catalog.channel add column revision bigint not null default 1;

-- The words of a name, in small letters. Chinese has no blanks: a run of Chinese characters counts as its pairs of
-- neighbours and its last character, so that any part of it is found.
create function catalog.words(name text) returns tsvector
    language sql immutable strict parallel safe
    return array_to_tsvector(array(
        select distinct case when run ~ '^[㐀-鿿]' then substr(run, place, 2) else run end
        from regexp_matches(lower(name), '[㐀-鿿]+|[^\s!-/:-@\[-`{-~　-〿！-／：-＠㐀-鿿]+', 'g') as found,
            lateral (select left(found[1], 600) as run) as cut,
            lateral generate_series(1, case when run ~ '^[㐀-鿿]' then length(run) else 1 end) as place
    ));
alter table catalog.product
    add column words tsvector not null generated always as (catalog.words(name)) stored;
create index product_words on catalog.product using gin (words);

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
