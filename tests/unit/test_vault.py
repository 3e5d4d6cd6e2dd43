"""The vault: digests, keys of people, and the keys that wrap keys."""

import asyncio
import hashlib
import hmac
import json
import os
import shlex
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mainstem.domains import customers
from mainstem.domains.customers import rewrapping
from mainstem.platform import crypto, vault_keys
from mainstem.platform.crypto import KeyMissingError, SpoiltError
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask
from mainstem.platform.settings import Settings, SettingsError, load
from mainstem.platform.vault import DIGEST_BYTES, Vault

pytestmark = pytest.mark.anyio

SECRET, OLD, NEW = (bytes([number]) * 32 for number in (1, 2, 3))
KMS = """
import base64, hashlib, hmac, pathlib, sys
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
verb, purpose = sys.argv[-2:]
folder = pathlib.Path(sys.argv[1])
(folder / "calls").open("a").write(f"{verb} {purpose}\\n")
key = AESGCM((folder / "master").read_bytes())
value = base64.b64decode(sys.stdin.readline())
if verb == "wrap":
    answer = b"n" * 12 + key.encrypt(b"n" * 12, value, purpose.encode())
else:
    answer = key.decrypt(value[:12], value[12:], purpose.encode())
print(base64.b64encode(answer).decode())
"""
"""A key management service in a process of its own: a key in a file that only it reads."""


def settings(folder: Path, *keys: str, kms: str = "") -> Settings:
    environment = {"MAINSTEM_DATA_DIR": str(folder), "MAINSTEM_SECRET_KEY": ",".join(keys), "MAINSTEM_KMS_COMMAND": kms}
    return load(environment)


def kms_in(folder: Path) -> str:
    (folder / "kms.py").write_text(KMS)
    (folder / "master").write_bytes(os.urandom(32))
    return shlex.join([sys.executable, str(folder / "kms.py"), str(folder)])


def test_a_digest_is_hmac_under_a_key_derived_for_its_purpose() -> None:
    key = HKDF(SHA256(), 32, salt=None, info=b"mainstem digest phone").derive(SECRET)
    expected = hmac.new(key, b"+8613912345678", hashlib.sha256).digest()[:DIGEST_BYTES]

    vault = Vault(SECRET, [NEW])

    assert vault.digest("phone", "+8613912345678") == expected
    assert vault.digest("phone", "+8613912345678") == Vault(SECRET, [OLD]).digest("phone", "+8613912345678")
    assert vault.digest("email", "+8613912345678") != expected
    assert vault.digest("phone", "+8613912345679") != expected
    assert Vault(OLD, [NEW]).digest("phone", "+8613912345678") != expected


@pytest.mark.parametrize("text", ["", "茶", "\ud800", "x" * 100_000, "\0"])
def test_every_text_has_a_digest(text: str) -> None:
    assert len(Vault(SECRET, [NEW]).digest("name", text)) == DIGEST_BYTES


def test_what_a_key_seals_it_opens_for_the_same_purpose_only() -> None:
    vault = Vault(SECRET, [NEW])
    key, other = vault.new_key(), vault.new_key()

    sealed = key.seal("茶".encode(), "statement")

    assert key.open(sealed, "statement") == "茶".encode()
    assert vault.unwrap(key.wrapped).open(sealed, "statement") == "茶".encode()
    assert key.seal(b"", "statement") != key.seal(b"", "statement")
    for opener, value, purpose in (
        (key, sealed, "profile"),
        (other, sealed, "statement"),
        (key, sealed[:-1] + bytes([sealed[-1] ^ 1]), "statement"),
        (key, sealed[:20], "statement"),
        (key, b"\x02" + sealed[1:], "statement"),
        (key, b"", "statement"),
    ):
        with pytest.raises(SpoiltError):
            opener.open(value, purpose)


def test_the_first_wrapping_key_wraps_and_all_unwrap() -> None:
    key = Vault(SECRET, [OLD]).new_key()
    sealed = key.seal(b"secret", "x")
    both = Vault(SECRET, [NEW, OLD])

    rewrapped = both.rewrap(key.wrapped)

    assert both.unwrap(key.wrapped).open(sealed, "x") == b"secret"
    assert not key.wrapped.startswith(both.mark)
    assert rewrapped.startswith(both.mark)
    assert Vault(SECRET, [NEW]).unwrap(rewrapped).open(sealed, "x") == b"secret"
    with pytest.raises(KeyMissingError):
        Vault(SECRET, [NEW]).unwrap(key.wrapped)
    with pytest.raises(SpoiltError):
        both.unwrap(crypto.Box([NEW]).seal(b"k" * 32, "something else"))


def test_a_key_that_another_process_has_wrapped_with_a_newer_one_is_found() -> None:
    newer = Vault(SECRET, [NEW, OLD]).new_key()
    asked = []

    def reload() -> list[bytes]:
        asked.append(1)
        return [NEW, OLD]

    stale = Vault(SECRET, [OLD], reload)

    assert stale.unwrap(newer.wrapped).wrapped == newer.wrapped
    assert stale.unwrap(newer.wrapped).wrapped == newer.wrapped
    assert stale.new_key().wrapped.startswith(Vault(SECRET, [NEW]).mark)
    assert len(asked) == 1


def test_all_processes_of_a_database_have_the_same_keys(database_url: str, tmp_path: Path) -> None:
    keys = settings(tmp_path, crypto.new_key())

    with ThreadPoolExecutor(8) as threads:
        vaults = list(threads.map(lambda _: vault_keys.vault.__wrapped__(keys, database_url), range(8)))

    key = vaults[0].new_key()
    assert {vault.digest("phone", "1") for vault in vaults} == {vaults[0].digest("phone", "1")}
    assert [vault.unwrap(key.wrapped).wrapped for vault in vaults] == [key.wrapped] * 8
    assert vault_keys.vault(keys, database_url) is vault_keys.vault(keys, database_url)
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("select purpose, wrapped_by from platform.vault_key order by number").fetchall()
    assert rows == [("digest", "master key"), ("wrapping", "master key")]


def test_the_master_key_can_be_changed_and_digests_and_keys_stay_valid(database_url: str, tmp_path: Path) -> None:
    old, new = crypto.new_key(), crypto.new_key()
    before = vault_keys.vault(settings(tmp_path, old), database_url)
    key = before.new_key()
    sealed = key.seal(b"secret", "x")

    after = vault_keys.renew(settings(tmp_path, new, old), database_url, wrapping_key=True)

    alone = vault_keys.vault(settings(tmp_path, new), database_url)
    for vault in (after, alone):
        assert vault.digest("phone", "1") == before.digest("phone", "1")
        assert vault.unwrap(key.wrapped).open(sealed, "x") == b"secret"
        assert vault.rewrap(key.wrapped).startswith(after.mark)
    assert after.mark != before.mark
    vault_keys.vault.cache_clear()
    with pytest.raises(SettingsError, match="cannot be unwrapped"):
        vault_keys.vault(settings(tmp_path, old), database_url)
    assert vault_keys.renew(settings(tmp_path, new), database_url, wrapping_key=False).mark == after.mark


def test_a_process_that_runs_hears_of_a_rotation_when_it_meets_its_key(database_url: str, tmp_path: Path) -> None:
    keys = settings(tmp_path)
    running = vault_keys.vault(keys, database_url)

    renewed = vault_keys.renew(keys, database_url, wrapping_key=True)

    assert running.mark != renewed.mark
    running.unwrap(renewed.new_key().wrapped)
    assert running.mark == renewed.mark
    assert stat.S_IMODE((tmp_path / crypto.KEY_FILE).stat().st_mode) == 0o600


def test_a_service_wraps_the_keys_and_is_not_asked_for_people(database_url: str, tmp_path: Path) -> None:
    keys = settings(tmp_path, kms=kms_in(tmp_path))

    vault = vault_keys.vault(keys, database_url)
    sealed = [vault.unwrap(vault.new_key().wrapped).seal(b"x", "x") for _ in range(50)]

    vault_keys.vault.cache_clear()
    assert vault_keys.vault(keys, database_url).digest("phone", "1") == vault.digest("phone", "1")
    assert len(sealed) == 50
    assert sorted(set((tmp_path / "calls").read_text().splitlines())) == [
        "unwrap vault digest 1",
        "unwrap vault wrapping 2",
        "wrap vault digest 1",
        "wrap vault wrapping 2",
    ]
    assert not (tmp_path / crypto.KEY_FILE).exists()


def test_keys_move_from_the_master_key_to_a_service(database_url: str, tmp_path: Path) -> None:
    before = vault_keys.vault(settings(tmp_path), database_url)
    key = before.new_key()

    after = vault_keys.renew(settings(tmp_path, kms=kms_in(tmp_path)), database_url, wrapping_key=False)

    assert after.unwrap(key.wrapped).wrapped == key.wrapped
    assert after.digest("phone", "1") == before.digest("phone", "1")
    vault_keys.vault.cache_clear()
    with pytest.raises(SettingsError, match="MAINSTEM_KMS_COMMAND names none"):
        vault_keys.vault(settings(tmp_path), database_url)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("false", "exit 1"),
        ("/nowhere/kms", "FileNotFoundError"),
        ("sh -c 'echo no >&2; exit 3'", "no"),
        ("echo", "it wrote no Base64"),
        ("true", "it wrote no Base64"),
        ("sh 'unclosed", "No closing quotation"),
    ],
)
def test_a_service_that_fails_is_told(command: str, said: str, database_url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=said):
        vault_keys.vault(settings(tmp_path, kms=command), database_url)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select from platform.vault_key").fetchall() == []


async def test_work_about_people_needs_a_vault(database: Database, database_url: str) -> None:
    async def digest(work: object) -> bytes:
        return work.vault.digest("phone", "1")  # type: ignore[attr-defined, no-any-return]

    other = Vault(OLD, [OLD])
    assert await Executor(database).transact("test", digest) == database.vault.digest("phone", "1")
    assert await Executor(database, other).transact("test", digest) == other.digest("phone", "1")
    async with Database(database_url, pool_size=1) as bare:
        with pytest.raises(AssertionError, match="needs a vault"):
            await Executor(bare).transact("test", digest)
        with pytest.raises(AssertionError, match="needs a vault"):
            bare.vault.new_key()


async def introduced(executor: Executor, count: int) -> dict[customers.Pair, int]:
    pairs = [("till", f"C-{number:05}") for number in range(count)]
    return await executor.transact("test", lambda work: customers.introduce(work, pairs))


async def test_keys_of_customers_are_wrapped_anew_in_batches_and_go_on_where_they_were(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewrapping, "BATCH", 10)
    database.own_vault = Vault(SECRET, [OLD])
    records = await introduced(Executor(database), 25)
    database.own_vault = Vault(SECRET, [NEW, OLD])
    seen: list[tuple[int, int | None]] = []

    def interrupted(done: int, total: int | None) -> None:
        seen.append((done, total))
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await customers.rewrap_keys(database, interrupted)
    async with database.transaction() as connection:
        (halfway,) = await ask(connection, customers.wrapped_keys(database.vault))
        await connection.execute("delete from customers.subject_key where record = %s", (max(records.values()),))
    done = await customers.rewrap_keys(database, lambda done, total: seen.append((done, total)))

    assert (halfway.current, halfway.former) == (20, 5)
    assert seen == [(10, 25), (20, 25), (4, 4)]
    assert (done.current, done.former, done.rewrapped) == (24, 0, 4)
    assert (await customers.rewrap_keys(database)).rewrapped == 0
    async with database.transaction() as connection:
        only_new = Vault(SECRET, [NEW])
        (named,) = await ask(connection, customers.named(only_new, records.values(), clear=True))
    kept = {pair[1] for pair, record in records.items() if record != max(records.values())}
    assert {one.reference for one in named.values()} == {"", *kept}


def test_the_command_rotates_keys(database_url: str, tmp_path: Path) -> None:
    old, new = crypto.new_key(), crypto.new_key()
    parts = psycopg.conninfo.conninfo_to_dict(database_url)
    where = f"host={quote(str(parts['host']), safe='')}&port={parts.get('port', 5432)}"
    url = f"postgresql://{parts['user']}@/{parts['dbname']}?{where}"
    place = {"MAINSTEM_DATABASE_URL": url, "MAINSTEM_DATA_DIR": str(tmp_path)}

    def run(command: str, *keys: str) -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, "-m", "mainstem", "vault", command, "--json"],
            env={"PATH": os.environ["PATH"], **place, "MAINSTEM_SECRET_KEY": ",".join(keys)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        answer: dict[str, object] = json.loads(done.stdout)
        return answer

    async def introduce(vault: Vault) -> None:
        async with Database(database_url, pool_size=1, vault=vault) as database:
            await introduced(Executor(database), 3)

    before = vault_keys.vault(settings(tmp_path, old), database_url)
    asyncio.run(introduce(before))
    sealed = crypto.box(settings(tmp_path, old)).seal(b"TOTP", "totp 1")
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into platform.principal (id, name, role) values (1, 'ann', 'analyst')")
        connection.execute(
            "insert into platform.person (principal, login, name, totp_secret) values (1, 'a@example.com', 'A', %s)",
            (sealed,),
        )

    assert run("rotate", new, old) == {"rewrapped": 3, "went_on": False}
    assert run("status", new) == {"current": 3, "former": 0, "rewrapped": 0}

    with psycopg.connect(database_url) as connection:
        ((totp,),) = connection.execute("select totp_secret from platform.person").fetchall()
    assert crypto.box(settings(tmp_path, new)).open(totp, "totp 1") == b"TOTP"
    vault_keys.vault.cache_clear()
    assert vault_keys.vault(settings(tmp_path, new), database_url).digest("x", "1") == before.digest("x", "1")
