"""Merging two customers: choosing the other one, seeing what would change, and saying why they are one person."""

from mainstem.console.customers import finding
from mainstem.console.customers.head import customer_head
from mainstem.console.frame import Problem, Reply, Visit, html, see_other
from mainstem.console.identity import words
from mainstem.console.identity.preview import Preview, foresee, merge_of, seen_of
from mainstem.domains import customers
from mainstem.platform.access.directory import names
from mainstem.platform.query import ask

FOUND_MAX = 20
"""Customers of one search that are shown; who finds more types more."""

_NUMBER_MAX = 2**63 - 1


async def show(visit: Visit) -> Reply:
    """The field in which the other is searched; once he is chosen, what a merge would come to."""
    other = _number(visit.query.get("other", ""))
    return await _chosen(visit, other) if other is not None else await _choosing(visit)


async def search(visit: Visit) -> Reply:
    """Whom the typed text means: sent as a form, so that no name or number stands in an address."""
    return await _choosing(visit, (await visit.form()).text("text"))


async def merge(visit: Visit) -> Reply:
    """Make one customer of two, if both are still what the preview showed."""
    form = await visit.form()
    other = form.integer("other") or 0
    customer: int = visit.path["customer"]
    async with visit.desk.database.snapshot() as connection:
        (records,) = await ask(connection, customers.records_of([customer, other]))
    if form.text("seen") != seen_of(records):
        return await _chosen(visit, other, reason=form.text("reason"), changed=True)
    command = customers.MergeCustomers(customer, other, form.text("reason"))
    done = await visit.run(customers.MERGE_CUSTOMERS, command, form.text("key"))
    if isinstance(done, Problem):
        return await _chosen(visit, other, done, form.text("reason"))
    notice = visit.t("The two are one customer now.")
    return see_other(f"/customers/{done.customers[0]}", notice=notice)


async def _choosing(visit: Visit, text: str = "") -> Reply:
    head = await customer_head(visit, visit.path["customer"])
    found: list[customers.CustomerRow] = []
    more = False
    if text:
        async with visit.desk.database.snapshot() as connection:
            meant = await finding.find(visit, connection, text)
            (owners,) = await ask(connection, customers.customers_of(meant.ids))
            ids = sorted(set(owners.values()) - {head.id})
            rows = await customers.people(connection, visit.desk.vault, ids[:FOUND_MAX])
        found = [rows[one] for one in ids[:FOUND_MAX] if one in rows]
        more = meant.more or len(ids) > FOUND_MAX
    return html(visit, "identity/templates/choose.html", head=head, tab="merge", text=text, found=found, more=more)


async def _chosen(
    visit: Visit, other: int, problem: Problem | None = None, reason: str = "", *, changed: bool = False
) -> Reply:
    head = await customer_head(visit, visit.path["customer"])
    foreseen = await foresee(visit, customers.FORESEE_MERGE, merge_of(head.id, other))
    async with visit.desk.database.snapshot() as connection:
        (owners,) = await ask(connection, customers.customers_of([other]))
        theirs = owners.get(other, 0)
        people = await customers.people(connection, visit.desk.vault, [head.id, theirs])
        fields = await customers.side_by_side(connection, visit.desk.vault, head.id, theirs)
        against = await customers.against(connection, head.id, theirs) if theirs else []
        (called,) = await ask(connection, names({one.actor for one in against}))
    forbidden = foreseen if isinstance(foreseen, Problem) else None
    status = 409 if changed else problem.status if problem else forbidden.status if forbidden else 200
    contradicting = forbidden.refusal.params.get("types", "") if forbidden else ""
    types = str(contradicting).split(", ") if forbidden and forbidden.code == "contradicting_identifiers" else []
    return html(
        visit,
        "identity/templates/merge.html",
        status=status,
        head=head,
        tab="merge",
        other=people.get(theirs),
        asked=other,
        fields=fields,
        preview=foreseen if isinstance(foreseen, Preview) else None,
        forbidden=forbidden,
        contradicting=[field for field in fields if field.name in types and field.agreement == "different"]
        or [field for field in fields if field.name in types],
        against=[_said(visit, one, called) for one in against],
        problem=None if problem and forbidden and problem.code == forbidden.code else problem,
        reason=reason,
        changed=changed,
        words=words,
    )


def _said(visit: Visit, one: customers.Against, called: dict[int, str]) -> str:
    return visit.t(
        words.AGAINST[one.rule],
        who=visit.t("The system") if one.actor == 0 else called.get(one.actor, f"#{one.actor}"),
        low=one.low,
        high=one.high,
        when=visit.fmt.moment(one.at),
        type=words.word(visit, words.IDENTIFIERS, one.type),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and int(text) <= _NUMBER_MAX else None
