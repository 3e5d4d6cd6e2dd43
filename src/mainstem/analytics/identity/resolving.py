"""The way of a file: read, understand its columns, prepare, train, compare, cluster, measure, write."""

import csv
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.compute as pc

from mainstem.analytics.identity import engines
from mainstem.analytics.identity.agreement import counted, implied
from mainstem.analytics.identity.blocking import BLOCK_ROWS_MAX, choose_keys, write_keys
from mainstem.analytics.identity.clustering import Clusters, Constraints, Floats, Ints, clustered_arrays
from mainstem.analytics.identity.comparisons import SPARK
from mainstem.analytics.identity.contracts import (
    NOTHING_TO_COMPARE,
    TRUTH_UNKNOWN,
    ColumnUse,
    Resolution,
    ResolveOptions,
    Role,
    Tell,
)
from mainstem.analytics.identity.evaluation import histogram, quality
from mainstem.analytics.identity.fields import Field, quoted
from mainstem.analytics.identity.guessing import Mapping, guess, read_mapping
from mainstem.analytics.identity.preparing import has_latin, prepare
from mainstem.analytics.identity.reading import read_file
from mainstem.analytics.identity.refining import refined
from mainstem.analytics.identity.scoring import predicted
from mainstem.analytics.identity.training import (
    EM_PAIRS_MIN,
    Settings,
    initial_settings,
    linker_of,
    moved,
    prior_weight,
    train,
)
from mainstem.analytics.identity.truth import people_of
from mainstem.kernel.refusals import RefusedError, refuse

REVIEW_BITS = 3.0
"""Pairs of two clusters that fall short of a match by less are for a person to look at."""

ALONE = (
    "One column cannot tell people apart: rows that are equal in it are put together.",
    "仅凭一列无法区分不同的人：该列取值相同的行归为一组。",
)


class Run:
    """What is told and measured while a file is resolved."""

    def __init__(self, tell: Tell) -> None:
        self.tell = tell
        self.notes: list[tuple[str, str]] = []
        self.phases: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str, en: str, zh: str) -> Iterator[None]:
        """Say what begins, and time it."""
        self.tell(f"{en} …", f"{zh}……")
        started = time.perf_counter()
        yield
        self.phases[name] = round(time.perf_counter() - started, 3)

    def note(self, en: str, zh: str) -> None:
        """Say something that the result depends on, and keep it."""
        self.notes.append((en, zh))
        self.tell(en, zh)


def resolve(path: Path, options: ResolveOptions, tell: Tell) -> Resolution:
    """Which rows of a file are one person.

    Raises RefusedError for a file, a mapping or a truth that cannot be used, and for an engine that is not here. The
    truth is never compared or learned from: it makes the figures.
    """
    started = time.perf_counter()
    run = Run(tell)
    if options.engine == "spark":
        engines.require_spark()
    mapping = read_mapping(options.mapping) if options.mapping else Mapping()
    with run.phase("read", "Reading the file", "正在读取文件"):
        read = read_file(path)
        for note in read.notes:
            run.note(*note)
        truth = _truth_column(read.table, options.truth or mapping.truth)
        uses = guess(read.table, mapping, truth)
    with tempfile.TemporaryDirectory(prefix="mainstem-resolve-") as folder:
        connection = engines.connect(folder)
        try:
            found = _Resolver(connection, read.table, uses, mapping, run, options, Path(folder))
            clusters = found.clusters(path.name)
        finally:
            connection.close()
    read_as = ""
    measured = None
    if truth:
        people, *words = people_of(read.table.column(truth).to_pylist())
        read_as = f"{truth}: {words[0]}"
        tell(f"Truth in {truth}: {words[0]}.", f"真值列 {truth}：{words[1]}。")
        measured = quality(clusters.labels, people)
    if options.output:
        _write(options.output, read.table, clusters.labels)
    return Resolution(
        file=str(path),
        rows=read.table.num_rows,
        refused_rows=read.refused,
        columns=uses,
        clusters=len(set(clusters.labels)),
        cluster_sizes=histogram(clusters.labels),
        candidate_pairs=found.candidate_pairs,
        threshold_weight=round(found.threshold, 3),
        review_pairs=found.review_pairs,
        vetoed_pairs=clusters.vetoed,
        engine=options.engine,
        notes=[en for en, _ in run.notes],
        seconds=round(time.perf_counter() - started, 3),
        phases=run.phases,
        truth=read_as,
        quality=measured,
    )


def _truth_column(table: Any, wanted: str) -> str:  # noqa: ANN401 - a pyarrow.Table
    """The file's name of the truth column, whatever its capitals and blanks; "" for none."""
    if not wanted:
        return ""
    names: dict[str, str] = {name.strip().lower(): name for name in table.column_names}
    if (found := names.get(wanted.strip().lower())) is None:
        raise RefusedError(refuse(TRUTH_UNKNOWN, column=wanted[:80], columns=", ".join(table.column_names)[:500]))
    return found


class _Resolver:
    """One file in DuckDB, from its rows to its clusters."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: Any,  # noqa: ANN401 - a pyarrow.Table
        uses: list[ColumnUse],
        mapping: Mapping,
        run: Run,
        options: ResolveOptions,
        folder: Path,
    ) -> None:
        self._connection = connection
        self._table = table
        self._uses = uses
        self._mapping = mapping
        self._run = run
        self._options = options
        self._folder = folder
        self.rows: int = table.num_rows
        self.candidate_pairs = self.review_pairs = 0
        self.threshold = 0.0

    def clusters(self, file: str) -> Clusters:
        """The clusters of the file."""
        run = self._run
        for use in self._uses:
            run.tell(f"  {use.column}: {use.role} ({use.why})", f"  {use.column}：{use.role}（{use.why}）")
        with run.phase("prepare", "Preparing the fields", "正在整理字段"):
            fields = prepare(self._connection, self._table, self._uses)
        if not fields:
            why = "every one is blank, the same in every row, or left out"
            raise RefusedError(refuse(NOTHING_TO_COMPARE, file=file, detail=why))
        if len({field.columns for field in fields}) == 1:
            run.note(*ALONE)
            return self._equal(fields)
        if self.rows == 1:
            return Clusters([0], 0)
        return self._compared(fields)

    def _equal(self, fields: list[Field]) -> Clusters:
        """Rows that are equal in all fields."""
        names = ", ".join(quoted(field.name) for field in fields)
        known = " and ".join(f"{quoted(field.name)} is not null" for field in fields)
        found = self._connection.execute(
            f"select case when {known} then min(unique_id) over (partition by {names}) else unique_id end"  # noqa: S608
            " from people order by unique_id"
        ).fetchnumpy()
        return Clusters(next(iter(found.values())).tolist(), 0)

    def _compared(self, fields: list[Field]) -> Clusters:
        run, connection = self._run, self._connection
        latin = frozenset(field.name for field in fields if has_latin(connection, field))
        names = [field.name for field in fields]
        with run.phase("block", "Choosing the pairs to compare", "正在选择待比较的记录对"):
            keys = write_keys(connection, choose_keys(connection, fields, latin, self.rows))
        with run.phase("train", "Training the model without labels", "正在无标注训练模型"):
            agreements = counted(connection, names, BLOCK_ROWS_MAX)
            implications = implied(agreements, names, EM_PAIRS_MIN)
            duck = engines.on_duckdb(connection)
            people = duck.api.register(connection.table("people"))
            blank = initial_settings(fields, latin, duck.functions, keys, implications)
            trained = train(people, blank, fields, agreements, implications, self._options.seed)
            if trained.untaught:
                untaught = ", ".join(trained.untaught)
                run.note(
                    f"Too little is there to learn how these differ, so customary values are used: {untaught}.",
                    f"数据不足，下列字段采用惯用参数：{untaught}。",
                )
            settings = refined(people, trained.settings, self.rows)
        start = settings["probability_two_random_records_match"]
        if self._options.engine == "spark":
            with run.phase("compare", "Comparing pairs on Spark", "正在 Spark 上比较记录对"):
                blank = initial_settings(fields, latin, SPARK, keys, implications)
                pairs = self._on_spark(moved(settings, blank, "spark"), start)
        else:
            with run.phase("compare", "Comparing pairs", "正在比较记录对"):
                pairs = predicted(linker_of(settings, people), self.rows, start)
        left, right, evidence = pairs
        prior = prior_weight(evidence, self.rows * (self.rows - 1) / 2, start)
        with run.phase("cluster", "Clustering", "正在聚类"):
            clusters = clustered_arrays(self.rows, left, right, evidence, prior, self._constraints())
        self.candidate_pairs = len(evidence)
        self.threshold = -prior
        labels = np.array(clusters.labels)
        near = (evidence + prior > -REVIEW_BITS) & (labels[left] != labels[right])
        self.review_pairs = int(near.sum())
        return clusters

    def _on_spark(self, settings: Settings, start: float) -> tuple[Ints, Ints, Floats]:
        """The pairs, which Spark compares: it gets the prepared table whole, and answers with their evidence."""
        with engines.on_spark(self._options.spark_master, self._folder) as engine, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            people = engine.api.register(self._connection.table("people").to_arrow_table())
            return predicted(linker_of(settings, people), self.rows, start)

    def _constraints(self) -> Constraints:
        def codes(column: str) -> list[int]:
            values = self._table.column(column)
            blank = pc.equal(pc.utf8_trim_whitespace(values), "")
            encoded = pc.dictionary_encode(pc.if_else(blank, None, values)).combine_chunks()
            return [-1 if code is None else code for code in encoded.indices.to_pylist()]

        sole: list[int] = []
        wanted = set(self._mapping.sources_without_duplicates)
        source = next((use.column for use in self._uses if use.role is Role.SOURCE), None)
        if wanted and source:
            names = self._table.column(source).to_pylist()
            order = {name: code for code, name in enumerate(sorted(wanted))}
            sole = [order.get((name or "").strip(), -1) for name in names]
        return Constraints(unique=tuple(codes(column) for column in self._mapping.unique), sole=sole)


def _write(path: Path, table: Any, labels: list[int]) -> None:  # noqa: ANN401 - a pyarrow.Table
    """Rows and their clusters: the row's number from 1, the cluster's smallest row, the file's first column."""
    first = table.column(0).to_pylist()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("row", "cluster", table.column_names[0]))
        writer.writerows((row + 1, label + 1, first[row]) for row, label in enumerate(labels))
