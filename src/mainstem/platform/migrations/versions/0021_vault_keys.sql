-- The vault's own keys, each wrapped by the master key or by a key management service.
create table platform.vault_key (
    number     integer primary key check (number > 0),
    purpose    text not null check (purpose in ('digest', 'wrapping')),
    wrapped_by text not null check (wrapped_by in ('master key', 'kms')),
    wrapped    bytea not null,
    made_at    timestamptz not null default now()
);
create unique index vault_key_digest on platform.vault_key (purpose) where purpose = 'digest';
