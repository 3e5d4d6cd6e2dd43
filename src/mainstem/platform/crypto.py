"""Small secrets at rest: encrypted with AES-256-GCM under a key that the database does not hold.

A value says which key it was made with, so that keys can be changed: the first key encrypts, every key decrypts. What a
value is for is authenticated with it: a value moved to another row or another use is refused.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mainstem.platform.settings import Settings, SettingsError

KEY_FILE = "secret.key"
KEY_BYTES = 32

_VERSION = b"\x01"
_ID_BYTES = 4
_NONCE_BYTES = 12
_HEAD_BYTES = len(_VERSION) + _ID_BYTES
_FILE_MODE = 0o600


class KeyMissingError(Exception):
    """A value was made with a key that is not there."""


class SpoiltError(Exception):
    """A value was changed, made for something else, or is none."""


class Box:
    """Encrypts with the first of its keys, each of `KEY_BYTES`, and decrypts with all of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        assert keys
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._first = _key_id(keys[0])

    @property
    def mark(self) -> bytes:
        """How values begin that were encrypted with the first key."""
        return _VERSION + self._first

    def seal(self, value: bytes, purpose: str) -> bytes:
        """The value encrypted for a purpose, which opening it must name."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = _VERSION + self._first
        return head + nonce + self._ciphers[self._first].encrypt(nonce, value, head + purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """The value; raises `KeyMissingError`, and `SpoiltError` for what was not sealed for this purpose."""
        if sealed[:1] != _VERSION or len(sealed) < _HEAD_BYTES + _NONCE_BYTES:
            raise SpoiltError("this is no encrypted value")
        head, nonce = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
        cipher = self._ciphers.get(head[1:])
        if cipher is None:
            raise KeyMissingError(
                f"The value was encrypted with the key {head[1:].hex()}, which is not there. Add that key to"
                f" MAINSTEM_SECRET_KEY, after the first one, or put back {KEY_FILE} of the data directory."
            )
        try:
            return cipher.decrypt(nonce, sealed[_HEAD_BYTES + _NONCE_BYTES :], head + purpose.encode())
        except InvalidTag as error:
            raise SpoiltError("the encrypted value was changed, or is for something else") from error

    def seal_text(self, value: bytes, purpose: str) -> str:
        """`seal` in characters that a cookie and a form can carry."""
        return base64.urlsafe_b64encode(self.seal(value, purpose)).decode().rstrip("=")

    def open_text(self, text: str, purpose: str) -> bytes:
        """`open` of such a text."""
        try:
            sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError) as error:
            raise SpoiltError("this is no encrypted value") from error
        return self.open(sealed, purpose)


@lru_cache(maxsize=16)
def box(settings: Settings) -> Box:
    """The box of the settings: with the keys of `secret_key`, else with that of the data directory, made when absent.

    Raises SettingsError for a key that cannot be used.
    """
    if settings.secret_key is not None:
        return Box([_decoded(part) for part in settings.secret_key.split(",")])
    path = settings.data_dir / KEY_FILE
    try:
        return Box([_decoded(_read_or_make(path))])
    except OSError as error:
        raise SettingsError(
            f"The key file {path} cannot be used: {error.strerror}. Correct its permissions, or set"
            " MAINSTEM_SECRET_KEY.",
            f"无法使用密钥文件 {path}：{error.strerror}。请更正其权限，或设置 MAINSTEM_SECRET_KEY。",
        ) from error


def new_key() -> str:
    """A key as `secret_key` and the key file hold it."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _read_or_make(path: Path) -> str:
    """The text of the key file; of processes that start at once one makes it, whole, and all read that one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(new_key() + "\n")
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(fresh, path)
        finally:
            fresh.unlink()
    if path.stat().st_mode & 0o077:
        path.chmod(_FILE_MODE)
    return path.read_text(encoding="ascii")


def _decoded(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(
            "A secret key is not 32 bytes in Base64. Make one with: openssl rand -base64 32",
            "密钥不是 32 字节的 Base64 文本。可用以下命令生成：openssl rand -base64 32",
        )
    return key


def _key_id(key: bytes) -> bytes:
    return sha256(b"mainstem key id" + key).digest()[:_ID_BYTES]
