"""The vault's own keys, in the database: the digest secret, which never changes, and wrapping keys.

They are in the database, wrapped, because all processes on all machines must have the same ones, and because a backup
is worth nothing without them: what is found by digests stays found when the master key changes. What wraps them is
not in the database (`master_keys`). A wrapping key is never deleted, so that a process which has not heard of the
newest one does no harm.
"""

import secrets
from functools import lru_cache
from typing import Any

import msgspec
import psycopg

from mainstem.platform import master_keys
from mainstem.platform.crypto import KEY_BYTES, KEY_FILE, KeyMissingError, SpoiltError
from mainstem.platform.settings import Settings, SettingsError
from mainstem.platform.vault import Vault

DIGEST = "digest"
WRAPPING = "wrapping"

_Connection = psycopg.Connection[tuple[Any, ...]]


class _Kept(msgspec.Struct, frozen=True):
    number: int
    purpose: str
    wrapped_by: master_keys.Wrapper
    wrapped: bytes


@lru_cache(maxsize=16)
def vault(settings: Settings, url: str) -> Vault:
    """The vault of a migrated database; its keys are made when there are none.

    Waits for the database and, where one is set, for the key management service: for the start of a process. Raises
    `SettingsError` when the keys cannot be unwrapped.
    """
    with _connected(url) as connection:
        if not _read(connection):
            _lock(connection)
            if not _read(connection):
                _add(connection, settings, DIGEST)
                _add(connection, settings, WRAPPING)
        kept = _read(connection)
    (digest_secret,) = [_unwrapped(settings, each) for each in kept if each.purpose == DIGEST]
    return Vault(digest_secret, _wrapping_keys(settings, kept), lambda: _reloaded(settings, url))


def renew(settings: Settings, url: str, *, wrapping_key: bool) -> Vault:
    """Wrap the vault's own keys as the settings say now, make a new wrapping key if wanted; the vault that uses it.

    Keys of people stay wrapped by former wrapping keys until each has gone through `Vault.rewrap`.
    """
    with _connected(url) as connection:
        _lock(connection)
        for each in _read(connection):
            wrapper = master_keys.wrapping(settings)
            wrapped = wrapper.wrap(_unwrapped(settings, each), _purpose(each))
            connection.execute(
                "update platform.vault_key set wrapped = %s, wrapped_by = %s where number = %s",
                (wrapped, wrapper.name, each.number),
            )
        if wrapping_key:
            _add(connection, settings, WRAPPING)
    vault.cache_clear()
    return vault(settings, url)


def _connected(url: str) -> _Connection:
    return psycopg.connect(url, application_name="mainstem vault")


def _lock(connection: _Connection) -> None:
    """Of processes that would make keys at once one does, and the others see what it made."""
    connection.execute("lock table platform.vault_key in exclusive mode")


def _read(connection: _Connection) -> list[_Kept]:
    rows = connection.execute("select number, purpose, wrapped_by, wrapped from platform.vault_key order by number")
    return [_Kept(*row) for row in rows]


def _add(connection: _Connection, settings: Settings, purpose: str) -> None:
    number = 1 + max((each.number for each in _read(connection)), default=0)
    wrapper = master_keys.wrapping(settings)
    wrapped = wrapper.wrap(secrets.token_bytes(KEY_BYTES), f"vault {purpose} {number}")
    connection.execute(
        "insert into platform.vault_key (number, purpose, wrapped_by, wrapped) values (%s, %s, %s, %s)",
        (number, purpose, wrapper.name, wrapped),
    )


def _unwrapped(settings: Settings, kept: _Kept) -> bytes:
    try:
        return master_keys.unwrapping(settings, kept.wrapped_by).unwrap(kept.wrapped, _purpose(kept))
    except (KeyMissingError, SpoiltError) as error:
        raise SettingsError(
            f"The keys of this database cannot be unwrapped: {error}",
            "无法解开此数据库的密钥：加密它们的密钥不存在或不匹配。"
            f"请在 MAINSTEM_SECRET_KEY 的第一个密钥之后加入原密钥，或恢复数据目录中的 {KEY_FILE}。",
        ) from error


def _purpose(kept: _Kept) -> str:
    return f"vault {kept.purpose} {kept.number}"


def _wrapping_keys(settings: Settings, kept: list[_Kept]) -> list[bytes]:
    """The newest first."""
    return [_unwrapped(settings, each) for each in reversed(kept) if each.purpose == WRAPPING]


def _reloaded(settings: Settings, url: str) -> list[bytes]:
    with _connected(url) as connection:
        return _wrapping_keys(settings, _read(connection))
