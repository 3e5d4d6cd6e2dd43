"""Setting and removing a policy: compares what was shown with what is there when it is done."""

import msgspec

from mainstem.console.frame import Form, MissingError, Problem, Reply, Visit, see_other
from mainstem.console.stock import quantities
from mainstem.console.stock.answering import answer
from mainstem.console.stock.entering import first_problem
from mainstem.console.stock.finding import all_nodes, channel_choices, find_sku
from mainstem.console.stock.policies import lines
from mainstem.domains import catalog, inventory
from mainstem.domains.inventory import POLICY_CHANGED, PolicyValues, SetStockPolicy, StockPolicy
from mainstem.kernel.refusals import refuse
from mainstem.platform.access.permissions import STOCK_ADJUST

FIELDS = ("safety", "buffer", "low")


class Scope(msgspec.Struct, frozen=True):
    """What a policy is limited to, by codes, and the unit of its values."""

    sku: str | None
    category: str | None
    node: str | None
    channel: str | None
    unit: str


async def new(visit: Visit) -> Reply:
    """The form for a policy of any scope."""
    scope = {name: visit.query.get(name, "") for name in ("sku", "category", "node", "channel")}
    if visit.node is not None:
        scope["node"] = visit.node.code
    return _page(visit, scope, None, "pc")


async def edit(visit: Visit) -> Reply:
    """The form for a policy that is set."""
    policy, unit = await _find(visit)
    typed = {name: quantities.typed(getattr(policy, name), unit) for name in FIELDS}
    return _page(visit, typed, policy, unit)


async def save(visit: Visit) -> Reply:
    """Set a policy of a new scope, or say why not."""
    form = await visit.form()
    scope = await _scope(visit, form)
    values = scope if isinstance(scope, Problem) else _values(visit, form, scope.unit)
    problem = first_problem(scope, values)
    if problem is None:
        assert not isinstance(scope, Problem)
        assert not isinstance(values, Problem)
        problem = await _set(visit, form, scope, values, PolicyValues())
    if problem is None:
        return see_other("/policies", notice=visit.t("The policy has been set."))
    return _page(visit, form.typed(), None, "pc", problem)


async def change(visit: Visit) -> Reply:
    """Change or remove a policy; refused when it is not what was shown."""
    form = await visit.form()
    policy, unit = await _find(visit)
    scope = Scope(policy.sku, policy.category, policy.node, policy.channel, unit)
    removing = bool(form.text("remove"))
    values = PolicyValues() if removing else _values(visit, form, unit)
    seen = PolicyValues(*(_steps(form.text(f"seen_{name}")) for name in FIELDS))
    problem = values if isinstance(values, Problem) else await _set(visit, form, scope, values, seen)
    if problem is None:
        notice = visit.t("The policy has been removed.") if removing else visit.t("The policy has been set.")
        return see_other("/policies", notice=notice)
    if problem.code == POLICY_CHANGED.code:
        problem = _in_units(visit, problem, unit)
    if removing:
        return _removal(visit, policy, unit, problem)
    return _page(visit, form.typed(), policy, unit, problem)


async def removing(visit: Visit) -> Reply:
    """What removing a policy would do: asks once."""
    policy, unit = await _find(visit)
    return _removal(visit, policy, unit)


async def _find(visit: Visit) -> tuple[StockPolicy, str]:
    async with visit.desk.database.snapshot() as connection:
        policy = await inventory.find_policy(connection, visit.path["policy"])
        if policy is None:
            raise MissingError
        (line,) = await lines(visit, connection, [policy])
    _require(visit, policy.node)
    return policy, line.unit


def _require(visit: Visit, node: str | None) -> None:
    known = visit.network.node(node) if node else None
    visit.require(STOCK_ADJUST, known.id if known else None)


async def _scope(visit: Visit, form: Form) -> Scope | Problem:
    sku, category, node, channel = (form.text(name) or None for name in ("sku", "category", "node", "channel"))
    if node is not None and visit.network.node(node) is None:
        return visit.problem(refuse(catalog.UNKNOWN_NODE, "/node", node=node[:64]))
    _require(visit, node)
    if sku is None:
        return Scope(None, category, node, channel, "pc")
    async with visit.desk.database.transaction() as connection:
        known = None if "\x00" in sku else await find_sku(connection, sku)
    if known is None:
        return visit.problem(refuse(catalog.UNKNOWN_SKU, "/sku", sku=sku[:64]))
    return Scope(sku, category, node, channel, known.unit)


def _values(visit: Visit, form: Form, unit: str) -> PolicyValues | Problem:
    found: dict[str, int | None] = {}
    for name in FIELDS:
        text = form.text(name)
        value = quantities.parse(visit, text, unit, f"/{name}") if text else None
        if isinstance(value, Problem):
            return value
        found[name] = value
    if all(value is None for value in found.values()):
        return quantities.wrong(
            "/safety",
            visit.t("Nothing is set."),
            visit.t("Set at least one of the three values, or remove the policy."),
        )
    return PolicyValues(**found)


async def _set(visit: Visit, form: Form, scope: Scope, values: PolicyValues, seen: PolicyValues) -> Problem | None:
    command = SetStockPolicy(
        sku=scope.sku,
        category=scope.category,
        node=scope.node,
        channel=scope.channel,
        safety=values.safety,
        buffer=values.buffer,
        low=values.low,
        seen=seen,
    )
    done = await visit.run(inventory.SET_STOCK_POLICY, command, form.text("key"))
    return done if isinstance(done, Problem) else None


def _steps(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _in_units(visit: Visit, problem: Problem, unit: str) -> Problem:
    """The refusal with quantities in whole units."""
    params: dict[str, str | int] = {
        name: visit.fmt.quantity(value, unit) if isinstance(value, int) else value
        for name, value in problem.refusal.params.items()
    }
    return visit.problem(msgspec.structs.replace(problem.refusal, params=params))


def _page(
    visit: Visit, typed: dict[str, str], policy: StockPolicy | None, unit: str, problem: Problem | None = None
) -> Reply:
    nodes = all_nodes(visit) if visit.node is None else [(visit.node.code, visit.node.name)]
    return answer(
        visit,
        "policy",
        status=problem.status if problem else 200,
        policy=policy,
        unit=unit,
        typed=typed,
        problem=problem,
        nodes=nodes,
        bound=visit.node is not None,
        channels=channel_choices(visit),
    )


def _removal(visit: Visit, policy: StockPolicy, unit: str, problem: Problem | None = None) -> Reply:
    return answer(
        visit,
        "policy_remove",
        status=problem.status if problem else 200,
        policy=policy,
        unit=unit,
        problem=problem,
    )
