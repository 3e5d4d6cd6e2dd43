"""The vault: keyed digests to search by, and a key of its own for each person, to encrypt what is known of him.

A *digest* is HMAC-SHA256, cut to 16 bytes, under a secret of this installation: equal texts have equal digests, and
nobody without the secret can try telephone numbers until one fits. Each *purpose* has a secret of its own, derived with
HKDF (RFC 5869), so that digests of two uses cannot be compared.

A *subject key* is a random AES-256 key. What is kept is the key wrapped, that is encrypted, by the newest *wrapping
key*; destroying that row destroys whatever was sealed with it, also in later backups. Wrapping keys and the digest
secret are in turn wrapped by the master key: see `vault_keys`.
"""

import hmac
import secrets
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mainstem.platform.crypto import KEY_BYTES, Box, KeyMissingError, SpoiltError

DIGEST_BYTES = 16

_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_SEALED_BYTES_MIN = len(_VERSION) + _NONCE_BYTES + _TAG_BYTES
_PURPOSE = "subject key"


class SubjectKey:
    """The key of one person. `wrapped` is what is kept of it."""

    __slots__ = ("_cipher", "wrapped")

    def __init__(self, key: bytes, wrapped: bytes) -> None:
        self._cipher = AESGCM(key)
        self.wrapped = wrapped

    def seal(self, value: bytes, purpose: str) -> bytes:
        """The value encrypted for a purpose, which opening it must name."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, value, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """The value; raises `SpoiltError` for what was not sealed with this key for this purpose."""
        if sealed[:1] != _VERSION or len(sealed) < _SEALED_BYTES_MIN:
            raise SpoiltError("this is no encrypted value")
        nonce_end = len(_VERSION) + _NONCE_BYTES
        try:
            return self._cipher.decrypt(sealed[len(_VERSION) : nonce_end], sealed[nonce_end:], purpose.encode())
        except InvalidTag as error:
            raise SpoiltError("the encrypted value was changed, or is for something or somebody else") from error


class Vault:
    """Digests and subject keys under the secrets of one installation.

    `keys` are wrapping keys of `KEY_BYTES`: the first wraps, all unwrap. `reload` answers those that there are by now:
    it is called when a key was wrapped by one that is not among them, as happens after a rotation in another process.
    """

    def __init__(
        self, digest_secret: bytes, keys: Sequence[bytes], reload: Callable[[], Sequence[bytes]] | None = None
    ) -> None:
        assert len(digest_secret) == KEY_BYTES
        self._digest_secret = digest_secret
        self._purposes: dict[str, bytes] = {}
        self._box = Box(keys)
        self._reload = reload

    @property
    def mark(self) -> bytes:
        """How keys begin that the newest wrapping key has wrapped."""
        return self._box.mark

    def digest(self, purpose: str, text: str) -> bytes:
        """`DIGEST_BYTES` that stand for a text. Purposes are few, and written in the code."""
        secret = self._purposes.get(purpose) or self._derive(purpose)
        return hmac.digest(secret, text.encode("utf-8", "surrogatepass"), "sha256")[:DIGEST_BYTES]

    def new_key(self) -> SubjectKey:
        """A key for somebody new."""
        key = secrets.token_bytes(KEY_BYTES)
        return SubjectKey(key, self._box.seal(key, _PURPOSE))

    def unwrap(self, wrapped: bytes) -> SubjectKey:
        """The key that was kept; raises `KeyMissingError` and `SpoiltError`."""
        return SubjectKey(self._open(wrapped), wrapped)

    def rewrap(self, wrapped: bytes) -> bytes:
        """The same key, wrapped by the newest wrapping key; raises as `unwrap` does."""
        return self._box.seal(self._open(wrapped), _PURPOSE)

    def _open(self, wrapped: bytes) -> bytes:
        try:
            return self._box.open(wrapped, _PURPOSE)
        except KeyMissingError:
            if self._reload is None:
                raise
            self._box = Box(self._reload())
            return self._box.open(wrapped, _PURPOSE)

    def _derive(self, purpose: str) -> bytes:
        info = b"mainstem digest " + purpose.encode()
        self._purposes[purpose] = HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self._digest_secret)
        return self._purposes[purpose]
