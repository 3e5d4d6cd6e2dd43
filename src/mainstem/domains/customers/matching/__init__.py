"""Whether two customers' attributes are one person's: a Splink model's parameters in a scorer of our own. Pure.

`DEFAULT` is the shipped model, `score` scores a pair under it or any other, `blocking_keys` says which pairs are worth
scoring. The thresholds are in bits, of `Score.weight`; `default_model.json` and they are made by
`scripts/train_matching.py`, which says how.
"""

from functools import cache
from pathlib import Path

import msgspec

from mainstem.domains.customers.matching.blocking import blocking_keys
from mainstem.domains.customers.matching.columns import columns
from mainstem.domains.customers.matching.model import Comparison, Level, Model, Score, score
from mainstem.domains.customers.matching.refusals import MODEL_UNUSABLE

_HERE = Path(__file__).parent


class Thresholds(msgspec.Struct, frozen=True):
    """Weights in bits: from `link` on a pair is one person's; from `review` on somebody should look; at `contradiction`
    and below so much differs that a weak identifier does not join the pair either.
    """

    link: float
    review: float
    contradiction: float


_THRESHOLDS = msgspec.json.decode((_HERE / "thresholds.json").read_bytes(), type=Thresholds)

LINK = _THRESHOLDS.link
REVIEW = _THRESHOLDS.review
CONTRADICTION = _THRESHOLDS.contradiction


@cache
def default_model() -> Model:
    """The shipped model, read once; its columns are derived from a customer's attributes."""
    return Model.load(_HERE / "default_model.json", _HERE / "default_frequencies.json", columns)


DEFAULT = default_model()

__all__ = [
    "CONTRADICTION",
    "DEFAULT",
    "LINK",
    "MODEL_UNUSABLE",
    "REVIEW",
    "Comparison",
    "Level",
    "Model",
    "Score",
    "Thresholds",
    "blocking_keys",
    "columns",
    "default_model",
    "score",
]
