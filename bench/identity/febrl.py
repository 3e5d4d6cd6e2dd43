"""Files with known truth, resolved by `mainstem resolve` without labels: FEBRL 1 to 3 and fake_1000."""

import sys
from pathlib import Path

from bench.identity.batch import resolved
from bench.report import Measure, inform, no_less

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = (
    ("FEBRL1", "febrl/dataset1.csv", "rec_id"),
    ("FEBRL2", "febrl/dataset2.csv", "rec_id"),
    ("FEBRL3", "febrl/dataset3.csv", "rec_id"),
    ("fake_1000", "splink/fake_1000.csv", "cluster"),
)
BARS = {"FEBRL3": 0.997}


def measure(*, quick: bool = False) -> list[Measure]:
    """Pairwise F1 of each file; `quick`: of the one with a bar. A file that is not at hand is told and left out."""
    found = []
    for name, path, truth in FILES:
        if quick and name not in BARS:
            continue
        if not (DATA / path).is_file():
            sys.stderr.write(f"{name} is not at {DATA / path}: left out\n")
            continue
        said, _ = resolved(DATA / path, truth)
        label = f"{name}: pairwise F1, no labels used"
        f1 = said["quality"]["f1"]
        found.append(no_less(label, "", f1, bar=BARS[name]) if name in BARS else inform(label, "", f1))
    return found
