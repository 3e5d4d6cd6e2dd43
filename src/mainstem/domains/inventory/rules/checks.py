"""What a command may say: moments, texts, lines. The first thing wrong is the refusal, in the order of the checks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from mainstem.domains.catalog import BAD_CODE, BAD_TEXT, TOO_LONG, UNKNOWN_NODE, UNKNOWN_SKU, Node, Variant
from mainstem.domains.inventory.contracts import (
    BAD_QUANTITY,
    CLOCK_SKEW,
    EXPECTED_AHEAD_MAX,
    LINES_MAX,
    NO_LINES,
    NO_TIME_ZONE,
    NOTE_LENGTH_MAX,
    TOO_FAR_AHEAD,
    TOO_MANY_LINES,
    WRONG_UNIT,
    StockLine,
)
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.moments import CLOCK_SKEW_MAX, EARLIEST
from mainstem.kernel.quantity import QUANTITY_MAX
from mainstem.kernel.refusals import Refusal, refuse

Lines = list[tuple[Variant, int]]

SHOWN_LENGTH_MAX = 80
"""Characters of a refused value that the refusal repeats."""


def askable(texts: Iterable[str | None]) -> set[str]:
    """The texts that a database can be asked for: U+0000 cannot be in any."""
    return {text for text in texts if text is not None and "\x00" not in text}


def skus_of(lines: Iterable[Sequence[StockLine]]) -> set[str]:
    """The SKUs that these lines name, as far as they can exist."""
    return {line.sku for many in lines for line in many if "\x00" not in line.sku}


def moment_of_fact(moment: datetime | None, now: datetime) -> datetime | Refusal:
    """When a fact happened, in UTC: now when it does not say; refused when only a wrong clock can say so."""
    if moment is None:
        return now
    if moment.tzinfo is None:
        return refuse(NO_TIME_ZONE, "/occurred_at", moment=moment.isoformat())
    if not EARLIEST <= moment <= now + CLOCK_SKEW_MAX:
        return refuse(CLOCK_SKEW, "/occurred_at", moment=moment.isoformat())
    return moment.astimezone(UTC)


def check_expected(moment: datetime | None, now: datetime) -> Refusal | None:
    """Refuses a moment of arrival nobody can mean. One that has passed is overdue, which is possible."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        return refuse(NO_TIME_ZONE, "/expected_at", moment=moment.isoformat())
    if not EARLIEST <= moment <= now + EXPECTED_AHEAD_MAX:
        return refuse(TOO_FAR_AHEAD, "/expected_at", moment=moment.isoformat(), days=EXPECTED_AHEAD_MAX.days)
    return None


def check_document(document: str) -> Refusal | None:
    """Refuses a foreign document number that cannot be one; none at all is fine."""
    return (
        refuse(BAD_CODE, "/document", code=document[:SHOWN_LENGTH_MAX]) if document and not is_code(document) else None
    )


def check_text(text: str, field: str) -> Refusal | None:
    """Refuses a text that is too long or cannot be stored."""
    if len(text) > NOTE_LENGTH_MAX:
        return refuse(TOO_LONG, f"/{field}", field=field, size=len(text), limit=NOTE_LENGTH_MAX)
    return refuse(BAD_TEXT, f"/{field}", field=field) if "\x00" in text else None


def find_node(nodes: Mapping[str, Node], code: str, where: str = "/node") -> Node | Refusal:
    """The node with this code."""
    return nodes.get(code) or refuse(UNKNOWN_NODE, where, node=code[:SHOWN_LENGTH_MAX])


def resolve(
    lines: Sequence[StockLine],
    variants: Mapping[str, Variant],
    least: int,
    most: int = QUANTITY_MAX,
    *,
    none: bool = False,
) -> Lines | Refusal:
    """Each line's variant and quantity, in order. `none` lets there be no line; where both signs may be, 0 may not."""
    if not lines and not none:
        return refuse(NO_LINES, "/lines")
    if len(lines) > LINES_MAX:
        return refuse(TOO_MANY_LINES, "/lines", size=len(lines), limit=LINES_MAX)
    found: Lines = []
    for number, line in enumerate(lines):
        variant = variants.get(line.sku)
        if variant is None:
            return refuse(UNKNOWN_SKU, f"/lines/{number}/sku", sku=line.sku[:SHOWN_LENGTH_MAX])
        if line.unit is not None and line.unit != variant.unit:
            given = line.unit[:SHOWN_LENGTH_MAX]
            return refuse(WRONG_UNIT, f"/lines/{number}/unit", sku=line.sku, unit=variant.unit, given=given)
        quantity = line.quantity
        if not least <= quantity <= most or (quantity == 0 and least < 0 < most):
            return refuse(BAD_QUANTITY, f"/lines/{number}/quantity", quantity=quantity, least=least, most=most)
        found.append((variant, quantity))
    return found


def totals(lines: Lines) -> dict[Variant, int]:
    """The lines with those of one SKU summed, in the order in which the SKUs first come."""
    sums: dict[Variant, int] = {}
    for variant, quantity in lines:
        sums[variant] = sums.get(variant, 0) + quantity
    return sums
