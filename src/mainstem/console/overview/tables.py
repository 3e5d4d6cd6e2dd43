"""Trade by channel and by node, sorted as the visitor wants. Pure."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from mainstem.console.overview.chart import numbers
from mainstem.console.overview.compare import Change, Reached, change, ratio, reached
from mainstem.console.overview.figures import SIMULATED, Called, Figures, Key, NodeState, Sums
from mainstem.console.overview.network_map import Dot, State
from mainstem.console.overview.speaking import NONE, Speaker, main_currency
from mainstem.console.overview.wanted import Wanted

NODES_SHOWN = 12
_NEVER = float("-inf")


class Figure(msgspec.Struct, frozen=True):
    """A figure of a row, the list behind it, and warn or alarm when somebody should look."""

    text: str
    url: str = ""
    tone: str = ""


class Row(msgspec.Struct, frozen=True):
    """A channel or node; `colour` is that of its bars, `plan` how what is planned for it stands, by currency, and
    `attention` what somebody should look at there.
    """

    name: str
    url: str
    simulated: bool
    colour: int
    sales: Figure
    change: Change | None
    orders: Figure
    basket: Figure
    units: Figure
    plan: tuple[Reached, ...] = ()
    attention: tuple[Figure, ...] = ()


class _Ranked(msgspec.Struct, frozen=True):
    row: Row
    name: str
    sales: int
    change: float
    orders: int
    basket: int
    units: int
    stockouts: int = 0
    discrepancies: int = 0
    waiting: int = 0
    late: int = 0
    plan: float = _NEVER


def channel_rows(figures: Figures, wanted: Wanted, say: Speaker) -> list[Row]:
    """A row a channel and currency that sold something on the day or a week before."""
    now, then = figures.day.totals.channels, figures.week.until.channels
    colours = numbers(channel_order(figures))
    ranked = []
    plan = {(c, code): amount for (n, c, code), amount in figures.plan.items() if n is None and c is not None}
    for key in dict.fromkeys([*colours, *then, *plan]):
        number, currency = key
        called = figures.names.channels.get(number, Called(str(number), str(number)))
        own, past = now.get(key, Sums()), then.get(key, Sums())
        url = wanted.orders_url(figures.day.date, channel=called.code)
        simulated = called.code.startswith(SIMULATED)
        row = _row(called.name, url, simulated, colours.get(key, 0), {currency: own}, {currency: past}, url, say)
        ranked.append(_planned(_ranked(row, own, past), {currency: own}, {currency: plan.get(key)}, say))
    return _sorted(ranked, wanted.channels_by)


def total_rows(figures: Figures, wanted: Wanted, say: Speaker) -> list[Row]:
    """A row a currency with what all channels sold."""
    then = figures.week.until.currencies
    url = wanted.orders_url(figures.day.date)
    name = say.t("All channels")
    rows = []
    for currency, own in figures.day.totals.currencies.items():
        past = {currency: then.get(currency, Sums())}
        row = _row(name, "", False, 0, {currency: own}, past, url, say)  # noqa: FBT003
        plan = reached(own.amount_minor, figures.plan.get((None, None, currency)), currency, say.form)
        rows.append(row if plan is None else msgspec.structs.replace(row, plan=(plan,)))
    return rows


def planned(figures: Figures, *, nodes: bool) -> bool:
    """Whether anything is planned that the table of nodes, or else of channels, shows."""
    if nodes:
        return any(node is not None and channel is None for node, channel, _ in figures.plan)
    return any(node is None for node, _, _ in figures.plan)


def node_rows(figures: Figures, wanted: Wanted, say: Speaker) -> list[Row]:
    """A row a node, whether it sold anything or not."""
    now, then = by_node(figures.day.totals.nodes), by_node(figures.week.until.nodes)
    ranked = []
    plan = planned_nodes(figures)
    for node, spot in figures.names.nodes.items():
        own, past = now.get(node, {}), then.get(node, {})
        state = None if figures.stock is None else figures.stock.nodes.get(node, NodeState())
        list_url = wanted.orders_url(figures.day.date, node=spot.code)
        row = _row(spot.name, wanted.node_url(spot.code), False, 0, own, past, list_url, say)  # noqa: FBT003
        row = msgspec.structs.replace(row, attention=_attention(spot.code, state, wanted, say))
        ranked.append(
            msgspec.structs.replace(
                _planned(_ranked(row, _summed(own), _summed(past)), own, plan.get(node, {}), say),
                **({} if state is None else {name: getattr(state, name) for name in _ATTENTION}),
            )
        )
    rows = _sorted(ranked, wanted.nodes_by)
    return rows if wanted.all_nodes else rows[:NODES_SHOWN]


def dots(figures: Figures, wanted: Wanted, say: Speaker) -> Iterable[Dot]:
    """A dot a node for the picture of the network: as large as its sales, or as its orders where currencies differ."""
    now = by_node(figures.day.totals.nodes)
    currency = main_currency(figures)
    value = {node: _summed(own).amount_minor if currency else _summed(own).orders for node, own in now.items()}
    largest = max([1, *value.values()])
    for node, spot in figures.names.nodes.items():
        state = NodeState() if figures.stock is None else figures.stock.nodes.get(node, NodeState())
        told = [
            spot.name,
            _money(now.get(node, {}), say, lambda sums: sums.amount_minor),
            say.t("late orders: {count}", count=say.form.number(state.late)) if state.late else "",
            say.t("open discrepancies: {count}", count=say.form.number(state.discrepancies))
            if state.discrepancies
            else "",
        ]
        yield Dot(
            spot=spot,
            url=wanted.node_url(spot.code),
            text=" · ".join(filter(None, told)),
            state=_state(state, sold=node in now),
            share=max(value.get(node, 0), 0) / largest,
        )


def channel_order(figures: Figures) -> list[Key]:
    """The channels of the day, the largest amount first."""
    totals = figures.day.totals.channels
    return sorted(totals, key=lambda key: (-totals[key].amount_minor, key))


def by_node(totals: Mapping[Key, Sums]) -> dict[int, dict[str, Sums]]:
    """Sums by node and currency."""
    found: dict[int, dict[str, Sums]] = {}
    for (node, currency), sums in totals.items():
        found.setdefault(node, {})[currency] = sums
    return found


def planned_nodes(figures: Figures) -> dict[int, dict[str, int]]:
    """What is planned for whole nodes, by node and currency."""
    found: dict[int, dict[str, int]] = {}
    for (node, channel, currency), amount in figures.plan.items():
        if node is not None and channel is None:
            found.setdefault(node, {})[currency] = amount
    return found


_ATTENTION = ("stockouts", "discrepancies", "waiting", "late")


def _state(state: NodeState, *, sold: bool) -> State:
    if state.late:
        return "late"
    if state.discrepancies:
        return "odd"
    return "sold" if sold else "quiet"


def _attention(code: str, state: NodeState | None, wanted: Wanted, say: Speaker) -> tuple[Figure, ...]:
    urls = (
        wanted.stockouts_url(code),
        wanted.discrepancies_url(code),
        wanted.orders_url(node=code, show="waiting"),
        wanted.orders_url(node=code, show="late"),
    )
    tones = ("warn", "warn", "", "alarm")
    return tuple(
        [
            Figure(say.count(value), url if value else "", tone if value else "")
            for value, url, tone in zip(
                [None] * len(urls) if state is None else [getattr(state, name) for name in _ATTENTION],
                urls,
                tones,
                strict=True,
            )
        ]
    )


def _row(
    name: str,
    url: str,
    simulated: bool,  # noqa: FBT001
    colour: int,
    now: dict[str, Sums],
    then: dict[str, Sums],
    list_url: str,
    say: Speaker,
) -> Row:
    only = next(iter(now), "") if len(now) == 1 else ""
    own, past = _summed(now), _summed(then)
    behind = list_url if own.orders else ""
    grown = change(own.amount_minor, then.get(only, Sums()).amount_minor, say.form) if only and own.orders else None
    return Row(
        name=name,
        url=url,
        simulated=simulated,
        colour=colour,
        sales=Figure(_money(now, say, lambda sums: sums.amount_minor), behind),
        change=grown if grown or own.orders else _gone(past, say),
        orders=Figure(say.form.number(own.orders), behind),
        basket=Figure(_money(now, say, lambda sums: sums.basket_minor), behind),
        units=Figure(say.form.number(own.units), behind),
    )


def _gone(past: Sums, say: Speaker) -> Change | None:
    return Change(say.form.change(-1.0), "down") if past.orders else None


def _money(sums: dict[str, Sums], say: Speaker, of: Callable[[Sums], int]) -> str:
    found = [say.form.money(of(s), currency) for currency, s in sums.items() if s.orders]
    return " · ".join(found) or NONE


def _summed(sums: dict[str, Sums]) -> Sums:
    total = Sums()
    for s in sums.values():
        total = total.plus(s.orders, s.units, s.amount_minor)
    return total


def _ranked(row: Row, own: Sums, past: Sums) -> _Ranked:
    grown = ratio(own.amount_minor, past.amount_minor)
    return _Ranked(
        row,
        row.name,
        sales=own.amount_minor,
        change=_NEVER if grown is None else grown,
        orders=own.orders,
        basket=own.basket_minor,
        units=own.units,
    )


def _planned(one: _Ranked, own: Mapping[str, Sums], plan: Mapping[str, int | None], say: Speaker) -> _Ranked:
    """The row with how its plan stands; it is sorted by what was reached of the first currency."""
    sold = {currency: own.get(currency, Sums()).amount_minor for currency in plan}
    stands = [reached(sold[currency], amount, currency, say.form) for currency, amount in plan.items()]
    shares = [sold[currency] / amount for currency, amount in plan.items() if amount]
    row = msgspec.structs.replace(one.row, plan=tuple([stand for stand in stands if stand]))
    return msgspec.structs.replace(one, row=row, plan=shares[0] if shares else _NEVER)


def _sorted(ranked: list[_Ranked], by: str) -> list[Row]:
    """Names in order; figures the largest first, then by sales, then by name."""
    if by == "name":
        return [one.row for one in sorted(ranked, key=lambda one: one.name)]
    return [one.row for one in sorted(ranked, key=lambda one: (-getattr(one, by), -one.sales, one.name))]
