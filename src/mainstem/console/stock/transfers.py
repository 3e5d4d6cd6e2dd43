"""Transfers between nodes: the list, a new one, and one that is on its way or has arrived."""

from mainstem.console.frame import Form, Problem, Reply, Visit, see_other
from mainstem.console.stock import documents, quantities, texts
from mainstem.console.stock.answering import answer
from mainstem.console.stock.entering import first_problem, form_page, moment_entered, node_entered
from mainstem.console.stock.finding import PAGE_SIZE, all_nodes, chosen_node, node_choices, number_of
from mainstem.console.stock.lines import Entered, blank_rows, more_rows, read_lines
from mainstem.domains import inventory
from mainstem.domains.inventory import DocumentFilter, DocumentView, StockLine
from mainstem.platform.access.permissions import STOCK_WRITE


async def listed(visit: Visit) -> Reply:
    """The transfers, newest first."""
    node = chosen_node(visit, visit.query.get("node", ""))
    state = visit.query.get("state", "")
    before = number_of(visit.query.get("before", ""))
    wanted = DocumentFilter(
        "transfer",
        node=None if node is None else node.id,
        state="open" if state == "open" else "closed" if state == "closed" else None,
    )
    async with visit.desk.database.snapshot() as connection:
        rows = await inventory.documents_page(connection, wanted, before, PAGE_SIZE + 1)
    return answer(
        visit,
        "transfers",
        rows=rows[:PAGE_SIZE],
        node=node,
        state=wanted.state or "",
        states=[(code, visit.t(text)) for code, text in texts.TRANSFER_STATES.items()],
        names=texts.TRANSFER_STATES,
        nodes=all_nodes(visit) if visit.node is None else [],
        next_url=visit.url(before=rows[PAGE_SIZE - 1].id) if len(rows) > PAGE_SIZE else "",
        first_url=visit.url(before=None) if before else "",
        may_write=visit.allowed(STOCK_WRITE),
    )


async def entering(visit: Visit) -> Reply:
    """The form for a new transfer."""
    sku = visit.query.get("sku", "")
    typed = {"source": visit.node.code if visit.node else visit.query.get("node", "")}
    return _page(visit, Entered(blank_rows([sku] if sku else [])), typed)


async def send(visit: Visit) -> Reply:
    """Send goods on their way, or say why not."""
    form = await visit.form()
    source = node_entered(visit, form, "source", STOCK_WRITE)
    target = node_entered(visit, form, "target")
    if form.text("more"):
        return _page(visit, Entered(more_rows(form)), form.typed())
    entered = await read_lines(visit, form)
    expected = moment_entered(visit, form, "expected_at", target)
    problem = first_problem(source, target, expected, entered.problem)
    if problem is None:
        assert not isinstance(source, Problem)
        assert not isinstance(target, Problem)
        assert not isinstance(expected, Problem)
        command = inventory.SendTransfer(source.code, target.code, entered.lines, form.text("document"), expected)
        done = await visit.run(inventory.SEND_TRANSFER, command, form.text("key"))
        if not isinstance(done, Problem):
            return see_other(f"/transfers/{done.id}", notice=visit.t("The transfer is on its way."))
        problem = entered.blame(visit, done)
    return _page(visit, entered, form.typed(), problem)


async def show(visit: Visit) -> Reply:
    """A transfer with what of it has arrived."""
    return _transfer_page(visit, await documents.read(visit, visit.path["transfer"], "transfer"))


async def receive(visit: Visit) -> Reply:
    """Record what of a transfer has arrived, or say why not."""
    form = await visit.form()
    found = await documents.read(visit, visit.path["transfer"], "transfer")
    target = visit.network.node(found.target or "")
    visit.require(STOCK_WRITE, target.id if target else None)
    final = bool(form.text("final") or form.text("everything"))
    lines = _arrived(visit, form, found)
    if isinstance(lines, Problem):
        return _transfer_page(visit, found, lines, form)
    if not lines and not final:
        told, remedy = visit.t("Nothing was entered."), visit.t("Enter what has arrived of at least one SKU.")
        return _transfer_page(visit, found, quantities.wrong("/lines", told, remedy), form)
    command = inventory.ReceiveTransfer(found.id, lines, final=final)
    done = await visit.run(inventory.RECEIVE_TRANSFER, command, form.text("key"))
    if isinstance(done, Problem):
        return _transfer_page(visit, found, done, form)
    notice = visit.t("The arrival has been recorded.")
    if done.discrepancies:
        notice += " " + visit.t("What did not fit is among the discrepancies: {number}.", number=done.discrepancies)
    return see_other(f"/transfers/{found.id}", notice=notice)


def _arrived(visit: Visit, form: Form, found: DocumentView) -> tuple[StockLine, ...] | Problem:
    """What was entered of each SKU of the transfer; with `everything`, all that is still on its way."""
    if form.text("everything"):
        # What is still missing is taken from the form, so that sending it twice says the same twice.
        rest = dict(zip(form.all("sku"), form.all("rest"), strict=False))
        left = {sku: int(steps) for sku, steps in rest.items() if steps.isascii() and steps.isdigit()}
        return tuple(StockLine(line.sku, left[line.sku]) for line in found.lines if left.get(line.sku))
    entered = _by_sku(form)
    lines = []
    for line in found.lines:
        text = entered.get(line.sku, "")
        if not text:
            continue
        steps = quantities.parse(visit, text, line.unit, f"/{line.sku}")
        if isinstance(steps, Problem):
            return steps
        if steps < 0:
            told = visit.t("“{typed}” is too little here.", typed=text)
            return quantities.wrong(f"/{line.sku}", told, visit.t("It must be 0 or more."))
        if steps:
            lines.append(StockLine(line.sku, steps))
    return tuple(lines)


def _by_sku(form: Form) -> dict[str, str]:
    return dict(zip(form.all("sku"), form.all("quantity"), strict=False))


def _page(visit: Visit, entered: Entered, typed: dict[str, str], problem: Problem | None = None) -> Reply:
    return form_page(
        visit,
        "transfer_new",
        entered,
        typed,
        problem,
        sources=node_choices(visit, STOCK_WRITE),
        targets=all_nodes(visit),
    )


def _transfer_page(
    visit: Visit, found: DocumentView, problem: Problem | None = None, form: Form | None = None
) -> Reply:
    source, target = visit.network.node(found.node), visit.network.node(found.target or "")
    return answer(
        visit,
        "transfer",
        status=problem.status if problem else 200,
        transfer=found,
        source=source,
        target=target,
        clock=visit.format_in(target.time_zone if target else visit.zone),
        lines=[(line, line.quantity - line.done) for line in found.lines],
        state=visit.t(texts.TRANSFER_STATES[found.state]),
        problem=problem,
        entered={} if form is None else _by_sku(form),
        may_receive=visit.allowed(STOCK_WRITE, target.id if target else None),
    )
