"""The system: versions, health, settings with where each comes from, the database, and how this process is doing."""

import asyncio
import os
from importlib.metadata import version
from platform import python_version

import msgspec

from mainstem.console.admin.figures import activity
from mainstem.console.frame import N_, Reply, Visit, html
from mainstem.platform import migrations, settings, verification
from mainstem.platform.migrations import MigrationError
from mainstem.platform.query import ask
from mainstem.platform.standing import server, tables

CHECKS = {
    "database": N_("The database answers"),
    "migrations": N_("Its migrations are those of this program"),
    "pool": N_("Nobody waits for a connection"),
    "seals": N_("The audit trail is sealed"),
}


class Setting(msgspec.Struct, frozen=True):
    """A setting: its value, masked where secret, where it comes from, and where it is changed."""

    name: str
    variable: str
    value: str
    origin: str
    source: str
    text: str


async def show(visit: Visit) -> Reply:
    """Everything an operator asks first. Settings are read only: they belong to the process's environment."""
    database = visit.desk.database
    async with database.snapshot() as connection:
        found, largest, seals = await ask(connection, server(), tables(), verification.sealed())
    status, wrong = await _migrations(database.url)
    pool = database.pool_stats()
    checks = {
        "database": True,
        "migrations": not wrong and status is not None and not status.pending,
        "pool": pool.get("requests_waiting", 0) == 0,
        "seals": seals.waiting is None or seals.number > 0,
    }
    return html(
        visit,
        "admin/templates/system.html",
        version=version("mainstem"),
        python=python_version(),
        server=found,
        tables=largest,
        size=_size,
        pool=pool,
        pool_max=visit.desk.settings.pool_size,
        seals=seals,
        checks=[(visit.t(CHECKS[name]), good) for name, good in checks.items()],
        applied=[] if status is None else [one.revision for one in status.applied],
        pending=[] if status is None else status.pending,
        wrong=wrong,
        activity=activity(),
        settings=_settings(visit),
        config_variable=settings.CONFIG_VARIABLE,
        config_file=settings.CONFIG_FILE,
    )


async def _migrations(url: str) -> tuple[migrations.Status | None, bool]:
    try:
        return await asyncio.to_thread(migrations.status, url), False
    except MigrationError:
        return None, True


def _settings(visit: Visit) -> list[Setting]:
    origins = {
        "default": visit.t("Default"),
        "environment": visit.t("Environment"),
        "file": visit.t("File"),
        "command": visit.t("Command line"),
    }
    rows = []
    for report in settings.describe(os.environ):
        field = settings.FIELDS[report.name]
        shown = settings.shown(visit.desk.settings, report.name)
        given = "" if report.value is None else str(report.value)
        same = shown == given
        rows.append(
            Setting(
                name=report.name,
                variable=field.variable,
                value=shown,
                origin=origins[report.origin if same else "command"],
                source=report.source if same else "",
                text=report.description_zh if visit.language == "zh" else report.description,
            )
        )
    return rows


def _size(visit: Visit, size: int) -> str:
    """Bytes in the largest unit that leaves at least ten of it."""
    for unit, bytes_ in (("GB", 2**30), ("MB", 2**20), ("kB", 2**10)):
        if size >= 10 * bytes_:
            return f"{visit.fmt.number(size // bytes_)} {unit}"
    return f"{visit.fmt.number(size)} B"
