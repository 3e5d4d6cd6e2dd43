"""What batch resolution is asked and answers, and why it turns a file down."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Literal

import msgspec

from mainstem.kernel.refusals import Kind, declare

Tell = Callable[[str, str], None]
"""Called with what is being done, in English and in Chinese."""


class Role(StrEnum):
    """What a column says of a person; the words of a mapping file."""

    GIVEN_NAME = "given_name"
    MIDDLE_NAME = "middle_name"
    FAMILY_NAME = "family_name"
    FULL_NAME = "full_name"
    GENDER = "gender"
    BIRTH_DATE = "birth_date"
    BIRTH_YEAR = "birth_year"
    BIRTH_MONTH = "birth_month"
    BIRTH_DAY = "birth_day"
    STREET = "street"
    STREET_NUMBER = "street_number"
    CITY = "city"
    REGION = "region"
    POSTAL_CODE = "postal_code"
    COUNTRY = "country"
    PHONE = "phone"
    EMAIL = "email"
    PERSONAL_ID = "personal_id"
    TEXT = "text"
    CODE = "code"
    CATEGORY = "category"
    SOURCE = "source"
    IGNORE = "ignore"


class ColumnUse(msgspec.Struct, frozen=True):
    """What a column is taken for, and why: `name`, `content`, `mapping`, or the reason why it is left out."""

    column: str
    role: Role
    why: str


class ResolveOptions(msgspec.Struct, frozen=True):
    """How a file is resolved. `truth` is the column whose equal values are one person, used for the figures alone."""

    mapping: Path | None = None
    truth: str | None = None
    output: Path | None = None
    seed: int = 1
    engine: Literal["duckdb", "spark"] = "duckdb"
    spark_master: str = "local[*]"


class Quality(msgspec.Struct, frozen=True):
    """How clusters compare with the truth, over the rows that have one.

    Pairwise: of the pairs put together, how many belong together (precision), and of those that do, how many were
    put together (recall). B³ (Bagga and Baldwin 1998) is the same seen from each row, averaged.
    """

    rows: int
    true_people: int
    true_pairs: int
    found_pairs: int
    correct_pairs: int
    precision: float
    recall: float
    f1: float
    b3_precision: float
    b3_recall: float
    b3_f1: float


class Resolution(msgspec.Struct, frozen=True):
    """What became of a file. Sizes: rows of a cluster → how many clusters are of that size."""

    file: str
    rows: int
    refused_rows: int
    columns: list[ColumnUse]
    clusters: int
    cluster_sizes: dict[int, int]
    candidate_pairs: int
    threshold_weight: float
    review_pairs: int
    vetoed_pairs: int
    engine: str
    notes: list[str]
    seconds: float
    phases: dict[str, float]
    truth: str = ""
    quality: Quality | None = None


FILE_UNREADABLE = declare(
    "resolve_file_unreadable",
    Kind.INVALID,
    "{file} cannot be read: {detail}.",
    "Give it as CSV with a header, JSON Lines or Parquet; text in UTF-8, UTF-16, GB18030 or Windows-1252.",
)
MAPPING_UNUSABLE = declare(
    "resolve_mapping_unusable",
    Kind.INVALID,
    "The mapping {file} cannot be used: {detail}.",
    "See docs/resolve.md for its form.",
)
TRUTH_UNKNOWN = declare(
    "resolve_truth_unknown",
    Kind.INVALID,
    "There is no column {column} for the truth; the file has: {columns}.",
    "Name one of them with --truth.",
)
ENGINE_MISSING = declare(
    "resolve_engine_missing",
    Kind.INVALID,
    "Spark is asked for, but {missing} is not here.",
    "Install it ({install}), or resolve with --engine duckdb.",
)
ENGINE_SILENT = declare(
    "resolve_engine_silent",
    Kind.INVALID,
    "Spark does not start at {master}: {detail}.",
    "Mend the setting spark_master or what is said there, or resolve with --engine duckdb.",
)
NOTHING_TO_COMPARE = declare(
    "resolve_nothing_to_compare",
    Kind.INVALID,
    "No column of {file} says anything of a person: {detail}.",
    "Say with --mapping what its columns hold.",
)
