"""Markdown: rules and what they would change, batches of price changes and their approval, competitors' prices."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from mainstem.api.commands import bulk_route, command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.price_lists import PageQuery, SkuHistoryQuery, known_sku
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.connectors.files import cells
from mainstem.domains import catalog, pricing
from mainstem.kernel.refusals import RefusedError, refuse
from mainstem.platform.access.permissions import PRICES_APPROVE, PRICES_READ, PRICES_WRITE
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

markdown = pricing.markdown

RULES = "/v1/markdown-rules"
BATCHES = "/v1/price-batches"
ONE = f"{BATCHES}/{{batch:int}}"

SHOWN_MAX = 1_000
"""Lines that a dry run shows; all are counted."""

CSV = (b"content-type", b"text/csv; charset=utf-8")
_COLUMNS = ("price_list", "sku", "from_quantity", "currency", "amount_minor", "valid_from", "valid_until", "derived")


class BatchesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Batches of price changes, the latest first; of one state where it is given."""

    state: Literal["waiting", "in_force", "declined"] | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class DryRunQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a rule would change at a moment (default: now): stock is always that of now."""

    moment: datetime | None = None


class BatchLineRow(msgspec.Struct, frozen=True):
    """A price change: what the list says before and after (None: no price), what is asked without it, and why."""

    sku: str
    before_minor: int | None
    reference_minor: int | None
    amount_minor: int | None
    valid_from: datetime | None
    valid_until: datetime | None
    why: pricing.markdown.Why


class DryRun(msgspec.Struct, frozen=True):
    """What a rule would change: the first 1,000 lines, how many there are, how far the largest change goes (percent).

    `skipped` counts the SKUs that are left alone, by reason. `waits`: a second person would have to approve it.
    """

    lines: list[BatchLineRow]
    count: int
    change_percent_max: Decimal
    waits: bool
    skipped: dict[str, int]


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database

    async def rules(self, exchange: Exchange) -> Answer:
        """Every rule."""
        async with self._database.snapshot() as connection:
            (found,) = await ask(connection, markdown.markdown_rules())
        return exchange.found({"items": found})

    async def rule(self, exchange: Exchange) -> Answer:
        """A rule."""
        code = _code(exchange)
        async with self._database.snapshot() as connection:
            (found,) = await ask(connection, markdown.markdown_rules([code]))
        if not found:
            raise RefusedError(refuse(markdown.UNKNOWN_RULE, "/code", rule=code[:64]))
        return exchange.found(found[0])

    async def dry_run(self, exchange: Exchange) -> Answer:
        """What a rule would change."""
        asked = read_query(DryRunQuery, exchange.scope["query_string"])
        code = _code(exchange)
        async with self._database.snapshot() as connection:
            (rules,) = await ask(connection, markdown.rules([code]))
            if code not in rules:
                raise RefusedError(refuse(markdown.UNKNOWN_RULE, "/code", rule=code[:64]))
            found = await markdown.evaluate(connection, rules[code], asked.moment or datetime.now(UTC))
        most = max((line.change_millionths for line in found.lines), default=0)
        lines = [
            BatchLineRow(
                line.sku,
                line.before_minor,
                line.reference_minor,
                line.amount_minor,
                line.valid_from,
                line.valid_until,
                line.why,
            )
            for line in found.lines[:SHOWN_MAX]
        ]
        threshold = rules[code].form.bounds.approval_above_percent * 10_000
        percent = Decimal(most) / 10_000
        return exchange.found(
            DryRun(
                lines,
                len(found.lines),
                percent,
                most > threshold,
                {str(reason): count for reason, count in found.skipped.items()},
            )
        )

    async def batches(self, exchange: Exchange) -> Answer:
        """A page of batches."""
        asked = read_query(BatchesQuery, exchange.scope["query_string"])
        before = (position_of(asked.cursor, tuple[int]) or (None,))[0]
        async with self._database.snapshot() as connection:
            (rows,) = await ask(connection, markdown.price_batches(asked.limit, asked.state, before))
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def batch(self, exchange: Exchange) -> Answer:
        """A batch."""
        async with self._database.snapshot() as connection:
            found = await _batch(connection, exchange)
        return exchange.found(found)

    async def lines(self, exchange: Exchange) -> Answer:
        """A page of the lines of a batch."""
        asked = read_query(PageQuery, exchange.scope["query_string"])
        after = (position_of(asked.cursor, tuple[int]) or (0,))[0]
        async with self._database.snapshot() as connection:
            batch = await _batch(connection, exchange)
            (rows,) = await ask(connection, markdown.price_batch_lines(batch.id, asked.limit, after))
            shown = await _rows(connection, rows)
        return exchange.found(page(shown, asked.limit, (rows[-1].position,) if rows else None))

    async def file(self, exchange: Exchange) -> Answer:
        """A batch as a file of prices of a list."""
        async with self._database.snapshot() as connection:
            batch = await _batch(connection, exchange)
            price_list, rows = await ask(
                connection,
                pricing.lists.find_price_list(batch.price_list),
                markdown.price_batch_lines(batch.id, batch.lines),
            )
            shown = await _rows(connection, rows)
        assert price_list is not None, "a batch belongs to a list"
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(_COLUMNS)
        for row in shown:
            writer.writerow(
                (
                    cells.guard(batch.price_list),
                    cells.guard(row.sku),
                    1,
                    price_list.currency,
                    "" if row.amount_minor is None else row.amount_minor,
                    (row.valid_from or batch.effective_at).isoformat(),
                    "" if row.valid_until is None else row.valid_until.isoformat(),
                    cells.guard(f"batch {batch.id}"),
                )
            )
        name = (b"content-disposition", b'attachment; filename="price-batch-%d.csv"' % batch.id)
        return Answer(200, text.getvalue().encode(), CSV, name)

    async def competitors(self, exchange: Exchange) -> Answer:
        """A page of what competitors asked for a SKU."""
        asked = read_query(SkuHistoryQuery, exchange.scope["query_string"])
        before = (position_of(asked.cursor, tuple[int]) or (None,))[0]
        async with self._database.snapshot() as connection:
            variant = await known_sku(connection, asked.sku)
            (rows,) = await ask(connection, markdown.competitor_prices(variant.id, asked.limit, before))
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))


def _code(exchange: Exchange) -> str:
    return str(exchange.path_values()["code"])


async def _batch(connection: Connection, exchange: Exchange) -> pricing.markdown.PriceBatchView:
    number = int(exchange.path_values()["batch"])
    (found,) = await ask(connection, markdown.find_price_batch(number))
    if found is None:
        raise RefusedError(refuse(markdown.UNKNOWN_BATCH, "/batch", batch=number))
    return found


async def _rows(connection: Connection, lines: list[pricing.markdown.BatchLine]) -> list[BatchLineRow]:
    (variants,) = await ask(connection, catalog.variants_by_id({line.variant for line in lines}))
    return [
        BatchLineRow(
            variants[line.variant].sku,
            line.before_minor,
            line.reference_minor,
            line.amount_minor,
            line.valid_from,
            line.valid_until,
            line.why,
        )
        for line in lines
    ]


def routes(services: Services) -> list[Route]:
    """The routes of markdown."""
    return [*_writing(services), *_reading(_Reads(services))]


def _writing(services: Services) -> list[Route]:
    return [
        command_route(
            services,
            RULES,
            markdown.SAVE_MARKDOWN_RULE,
            PRICES_WRITE,
            "Make or change a rule that proposes prices.",
            key="optional",
        ),
        command_route(
            services,
            BATCHES,
            markdown.PROPOSE_PRICE_BATCH,
            PRICES_WRITE,
            "Propose price changes, by hand or by a rule.",
            status=201,
        ),
        command_route(
            services,
            f"{ONE}/decision",
            markdown.DECIDE_PRICE_BATCH,
            PRICES_APPROVE,
            "Approve or decline price changes by somebody else.",
            given=("batch",),
        ),
        command_route(
            services,
            "/v1/competitor-prices",
            markdown.RECORD_COMPETITOR_PRICE,
            PRICES_WRITE,
            "Record what a competitor was seen to ask.",
            status=201,
        ),
        bulk_route(
            services,
            "/v1/competitor-prices/bulk",
            markdown.RECORD_COMPETITOR_PRICE,
            PRICES_WRITE,
            "Record up to 1,000 prices of competitors, each for itself.",
            status=201,
        ),
    ]


def _reading(reads: _Reads) -> list[Route]:
    rules = msgspec.defstruct("MarkdownRuleList", [("items", list[pricing.markdown.MarkdownRuleView])], frozen=True)
    return [
        Route(
            method="GET",
            path=RULES,
            permission=PRICES_READ,
            respond=reads.rules,
            summary="List the rules that propose prices.",
            result=rules,
        ),
        Route(
            method="GET",
            path=f"{RULES}/{{code:str}}",
            permission=PRICES_READ,
            respond=reads.rule,
            summary="Read a rule that proposes prices.",
            result=markdown.MarkdownRuleView,
        ),
        Route(
            method="GET",
            path=f"{RULES}/{{code:str}}/dry-run",
            permission=PRICES_WRITE,
            respond=reads.dry_run,
            summary="Read what a rule would change, changing nothing.",
            query=DryRunQuery,
            result=DryRun,
        ),
        Route(
            method="GET",
            path=BATCHES,
            permission=PRICES_READ,
            respond=reads.batches,
            summary="List batches of price changes, the latest first.",
            query=BatchesQuery,
            result=page_of(markdown.PriceBatchView),
        ),
        Route(
            method="GET",
            path=ONE,
            permission=PRICES_READ,
            respond=reads.batch,
            summary="Read a batch of price changes.",
            result=markdown.PriceBatchView,
        ),
        Route(
            method="GET",
            path=f"{ONE}/lines",
            permission=PRICES_READ,
            respond=reads.lines,
            summary="List the price changes of a batch.",
            query=PageQuery,
            result=page_of(BatchLineRow),
        ),
        Route(
            method="GET",
            path=f"{ONE}/file",
            permission=PRICES_READ,
            respond=reads.file,
            summary="Download a batch as a file that can be imported as prices of a list.",
            media="text/csv",
        ),
        Route(
            method="GET",
            path="/v1/competitor-prices",
            permission=PRICES_READ,
            respond=reads.competitors,
            summary="List what competitors asked for a SKU, the latest first.",
            query=SkuHistoryQuery,
            result=page_of(markdown.CompetitorPriceView),
        ),
    ]
