"""What a benchmark says: measures with their bars, as JSON or as a table."""

import os
import platform
import sys
from pathlib import Path

import msgspec
import psutil
from rich.console import Console
from rich.table import Table


class Measure(msgspec.Struct, frozen=True):
    """One figure: its value, what it is compared with, and the bar it has to reach.

    `bar` is a lower bound ("at least") or an upper bound ("at most") of `ratio` when `against_value` is there, else of
    `value`. A measure without a bar informs only.
    """

    name: str
    unit: str
    value: float
    against: str = ""
    against_value: float | None = None
    ratio: float | None = None
    bar: str = ""
    holds: bool = True


def at_least(name: str, unit: str, value: float, *, against: str, of: float, times: float) -> Measure:
    """A figure that has to be at least so many times another one of the same run."""
    ratio = value / of if of else float("inf")
    return Measure(
        name, unit, round(value, 3), against, round(of, 3), round(ratio, 3), f"ratio >= {times}", ratio >= times
    )


def at_most(name: str, unit: str, value: float, *, bar: float, against: str = "", of: float | None = None) -> Measure:
    """A figure that must not be above a bar."""
    ratio = None if not of else round(value / of, 3)
    return Measure(name, unit, round(value, 3), against, of, ratio, f"value <= {bar:g}", value <= bar)


def no_less(name: str, unit: str, value: float, *, bar: float, against: str = "", of: float | None = None) -> Measure:
    """A figure that must not be below a bar."""
    ratio = None if not of else round(value / of, 3)
    return Measure(
        name,
        unit,
        round(value, 3),
        against,
        None if of is None else round(of, 3),
        ratio,
        f"value >= {bar:g}",
        value >= bar,
    )


def exactly(name: str, unit: str, value: float, *, against: str, of: float) -> Measure:
    """A figure that must equal another one."""
    return Measure(name, unit, value, against, of, None, "equal", value == of)


def inform(name: str, unit: str, value: float, against: str = "", of: float | None = None) -> Measure:
    """A figure without a bar."""
    return Measure(name, unit, round(value, 3), against, of, None if not of else round(value / of, 3))


class Report(msgspec.Struct, frozen=True):
    """All measures of one benchmark and the machine they were taken on."""

    bench: str
    machine: dict[str, str | int | float]
    measures: list[Measure]

    @property
    def holds(self) -> bool:
        """Whether every bar holds."""
        return all(measure.holds for measure in self.measures)


def machine() -> dict[str, str | int | float]:
    """What the figures were measured on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return {
        "cpu": model,
        "cores": os.cpu_count() or 0,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def show(report: Report, *, as_json: bool) -> None:
    """Print the report on standard output."""
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report)).decode() + "\n")
        return
    table = Table(title=f"bench {report.bench}: {report.machine['cpu']}, {report.machine['cores']} cores")
    for column in ("measure", "value", "unit", "against", "its value", "ratio", "bar", ""):
        table.add_column(column, justify="right" if column in ("value", "its value", "ratio") else "left")
    for measure in report.measures:
        table.add_row(
            measure.name,
            f"{measure.value:,.6g}",
            measure.unit,
            measure.against,
            "" if measure.against_value is None else f"{measure.against_value:,.6g}",
            "" if measure.ratio is None else f"{measure.ratio:.3g}",
            measure.bar,
            "" if not measure.bar else "holds" if measure.holds else "[red]MISSED[/red]",
        )
    Console(width=None if sys.stdout.isatty() else 180).print(table)
