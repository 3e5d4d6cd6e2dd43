"""Markdown: rules and what they would change now, batches of price changes and their approval."""

from datetime import UTC, datetime

import msgspec

from mainstem.console.frame import N_, MissingError, Problem, Reply, Visit, html, see_other
from mainstem.domains import catalog, pricing
from mainstem.kernel.refusals import RefusedError
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import PRICES_APPROVE, PRICES_WRITE
from mainstem.platform.query import ask

ROWS, LINES = 50, 500
STATES = {
    "waiting": (N_("Waiting for approval"), "yellow"),
    "in_force": (N_("Decided: in force"), "green"),
    "declined": (N_("Declined"), "secondary"),
}
SKIPPED = {
    "no_price": N_("has no price"),
    "no_cost": N_("has no cost, which the margin needs"),
    "bounds": N_("the bounds leave no reduction"),
    "not_due": N_("nothing of the rule applies"),
    "no_change": N_("it is so already"),
    "other_rule": N_("another rule decides"),
    "by_hand": N_("was set by hand"),
}


async def listed(visit: Visit) -> Reply:
    """Rules, and the latest batches."""
    before = visit.query.get("before", "")
    after = int(before) if before.isdecimal() and len(before) < 19 else None  # noqa: PLR2004 - digits
    async with visit.desk.database.snapshot() as connection:
        rules, batches = await ask(
            connection, pricing.markdown.markdown_rules(), pricing.markdown.price_batches(ROWS + 1, None, after)
        )
        (called,) = await ask(connection, names({one.actor for one in rules} | {one.actor for one in batches}))
    return html(
        visit,
        "prices/templates/markdowns.html",
        rules=rules,
        batches=batches[:ROWS],
        called=called,
        states=STATES,
        share=lambda millionths: f"{millionths / 10_000:g}%",
        next_url=visit.url(before=batches[ROWS - 1].id) if len(batches) > ROWS else "",
        first_url=visit.url(before=None) if after else "",
    )


async def dry_run(visit: Visit) -> Reply:
    """What a rule would change at this moment."""
    return await _dry_run(visit)


async def _dry_run(visit: Visit, problem: Problem | None = None) -> Reply:
    code = visit.path["code"]
    async with visit.desk.database.snapshot() as connection:
        (rules,) = await ask(connection, pricing.markdown.rules([code]))
        if code not in rules:
            raise MissingError
        rule = rules[code]
        found = None
        try:
            found = await pricing.markdown.evaluate(connection, rule, datetime.now(UTC))
        except RefusedError as refused:
            problem = visit.problem(refused.refusal)
        (price_list,) = await ask(connection, pricing.lists.find_price_list(rule.price_list))
    return html(
        visit,
        "prices/templates/dry_run.html",
        status=200 if problem is None else problem.status,
        code=code,
        rule=msgspec.json.format(msgspec.json.encode(rule.form), indent=2).decode(),
        lines=() if found is None else found.lines[:LINES],
        count=0 if found is None else len(found.lines),
        skipped=[] if found is None else [(visit.t(SKIPPED[why]), many) for why, many in found.skipped.items()],
        currency="" if price_list is None else price_list.currency,
        problem=problem,
        may_write=visit.allowed(PRICES_WRITE),
    )


async def propose(visit: Visit) -> Reply:
    """Make a batch of what the rule would change."""
    form = await visit.form()
    command = pricing.markdown.ProposePriceBatch(rule=visit.path["code"], note=form.text("note"))
    done = await visit.run(pricing.markdown.PROPOSE_PRICE_BATCH, command, form.text("key"))
    if isinstance(done, Problem):
        return await _dry_run(visit, done)
    if done.id is None:
        return see_other("/markdowns", notice=visit.t("There is nothing to change."))
    return see_other(f"/price-batches/{done.id}", notice=visit.t("Batch {number} is proposed.", number=done.id))


async def batch(visit: Visit) -> Reply:
    """A batch with its lines."""
    return await _batch(visit)


async def _batch(visit: Visit, problem: Problem | None = None) -> Reply:
    number = visit.path["batch"]
    if number >= 2**63:
        raise MissingError
    async with visit.desk.database.snapshot() as connection:
        (found,) = await ask(connection, pricing.markdown.find_price_batch(number))
        if found is None:
            raise MissingError
        lines, price_list = await ask(
            connection,
            pricing.markdown.price_batch_lines(number, LINES, -1),
            pricing.lists.find_price_list(found.price_list),
        )
        goods, called = await ask(
            connection,
            catalog.goods_by_id({line.variant for line in lines}),
            names({found.actor, found.decided_by or found.actor}),
        )
    return html(
        visit,
        "prices/templates/price_batch.html",
        status=200 if problem is None else problem.status,
        batch=found,
        lines=lines,
        goods=goods,
        called=called,
        states=STATES,
        currency="" if price_list is None else price_list.currency,
        problem=problem,
        may_decide=found.state == "waiting" and visit.allowed(PRICES_APPROVE),
        own=found.actor == visit.caller.principal,
    )


async def decide(visit: Visit) -> Reply:
    """Approve or decline a batch."""
    form, number = await visit.form(), visit.path["batch"]
    command = pricing.markdown.DecidePriceBatch(number, form.text("decision") == "approve")
    done = await visit.run(pricing.markdown.DECIDE_PRICE_BATCH, command, form.text("key"))
    if isinstance(done, Problem):
        return await _batch(visit, done)
    said = visit.t("The batch is approved.") if command.approve else visit.t("The batch is declined.")
    return see_other(f"/price-batches/{number}", notice=said)
