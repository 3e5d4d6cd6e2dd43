"""Splitting a customer: choosing what is another person's, seeing both sides, and undoing a merge."""

from collections.abc import Sequence

from mainstem.console.customers.head import Head, customer_head
from mainstem.console.frame import Problem, Reply, Visit, html, see_other
from mainstem.console.identity import words
from mainstem.console.identity.preview import Preview, foresee, seen_of, split_of
from mainstem.domains import customers
from mainstem.platform.access.directory import names
from mainstem.platform.query import ask

RECORDS_MAX = 200
_NUMBER_MAX = 2**63 - 1


async def show(visit: Visit) -> Reply:
    """What the customer is made of, and the merges that can be undone; once something is chosen, both sides."""
    out = _numbers(visit.query.get("out", ""))
    return await _chosen(visit, out) if out else await _choosing(visit)


async def choose(visit: Visit) -> Reply:
    """From records and identifiers to the records that would leave."""
    form = await visit.form()
    head = await customer_head(visit, visit.path["customer"])
    known = await _records(visit, head)
    records, identifiers = (set(_numbers(",".join(form.all(name)))) for name in ("record", "identifier"))
    out = [
        one.id
        for one in known.records
        if one.id in records or any(identifier.id in identifiers for identifier in one.identifiers)
    ]
    if not out or len(out) == len(known.records):
        return await _choosing(visit, tried=sorted(out) or None, wrong=True)
    return see_other(f"/customers/{head.id}/split?out={','.join(map(str, out))}")


async def split(visit: Visit) -> Reply:
    """Part the chosen records from the rest, if the customer is still what the preview showed."""
    form = await visit.form()
    out = _numbers(form.text("out"))
    customer: int = visit.path["customer"]
    reason = form.text("reason")
    async with visit.desk.database.snapshot() as connection:
        (records,) = await ask(connection, customers.records_of([customer, *out]))
    if form.text("seen") != seen_of(records):
        return await _chosen(visit, out, reason=reason, changed=True)
    command = customers.SplitCustomer(customer, tuple(out), reason)
    done = await visit.run(customers.SPLIT_CUSTOMER, command, form.text("key"))
    if isinstance(done, Problem):
        return await _chosen(visit, out, done, reason)
    numbers = ", ".join(map(str, done.customers))
    notice = visit.t("They are different customers now: {numbers}.", numbers=numbers)
    return see_other(f"/customers/{customer}", notice=notice)


async def _choosing(visit: Visit, tried: Sequence[int] | None = None, *, wrong: bool = False) -> Reply:
    head = await customer_head(visit, visit.path["customer"])
    known = await _records(visit, head)
    async with visit.desk.database.snapshot() as connection:
        merges = await customers.merges_of(connection, head.id)
        (called,) = await ask(connection, names({one.actor for one in merges}))
    used: dict[int, tuple[customers.IdentifierView, int]] = {}
    for record in known.records:
        for one in record.identifiers:
            if one.id is not None:
                used[one.id] = (one, used.get(one.id, (one, 0))[1] + 1)
    return html(
        visit,
        "identity/templates/parts.html",
        status=422 if wrong else 200,
        head=head,
        tab="split",
        records=known.records,
        identifiers=[pair for pair in used.values() if pair[1] < len(known.records)],
        merges=merges,
        called=called,
        tried=tried or [],
        wrong=wrong,
        words=words,
    )


async def _chosen(
    visit: Visit, out: Sequence[int], problem: Problem | None = None, reason: str = "", *, changed: bool = False
) -> Reply:
    head = await customer_head(visit, visit.path["customer"])
    foreseen = await foresee(visit, customers.FORESEE_SPLIT, split_of(head.id, out))
    forbidden = foreseen if isinstance(foreseen, Problem) else None
    status = 409 if changed else problem.status if problem else forbidden.status if forbidden else 200
    return html(
        visit,
        "identity/templates/split.html",
        status=status,
        head=head,
        tab="split",
        out=list(out),
        preview=foreseen if isinstance(foreseen, Preview) else None,
        forbidden=forbidden,
        problem=None if problem and forbidden and problem.code == forbidden.code else problem,
        reason=reason,
        changed=changed,
        words=words,
    )


async def _records(visit: Visit, head: Head) -> customers.CustomerRecords:
    async with visit.desk.database.snapshot() as connection:
        found = await customers.records_and_why(connection, visit.desk.vault, head.id)
    assert found is not None, head.id
    return found


def _numbers(text: str) -> list[int]:
    """Ids between commas; what is none is left out."""
    parts = [part for part in text.split(",") if part.isascii() and part.isdecimal()]
    return sorted({int(part) for part in parts[: RECORDS_MAX + 1] if 0 < int(part) <= _NUMBER_MAX})
