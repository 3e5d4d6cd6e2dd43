"""Lines of a form: rows of a SKU (or a GTIN) and a quantity, and what is wrong with each."""

from collections.abc import Iterable, Sequence

import msgspec

from mainstem.console.frame import Form, Problem, Visit
from mainstem.console.stock import quantities
from mainstem.domains import catalog
from mainstem.domains.catalog import NamedVariant
from mainstem.domains.inventory import OUT_OF_STOCK, StockLine
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.query import ask

ROWS = 5
ROWS_MAX = 500


class Row(msgspec.Struct):
    """A row as it was typed, what it names, and what is wrong with it."""

    sku: str = ""
    quantity: str = ""
    name: str = ""
    unit: str = ""
    wrong: str = ""


class Entered(msgspec.Struct):
    """The rows, the lines that they mean, and the first problem. `behind` is the row of each line."""

    rows: list[Row]
    lines: tuple[StockLine, ...] = ()
    behind: tuple[int, ...] = ()
    problem: Problem | None = None

    def blame(self, visit: Visit, problem: Problem) -> Problem:
        """Put a refusal of a command to the row that it is about, in the units of that row."""
        parts = problem.where.split("/")
        if len(parts) < 3 or parts[1] != "lines" or not parts[2].isdigit() or int(parts[2]) >= len(self.behind):  # noqa: PLR2004 - /lines/0
            return problem
        row = self.rows[self.behind[int(parts[2])]]
        problem = visit.problem(_in_units(visit, problem.refusal, row.unit))
        row.wrong = f"{problem.text} {problem.remedy}"
        return problem


def _in_units(visit: Visit, refusal: Refusal, unit: str) -> Refusal:
    if refusal.code != OUT_OF_STOCK.code or not unit:
        return refusal
    shown: dict[str, str | int] = {
        name: visit.fmt.quantity(value, unit) if name in ("available", "wanted") and isinstance(value, int) else value
        for name, value in refusal.params.items()
    }
    return msgspec.structs.replace(refusal, params=shown)


def blank_rows(skus: Iterable[NamedVariant | str] = ()) -> list[Row]:
    """Rows to fill in, the first of them for these SKUs."""
    rows = [Row(sku=one) if isinstance(one, str) else Row(one.sku, "", one.name, one.unit) for one in skus]
    return rows + [Row() for _ in range(max(1, ROWS - len(rows)))]


def typed_rows(form: Form) -> list[Row]:
    """The rows as they were typed."""
    pairs = zip(form.all("sku")[:ROWS_MAX], form.all("quantity")[:ROWS_MAX], strict=False)
    return [Row(sku, quantity) for sku, quantity in pairs]


def more_rows(form: Form) -> list[Row]:
    """The rows as they were typed, and some more."""
    return typed_rows(form) + [Row() for _ in range(ROWS)]


async def read_lines(visit: Visit, form: Form, *, least: int = 1, skip_blank: bool = False) -> Entered:
    """The lines of a form; rows without anything are left out, with `skip_blank` those without a quantity too."""
    rows = typed_rows(form)
    codes = {row.sku for row in rows if row.sku}
    async with visit.desk.database.transaction() as connection:
        by_sku, by_gtin = await ask(connection, catalog.variants_by_sku(codes), catalog.variants_by_gtin(codes))
        found = by_gtin | by_sku
        (names,) = await ask(connection, catalog.named_variants({one.id for one in found.values()}))
    entered = Entered(rows)
    lines: list[StockLine] = []
    behind: list[int] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows):
        known = found.get(row.sku)
        if known is not None:
            row.name, row.unit = names[known.id].name, known.unit
        if (not row.sku and not row.quantity) or (skip_blank and not row.quantity):
            continue
        line = _line(visit, row, known.sku if known else "", least, f"/lines/{len(lines)}")
        if isinstance(line, Problem):
            row.wrong = f"{line.text} {line.remedy}"
            problems.append(line)
        else:
            lines.append(line)
            behind.append(number)
    entered.lines, entered.behind = tuple(lines), tuple(behind)
    if problems:
        entered.problem = problems[0]
    elif not lines:
        entered.problem = quantities.wrong(
            "/lines", visit.t("There is no line."), visit.t("Name at least one SKU and its quantity.")
        )
    return entered


def _line(visit: Visit, row: Row, sku: str, least: int, where: str) -> StockLine | Problem:
    if not sku:
        return visit.problem(refuse(catalog.UNKNOWN_SKU, where, sku=row.sku[:64]))
    steps = quantities.parse(visit, row.quantity, row.unit, where)
    if isinstance(steps, Problem):
        return steps
    if steps < least:
        told = visit.t("“{typed}” is too little here.", typed=row.quantity)
        remedy = visit.t("It must be 0 or more.") if least == 0 else visit.t("It must be more than 0.")
        return quantities.wrong(where, told, remedy)
    return StockLine(sku, steps)


def negated(lines: Sequence[StockLine]) -> tuple[StockLine, ...]:
    """The same lines, going the other way."""
    return tuple(StockLine(line.sku, -line.quantity) for line in lines)
