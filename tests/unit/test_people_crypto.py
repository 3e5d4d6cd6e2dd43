"""Secrets at rest: keys, rotation, and what is refused."""

import base64
import os
import stat
import threading
from pathlib import Path

import msgspec
import pytest

from mainstem.platform import crypto
from mainstem.platform.settings import Settings, SettingsError, describe, load

pytestmark = pytest.mark.unit

OLD, NEW = os.urandom(32), os.urandom(32)


def settings(data_dir: Path, *keys: bytes) -> Settings:
    text = ",".join(base64.b64encode(key).decode() for key in keys) or None
    return msgspec.structs.replace(load({"MAINSTEM_LOG_FORMAT": "json"}), data_dir=data_dir, secret_key=text)


def test_a_value_opens_for_its_purpose_alone() -> None:
    box = crypto.Box([NEW])
    sealed = box.seal(b"secret", "totp 1")

    assert box.open(sealed, "totp 1") == b"secret"
    assert b"secret" not in sealed
    assert box.seal(b"secret", "totp 1") != sealed
    for spoilt, purpose in [
        (sealed, "totp 2"),
        (sealed[:-1] + b"x", "totp 1"),
        (b"", "totp 1"),
        (b"\x02" * 60, "totp 1"),
    ]:
        with pytest.raises(crypto.SpoiltError):
            box.open(spoilt, purpose)
    with pytest.raises(crypto.SpoiltError):
        box.open_text("not base64 ü", "totp 1")


def test_keys_are_changed_without_losing_what_the_former_one_made() -> None:
    sealed = crypto.Box([OLD]).seal(b"secret", "x")
    both = crypto.Box([NEW, OLD])

    assert both.open(sealed, "x") == b"secret"
    assert crypto.Box([NEW]).open(both.seal(b"secret", "x"), "x") == b"secret"
    with pytest.raises(crypto.KeyMissingError, match=r"[0-9a-f]{8}, which is not there. Add that key"):
        crypto.Box([NEW]).open(sealed, "x")


def test_the_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    texts: list[str] = []
    threads = [
        threading.Thread(target=lambda: texts.append(crypto._read_or_make(tmp_path / "deep" / "k"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(set(texts)), len(texts)) == (1, 8)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["k"]
    assert stat.S_IMODE((tmp_path / "deep" / "k").stat().st_mode) == 0o600


def test_a_key_file_that_others_can_read_is_closed(tmp_path: Path) -> None:
    (tmp_path / crypto.KEY_FILE).write_text(crypto.new_key())
    (tmp_path / crypto.KEY_FILE).chmod(0o644)
    box = crypto.box(settings(tmp_path))

    assert stat.S_IMODE((tmp_path / crypto.KEY_FILE).stat().st_mode) == 0o600
    assert crypto.box(settings(tmp_path)) is box


def test_the_setting_goes_before_the_file(tmp_path: Path) -> None:
    sealed = crypto.box(settings(tmp_path, OLD)).seal(b"secret", "x")

    assert crypto.box(settings(tmp_path, NEW, OLD)).open(sealed, "x") == b"secret"
    assert not (tmp_path / crypto.KEY_FILE).exists()


def test_a_spoilt_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / crypto.KEY_FILE).write_text("too short")
    with pytest.raises(SettingsError, match="32 bytes"):
        crypto.box(settings(tmp_path))
    with pytest.raises(SettingsError, match="MAINSTEM_SECRET_KEY"):
        load({"MAINSTEM_SECRET_KEY": "too short"})


def test_secrets_of_settings_are_not_shown() -> None:
    key = crypto.new_key()
    environ = {"MAINSTEM_SECRET_KEY": key, "MAINSTEM_OIDC_CLIENT_SECRET": "hush"}

    shown = {report.name: report.value for report in describe(environ)}
    assert (shown["secret_key"], shown["oidc_client_secret"]) == ("***", "***")
    assert key not in repr(load(environ))
    assert "hush" not in repr(load(environ))
