"""`mainstem doctor`: every invariant of a live database, checked in one snapshot of it."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
import msgspec

from mainstem.entrypoints.exits import CommandError, Exit
from mainstem.entrypoints.language import say
from mainstem.entrypoints.output import json_option, product, progress_bar
from mainstem.platform.checks import Check

if TYPE_CHECKING:
    from mainstem.platform.postgres import Connection
    from mainstem.platform.seal import SealReport

FINDINGS_MAX = 20
"""Violations of one check that are shown; all are counted."""

STATEMENT_SECONDS_MAX = 3600
WORK_MEMORY = "64MB"
"""Memory for one sort or hash of a check: the sets are whole tables."""

Report = Callable[[str, int, int], None]
"""Called with the name of the check that begins, its number from 0, and how many there are."""


class Finding(msgspec.Struct, frozen=True):
    """One violation: what is wrong, where and by how much, as a sentence and as values."""

    message: str
    values: dict[str, Any]


class CheckReport(msgspec.Struct, frozen=True):
    """One invariant, how often it is violated, the first violations, and what they mean."""

    name: str
    question: str
    violations: int
    findings: list[Finding]
    meaning: str
    seconds: float


class Health(msgspec.Struct, frozen=True):
    """What the doctor found, and the head of the sealed event log, to be written down elsewhere."""

    healthy: bool
    seconds: float
    checks: list[CheckReport]
    seals: int
    sealed_events: int
    seal_head: str


def all_checks() -> list[Check]:
    """The checks of every room, from the bottom of the house up."""
    from mainstem.domains import pricing
    from mainstem.domains.catalog import CHECKS as CATALOG
    from mainstem.domains.customers import CHECKS as CUSTOMERS
    from mainstem.domains.inventory import CHECKS as INVENTORY
    from mainstem.domains.loyalty import CHECKS as LOYALTY
    from mainstem.domains.orders import CHECKS as ORDERS
    from mainstem.ledger.checks import CHECKS as LEDGER
    from mainstem.platform.checks import CHECKS as PLATFORM

    prices = (*pricing.lists.CHECKS, *pricing.markdown.CHECKS, *pricing.CHECKS)
    return [*PLATFORM, *LEDGER, *CATALOG, *CUSTOMERS, *INVENTORY, *prices, *LOYALTY, *ORDERS]


async def examine(url: str, report: Report = lambda _name, _number, _total: None) -> Health:
    """Check a database that is up to date, in one snapshot; changes nothing and lets others go on writing."""
    from mainstem.platform.postgres import Database

    async with (
        Database(
            url, pool_size=1, application="mainstem doctor", statement_timeout_seconds=STATEMENT_SECONDS_MAX
        ) as database,
        database.snapshot() as connection,
    ):
        return await examine_in(connection, report)


async def examine_in(connection: "Connection", report: Report = lambda _name, _number, _total: None) -> Health:
    """Check what a running transaction sees."""
    began = time.monotonic()
    checks = all_checks()
    await connection.execute(f"set local work_mem = '{WORK_MEMORY}'".encode())
    reports = []
    for number, check in enumerate(checks):
        report(check.name, number, len(checks) + 1)
        reports.append(await _run(connection, check))
    report("platform.seals", len(checks), len(checks) + 1)
    sealed, verified = await _verify_seals(connection)
    reports.append(verified)
    return Health(
        healthy=not any(each.violations for each in reports),
        seconds=round(time.monotonic() - began, 3),
        checks=reports,
        seals=sealed.seals,
        sealed_events=sealed.events,
        seal_head=sealed.head.hash.hex(),
    )


async def _run(connection: "Connection", check: Check) -> CheckReport:
    began = time.monotonic()
    cursor = await connection.execute(
        f"select count(*) over (), violation.* from ({check.sql}) as violation limit {FINDINGS_MAX}"  # noqa: S608
    )
    rows = await cursor.fetchall()
    assert cursor.description is not None
    names = [column.name for column in cursor.description[1:]]
    findings = []
    for row in rows:
        values = dict(zip(names, row[1:], strict=True))
        findings.append(Finding(say(*check.explain).format_map(values), values))
    return CheckReport(
        name=check.name,
        question=say(*check.question),
        violations=rows[0][0] if rows else 0,
        findings=findings,
        meaning=say(*check.meaning),
        seconds=round(time.monotonic() - began, 3),
    )


async def _verify_seals(connection: "Connection") -> "tuple[SealReport, CheckReport]":
    from mainstem.platform import seal

    began = time.monotonic()
    found = await seal.verify(connection)
    fault = found.fault
    findings = []
    if fault is not None:
        values = {"number": fault.number, "kind": fault.kind, "events": fault.events, "found": fault.found}
        findings.append(Finding(say(fault.en, fault.zh), values))
    return found, CheckReport(
        name="platform.seals",
        question=say("Is the sealed event log as it was written?", "已封印的事件日志与写入时一致吗？"),
        violations=len(findings),
        findings=findings,
        meaning=say("The record of who did what was altered.", "“谁做了什么”的记录被篡改。"),
        seconds=round(time.monotonic() - began, 3),
    )


def print_report(health: Health) -> None:
    """Print what was found for a person."""
    for check in health.checks:
        if not check.violations:
            continue
        print(f"✗ {check.name}: {check.question}")
        for finding in check.findings:
            print(f"    {finding.message}")
        if check.violations > len(check.findings):
            more = check.violations - len(check.findings)
            print(say(f"    and {more} more", f"    另有 {more} 处"))
        print(f"    → {check.meaning}")
    violated = sum(1 for check in health.checks if check.violations)
    total, seconds = len(health.checks), health.seconds
    if violated:
        print(
            say(
                f"{violated} of {total} checks found something ({seconds:.1f} s).",
                f"{total} 项检查中 {violated} 项发现问题（{seconds:.1f} 秒）。",
            )
        )
    else:
        print(say(f"All {total} checks hold ({seconds:.1f} s).", f"{total} 项检查全部通过（{seconds:.1f} 秒）。"))
    head = health.seal_head
    print(
        say(
            f"Seals: {health.seals} over {health.sealed_events} events, head {head}",
            f"封印：{health.seals} 个，覆盖 {health.sealed_events} 个事件，链首 {head}",
        )
    )


@click.command(
    "doctor",
    help=say(
        "Check every invariant of a live database in one snapshot of it and say what is wrong: what, where, by how"
        " much, and what that means. Exits with 1 when something is. Changes nothing.",
        "在一个快照中检查运行中数据库的全部不变式，指出何处有误、相差多少及其含义。"
        "发现问题时退出码为 1。不作任何改动。",
    ),
)
@json_option
def command(*, as_json: bool) -> None:
    """Examine the database and report."""
    from mainstem.entrypoints.storage import opened
    from mainstem.platform import migrations, settings

    with opened(settings.load()) as storage:
        pending = migrations.pending(storage.url)
        if pending:
            raise CommandError(
                Exit.DATABASE,
                f"The database is not up to date ({', '.join(pending)} pending). Run `mainstem migrate` first.",
                f"数据库不是最新（{'、'.join(pending)} 待应用）。请先运行 `mainstem migrate`。",
            )
        health = _examine_with_progress(storage.url)
    if as_json:
        product(health)
    else:
        print_report(health)
    raise SystemExit(Exit.OK if health.healthy else Exit.FOUND)


def _examine_with_progress(url: str) -> Health:
    with progress_bar(say("examining", "检查中")) as progress:
        if progress is None:
            return asyncio.run(examine(url))
        return asyncio.run(examine(url, lambda _name, number, total: progress(number, total)))
