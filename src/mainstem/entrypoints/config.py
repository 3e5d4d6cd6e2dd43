"""`mainstem config`."""

import click

from mainstem.entrypoints.language import chinese, say
from mainstem.entrypoints.output import json_option, product


@click.command(
    "config",
    help=say(
        "Every setting with its value (passwords masked) and where the value came from.",
        "每项设置、其取值（密码已遮蔽）以及取值来源。",
    ),
)
@json_option
def command(*, as_json: bool) -> None:
    """Print the settings."""
    from mainstem.platform import settings

    reports = settings.describe()
    if as_json:
        product(reports)
        return
    origins = {
        "default": say("default", "默认"),
        "environment": say("environment", "环境变量"),
        "file": say("file", "文件"),
    }
    width = max(len(report.name) for report in reports)
    for report in reports:
        value = "-" if report.value is None else report.value
        source = f" {report.source}" if report.source else ""
        print(f"{report.name:<{width}}  {value}  [{origins[report.origin]}{source}]")
        print(f"{'':<{width}}  {report.description_zh if chinese() else report.description}")
