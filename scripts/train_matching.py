"""Trains the matching model that is shipped: `python scripts/train_matching.py [--people 12000] [--seed 1]`.

What is done, all of it seeded, so that anybody gets the same files:

1. People are drawn (`bench/identity/crowd.py`): Chinese and Western names, dates, addresses, companies. Each has one to
   four records with typing errors, pinyin, nicknames, swapped names, moves, fields left out. They are nobody.
2. Their records become the columns of the model (`matching/columns.py`), and Splink learns from them without looking at
   whose they are: u by random sampling, m by expectation maximisation (`analytics/identity/training.py`).
3. The prior is set for a shop with a million customers: that a candidate pair met by a blocking key is weighed as if it
   were one of all pairs, of which one in a million is true.
4. Thresholds are read off other people, drawn with the next seed, whose truth is known, among the pairs that share a
   blocking key, strangers counted as often as they would meet among a million: `link` is the lowest weight from which
   on 999 of 1,000 pairs are true; `review` the lowest down to which one in ten of the pairs of a bit is;
   `contradiction` that below which one true pair in a hundred lies, and at
   least ten bits below what two people are of whom nothing is known.

Written: `default_model.json` (Splink's own form), `default_frequencies.json` (shares of names and cities, the usual
ones), `thresholds.json`, all in `src/mainstem/domains/customers/matching/`.
"""  # noqa: INP001 - a script, no package

import argparse
import json
import math
import sys
import tempfile
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.identity import crowd  # noqa: E402 - found from the root
from mainstem.analytics.identity import engines  # noqa: E402
from mainstem.analytics.identity.fields import Field, Kind  # noqa: E402
from mainstem.analytics.identity.training import initial_settings, train  # noqa: E402
from mainstem.domains.customers.matching.blocking import blocking_keys  # noqa: E402
from mainstem.domains.customers.matching.columns import columns  # noqa: E402
from mainstem.domains.customers.matching.model import Model, score  # noqa: E402

FOLDER = ROOT / "src/mainstem/domains/customers/matching"
PRIOR = 1e-6
FREQUENT = 400
BLOCK_MAX = 200
SHOP = 1_000_000
ONE_IN = 100
AGAINST_BITS = 10

FIELDS = [
    Field(name, kind, name, (name,))
    for name, kind in {
        "given_name": Kind.GIVEN,
        "family_name": Kind.FAMILY,
        "gender": Kind.CATEGORY,
        "birth_date": Kind.DATE,
        "street": Kind.TEXT,
        "city": Kind.TEXT,
        "postal_code": Kind.POSTAL,
        "company": Kind.TEXT,
    }.items()
]
LATIN = frozenset(("given_name", "family_name"))
BY_FREQUENCY = ("given_name", "family_name", "city")


def drawn(people: int, seed: int) -> list[tuple[int, dict[str, str]]]:
    """Records in the model's columns, with whose they are."""
    return [(number, columns(said)) for number, said in crowd.records(people, seed)]


def learned(records: list[dict[str, str]], seed: int) -> dict[str, Any]:
    """The model of records, in Splink's form."""
    names = [field.name for field in FIELDS] + [f"{name}_latin" for name in sorted(LATIN)]
    table = pa.table({name: pa.array([row.get(name) for row in records], pa.string()) for name in names})
    with tempfile.TemporaryDirectory() as folder, engines.connect(folder) as connection:
        connection.register("drawn", table.append_column("unique_id", pa.array(range(len(records)), pa.int64())))
        connection.execute("create table people as select * from drawn")
        engine = engines.choose(connection)
        registered = engine.api.register(connection.table("people"))
        settings = initial_settings(FIELDS, LATIN, engine, [])
        trained = train(connection, registered, settings, FIELDS, seed)
    if trained.untaught:
        raise SystemExit(f"nothing could be learned of {trained.untaught}")
    sys.stderr.write(f"learned from pairs that share: {trained.rules}\n")
    return trained.settings


def frequencies(records: list[dict[str, str]]) -> dict[str, dict[str, float]]:
    """Column → value → share, of the usual values; what is rarer is taken for as rare as the rarest of them."""
    found = {}
    for column in BY_FREQUENCY:
        counts = Counter(row[column] for row in records if column in row)
        total = counts.total()
        found[column] = {value: round(times / total, 7) for value, times in counts.most_common(FREQUENT)}
    return found


def thresholds(model: Model, records: list[tuple[int, dict[str, str]]]) -> dict[str, float]:
    """The weights from which on a pair links, is looked at, or contradicts."""
    blocks: defaultdict[str, list[int]] = defaultdict(list)
    for row, (_, said) in enumerate(records):
        for key in blocking_keys(said):
            blocks[key].append(row)
    pairs = {pair for rows in blocks.values() if len(rows) <= BLOCK_MAX for pair in combinations(rows, 2)}
    weighed = sorted(
        ((score(model, records[a][1], records[b][1]).weight, records[a][0] == records[b][0]) for a, b in pairs),
        reverse=True,
    )
    # Strangers meet under a key as often as the square of their number, relatives as often as the number.
    strangers = SHOP / len({number for number, _ in records})
    link = review = weighed[0][0]
    true = false = 0.0
    for weight, same in weighed:
        true, false = true + same, false + (0 if same else strangers)
        if true >= 0.999 * (true + false):
            link = weight
    for at in range(math.floor(link), -40, -1):
        around = [same for weight, same in weighed if at <= weight < at + 1]
        right, wrong = sum(around), strangers * (len(around) - sum(around))
        if wrong and right < 0.1 * (right + wrong):
            break
        review = float(at)
    of_people: defaultdict[int, list[dict[str, str]]] = defaultdict(list)
    for number, said in records:
        of_people[number].append(said)
    same_people = sorted(score(model, a, b).weight for found in of_people.values() for a, b in combinations(found, 2))
    contradiction = min(same_people[len(same_people) // ONE_IN], model.prior - AGAINST_BITS)
    tell = sys.stderr.write
    tell(f"{len(weighed)} pairs share a key, {sum(same for _, same in weighed)} of them true\n")
    lowest = {share: round(same_people[int(share * len(same_people))], 1) for share in (0.001, 0.005, 0.01, 0.02, 0.05)}
    tell(f"weights below which so many of {len(same_people)} true pairs lie: {lowest}\n")
    return {"link": round(link, 2), "review": round(min(review, link), 2), "contradiction": round(contradiction, 2)}


def main() -> None:
    """Draw, learn, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    records = [said for _, said in drawn(arguments.people, arguments.seed)]
    settings = learned(records, arguments.seed) | {"probability_two_random_records_match": PRIOR}
    known = frequencies(records)
    model = Model.read(settings, known, columns)
    limits = thresholds(model, drawn(arguments.people // 2, arguments.seed + 1))
    for name, content in (("default_model", settings), ("default_frequencies", known), ("thresholds", limits)):
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(limits)  # noqa: T201 - the product of a script


if __name__ == "__main__":
    main()
