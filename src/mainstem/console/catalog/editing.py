"""Editing products, nodes and channels: a form carries the revision it was made from, and nobody overwrites unseen."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from mainstem.connectors.files import differences, fields
from mainstem.console.catalog import typed, words
from mainstem.console.catalog.products import numbered
from mainstem.console.frame import MissingError, Problem, Reply, Visit, html, see_other
from mainstem.domains import catalog
from mainstem.kernel.moments import zone_names
from mainstem.platform.query import Query, ask


class Differing(NamedTuple):
    """One thing that is there now and was typed otherwise."""

    what: str
    now: str
    typed: str


async def product(visit: Visit) -> Reply:
    """The form of a product."""
    there = await _find(visit, catalog.find_product_by_id(numbered(visit.path["product"])))
    return _product_form(visit, there)


async def new_product(visit: Visit) -> Reply:
    """The form of a product that does not exist yet; of a placeholder when the address names one."""
    placeholder: catalog.ProductView | None = None
    if visit.query.get("placeholder", "").isdecimal():
        placeholder = await _find(visit, catalog.find_product_by_id(int(visit.query["placeholder"][:18])))
    rows = typed.product_rows(placeholder.variants) if placeholder is not None else []
    return _product_form(visit, None, rows=rows)


async def save_product(visit: Visit) -> Reply:
    """Create or change a product."""
    form = await visit.form()
    there = None
    if "product" in visit.path:
        there = await _find(visit, catalog.find_product_by_id(numbered(visit.path["product"])))
        if there.external_id is None:
            raise MissingError
    code = form.text("external_id") if there is None else str(there.external_id)
    command = typed.product(form, code)
    done = await visit.run(catalog.UPSERT_PRODUCTS, command, form.text("key"))
    if isinstance(done, Problem):
        now = await _now(visit, catalog.find_product(code), done)
        return _product_form(visit, there, form.typed(), typed.typed_rows(form), done, now, command)
    return _saved(visit, f"/products/{done.id}", done)


async def node(visit: Visit) -> Reply:
    """The form of a node."""
    return _node_form(visit, await _find(visit, catalog.find_node(visit.path["code"])))


async def new_node(visit: Visit) -> Reply:
    """The form of a node that does not exist yet."""
    return _node_form(visit, None)


async def save_node(visit: Visit) -> Reply:
    """Create or change a node."""
    form = await visit.form()
    there = await _find(visit, catalog.find_node(visit.path["code"])) if "code" in visit.path else None
    command = typed.node(form, form.text("code") if there is None else there.code)
    done = await visit.run(catalog.UPSERT_NODES, command, form.text("key"))
    if isinstance(done, Problem):
        now = await _now(visit, catalog.find_node(command.code), done)
        return _node_form(visit, there, form.typed(), done, now, command)
    return _saved(visit, f"/nodes/{quote(command.code, safe='')}", done)


async def channel(visit: Visit) -> Reply:
    """The form of a channel."""
    return _channel_form(visit, await _find(visit, catalog.find_channel(visit.path["code"])))


async def new_channel(visit: Visit) -> Reply:
    """The form of a channel that does not exist yet."""
    return _channel_form(visit, None)


async def save_channel(visit: Visit) -> Reply:
    """Create or change a channel."""
    form = await visit.form()
    there = await _find(visit, catalog.find_channel(visit.path["code"])) if "code" in visit.path else None
    command = typed.channel(form, form.text("code") if there is None else there.code)
    done = await visit.run(catalog.UPSERT_CHANNELS, command, form.text("key"))
    if isinstance(done, Problem):
        now = await _now(visit, catalog.find_channel(command.code), done)
        return _channel_form(visit, there, form.typed(), done, now, command)
    return _saved(visit, f"/channels/{quote(command.code, safe='')}", done)


async def _find(visit: Visit, query: Query[Any]) -> Any:  # noqa: ANN401 - the view of the room
    async with visit.desk.database.transaction() as connection:
        (found,) = await ask(connection, query)
    if found is None:
        raise MissingError
    return found


async def _now(visit: Visit, query: Query[Any], problem: Problem) -> Any:  # noqa: ANN401 - the view of the room
    """What is there now, when it is not what the form was made from."""
    if problem.code != catalog.REVISION_CONFLICT.code:
        return None
    async with visit.desk.database.transaction() as connection:
        (found,) = await ask(connection, query)
    return found


def _saved(visit: Visit, url: str, done: catalog.Upserted) -> Reply:
    if done.created:
        return see_other(url, notice=visit.t("Created."))
    return see_other(url, notice=visit.t("Saved.") if done.changed else visit.t("It was so already; nothing changed."))


def _differing(visit: Visit, now: Any, command: Any) -> list[Differing]:  # noqa: ANN401 - as `fields` takes them
    if now is None:
        return []
    return [
        Differing(
            f"{change.line} · {visit.t(words.COLUMNS[change.column])}"
            if change.line
            else visit.t(words.COLUMNS[change.column]),
            _worded(visit, command, change.column, change.before),
            _worded(visit, command, change.column, change.after),
        )
        for change in differences(fields(now), fields(command))
    ]


def _worded(visit: Visit, command: Any, column: str, text: str) -> str:  # noqa: ANN401 - a command
    """A code in the words of the page."""
    if column == "kind":
        kinds = words.NODE_KINDS if isinstance(command, catalog.UpsertNode) else words.CHANNEL_KINDS
        found = kinds.get(text, text)
        return visit.t(found if isinstance(found, str) else found[0])
    if column == "capabilities":
        return " · ".join(visit.t(words.CAPABILITIES[code]) for code in text.split("|") if code in words.CAPABILITIES)
    return visit.t(words.UNITS[text]) if column == "unit" and text in words.UNITS else text.replace("|", " · ")


def _shared(visit: Visit, there: Any, problem: Problem | None, now: Any, command: Any) -> dict[str, object]:  # noqa: ANN401
    """What every form shows. The next attempt is one on what is there now: its reader has seen it."""
    latest = now if now is not None else there
    return {
        "there": there,
        "problem": problem,
        "conflict": now is not None,
        "differing": _differing(visit, now, command),
        "revision": 0 if latest is None else latest.revision,
        "status": 200 if problem is None else problem.status,
    }


def _product_form(
    visit: Visit,
    there: catalog.ProductView | None,
    values: dict[str, str] | None = None,
    rows: Sequence[typed.Row] = (),
    problem: Problem | None = None,
    now: catalog.ProductView | None = None,
    command: catalog.UpsertProduct | None = None,
) -> Reply:
    if there is not None and there.external_id is None:
        return see_other(f"/new/product?placeholder={there.id}")
    if values is None:
        values = {name: getattr(there, name, "") or "" for name in ("external_id", "name", "brand", "category")}
        rows = rows or typed.product_rows(() if there is None else there.variants[: typed.VARIANTS_SHOWN_MAX])
    known = set() if there is None else {variant.sku for variant in there.variants}
    blank = {"sku": "", "name": "", "unit": "pc", "gtins": "", "attributes": ""}
    if problem is not None:  # the number of a GTIN has no field of its own
        where = "/".join(problem.where.split("/")[:4])
        problem = msgspec.structs.replace(problem, where=where)
    return html(
        visit,
        "catalog/templates/product_form.html",
        values=values,
        rows=[*rows, *[blank] * typed.BLANK_VARIANTS],
        known=known,
        hidden=0 if there is None else max(0, len(there.variants) - typed.VARIANTS_SHOWN_MAX),
        units=[(code, visit.t(text)) for code, text in words.UNITS.items()],
        **_shared(visit, there, problem, now, command),  # type: ignore[arg-type]
    )


def _node_form(
    visit: Visit,
    there: catalog.NodeView | None,
    values: dict[str, str] | None = None,
    problem: Problem | None = None,
    now: catalog.NodeView | None = None,
    command: catalog.UpsertNode | None = None,
) -> Reply:
    if values is None:
        values = typed.node_values(there)
        if there is None:
            values["time_zone"] = visit.network.zone if visit.network.nodes else ""
    if problem is not None and command is not None and problem.where.startswith("/opening_hours/"):
        day = command.opening_hours[int(problem.where.split("/")[2])].weekday
        problem = msgspec.structs.replace(problem, where=f"/hours-{day}")
    return html(
        visit,
        "catalog/templates/node_form.html",
        values=values,
        kinds=[(code, visit.t(text)) for code, (text, _) in words.NODE_KINDS.items()],
        capabilities=[(code, visit.t(text)) for code, text in words.CAPABILITIES.items()],
        weekdays=[(number, visit.t(text)) for number, text in enumerate(words.WEEKDAYS, 1)],
        zones=[(zone, zone) for zone in sorted(zone_names())],
        **_shared(visit, there, problem, now, command),  # type: ignore[arg-type]
    )


def _channel_form(
    visit: Visit,
    there: catalog.ChannelView | None,
    values: dict[str, str] | None = None,
    problem: Problem | None = None,
    now: catalog.ChannelView | None = None,
    command: catalog.UpsertChannel | None = None,
) -> Reply:
    if values is None:
        values = {name: getattr(there, name, "") for name in ("code", "name", "currency")}
        values["kind"] = "web" if there is None else there.kind
    tried = command.nodes if command is not None else () if there is None else there.nodes
    by_code = {node.code: node.name for node in visit.network.nodes.values()}
    others = sorted(by_code.keys() - set(tried)) if len(by_code) <= typed.NODES_OFFERED_MAX else []
    # What was added by its code and is unknown goes back to where it was typed.
    unknown = [code for code in tried if code not in by_code]
    numbered = [code for code in tried if code in by_code]
    if problem is not None and problem.where.startswith("/nodes/"):
        problem = msgspec.structs.replace(problem, where="/added")
    return html(
        visit,
        "catalog/templates/channel_form.html",
        values=values,
        places=[(code, by_code[code], number) for number, code in enumerate(numbered, 1)]
        + [(code, by_code[code], "") for code in others],
        added="\n".join(unknown),
        kinds=[(code, visit.t(text)) for code, text in words.CHANNEL_KINDS.items()],
        **_shared(visit, there, problem, now, command),  # type: ignore[arg-type]
    )
