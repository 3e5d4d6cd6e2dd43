"""What wraps the vault's own keys: the master key of the settings, or a key management service.

Either is asked when a process starts and when keys are rotated, never for one person: the few keys that it wraps wrap
all others.
"""

import base64
import binascii
import shlex
import subprocess
from typing import Literal, Protocol

from mainstem.platform.crypto import Box, box
from mainstem.platform.settings import Settings, SettingsError

Wrapper = Literal["master key", "kms"]

KMS_SECONDS_MAX = 30
"""How long the command of a key management service may take."""

_SAID_MAX = 300


class KeyEncryption(Protocol):
    """Encrypts keys, each for a purpose, which decrypting it must name.

    `unwrap` raises `crypto.KeyMissingError`, `crypto.SpoiltError` or `SettingsError` when it cannot be done.
    """

    name: Wrapper

    def wrap(self, key: bytes, purpose: str) -> bytes:
        """The key, encrypted."""

    def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        """The key."""


class MasterKey:
    """The keys of `secret_key`, or that of the data directory: the first wraps, all unwrap."""

    name: Wrapper = "master key"

    def __init__(self, keys: Box) -> None:
        self._box = keys

    def wrap(self, key: bytes, purpose: str) -> bytes:
        """The key, encrypted with the first master key."""
        return self._box.seal(key, purpose)

    def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        """The key."""
        return self._box.open(wrapped, purpose)


class KmsCommand:
    """A key management service behind a command of the operator's.

    It is run with two further arguments, `wrap` or `unwrap` and the purpose; it reads one line of Base64 and writes
    one: the key and its wrapped form, or the other way round. A service that authenticates a context should be given
    the purpose as such. Exit code 0 says that it worked; standard error says why not.
    """

    name: Wrapper = "kms"

    def __init__(self, command: str) -> None:
        try:
            self._command = shlex.split(command)
        except ValueError as error:
            raise _failed("be read as a command for", str(error)) from error

    def wrap(self, key: bytes, purpose: str) -> bytes:
        """The key, encrypted by the service. Raises SettingsError when the command fails."""
        return self._run("wrap", purpose, key)

    def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        """The key. Raises SettingsError when the command fails."""
        return self._run("unwrap", purpose, wrapped)

    def _run(self, verb: str, purpose: str, value: bytes) -> bytes:
        arguments = [*self._command, verb, purpose]
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own command, without a shell
                arguments,
                input=base64.b64encode(value) + b"\n",
                capture_output=True,
                timeout=KMS_SECONDS_MAX,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _failed(verb, type(error).__name__) from error
        if done.returncode != 0:
            raise _failed(verb, done.stderr.decode(errors="replace").strip()[:_SAID_MAX] or f"exit {done.returncode}")
        try:
            answer = base64.b64decode(done.stdout.strip(), validate=True)
        except binascii.Error:
            answer = b""
        if not answer:
            raise _failed(verb, "it wrote no Base64")
        return answer


def wrapping(settings: Settings) -> KeyEncryption:
    """What wraps keys from now on. Raises SettingsError for a master key that cannot be used."""
    return MasterKey(box(settings)) if settings.kms_command is None else KmsCommand(settings.kms_command)


def unwrapping(settings: Settings, name: Wrapper) -> KeyEncryption:
    """What unwraps a key that was wrapped by this.

    Raises SettingsError when it was a service that is not set any more.
    """
    if name == "master key":
        return MasterKey(box(settings))
    if settings.kms_command is None:
        raise SettingsError(
            "The keys of this database are wrapped by a key management service, and MAINSTEM_KMS_COMMAND names none."
            " Set it as it was.",
            "此数据库的密钥由密钥管理服务封装，但未设置 MAINSTEM_KMS_COMMAND。请恢复原来的设置。",
        )
    return KmsCommand(settings.kms_command)


def _failed(verb: str, said: str) -> SettingsError:
    return SettingsError(
        f"The command of MAINSTEM_KMS_COMMAND failed to {verb} a key: {said}. Try it by hand, or correct it.",
        f"MAINSTEM_KMS_COMMAND 的命令执行 {verb} 失败：{said}。请手动执行该命令以排查，或更正设置。",
    )
