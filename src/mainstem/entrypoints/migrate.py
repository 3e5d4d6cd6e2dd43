"""`mainstem migrate`."""

import click

from mainstem.entrypoints.language import say
from mainstem.entrypoints.output import json_option, product


@click.command(
    "migrate",
    help=say(
        "Bring the database to the newest schema. Safe to run again, and from several places at once.",
        "将数据库迁移到最新结构。可重复运行，也可在多处同时运行。",
    ),
)
@json_option
def command(*, as_json: bool) -> None:
    """Apply what is pending and say what was applied."""
    from mainstem.entrypoints.storage import bring_up_to_date, opened
    from mainstem.platform import settings

    with opened(settings.load()) as storage:
        applied = bring_up_to_date(storage.url)
    if as_json:
        product({"applied": applied})
        return
    for revision in applied:
        print(revision)
    if not applied:
        print(say("Nothing to do: the schema is the newest.", "无需迁移：结构已是最新。"))
