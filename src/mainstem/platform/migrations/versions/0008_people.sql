-- People who sign in to the console: a person is a principal with a login.
create table platform.person (
    principal           bigint primary key references platform.principal,
    login               text not null,
    name                text not null,
    password_hash       text,
    password_changed_at timestamptz,
    totp_secret         bytea,
    totp_step           bigint not null default 0,
    oidc_subject        text unique,
    language            text not null default '' check (language in ('', 'en', 'zh')),
    theme               text not null default '' check (theme in ('', 'light', 'dark')),
    invited_at          timestamptz not null default now(),
    disabled_at         timestamptz
);
create unique index person_login on platform.person (lower(login));

-- A session holds the role and node that it began with: when the principal gets others, it has ended.
create table platform.session (
    id         bigint primary key,
    principal  bigint not null references platform.person,
    hash       bytea not null unique check (octet_length(hash) = 32),
    way        text not null check (way in ('password', 'link', 'oidc')),
    role       text not null,
    node       bigint,
    agent      text not null,
    address    text not null,
    created_at timestamptz not null default now(),
    seen_at    timestamptz not null default now(),
    ends_at    timestamptz not null,
    ended_at   timestamptz
);
create index session_principal on platform.session (principal, id) where ended_at is null;
create index session_ends_at on platform.session (ends_at);

create table platform.one_time_link (
    hash       bytea primary key check (octet_length(hash) = 32),
    principal  bigint not null references platform.person,
    purpose    text not null check (purpose in ('set_password', 'sign_in')),
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index one_time_link_principal on platform.one_time_link (principal);

create table platform.recovery_code (
    principal bigint not null references platform.person,
    hash      bytea not null check (octet_length(hash) = 32),
    used_at   timestamptz,
    primary key (principal, hash)
);

-- Browsers from which somebody has signed in before.
create table platform.known_device (
    hash      bytea not null check (octet_length(hash) = 32),
    principal bigint not null references platform.person,
    seen_at   timestamptz not null default now(),
    primary key (hash, principal)
);
create index known_device_principal on platform.known_device (principal);

-- Attempts to sign in since the last that succeeded, by who is slowed down for them: the hash of the login with a known
-- device, or with the network that unknown devices come from.
create table platform.sign_in_attempts (
    counter  bytea primary key check (octet_length(counter) = 32),
    attempts bigint not null,
    last_at  timestamptz not null
);
create index sign_in_attempts_last_at on platform.sign_in_attempts (last_at);
