"""The machine the embedded server runs on, and the configuration that suits it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
CONNECTIONS_MAX = 100
_CGROUP_ROOT = Path("/sys/fs/cgroup")


class Machine(msgspec.Struct, frozen=True):
    """What the server may use: processors, memory, the size of its disk and of shared memory (both bytes)."""

    cpus: int
    memory_bytes: int
    disk_bytes: int
    shared_memory_bytes: int


def detect(data_dir: Path, *, cpus: int | None = None, memory_bytes: int | None = None) -> Machine:
    """Measure the machine, container limits included; what the caller states wins."""
    shared = Path("/dev/shm")  # noqa: S108  # only measured
    return Machine(
        cpus=cpus or _cpus(),
        memory_bytes=memory_bytes or min([psutil.virtual_memory().total, *_memory_limits()]),
        disk_bytes=shutil.disk_usage(data_dir).total,
        shared_memory_bytes=shutil.disk_usage(shared).total if shared.is_dir() else GIB,
    )


def configuration(machine: Machine, socket_dir: Path) -> str:
    """The text of `mainstem.conf`: durable, on a Unix socket only, sized for the machine."""
    shared_buffers = _within(machine.memory_bytes // 4, 32 * MIB, 2 * GIB)
    wal = _within(machine.disk_bytes // 8, 256 * MIB, 8 * GIB)
    socket = str(socket_dir).replace('"', '""').replace("'", "''")
    values = {
        # Durability. What was acknowledged survives a kill and a power cut.
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "wal_level": "replica",
        "allow_alter_system": "off",
        # Where it listens: a socket in a folder only its owner can enter.
        "listen_addresses": "''",
        "port": "5432",
        "unix_socket_directories": f"'\"{socket}\"'",
        "unix_socket_permissions": "0700",
        "max_connections": str(CONNECTIONS_MAX),
        # Memory.
        "shared_buffers": _size(shared_buffers),
        "effective_cache_size": _size(machine.memory_bytes * 6 // 10),
        "maintenance_work_mem": _size(_within(machine.memory_bytes // 32, 16 * MIB, 512 * MIB)),
        "work_mem": _size(_within(machine.memory_bytes // 1000, 4 * MIB, 16 * MIB)),
        "huge_pages": "try",
        # Containers give 64 MB of /dev/shm: parallel queries would fail there.
        "dynamic_shared_memory_type": "posix" if machine.shared_memory_bytes >= GIB else "sysv",
        # Write-ahead log: few, spread checkpoints, but never more than an eighth of the disk.
        "wal_buffers": _size(min(64 * MIB, shared_buffers // 4)),
        # Whole pages go into the log as they are: this build has only pglz, which costs a write more than the bytes do.
        "wal_compression": "off",
        "max_wal_size": _size(wal),
        "min_wal_size": _size(wal // 8),
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        # Planner.
        "jit": "off",
        "random_page_cost": "1.1",
        "max_worker_processes": str(max(8, machine.cpus + 4)),
        "max_parallel_workers": str(machine.cpus),
        "max_parallel_workers_per_gather": str(_within(machine.cpus // 2, 0, 4)),
        "max_parallel_maintenance_workers": str(_within(machine.cpus // 2, 0, 4)),
        # Vacuum: tables here are updated all the time, so little and often.
        "autovacuum_naptime": "1min",
        "autovacuum_vacuum_scale_factor": "0.1",
        "autovacuum_vacuum_insert_scale_factor": "0.2",
        "autovacuum_analyze_scale_factor": "0.1",
        "autovacuum_vacuum_cost_limit": "1000",
        # Logs: one file a weekday, so a week is kept.
        "logging_collector": "on",
        "log_directory": "'log'",
        "log_filename": "'postgresql-%a.log'",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "'%m [%p] '",
        "log_min_duration_statement": "5s",
        "log_lock_waits": "on",
        "log_checkpoints": "off",
        "log_timezone": "'UTC'",
        "timezone": "'UTC'",
        "lc_messages": "'C'",
    }
    lines = "".join(f"{name} = {value}\n" for name, value in values.items())
    return f"# Written by Mainstem at each start: changes made here are lost.\n{lines}"


def _within(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))


def _size(size_bytes: int) -> str:
    return f"{size_bytes // KIB}kB"


def _cpus() -> int:
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for text in _cgroup_texts("cpu", "", "cpu.max"):
        quota, _, period = text.partition(" ")
        if quota.isdigit() and period.isdigit():
            available = min(available, -(-int(quota) // int(period)))
    return max(1, available)


def _memory_limits() -> Iterator[int]:
    """Limits of the control groups; for none, version 1 has a number beyond any memory, version 2 a word."""
    for text in _cgroup_texts("memory", "memory.limit_in_bytes", "memory.max"):
        if text.isdigit() and int(text) > 0:
            yield int(text)


def _cgroup_texts(controller: str, file_v1: str, file_v2: str) -> Iterator[str]:
    """What the file says in this process's control group and in every group above it."""
    try:
        memberships = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return  # Not Linux: no such limits.
    for membership in memberships:
        _, controllers, path = membership.split(":", 2)
        root, file = (_CGROUP_ROOT, file_v2) if not controllers else (_CGROUP_ROOT / controller, file_v1)
        if not file or (controllers and controller not in controllers.split(",")):
            continue
        folder = root / path.lstrip("/")
        for group in (folder, *folder.parents):
            if group.is_relative_to(root) and (group / file).is_file():
                yield (group / file).read_text(encoding="utf-8").strip()
