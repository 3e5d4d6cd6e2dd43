"""A span of history on disk: slices of whole baskets in the order of time, each with what ran in it.

A slice is read, quoted and counted on its own, by whatever process: that is what makes the twin parallel.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from mainstem.domains import pricing

LINE_COLUMNS = (
    ("basket", pa.int64()),
    ("moment", pa.int64()),  # microseconds since 1970, UTC
    ("channel", pa.int32()),  # these three: positions in the world
    ("node", pa.int32()),
    ("goods", pa.int32()),
    ("customer", pa.int64()),  # -1: nobody known
    ("quantity", pa.int64()),
    ("steps", pa.int64()),
    ("price", pa.int64()),  # per whole unit, before promotions
    ("cost", pa.int64()),  # per whole unit; -1: not known
    ("charged", pa.int64()),  # for the line, after everything that the retailer took off
    ("coupon", pa.string()),  # code of a promotion whose coupon was given; empty: none
    ("reason", pa.int8()),  # why the span says that the line cannot be reproduced, by position in the world; 0: it can
)
"""Columns of a slice, sorted by basket."""

SCHEMA = pa.schema(list(LINE_COLUMNS))


class Place(msgspec.Struct, frozen=True):
    """A node: its code, region and time zone."""

    code: str
    region: str
    time_zone: str


class Through(msgspec.Struct, frozen=True):
    """A channel: its code and kind."""

    code: str
    kind: str


class World(msgspec.Struct, frozen=True):
    """What slices point into. `stock` is (node, goods, available over the span); None: not known."""

    source: str
    currency: str
    channels: list[Through]
    nodes: list[Place]
    goods: list[pricing.quoting.Goods]
    reasons: list[str]
    stock: list[tuple[int, int, int]] | None = None


class SpanWriter:
    """Writes a span into a folder: slices in the order of time, then the world."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slices = 0

    def slice(self, lines: Any, promotions: Sequence[pricing.form.Promotion] = ()) -> None:  # noqa: ANN401 - pyarrow
        """A table with LINE_COLUMNS, sorted by basket, and the promotions that ran in it."""
        path = self.folder / f"{self.slices:05d}"
        pq.write_table(lines.select(SCHEMA.names).cast(SCHEMA), path.with_suffix(".parquet"), compression="none")
        path.with_suffix(".json").write_bytes(msgspec.json.encode(promotions))
        self.slices += 1

    def close(self, world: World) -> None:
        """Write what the slices point into."""
        (self.folder / "world.json").write_bytes(msgspec.json.encode(world))


def read_world(folder: Path) -> World:
    """What the slices of a folder point into."""
    return msgspec.json.decode((folder / "world.json").read_bytes(), type=World)


def slices_of(folder: Path) -> list[Path]:
    """The slices of a folder, in the order of time."""
    return sorted(folder.glob("*.parquet"))


def read_lines(path: Path) -> list[list[Any]]:
    """The columns of a slice, in the order of LINE_COLUMNS."""
    return [column.to_pylist() for column in pq.read_table(path).columns]


def read_promotions(path: Path) -> tuple[pricing.form.Promotion, ...]:
    """The promotions that ran in a slice."""
    return msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=tuple[pricing.form.Promotion, ...])
