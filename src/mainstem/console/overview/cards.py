"""The large figures at the top: trade beside a week before, and what needs attention. Pure."""

import msgspec

from mainstem.console.overview.compare import Change, Reached, change, reached
from mainstem.console.overview.figures import Figures, Stock, Sums
from mainstem.console.overview.speaking import COUNTING, NONE, Speaker
from mainstem.console.overview.wanted import Wanted
from mainstem.domains.inventory import STOCKOUT_DAYS

QUALITY = "/admin/quality"


class Value(msgspec.Struct, frozen=True):
    """A figure, how it has changed, what it was, and how its plan stands."""

    text: str
    change: Change | None = None
    was: str = ""
    plan: Reached | None = None


class Card(msgspec.Struct, frozen=True):
    """Figures under a name, and the list behind them; `tone` is warn or alarm for what somebody should look at."""

    name: str
    values: tuple[Value, ...]
    url: str = ""
    note: str = ""
    tone: str = ""
    derived: bool = False
    plan_url: str = ""


def trade_cards(figures: Figures, wanted: Wanted, say: Speaker) -> tuple[Card, ...]:
    """Sales, orders, average basket and units of the day; amounts of each currency below each other."""
    now, then = figures.day.totals.currencies, figures.week.until.currencies
    form, t = say.form, say.t
    list_url = wanted.orders_url(figures.day.date)
    nothing = t("nothing a week before")

    def number(now: int, then: int) -> tuple[Value, ...]:
        was = t("from {value}", value=form.number(then)) if then else nothing
        return (Value(form.number(now), change(now, then, form), was),)

    def money(currency: str, now: int, then: int) -> Value:
        was = t("from {value}", value=form.money(then, currency)) if then else nothing
        return Value(form.money(now, currency), change(now, then, form), was)

    none = Sums()
    plan = {code: amount for (node, channel, code), amount in figures.plan.items() if node is None and channel is None}
    sales = [
        msgspec.structs.replace(
            money(code, now.get(code, none).amount_minor, then.get(code, none).amount_minor),
            plan=reached(now.get(code, none).amount_minor, plan.get(code), code, form),
        )
        for code in dict.fromkeys([*now, *plan])
    ]
    baskets = [money(code, s.basket_minor, then.get(code, none).basket_minor) for code, s in now.items()]
    orders = number(sum(s.orders for s in now.values()), sum(s.orders for s in then.values()))
    units = number(sum(s.units for s in now.values()), sum(s.units for s in then.values()))
    return (
        Card(t("Sales"), tuple(sales) or (Value(NONE),), list_url, plan_url=wanted.plan_url(figures.day.date)),
        Card(t("Orders"), orders, list_url),
        Card(t("Average basket"), tuple(baskets) or (Value(NONE),), list_url),
        Card(t("Units"), units, list_url),
    )


def attention_cards(stock: Stock | None, wanted: Wanted, say: Speaker) -> tuple[Card, ...]:
    """What somebody should look at."""
    t = say.t

    def card(name: str, value: int | None, url: str, note: str, tone: str) -> Card:
        return Card(name, (Value(say.count(value)),), url, note, tone if value else "")

    return (
        card(
            t("Stock-outs"),
            None if stock is None else stock.stockouts,
            wanted.stockouts_url(),
            t("SKUs at a node with nothing free, sold there in the last {days} days", days=STOCKOUT_DAYS),
            "warn",
        ),
        card(
            t("Open discrepancies"),
            None if stock is None else stock.discrepancies,
            wanted.discrepancies_url(),
            t("Facts that the stock did not expect"),
            "warn",
        ),
        card(
            t("Orders waiting"),
            None if stock is None else stock.waiting,
            wanted.orders_url(show="waiting"),
            t("Nothing of them has been shipped yet"),
            "",
        ),
        card(
            t("Late orders"),
            None if stock is None else stock.late,
            wanted.orders_url(show="late"),
            t("Open for more than 24 hours, or about to lapse"),
            "alarm",
        ),
    )


def stock_cards(figures: Figures, wanted: Wanted, say: Speaker) -> tuple[Card, ...]:
    """What is in stock in the whole network; marked when stock follows a rule instead of an observation."""
    stock, t = figures.stock, say.t
    if stock is None:
        waiting = (Value(COUNTING),)
        return tuple([Card(t(name), waiting) for name in ("SKUs in stock", "Pieces on hand", "Pieces held")])
    derived = bool(stock.derived)
    quantities = [say.form.measured(steps, unit) for unit, steps in stock.measured.items() if steps]
    measured = t("Measured goods: {quantities}", quantities=", ".join(quantities)) if quantities else ""
    url = wanted.stock_url()
    return (
        Card(t("SKUs in stock"), (Value(say.count(stock.skus)),), url, derived=derived),
        Card(t("Pieces on hand"), (Value(say.count(stock.pieces)),), url, measured, derived=derived),
        Card(t("Pieces held"), (Value(say.count(stock.held)),), url, t("promised, not shipped yet")),
        Card(
            t("Findings"),
            (Value(say.count(stock.findings)),),
            QUALITY,
            t("What was odd about recorded facts; they were carried all the same"),
        ),
    )
